/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * blocks_model.h - a map of blocks in plain words: a byte a granule, every rule of SPEC.md 15.4 to
 * 15.8 and 15.17 (H1, H3) as it is written there, granule by granule. Slow on purpose.
 *
 * Positions are in granules of the map; a block has PCPU_BLOCK of them.
 */
#ifndef BLOCKS_MODEL_H
#define BLOCKS_MODEL_H

#include "core/map/blocks.h"

enum { MODEL_GRANULES = 4096, MODEL_BLOCKS = 64 };

/* A record in the words of 15.3: where a stretch starts, and how long it is. */
struct model_record {
	int best, best_n, second, second_n, first, left, right;
};

struct blocks_model {
	bool exact; /* H1, H3; otherwise the lazy rules */
	int size, nr_blocks;
	int start, end;			 /* managed granules */
	int page;			 /* of block 0 in the unit */
	bool used[MODEL_GRANULES];
	bool edge[MODEL_GRANULES + 1];
	struct model_record block[MODEL_BLOCKS], chunk;
};

void model_init(struct blocks_model *model, bool exact, uint32_t used_bytes,
		uint32_t covered_bytes);

/* populated NULL: all pages are there; *p is where it lies, or would. */
enum pcpu_fit_result model_alloc(struct blocks_model *model, int n, int align,
				 const uint64_t *populated, bool only, int *p);
bool model_free(struct blocks_model *model, int p);

/* All records from the bits (H1). */
void model_recount(struct blocks_model *model);

/* Fails the test unless the map has the model's bits, edges and records; `where` is for the
   report. */
void model_compare(const struct blocks_model *model, const struct pcpu_map *map,
		   const char *where);

#endif
