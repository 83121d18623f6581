/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_sequence.h - sequences of requests, as text, against one bare map of blocks (SPEC.md 15.16).
 *
 *	"256/1024, 4 x3, f0, f2-f3"	256 bytes at alignment 1024; three times 4; frees of the
 *					objects number 0, 2 and 3, by where they were
 */
#ifndef MAP_SEQUENCE_H
#define MAP_SEQUENCE_H

#include "core/map/blocks.h"

#define SEQUENCE_NONE UINT32_MAX /* refused: the allocator goes to another chunk */

enum { SEQUENCE_OBJECTS = 4096, SEQUENCE_TEXT = 128 };

struct map_sequence {
	struct pcpu_map map;
	uint64_t *memory;
	uint32_t offset[SEQUENCE_OBJECTS]; /* by number; SEQUENCE_NONE where refused */
	uint32_t nr_objects;
	bool free_refused;		   /* the last free */
};

void sequence_init(struct map_sequence *sequence, const struct pcpu_map_ops *ops,
		   uint32_t used_bytes, uint32_t covered_bytes);
void sequence_finish(struct map_sequence *sequence);

/* Runs it, checking the map after each step; where the last request went. */
uint32_t sequence_run(struct map_sequence *sequence, const char *text);

/* "192@64, 192@832, L0 R192 F64": best, second ("-" when empty), left, right, first. */
const char *sequence_block(const struct map_sequence *sequence, uint32_t block);
const char *sequence_chunk(const struct map_sequence *sequence); /* without L and R */

#endif
