/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * due.c - claimed objects are due to be cleared: below the clean ones, in the order of addresses,
 * and a part of them at a time, neighbours together.
 *
 *	clean[]	  a b c d e F x y	F shows no state: who comes to it misses
 *	a miss	  a b C d e f		once x and y are gone: so much as one call may clear
 *
 * The caller works on its CPU's magazines, or has stopped the CPU (magazine.h, M2).
 */
#include "front_calls.h"

enum { PART_COST = 9 * PCPU_LINE_BYTES }; /* of what a miss clears, if that is not one object */

/* --- clearing --------------------------------------------------------------------------------- */

static void cleared_add(struct pcpu *pcpu, size_t bytes)
{
	counter_add(&pcpu->front->cleared_bytes, bytes * pcpu->layout.nr_possible);
}

static void run_clear(struct pcpu *pcpu, uintptr_t value, size_t bytes)
{
	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		plat_zero(pcpu->plat, value + pcpu->offset[*cpu], bytes);
}

/* The end of the run of neighbours that are to be cleared; from is the first. */
static uint32_t dirty_run_end(const struct pcpu_clean *object, uint32_t from, uint32_t nr,
			      uint64_t dirty, uint32_t bytes)
{
	uint32_t to = from + 1;

	while (to < nr && dirty >> to & 1 && object[to].value == object[to - 1].value + bytes)
		to++;
	return to;
}

/* Counted once: a locked instruction between two runs would wait until the lines of the first are
   there. */
void pcpu_objects_clear(struct pcpu *pcpu, const struct pcpu_clean *object, uint32_t nr,
			uint64_t dirty, uint32_t bytes)
{
	uint32_t from = 0, to;

	if (nr < PCPU_MAGAZINE_MAX)
		dirty &= (UINT64_C(1) << nr) - 1;
	if (dirty == 0)
		return;
	cleared_add(pcpu, (size_t)pcpu_bits_count(&dirty, 0, 64) * bytes);
	for (; from < nr; from = to) {
		to = from + 1;
		if (!(dirty >> from & 1))
			continue;
		to = dirty_run_end(object, from, nr, dirty, bytes);
		run_clear(pcpu, object[from].value, (size_t)(to - from) * bytes);
	}
}

/* --- due -------------------------------------------------------------------------------------- */

static void last_hide(struct pcpu_magazine *magazine)
{
	struct pcpu_clean *last = magazine->clean + magazine->nr_due;

	magazine->hidden = last->state; /* NULL: none is due */
	last->state = NULL;
}

static void last_show(struct pcpu_magazine *magazine)
{
	magazine->clean[magazine->nr_due].state = magazine->hidden;
}

/* In the order of addresses: the last comes out first, is the first in the dirty magazine, and
   stands there last. So it is in order again the next time. */
void pcpu_due_add(struct pcpu_magazine *magazine, const struct pcpu_clean *object, uint32_t nr,
		  uint64_t dirty)
{
	uint32_t due = magazine->nr_due, has = magazine_nr_claimed(magazine);
	struct pcpu_clean *to = magazine->clean + 1 + due;

	PCPU_DEBUG_ASSERT(has + nr <= magazine->limit);
	if (nr == 0)
		return;
	last_show(magazine);
	for (uint32_t i = has; i > due; i--)
		magazine->clean[nr + i] = magazine->clean[i];
	for (uint32_t i = 0; object != to && i < nr; i++)
		to[i] = object[i];
	magazine->due_dirty |= (nr < 64 ? dirty & ((UINT64_C(1) << nr) - 1) : dirty) << due;
	count_set(&magazine->nr_due, due + nr);
	last_hide(magazine);
	magazine_top_set(magazine, magazine->clean + has + nr);
}

/* What it takes to clear the object, which comes before the one at + 1: a line that has to be
   fetched, and a quarter of its bytes, since what follows is written without waiting. */
static uint32_t due_cost(const struct pcpu_magazine *magazine, uint32_t at, uint32_t bytes)
{
	const struct pcpu_clean *object = magazine->clean + 1 + at;
	bool joins = at + 1 < magazine->nr_due && magazine->due_dirty >> (at + 1) & 1 &&
		     object[1].value == object[0].value + bytes;

	if (!(magazine->due_dirty >> at & 1))
		return 0;
	return (joins ? 0 : PCPU_LINE_BYTES) + bytes / 4;
}

/* Are all due ones neighbours, and one part? Most often they are. */
static bool is_one_part(const struct pcpu_magazine *magazine, uint32_t bytes)
{
	const struct pcpu_clean *first = magazine->clean + 1;
	uint32_t nr = magazine->nr_due;

	return first[nr - 1].value - first->value == (uintptr_t)(nr - 1) * bytes &&
	       PCPU_LINE_BYTES + nr * (bytes / 4) <= PART_COST;
}

/* Where the part begins that is cleared next: one at least. */
static uint32_t part_start(const struct pcpu_magazine *magazine, uint32_t bytes)
{
	uint32_t at = magazine->nr_due - 1, left = PART_COST;
	uint32_t cost = due_cost(magazine, at, bytes);

	if (is_one_part(magazine, bytes))
		return 0;
	while (at > 0 && cost <= left) {
		left -= cost;
		cost = due_cost(magazine, at - 1, bytes);
		at -= cost <= left;
	}
	return at;
}

void pcpu_due_clear(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class)
{
	uint32_t bytes = pcpu_classes[class].bytes;
	uint32_t from = part_start(magazine, bytes), nr = magazine->nr_due - from;

	PCPU_DEBUG_ASSERT(magazine_nr(magazine) == 0);
	pcpu_objects_clear(pcpu, magazine->clean + 1 + from, nr, magazine->due_dirty >> from,
			   bytes);
	magazine->due_dirty &= (UINT64_C(1) << from) - 1;
	magazine->nr_loaded += nr;
	last_show(magazine);
	count_set(&magazine->nr_due, from);
	last_hide(magazine);
}

uint32_t pcpu_due_take(struct pcpu_magazine *magazine, struct pcpu_clean *out)
{
	uint32_t nr = magazine->nr_due, has = magazine_nr_claimed(magazine);

	last_show(magazine);
	for (uint32_t i = 0; i < nr; i++)
		out[i] = magazine->clean[1 + i];
	for (uint32_t i = 1; i <= has - nr; i++)
		magazine->clean[i] = magazine->clean[nr + i];
	magazine->due_dirty = 0;
	count_set(&magazine->nr_due, 0);
	last_hide(magazine);
	magazine_top_set(magazine, magazine->clean + has - nr);
	return nr;
}
