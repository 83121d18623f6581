/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz.h - what a fuzz target is: one property, a plain function over bytes. Engines reach it through
 * LLVMFuzzerTestOneInput (fuzz_entry.c), corpora through replay_main.c.
 *
 * R1  Every byte string is a valid input.
 * R2  No state survives an input: the same bytes give the same outcome and hash, in any order.
 * R3  A property says what is wrong in words and returns; only the entry aborts.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_MAX_BYTES 1024u /* of one input; longer ones are cut */
#define FUZZ_WORDS_ROOM 512u

struct fuzz_outcome {
	uint64_t hash;	/* of what the run did */
	size_t nr_ops;
	char words[FUZZ_WORDS_ROOM]; /* what is wrong, when it is */
};

/* True: nothing is wrong with this input. */
bool fuzz_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome);

/* Tells an input as text, line by line without newlines: the world as comments, then operations. */
void fuzz_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text));

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr);

#endif
