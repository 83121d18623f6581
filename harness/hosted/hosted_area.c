/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_area.c - memory of the first chunk (and of the km backing): backed as a whole, near a CPU.
 *
 *	taken	[unit 0.............][unit 1.............]
 *	later	[unit 0...][/ tail /][unit 1...][/ tail /]
 *
 * /: given back, no memory behind, an access faults.
 */
#include <sys/mman.h>

#include "hosted_plat.h"

/* Under region_lock: room below the page limit? */
static bool pages_allowed(const struct plat *plat, uint64_t nr)
{
	return nr <= plat->config.page_limit &&
	       plat->pages_held <= plat->config.page_limit - nr;
}

/* Under region_lock. Everything or nothing. */
static uintptr_t area_take(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align)
{
	uint64_t nr = bytes / PCPU_PAGE_BYTES;
	struct hosted_region *region;
	uintptr_t at;

	if (!pages_allowed(plat, nr))
		return 0;
	at = hosted_reserve(bytes, align);
	if (!at)
		return 0;
	hosted_bind(plat, at, bytes, cpu);
	region = hosted_back(at, bytes) ? hosted_region_add(plat, at, bytes) : NULL;
	if (!region) {
		hosted_unreserve(at, bytes);
		return 0;
	}
	pcpu_bits_set(region->backed, 0, (uint32_t)nr);
	region->nr_held = nr;
	plat->pages_held += nr;
	return at;
}

bool plat_area_take(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		    uintptr_t *address, bool *local)
{
	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	PCPU_ASSERT(bytes % PCPU_PAGE_BYTES == 0 && pcpu_is_pow2(align));
	if (hosted_is_to_fail(plat))
		return false;
	pthread_mutex_lock(&plat->region_lock);
	*address = area_take(plat, cpu, bytes, align);
	pthread_mutex_unlock(&plat->region_lock);
	if (!*address)
		return false;
	*local = hosted_is_local(plat, *address, bytes, cpu);
	return true;
}

/* A part of an area goes; the rest stays where it is. When the kernel has no mapping to spare for
   the protection, the memory is given back all the same. */
static void part_give(uintptr_t address, uint64_t bytes)
{
	hosted_unback(address, bytes);
	(void)mprotect((void *)address, bytes, PROT_NONE);
}

void plat_area_give(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	uint32_t from, to;
	struct hosted_region *region;

	PCPU_ASSERT(address % PCPU_PAGE_BYTES == 0 && bytes % PCPU_PAGE_BYTES == 0);
	pthread_mutex_lock(&plat->region_lock);
	region = hosted_region_find(plat, address, bytes);
	PCPU_ASSERT(region);
	from = hosted_page(region, address);
	to = from + (uint32_t)(bytes / PCPU_PAGE_BYTES);
	PCPU_ASSERT(pcpu_bits_find(region->backed, from, to, false) == to);
	pcpu_bits_clear(region->backed, from, to);
	region->nr_held -= to - from;
	plat->pages_held -= to - from;
	if (region->nr_held) {
		part_give(address, bytes);
	} else {
		hosted_unreserve(region->start, region->bytes);
		hosted_region_remove(plat, region);
	}
	pthread_mutex_unlock(&plat->region_lock);
}
