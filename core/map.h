/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map.h - the engine interface: who owns which bytes of one unit.
 *
 *	0            covered_bytes
 *	|####|..|###|......|		# used area, . free area
 *
 * An engine is a table of functions; several live in one process, to be compared.
 * Sizes and offsets are bytes, unrounded; an engine may round inside. Its records lie in
 * memory that the caller gives, so it cannot fail for want of memory and can be
 * tested alone. The caller serialises all calls on one map (the inner lock).
 *
 * A new engine is one file with everything static but its table, and one line in
 * engines.def.
 */
#ifndef PCPU_MAP_H
#define PCPU_MAP_H

#include "base.h"

struct pcpu_map_ops;

/* One map. The caller reads the counts; only the engine writes them. */
struct pcpu_map {
	const struct pcpu_map_ops *ops;
	void *memory;		/* the records; given by init or move */
	uint32_t covered_bytes; /* the areas' sizes add up to this */
	uint32_t free_bytes;	/* sum of the free areas */
	uint32_t hint_bytes;	/* >= the largest free area; alignment is ignored */
	uint32_t room;		/* records that memory can hold */
	uint32_t used;		/* records in use */
	uint32_t skip_records;	/* engine's: the records before this one are all used ... */
	uint32_t skip_bytes;	/* ... and this is where it starts */
	uint64_t nr_probes;	/* records looked at, since init */
	uint64_t nr_moved_bytes; /* bytes of records shifted, since init */
};

/* One area, as the iterator shows it, in address order. */
struct pcpu_area {
	uint32_t offset, bytes;
	bool used;
	uint32_t cursor; /* engine's */
};

/* Where an allocation landed, or what a free gave back. */
struct pcpu_fit {
	uint32_t offset, bytes;	      /* the area itself; bytes includes a tail too small to split */
	uint32_t run_start, run_end;  /* the free run it was cut from, or that it became part of */
};

/* Pages that an atomic allocation may use: bit i set = page i of the unit is populated. */
struct pcpu_pages {
	const uint64_t *populated;
};

struct pcpu_map_ops {
	const char *name;

	/* Sizes and alignments that are multiples of this are placed as every engine of the same
	   policy places them. Bytes. */
	uint32_t granule_bytes;

	/* Records that a map of covered_bytes starts with, given how many the caller would
	   like; and bytes of memory for so many records. */
	uint32_t (*room)(uint32_t covered_bytes, uint32_t wanted);
	size_t (*memory)(uint32_t covered_bytes, uint32_t room);

	/* A map over [0, used_bytes) used and the rest free; either part may be empty. `memory`
	   is zeroed, aligned to 8, has memory(covered, room) bytes. */
	void (*init)(struct pcpu_map *map, void *memory, uint32_t room, uint32_t used_bytes,
		     uint32_t covered_bytes);

	/* Must the map be moved to more room before the next alloc? If so, to how much: a count of
	   records to give to memory() and move(); else 0. */
	uint32_t (*full)(const struct pcpu_map *map);

	/* Moves the records to larger zeroed memory; the caller frees the old. */
	void (*move)(struct pcpu_map *map, void *memory, uint32_t room);

	/* First fit of size at align (a power of two) in address order; with pages, only
	   where all pages are populated. Returns false, with the hint exact or still an upper bound, when
	   nothing fits. full() must be 0. */
	bool (*alloc)(struct pcpu_map *map, uint32_t size, uint32_t align,
		      const struct pcpu_pages *pages, struct pcpu_fit *fit);

	/* Frees the area that starts at offset. False and no change when no used area starts there. */
	bool (*free)(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit);

	/* Areas in address order, O(1) a step: start with *area = {0}, until false. */
	bool (*next)(const struct pcpu_map *map, struct pcpu_area *area);

	/* Record-level truths: a number of invariants.def, 0 when all hold. *at: offset in bytes. */
	uint32_t (*check)(const struct pcpu_map *map, uint32_t *at);
};

/* All engines of engines.def, in order; and one by its name, NULL when there is none. */
extern const struct pcpu_map_ops *const pcpu_engines[];
extern const uint32_t pcpu_nr_engines;
const struct pcpu_map_ops *pcpu_engine_find(const char *name);

#endif
