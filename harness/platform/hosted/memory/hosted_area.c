/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_area.c - memory of the first chunk (and of the km backing): backed as a whole, near a CPU.
 *
 *	taken	[unit 0.............][unit 1.............]
 *	later	[unit 0...][/ tail /][unit 1...][/ tail /]
 *
 * /: given back; no memory; an access faults.
 */
#include "harness/platform/hosted/hosted_plat.h"

/* Returns populated addresses near the CPU, not in the table yet; NULL when refused. */
static struct hosted_region *area_make(struct plat *plat, uint32_t cpu, uint64_t bytes,
				       uint64_t align)
{
	struct hosted_region *region = hosted_region_create(bytes);
	struct hosted_mapping *mapping;

	if (!region)
		return NULL;
	region->closes = true;
	mapping = &region->mapping;
	if (hosted_place(plat, bytes, align, mapping) && hosted_open(mapping->start, bytes)) {
		hosted_bind(plat, mapping->start, bytes, cpu);
		if (hosted_back(mapping->start, bytes))
			return region;
	}
	hosted_region_destroy(region);
	return NULL;
}

/* Call it under region_lock. Takes everything or nothing. */
static uintptr_t area_take(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align)
{
	uint64_t nr = bytes / PCPU_PAGE_BYTES;
	struct hosted_region *region;

	hosted_kept_retry();
	hosted_pages_retry(plat);
	if (!hosted_pages_book(plat, nr))
		return 0;
	region = area_make(plat, cpu, bytes, align);
	if (region && hosted_region_add(plat, region)) {
		pcpu_bits_set(region->backed, 0, (uint32_t)nr);
		region->nr_held = nr;
		plat->pages_held += nr;
		return region->mapping.start;
	}
	if (region)
		hosted_region_destroy(region);
	hosted_pages_unbook(plat, nr);
	return 0;
}

bool plat_region_alloc(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		       uintptr_t *address, bool *local)
{
	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	PCPU_ASSERT(bytes % PCPU_PAGE_BYTES == 0 && pcpu_is_pow2(align));
	if (hosted_is_to_fail(plat))
		return false;
	hosted_lock_take(&plat->region_lock);
	*address = area_take(plat, cpu, bytes, align);
	hosted_lock_give(&plat->region_lock);
	if (!*address)
		return false;
	*local = hosted_is_local(plat, *address, bytes, cpu);
	return true;
}

void plat_region_free(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	uint32_t from, to;
	struct hosted_region *region;

	PCPU_ASSERT(address % PCPU_PAGE_BYTES == 0 && bytes % PCPU_PAGE_BYTES == 0);
	hosted_lock_take(&plat->region_lock);
	region = hosted_region_find(plat, address, bytes);
	PCPU_ASSERT(region);
	from = hosted_page(region, address);
	to = from + (uint32_t)(bytes / PCPU_PAGE_BYTES);
	PCPU_ASSERT(pcpu_bits_find(region->backed, from, to, false) == to);
	pcpu_bits_clear(region->backed, from, to);
	region->nr_held -= to - from;
	plat->pages_held -= to - from;
	hosted_pages_retry(plat);
	if (region->nr_held) {
		hosted_pages_give(plat, region, from, to);
	} else {
		hosted_pages_unbook(plat, to - from);
		hosted_region_remove(plat, region);
		hosted_region_destroy(region);
		hosted_kept_retry();
	}
	hosted_lock_give(&plat->region_lock);
}
