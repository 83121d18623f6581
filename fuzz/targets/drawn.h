/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * drawn.h - inputs that say how many bytes are drawn behind their end, and from which seed.
 *
 *	| - 2 | how many 6 | seed 8 | seed 8 | bytes ...	then how many * step drawn ones
 *
 * An engine lengthens its inputs slowly; with these, three bytes are a whole case. What is found
 * that way is spelt out before it is cut or kept: the same case, nothing drawn.
 */
#ifndef FUZZ_DRAWN_H
#define FUZZ_DRAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRAWN_HEAD_BYTES 3u
#define DRAWN_MAX	 63u /* times step */

struct drawn {
	const uint8_t *start, *at, *end;
	uint32_t nr_drawn; /* bytes still to be drawn behind the end */
	uint64_t random;
};

/* Behind the head; at most FUZZ_MAX_BYTES of the input's own are read. */
struct drawn drawn_start(const uint8_t *bytes, size_t nr, uint32_t step);
/* The next byte; 0 when there is none. */
uint8_t drawn_take(struct drawn *in);
bool drawn_is_empty(const struct drawn *in);

/* The same input with what it draws as bytes of its own; returns how many, <= room. `to` may be
   `bytes` when nothing is drawn. */
size_t drawn_spell(const uint8_t *bytes, size_t nr, uint32_t step, uint8_t *to, size_t capacity);

#endif
