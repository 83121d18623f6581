/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_instructions.h - how many instructions the allocator's calls of a replay take: alloc, free
 * and balance, from entry to return, on the calling thread, in user space.
 *
 *	counter		the processor's, in a second replay of the same trace: right to a few
 *			instructions a call; not every machine has one
 *	callgrind	this program once more under valgrind, an engine at a time: exact, and the
 *			same from run to run of one build
 */
#ifndef REPLAY_INSTRUCTIONS_H
#define REPLAY_INSTRUCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* replay_counter.c */
struct replay_counter {
	int file; /* of the kernel; -1: none */
	uint64_t cost, from, sum;
	bool is_broken; /* it could not be read; sum is void */
};

/* False: there is none, and why[capacity] says so; nothing is left open. */
bool replay_counter_open(struct replay_counter *counter, char *why, size_t capacity);
void replay_counter_close(struct replay_counter *counter);
/* Before (begins) and after each call. */
void replay_counter_called(struct replay_counter *counter, bool begins);

/* What `--instructions=` is in the child that callgrind looks at: it counts nothing itself. */
#define COUNTED_CHILD "child"

/* replay_callgrind.c. Counts the calls of one engine. words[nr_words]: `lab replay`'s, as they were
   given. False after a line on stderr. */
bool replay_callgrind(const char *const *words, int nr_words, const char *engine, uint64_t *count);
/* False after a line on stderr: there is no valgrind. */
bool replay_callgrind_is_there(void);

#endif
