/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map.h - the interface of maps: who owns which bytes of one unit.
 *
 *	0            covered_bytes
 *	|####|..|###|......|		# used area, . free area
 *
 * A kind of map is a table of functions. Sizes and offsets are bytes, unrounded; a map may round
 * inside. Its records lie in memory that the caller gives, so it cannot fail for want of memory
 * and can be tested alone. The caller serialises all calls on one map (the inner lock).
 *
 * A new kind is one file with everything static but its table; a line in engines.def pairs it with
 * a chunk policy (engine.h).
 */
#ifndef PCPU_MAP_H
#define PCPU_MAP_H

#include "invariants.h"
#include "base.h"

PCPU_C_BEGIN

struct pcpu_map_ops;

/* What map and policy of an engine may not keep. */
enum pcpu_promise {
#define X(id, sentence) PCPU_PROMISE_##id,
#include "promises.def"
#undef X
	PCPU_NR_PROMISES
};

/* One map. The caller reads the counts; only the map's functions write them. */
struct pcpu_map {
	const struct pcpu_map_ops *ops;
	void *memory;		 /* the records; given by init or move */
	uint32_t covered_bytes;	 /* the areas' sizes add up to this */
	uint32_t free_bytes;	 /* sum of the free areas */
	/* >= the largest free area (unless the map breaks HINT); alignment is ignored */
	uint32_t hint_bytes;
	uint32_t capacity;	 /* records that memory can hold */
	uint32_t used;		 /* records in use */
	uint32_t skip_records;	 /* engine's: the records before this one are all used ... */
	uint32_t skip_bytes;	 /* ... and this is where it starts */
	uint64_t nr_probes;	 /* records looked at, since init */
	uint64_t nr_moved_bytes; /* bytes of records shifted, since init */
};

/* One area, as the iterator shows it, in address order. */
struct pcpu_area {
	uint32_t offset, bytes;
	bool used;
	uint32_t cursor; /* engine's: of the next record */
};

/* Where an allocation landed, or what a free gave back. */
struct pcpu_fit {
	uint32_t offset, bytes; /* the area itself; bytes includes a tail too small to split */
	/* The free run that it was cut from, or that it became part of. Where the map breaks RUNS,
	   a part of it around the area, so that each page that touches the area and lies in the run
	   lies in that part as well. */
	uint32_t run_start, run_end;
};

/* Whole pages [from, to) of one free area. */
struct pcpu_free_pages {
	uint32_t from, to;
	struct pcpu_area area; /* engine's: where the search goes on */
};

/* What an allocation may require of the pages behind its area. */
struct pcpu_pages {
	const uint64_t *populated; /* bit i: page i of the unit is populated */
	bool only;		   /* search among populated pages alone (atomic callers) */
};

enum pcpu_fit_result {
	PCPU_FIT_NONE,	   /* nothing fits, as far as the map's promises go */
	PCPU_FIT_TAKEN,	   /* *fit is the area, now used */
	PCPU_FIT_UNBACKED, /* *fit would be it, but pages are missing: nothing was changed */
};

#define PCPU_MAP_SPARE 2u /* records that one allocation may add */

struct pcpu_map_ops {
	/* Sizes and alignments that are multiples of this are placed as every other map that keeps
	   PLACES places them. Bytes. */
	uint32_t granule_bytes;
	uint32_t breaks; /* a bit for each enum pcpu_promise that it does not keep */

	/* Records that a map of covered_bytes starts with, given how many the caller would
	   like; and bytes of memory for so many records. */
	uint32_t (*capacity)(uint32_t covered_bytes, uint32_t wanted);
	size_t (*memory)(uint32_t covered_bytes, uint32_t capacity);

	/* A map over [0, used_bytes) used and the rest free; either part may be empty. `memory`
	   is zeroed, aligned to 8, has memory(covered, capacity) bytes. */
	void (*init)(struct pcpu_map *map, void *memory, uint32_t capacity, uint32_t used_bytes,
		     uint32_t covered_bytes);

	/* Are fewer than `spare` records left? If so, how many to move to: a count to give to
	   memory() and move(); else 0. An alloc needs PCPU_MAP_SPARE. */
	uint32_t (*capacity_needed)(const struct pcpu_map *map, uint32_t spare);

	/* Moves the records to larger zeroed memory; the caller frees the old. */
	void (*move)(struct pcpu_map *map, void *memory, uint32_t capacity);

	/* First fit of size at align (a power of two) in address order, unless the map breaks
	   PLACES. pages NULL: all are there.
	   capacity_needed(map, PCPU_MAP_SPARE) must be 0. */
	enum pcpu_fit_result (*alloc)(struct pcpu_map *map, uint32_t size, uint32_t align,
				      const struct pcpu_pages *pages, struct pcpu_fit *fit);

	/* Frees the area that starts at offset. False and no change when no used area starts
	   there. */
	bool (*free)(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit);

	/* Areas in address order, O(1) a step: start with *area = {0}, until false; or, where
	   only free ones matter, with pcpu_map_skip(). */
	bool (*next)(const struct pcpu_map *map, struct pcpu_area *area);

	/* The next free area that has a whole page, in address order: start with *pages = {.area =
	   pcpu_map_skip()}, until false. Engines whose areas are few take
	   pcpu_free_pages_by_area(). */
	bool (*free_pages)(const struct pcpu_map *map, struct pcpu_free_pages *pages);

	/* Record-level truths: the first that is broken, and at which offset in bytes. */
	enum pcpu_invariant (*check)(const struct pcpu_map *map, uint32_t *at);
};

/* A start for next() behind areas that are all used: O(1) where a fill has come far. */
static inline struct pcpu_area pcpu_map_skip(const struct pcpu_map *map)
{
	struct pcpu_area area = {map->skip_bytes, 0, false, map->skip_records};

	return area;
}

/* free_pages() by next(). O(areas). */
static inline bool pcpu_free_pages_by_area(const struct pcpu_map *map,
					   struct pcpu_free_pages *pages)
{
	const struct pcpu_area *area = &pages->area;

	while (map->ops->next(map, &pages->area)) {
		pages->from = (area->offset + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;
		pages->to = (area->offset + area->bytes) / PCPU_PAGE_BYTES;
		if (!area->used && pages->from < pages->to)
			return true;
	}
	return false;
}

PCPU_C_END

#endif
