/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * random_bytes.h - inputs whose head has a number of random bytes to append, and their seed.
 *
 *	| engine | - 2 | how many 6 | seed 8 | seed 8 | bytes ...  then how many * step random ones
 *
 * An engine lengthens its inputs slowly; with these, three bytes are a whole case. An input that
 * found something is spelt out before it is cut or stored: the same case without random bytes.
 */
#ifndef RANDOM_BYTES_H
#define RANDOM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/targets/engine_head.h"

#define RANDOM_HEAD_BYTES 3u
#define RANDOM_MAX	  63u /* times step */

struct random_bytes {
	const uint8_t *start, *at, *end;
	uint32_t nr_random; /* random bytes left behind the end */
	uint64_t random;
	const struct pcpu_engine *engine; /* that the input names (engine_head.h) */
	bool front, pages_zeroed, skewed;
};

/* Starts behind the head; reads at most FUZZ_MAX_BYTES of the input's own. */
struct random_bytes random_start(const uint8_t *bytes, size_t nr, uint32_t step);
/* Returns the next byte; 0 when there is none. */
uint8_t random_take(struct random_bytes *in);
bool random_is_empty(const struct random_bytes *in);

/* Writes the same input with its random bytes spelt out. Returns how many, <= capacity. `to` may be
   `bytes` when the input has no random ones. */
size_t random_spell(const uint8_t *bytes, size_t nr, uint32_t step, uint8_t *to, size_t capacity);

#endif
