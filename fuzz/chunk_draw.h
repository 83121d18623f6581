/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* chunk_draw.h - an allocator's chunks as a picture of text. */
#ifndef FUZZ_CHUNK_DRAW_H
#define FUZZ_CHUNK_DRAW_H

#include "pcpu.h"

/*
 * Draws every chunk, line by line: slot, counts, pages (P populated, . not) and areas, such as
 *
 *	chunk 3: slot 9, 512 of 32768 bytes free, hint 500, records 7 of 16
 *	  pages PP......
 *	  areas #16 .8 #4096 .28648
 *
 * No lock may be held.
 */
void chunk_draw(struct pcpu *pcpu, void (*line)(const char *text));

#endif
