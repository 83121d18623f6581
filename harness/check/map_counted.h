/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_counted.h - an engine as it is, that counts what is done with all of its maps: a second
 * account beside the allocator's statistics, kept where the work is done.
 *
 *	allocator -> counted -> engine		probes, moved bytes, moves: by the maps' own counts
 *	                 \-> struct lab_map_counts	last answer: why a call came to nothing
 *
 * The counts are found through map->ops: nothing is global, several may exist.
 */
#ifndef LAB_MAP_COUNTED_H
#define LAB_MAP_COUNTED_H

#include <pcpu/engine.h>

/* The last thing that a map answered since lab_map_counts_begin(). */
enum lab_map_answer {
	LAB_MAP_SILENT,	  /* nothing was wanted of any */
	LAB_MAP_NONE,	  /* nothing fits */
	LAB_MAP_TAKEN,	  /* an area */
	LAB_MAP_UNBACKED, /* an area whose pages are missing */
	LAB_MAP_FULL,	  /* fewer records are left than were wanted, and none came since */
};

struct lab_map_counts {
	const struct pcpu_map_ops *map;	/* the engine's own */
	struct pcpu_map_ops ops;	/* its counting twin, */
	struct pcpu_engine engine;	/* which the allocator is given */
	uint64_t nr_probes;	   /* by alloc and free, of all maps that ever were */
	uint64_t nr_moved_bytes;   /* likewise */
	uint64_t nr_moves;	   /* to larger memory */
	/* Since lab_map_counts_begin(): */
	enum lab_map_answer last;
	const struct pcpu_map *last_map, *newest; /* who answered; the last one made; or NULL */
};

/* Fills *counts and returns the engine to give to pcpu_create(); good as long as *counts is
   there. */
const struct pcpu_engine *lab_map_counted(struct lab_map_counts *counts,
					  const struct pcpu_engine *engine);
/* A call of the allocator begins: forgets what maps answered before. */
void lab_map_counts_begin(struct lab_map_counts *counts);

#endif
