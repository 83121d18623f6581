/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* chunk_render.h - an allocator's chunks as a picture of text. */
#ifndef FUZZ_CHUNK_RENDER_H
#define FUZZ_CHUNK_RENDER_H

#include <pcpu/pcpu.h>

/*
 * Renders every chunk, line by line: slot, counts, pages (P populated, . not) and a bar of its
 * areas (| where a used one starts, # used, . free), both in 64 columns; then the areas' bytes.
 * Such as
 *
 *	chunk 3: slot 12, 28656 of 32768 bytes free, hint 28648, records 4 of 16
 *	  pages PPPPPPPPPPPPPPPP................................................
 *	  bar   |########.......................................................
 *	  areas #16 .8 #4096 .28648
 *
 * No lock may be held.
 */
void chunk_render(struct pcpu *pcpu, void (*line)(const char *text));

#endif
