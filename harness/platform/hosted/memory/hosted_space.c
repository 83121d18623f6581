/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_space.c - addresses and pages of later chunks (and of a page-wise first chunk).
 *
 *	one reservation per chunk, groups at the relative offsets of the first chunk:
 *	guard, base [group 0 ....]  guard  [group 1 ....]  guard
 *
 * Each call handles its pages as one run, by one system call. The kernel leaves no stale
 * translations after madvise(2), but the contract is followed: unmapped pages stay taken until a
 * flush covers them.
 */
#include <sys/mman.h>

#include "harness/platform/hosted/hosted_plat.h"

/* --- addresses ------------------------------------------------------------------------------ */

/* Binds each unit near its CPU; neighbours on the same node in one call, since each call may cost
   the kernel a mapping. In a page-wise first chunk one group spans several nodes. */
static void group_bind(struct plat *plat, const struct pcpu_layout *layout, uint32_t group,
		       uintptr_t base)
{
	const uint16_t *node = plat->config.topology->cpu_node;
	const struct pcpu_group *g = &layout->group[group];
	uint32_t end = g->first_unit + g->nr_cpus;

	for (uint32_t from = g->first_unit, to; from < end; from = to) {
		uint32_t cpu = layout->cpu_map[from];

		for (to = from + 1; to < end; to++)
			if (node[layout->cpu_map[to]] != node[cpu])
				break;
		hosted_bind(plat, base + pcpu_layout_unit_offset(layout, group, from),
			    (uint64_t)(to - from) * layout->unit_bytes, cpu);
	}
}

/* Opens a group's units; each alone if guards are between them. */
static bool units_open(const struct pcpu_layout *layout, uintptr_t at, uint32_t nr)
{
	uint64_t bytes = pcpu_layout_backs(layout);

	if (layout->guard_bytes == 0)
		return hosted_open(at, nr * bytes);
	for (uint32_t i = 0; i < nr; i++)
		if (!hosted_open(at + (uintptr_t)i * layout->unit_bytes, bytes))
			return false;
	return true;
}

/* Opens the units of each group, without huge pages and near their CPUs; addresses behind a group's
   last unit stay a guard. */
static bool groups_open(struct plat *plat, const struct pcpu_layout *layout, uintptr_t base)
{
	for (uint32_t g = 0; g < layout->nr_groups; g++) {
		uintptr_t at = base + (uintptr_t)layout->group[g].base_offset;
		uint64_t bytes = (uint64_t)layout->group[g].nr_cpus * layout->unit_bytes;

		if (!units_open(layout, at, layout->group[g].nr_cpus))
			return false;
		/* A huge page would populate more than was requested; a kernel without them refuses
		   | the */
		(void)madvise((void *)at, bytes, MADV_NOHUGEPAGE);
		group_bind(plat, layout, g, base);
	}
	return true;
}

/* Call it under region_lock. NULL: refused. */
static struct hosted_region *space_take(struct plat *plat, const struct pcpu_layout *layout)
{
	uint64_t span = pcpu_layout_span(layout);
	struct hosted_region *region = hosted_region_create(span);

	if (!region)
		return NULL;
	hosted_kept_retry();
	hosted_pages_retry(plat);
	if (hosted_place(plat, span, layout->atom_bytes, &region->mapping) &&
	    groups_open(plat, layout, region->mapping.start) && hosted_region_add(plat, region))
		return region;
	hosted_region_destroy(region);
	return NULL;
}

bool plat_vm_reserve(struct plat *plat, const struct pcpu_layout *layout, uintptr_t *base)
{
	struct hosted_region *region;

	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	if (hosted_is_to_fail(plat))
		return false;
	hosted_lock_take(&plat->region_lock);
	region = space_take(plat, layout);
	hosted_lock_give(&plat->region_lock);
	if (!region)
		return false;
	*base = region->mapping.start;
	return true;
}

void plat_vm_release(struct plat *plat, const struct pcpu_layout *layout, uintptr_t base)
{
	uint64_t span = pcpu_layout_span(layout);
	struct hosted_region *region;

	hosted_lock_take(&plat->region_lock);
	region = hosted_region_find(plat, base, span);
	PCPU_ASSERT(region && region->mapping.start == base && region->mapping.bytes == span);
	hosted_region_remove(plat, region);
	hosted_region_destroy(region);
	hosted_kept_retry();
	hosted_lock_give(&plat->region_lock);
}

uint32_t plat_guard_bytes(struct plat *plat)
{
	return plat->config.unit_guards ? PCPU_PAGE_BYTES : 0;
}

/* --- pages ---------------------------------------------------------------------------------- */

/* Books and returns the number of pages from `from` that the limit and the plan of failures allow.
   A kept page is booked already. */
static uint32_t pages_granted(struct plat *plat, struct hosted_region *region, uint32_t from,
			      uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		bool kept = pcpu_bit_test(region->kept, from + i);

		if (!kept && !hosted_pages_book(plat, 1))
			return i;
		if (!hosted_is_to_fail(plat))
			continue;
		hosted_pages_unbook(plat, !kept);
		return i;
	}
	return nr;
}

/* The kernel's pages are zero; those that it did not take back are cleared. */
bool plat_pages_zeroed(struct plat *plat)
{
	return true;
}

static void kept_clear(const struct hosted_region *region, uint32_t from, uint32_t to)
{
	for (; (from = pcpu_bits_find(region->kept, from, to, true)) < to; from++)
		memset((void *)(region->mapping.start + (uintptr_t)from * PCPU_PAGE_BYTES), 0,
		       PCPU_PAGE_BYTES);
}

uint32_t plat_pages_map(struct plat *plat, uint32_t cpu, uintptr_t address, uint32_t nr)
{
	struct hosted_region *region;
	uint32_t from, granted;

	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	PCPU_ASSERT(address % PCPU_PAGE_BYTES == 0);
	hosted_lock_take(&plat->region_lock);
	region = hosted_region_find(plat, address, (uint64_t)nr * PCPU_PAGE_BYTES);
	PCPU_ASSERT(region);
	from = hosted_page(region, address);
	PCPU_ASSERT(pcpu_bits_find(region->backed, from, from + nr, true) == from + nr);
	PCPU_ASSERT(pcpu_bits_find(region->awaiting, from, from + nr, true) == from + nr);
	granted = pages_granted(plat, region, from, nr);
	kept_clear(region, from, from + granted);
	hosted_pages_unkeep(plat, region, from, from + granted);
	if (granted && !hosted_back(address, (uint64_t)granted * PCPU_PAGE_BYTES)) {
		hosted_pages_give(plat, region, from, from + granted);
		granted = 0;
	}
	pcpu_bits_set(region->backed, from, from + granted);
	region->nr_held += granted;
	plat->pages_held += granted;
	hosted_lock_give(&plat->region_lock);
	return granted;
}

void plat_pages_unmap(struct plat *plat, uintptr_t address, uint32_t nr)
{
	struct hosted_region *region;
	uint32_t from;

	hosted_lock_take(&plat->region_lock);
	region = hosted_region_find(plat, address, (uint64_t)nr * PCPU_PAGE_BYTES);
	PCPU_ASSERT(region);
	from = hosted_page(region, address);
	PCPU_ASSERT(pcpu_bits_find(region->backed, from, from + nr, false) == from + nr);
	pcpu_bits_clear(region->backed, from, from + nr);
	pcpu_bits_set(region->awaiting, from, from + nr);
	region->nr_awaiting += nr;
	hosted_lock_give(&plat->region_lock);
}

/* Call it under region_lock. Gives the awaiting pages of [from, to) back, run by run. */
static void awaiting_give(struct plat *plat, struct hosted_region *region, uint32_t from,
			  uint32_t to)
{
	while ((from = pcpu_bits_find(region->awaiting, from, to, true)) < to) {
		uint32_t end = pcpu_bits_find(region->awaiting, from, to, false);

		hosted_pages_give(plat, region, from, end);
		pcpu_bits_clear(region->awaiting, from, end);
		region->nr_awaiting -= end - from;
		region->nr_held -= end - from;
		plat->pages_held -= end - from;
		from = end;
	}
}

void plat_tlb_flush(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	struct hosted_region *region;

	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	hosted_lock_take(&plat->region_lock);
	region = hosted_region_find(plat, address, bytes);
	PCPU_ASSERT(region);
	if (region->nr_awaiting) {
		hosted_pages_retry(plat);
		awaiting_give(plat, region, hosted_page(region, address),
			      hosted_page(region, address + bytes - 1) + 1);
	}
	hosted_lock_give(&plat->region_lock);
}
