/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * backing.c - where the memory of later chunks comes from.
 *
 *	vm	address space for the whole chunk, pages mapped as objects need them
 *	km	one contiguous block for one group, populated throughout from its creation
 *
 *	           unit 0        unit 1        (unit 2: no CPU, never backed)
 *	pages   [####......]  [####......]  [..........]
 *
 * R1  A page is backed on every used unit or on none (after each call): on all if it is populated,
 *     or an edge (chunk.h).
 * R2  Populate: map all, flush once over the span of the units, and only then may the caller set
 *     bits. A failure unmaps and gives back exactly what this call mapped, with a flush.
 */
#include "chunk.h"

static uintptr_t page_address(const struct pcpu *pcpu, uintptr_t base, uint32_t cpu, uint32_t page)
{
	PCPU_DEBUG_ASSERT(pcpu->cpu_unit[cpu] != PCPU_NO_CPU);
	PCPU_DEBUG_ASSERT(page < pcpu_layout_backs(&pcpu->layout) / PCPU_PAGE_BYTES);
	return base + (uintptr_t)pcpu_unit_start(pcpu, cpu) + (uintptr_t)page * PCPU_PAGE_BYTES;
}

/* Once over the span from the lowest unit's first to the highest unit's last page of the range. */
void pcpu_units_flush(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
{
	uint64_t low = pcpu_unit_start(pcpu, pcpu->lowest_cpu);
	uint64_t high = pcpu_unit_start(pcpu, pcpu->highest_cpu);

	PCPU_DEBUG_ASSERT(from < to && low <= high);
	plat_tlb_flush(pcpu->plat, page_address(pcpu, base, pcpu->lowest_cpu, from),
		       high - low + (uint64_t)(to - from) * PCPU_PAGE_BYTES);
}

/* Unmaps [from, to) of all used units before the one that `end` points to (NULL: of all). Not
   flushed yet. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void units_drop(struct pcpu *pcpu, uintptr_t base, const uint32_t *end, uint32_t from,
		       uint32_t to)
{
	PCPU_FOR_EACH_UNIT(cpu, pcpu) {
		if (cpu == end)
			return;
		plat_pages_unmap(pcpu->plat, page_address(pcpu, base, *cpu, from), to - from);
	}
}

bool pcpu_units_map(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_FOR_EACH_UNIT(cpu, pcpu) {
		uintptr_t at = page_address(pcpu, base, *cpu, from);
		uint32_t nr = plat_pages_map(pcpu->plat, *cpu, at, to - from);

		PCPU_DEBUG_ASSERT(nr <= to - from);
		if (nr == to - from)
			continue;
		if (nr)
			plat_pages_unmap(pcpu->plat, at, nr);
		units_drop(pcpu, base, cpu, from, to);
		pcpu_units_flush(pcpu, base, from, to);
		return false;
	}
	return true;
}

void pcpu_units_unmap(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	units_drop(pcpu, base, NULL, from, to);
	pcpu_units_flush(pcpu, base, from, to);
}

/* The next run in [*from, to) of pages that no populated one reaches into to [*from, *end); false
   when there is none. */
static bool unreached_run(const struct pcpu *pcpu, const struct pcpu_chunk *chunk, uint32_t *from,
			  uint32_t *end, uint32_t to)
{
	while (*from < to && pcpu_page_is_reached(pcpu, chunk, *from))
		++*from;
	*end = *from;
	while (*end < to && !pcpu_page_is_reached(pcpu, chunk, *end))
		++*end;
	return *from < to;
}

/* --- vm ----------------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool vm_create(struct pcpu *pcpu, uintptr_t *base)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	return plat_vm_reserve(pcpu->plat, &pcpu->layout, base);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void vm_destroy(struct pcpu *pcpu, uintptr_t base)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	plat_vm_release(pcpu->plat, &pcpu->layout, base);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool vm_populate(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to)
{
	uint32_t done, end;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(from < to && to <= chunk->nr_pages);
	to += pcpu_edge_pages(pcpu);
	for (done = from; unreached_run(pcpu, chunk, &done, &end, to); done = end)
		if (!pcpu_units_map(pcpu, chunk->base, done, end))
			break;
	if (done == to) {
		pcpu_units_flush(pcpu, chunk->base, from, to);
		return true;
	}
	/* The bits still show what was missing before: below `done` that is what this call
	   mapped. */
	for (uint32_t at = from; unreached_run(pcpu, chunk, &at, &end, done); at = end)
		pcpu_units_unmap(pcpu, chunk->base, at, end);
	return false;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void vm_depopulate(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(from < to && to <= chunk->nr_pages);
	PCPU_DEBUG_ASSERT(pcpu_bits_find(chunk->populated, from, to, true) == to);
	to += pcpu_edge_pages(pcpu);
	for (uint32_t end; unreached_run(pcpu, chunk, &from, &end, to); from = end)
		pcpu_units_unmap(pcpu, chunk->base, from, end);
}

const struct pcpu_backing pcpu_backing_vm = {
	.create = vm_create,
	.destroy = vm_destroy,
	.populate = vm_populate,
	.depopulate = vm_depopulate,
};

/* --- km ----------------------------------------------------------------------------------- */

/* Gives [from, to) of every unit back. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void units_give(struct pcpu *pcpu, uintptr_t base, uint32_t from, uint32_t to)
{
	for (uint32_t unit = 0; unit < pcpu->layout.group[0].nr_units; unit++)
		plat_region_free(pcpu->plat,
				 base + (uintptr_t)unit * pcpu->layout.unit_bytes + from,
				 to - from);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool km_create(struct pcpu *pcpu, uintptr_t *base)
{
	const struct pcpu_layout *layout = &pcpu->layout;
	bool local;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_DEBUG_ASSERT(layout->nr_groups == 1);
	if (!plat_region_alloc(pcpu->plat, layout->cpu_map[0], layout->group[0].area_bytes,
			       layout->atom_bytes, base, &local))
		return false;
	if (layout->guard_bytes)
		units_give(pcpu, *base, pcpu_layout_backs(layout), layout->unit_bytes);
	return true;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void km_destroy(struct pcpu *pcpu, uintptr_t base)
{
	const struct pcpu_layout *layout = &pcpu->layout;
	uint64_t used = (uint64_t)layout->group[0].nr_units * layout->unit_bytes;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_DEBUG_ASSERT(layout->nr_groups == 1);
	if (!layout->guard_bytes) {
		plat_region_free(pcpu->plat, base, layout->group[0].area_bytes);
		return;
	}
	units_give(pcpu, base, 0, pcpu_layout_backs(layout));
	if (used < layout->group[0].area_bytes)
		plat_region_free(pcpu->plat, base + (uintptr_t)used,
				 layout->group[0].area_bytes - used);
}

const struct pcpu_backing pcpu_backing_km = {
	.create = km_create,
	.destroy = km_destroy,
	.all_populated = true,
};
