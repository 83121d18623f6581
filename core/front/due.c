/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * due.c - claimed objects are due to be cleared: below the clean ones, in the order of addresses,
 * and a part of them at a time, neighbours together.
 *
 *	clean[]	a b c d e f | x y	| has no state: who comes to it, misses
 *	miss	a b c | d e f x y	once x and y are gone: so much as one call may clear
 *
 * The caller works on its CPU's magazines, or has stopped the CPU (magazine.h, M2).
 */
#include "front_calls.h"

/* What a miss clears at most, if not one, of a unit: nine lines, which 512 bytes may lie in. */
enum { PART_BYTES = 9 * PCPU_LINE_BYTES };

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

/* In the order of addresses: the last comes out first, is the first in the dirty magazine, and
   stands there last. So it is in order again the next time. */
void pcpu_due_add(struct pcpu_magazine *magazine, const struct pcpu_clean *object, uint32_t nr,
		  uint64_t dirty)
{
	uint32_t due = magazine->nr_due, has = magazine_nr_claimed(magazine);

	PCPU_DEBUG_ASSERT(has + nr <= magazine->limit);
	if (nr == 0)
		return;
	for (uint32_t i = has + 1; i-- > due;)
		magazine->clean[nr + i] = magazine->clean[i];
	for (uint32_t i = 0; i < nr; i++)
		magazine->clean[due + i] = object[i];
	magazine->due_dirty |= (nr < 64 ? dirty & ((UINT64_C(1) << nr) - 1) : dirty) << due;
	count_set(&magazine->nr_due, due + nr);
	magazine_top_set(magazine, magazine->clean + has + nr);
}

/* Bytes that are written to clear the object, whole lines but for neighbours. */
static uint32_t due_cost(const struct pcpu_magazine *magazine, uint32_t at, uint32_t bytes)
{
	const struct pcpu_clean *object = magazine->clean + at;
	bool joins = at + 1 < magazine->nr_due && magazine->due_dirty >> (at + 1) & 1 &&
		     object[1].value == object[0].value + bytes;

	if (!(magazine->due_dirty >> at & 1))
		return 0;
	return joins ? bytes : (uint32_t)pcpu_align_up(bytes, PCPU_LINE_BYTES);
}

/* Where the part begins that is cleared next: one at least. */
static uint32_t part_start(const struct pcpu_magazine *magazine, uint32_t bytes)
{
	uint32_t at = magazine->nr_due - 1, left = PART_BYTES;
	uint32_t cost = due_cost(magazine, at, bytes);

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
	pcpu_objects_clear(pcpu, magazine->clean + from, nr, magazine->due_dirty >> from, bytes);
	magazine->due_dirty &= (UINT64_C(1) << from) - 1;
	for (uint32_t i = magazine->nr_due; i > from; i--)
		magazine->clean[i] = magazine->clean[i - 1];
	magazine->clean[from] = (struct pcpu_clean){0, NULL};
	magazine->nr_loaded += nr;
	count_set(&magazine->nr_due, from);
}
