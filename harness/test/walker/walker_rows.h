/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * walker_rows.h - damage to one healthy allocator, through the core's private headers, and the
 * sentence of invariants.def that the walker has to name for it: exactly that one.
 *
 *	walker_maps.c	areas, bitmaps, blocks
 *	walker_chunks.c	lists, pages, counts
 *	walker_units.c	units, offsets, what leads from a pointer to its chunk
 *	walker_front.c	spans, objects, magazines
 */
#ifndef WALKER_ROWS_H
#define WALKER_ROWS_H

#include "core/chunk.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

/* Calls of the core's own functions: a lock that they demand is held. */
#define WITH_LOCK(plat, lock, call)        \
	do {                               \
		plat_lock(plat, lock);     \
		call;                      \
		plat_unlock(plat, lock);   \
	} while (0)

#define WALKER_LAST_PAGE UINT32_MAX

struct walker_row {
	enum pcpu_invariant invariant;
	void (*damage)(struct test_fixture *f); /* NULL: no more rows */
	/* Each sentence has a row; others reach it by another check, or by one condition alone. */
	enum walker_part { WALKER_SENTENCE, WALKER_SIDE, WALKER_CONDITION } part;
	bool says_where; /* as follows */
	uint32_t chunk_id, page, cpu;
};

#define WALKER_ROW(id, damage_, part_)                                            \
	{                                                                         \
		.invariant = PCPU_INV_##id, .damage = damage_, .part = WALKER_##part_ \
	}
#define WALKER_ROW_AT(id, damage_, part_, chunk_id_, page_, cpu_)                      \
	{                                                                             \
		.invariant = PCPU_INV_##id, .damage = damage_, .part = WALKER_##part_, \
		.says_where = true, .chunk_id = chunk_id_, .page = page_, .cpu = cpu_  \
	}
/* Nothing is broken. */
#define WALKER_ROW_HOLDS(damage_)                                                      \
	{                                                                             \
		.invariant = PCPU_HOLDS, .damage = damage_, .part = WALKER_SIDE       \
	}

extern const struct walker_row walker_maps[], walker_chunks[], walker_units[], walker_front[];

#define WALKER_FOR_EACH_ROW(row)                                                       \
	for (const struct walker_row *const *group_ = walker_groups; *group_; group_++) \
		for (const struct walker_row *row = *group_; row->damage; row++)
extern const struct walker_row *const walker_groups[]; /* ends with NULL */

/* A healthy allocator of four CPUs on two nodes, with one later chunk that holds three objects. */
void walker_open(struct test_fixture *f);
struct pcpu_chunk *walker_later(struct test_fixture *f);
/* The records of the chunk's map of areas. */
int32_t *walker_records(struct pcpu_chunk *chunk);

#endif
