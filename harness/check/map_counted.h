/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_counted.h - wraps an engine and counts the operations on all of its maps: independent of the
 * allocator's statistics, and counted where the work is done.
 *
 *	allocator -> counted -> engine		probes, moved bytes, moves: by the maps' own counts
 *	                 \-> struct lab_map_counts	last answer: why a call failed
 *
 * The counts are found through map->ops: there is no global state, and several may exist.
 */
#ifndef LAB_MAP_COUNTED_H
#define LAB_MAP_COUNTED_H

#include <pcpu/engine.h>

/* The last result of a map since lab_map_counts_begin(). */
enum lab_map_answer {
	LAB_MAP_SILENT,	  /* no map was called */
	LAB_MAP_NONE,	  /* nothing fits */
	LAB_MAP_TAKEN,	  /* an area */
	LAB_MAP_UNBACKED, /* an area with unpopulated pages */
	LAB_MAP_FULL,	  /* fewer records are left than requested, and none were added since */
};

struct lab_map_counts {
	const struct pcpu_map_ops *map;	/* the engine's own operations */
	struct pcpu_map_ops ops;	/* the counting wrappers, */
	struct pcpu_engine engine;	/* which the allocator gets */
	uint64_t nr_probes;	   /* by alloc and free, over all maps so far */
	uint64_t nr_moved_bytes;   /* likewise */
	uint64_t nr_moves;	   /* moves to larger memory */
	/* Since lab_map_counts_begin(): */
	enum lab_map_answer last;
	const struct pcpu_map *last_map, *newest; /* map of that result; the newest map; or NULL */
};

/* Fills *counts and returns the engine to pass to pcpu_create(); valid as long as *counts. */
const struct pcpu_engine *lab_map_counted(struct lab_map_counts *counts,
					  const struct pcpu_engine *engine);
/* Call it before each call of the allocator: resets the last result. */
void lab_map_counts_begin(struct lab_map_counts *counts);

#endif
