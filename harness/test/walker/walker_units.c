/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* walker_units.c - damage to units and offsets, and to what leads from a pointer to its chunk. */
#include "harness/test/walker/walker_rows.h"

/* --- units ------------------------------------------------------------------------------------ */

static void unit_every_cpu(struct test_fixture *f)
{
	f->pcpu->cpu_unit[1] = f->pcpu->cpu_unit[0];
}

static void unit_lost(struct test_fixture *f)
{
	f->pcpu->cpu_unit[3] = PCPU_NO_CPU;
}

/* A unit behind the last, whose entry says what is wanted. */
static void unit_behind_the_last(struct test_fixture *f)
{
	uint32_t nr = f->pcpu->layout.nr_units;

	f->pcpu->layout.cpu_map[nr] = 3;
	f->pcpu->cpu_unit[3] = nr;
}

static void unit_overlap(struct test_fixture *f)
{
	f->pcpu->layout.group[1].base_offset = f->pcpu->layout.unit_bytes;
}

static void units_too_long(struct test_fixture *f)
{
	f->pcpu->layout.group[0].area_bytes = PCPU_PAGE_BYTES;
}

static void overlap_by_a_page(struct test_fixture *f)
{
	const struct pcpu_group *a = &f->pcpu->layout.group[0];

	f->pcpu->layout.group[1].base_offset = a->base_offset + a->area_bytes - PCPU_PAGE_BYTES;
}

static void overlap_from_below(struct test_fixture *f)
{
	struct pcpu_group *group = f->pcpu->layout.group;

	group[0].base_offset = group[1].area_bytes - PCPU_PAGE_BYTES;
	group[1].base_offset = 0;
}

static void unit_node(struct test_fixture *f)
{
	f->pcpu->layout.group[1].node = 0;
}

static void offsets(struct test_fixture *f)
{
	f->pcpu->offset[2] += PCPU_PAGE_BYTES;
}

/* A copy in the wrong place by a skew. */
static void offset_and_unit_skewed(struct test_fixture *f)
{
	f->pcpu->unit_offset[2] += PCPU_SKEW_BYTES;
	f->pcpu->offset[2] += PCPU_SKEW_BYTES;
}

/* --- pointers --------------------------------------------------------------------------------- */

static void lookup(struct test_fixture *f)
{
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, pcpu_index_remove(f->pcpu, walker_later(f)));
}

/* The chunk is found, and an offset in it that is another. */
static void base_moved(struct test_fixture *f)
{
	f->pcpu->first.base += 16;
}

/* As if the static part were linked elsewhere: the pointer 0 is that of `address`. */
static void null_at(struct test_fixture *f, uintptr_t address)
{
	uintptr_t old = f->pcpu->static_start, start = f->pcpu->base - address;

	for (uint32_t cpu = 0; cpu < f->pcpu->layout.nr_cpu_ids; cpu++)
		f->pcpu->offset[cpu] += old - start;
	f->pcpu->static_start = start;
}

static void null_object(struct test_fixture *f)
{
	null_at(f, walker_later(f)->base);
}

static void null_in_reserved(struct test_fixture *f)
{
	null_at(f, f->pcpu->base + f->pcpu->reserved.map.covered_bytes - 1);
}

static void null_in_first(struct test_fixture *f)
{
	null_at(f, f->pcpu->base + f->pcpu->first.map.covered_bytes - 1);
}

static void null_at_the_end(struct test_fixture *f)
{
	null_at(f, walker_later(f)->base + walker_later(f)->map.covered_bytes - 1);
}

/* Beside all objects: nothing is broken. */
static void null_in_static(struct test_fixture *f)
{
	null_at(f, f->pcpu->base + f->pcpu->layout.static_bytes - 1);
}

static void null_behind_later(struct test_fixture *f)
{
	null_at(f, walker_later(f)->base + walker_later(f)->map.covered_bytes);
}

const struct walker_row walker_units[] = {
	WALKER_ROW_AT(UNIT_EVERY_CPU, unit_every_cpu, SENTENCE, PCPU_NO_CHUNK, 0, 1),
	WALKER_ROW(UNIT_EVERY_CPU, unit_lost, SIDE),
	WALKER_ROW(UNIT_EVERY_CPU, unit_behind_the_last, CONDITION),
	WALKER_ROW(UNIT_OVERLAP, unit_overlap, SENTENCE),
	WALKER_ROW(UNIT_OVERLAP, units_too_long, SIDE),
	WALKER_ROW(UNIT_OVERLAP, overlap_by_a_page, CONDITION),
	WALKER_ROW(UNIT_OVERLAP, overlap_from_below, CONDITION),
	WALKER_ROW_AT(UNIT_NODE, unit_node, SENTENCE, PCPU_NO_CHUNK, 0, 2),
	WALKER_ROW_AT(OFFSETS, offsets, SENTENCE, PCPU_NO_CHUNK, 0, 2),
	WALKER_ROW(OFFSETS, offset_and_unit_skewed, SIDE),
	WALKER_ROW(LOOKUP, lookup, SENTENCE),
	WALKER_ROW(LOOKUP, base_moved, CONDITION),
	WALKER_ROW(NULL_OBJECT, null_object, SENTENCE),
	WALKER_ROW(NULL_OBJECT, null_in_reserved, SIDE),
	WALKER_ROW(NULL_OBJECT, null_in_first, SIDE),
	WALKER_ROW(NULL_OBJECT, null_at_the_end, SIDE),
	WALKER_ROW_HOLDS(null_in_static),
	WALKER_ROW_HOLDS(null_behind_later),
	{0},
};
