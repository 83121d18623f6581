/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_kept.c - keeps and counts memory that the kernel refuses to take back, and offers it
 * again.
 *
 *	pages of a live region	a bit in region->kept; still counted against the page limit
 *	a whole mapping on a list of the process: its platform may be destroyed before the next try
 *
 * The list is a stack without a lock: pushed by compare-and-exchange, taken as a whole. Each call
 * that reserves or releases addresses tries the list again.
 */
#include <stdlib.h>

#include "harness/platform/hosted/hosted_plat.h"

#define REFUSALS_A_TRY 4 /* stop after as many: the reason for refusing persists */

/* --- pages of a live region ------------------------------------------------------------------ */

/* Call it under region_lock. */
static bool pages_give(const struct hosted_region *region, uint32_t from, uint32_t to)
{
	uintptr_t at = region->mapping.start + (uint64_t)from * PCPU_PAGE_BYTES;
	uint64_t bytes = (uint64_t)(to - from) * PCPU_PAGE_BYTES;

	return hosted_unback(at, bytes) && (!region->closes || hosted_close(at, bytes));
}

void hosted_pages_give(struct plat *plat, struct hosted_region *region, uint32_t from, uint32_t to)
{
	if (pages_give(region, from, to)) {
		hosted_pages_unbook(plat, to - from);
		return;
	}
	pcpu_bits_set(region->kept, from, to);
	region->nr_kept += to - from;
	__atomic_add_fetch(&plat->pages_kept, to - from, __ATOMIC_RELAXED);
}

void hosted_pages_unkeep(struct plat *plat, struct hosted_region *region, uint32_t from,
			 uint32_t to)
{
	uint32_t nr = pcpu_bits_count(region->kept, from, to);

	pcpu_bits_clear(region->kept, from, to);
	region->nr_kept -= nr;
	__atomic_sub_fetch(&plat->pages_kept, nr, __ATOMIC_RELAXED);
}

/* Offers every kept run of the region again; counts refusals down. */
static void region_retry(struct plat *plat, struct hosted_region *region, int *refusals)
{
	uint32_t nr = (uint32_t)(region->mapping.bytes / PCPU_PAGE_BYTES), from = 0, to;

	while (*refusals > 0 && (from = pcpu_bits_find(region->kept, from, nr, true)) < nr) {
		to = pcpu_bits_find(region->kept, from, nr, false);
		if (pages_give(region, from, to)) {
			hosted_pages_unkeep(plat, region, from, to);
			hosted_pages_unbook(plat, to - from);
		} else {
			--*refusals;
		}
		from = to;
	}
}

void hosted_pages_retry(struct plat *plat)
{
	int refusals = REFUSALS_A_TRY;

	for (size_t i = 0; plat->pages_kept && i < plat->nr_regions && refusals > 0; i++)
		if (plat->regions[i]->nr_kept)
			region_retry(plat, plat->regions[i], &refusals);
}

/* --- whole mappings -------------------------------------------------------------------------- */

static struct hosted_mapping *kept; /* atomic */
static uint64_t kept_bytes;	    /* atomic: addresses on the list */

static void kept_push(struct hosted_mapping *mapping)
{
	mapping->next = __atomic_load_n(&kept, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&kept, &mapping->next, mapping, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

void hosted_keep(struct hosted_mapping *mapping)
{
	/* The addresses stay; as much memory as possible is given back. */
	(void)hosted_unback(mapping->start, mapping->bytes);
	(void)hosted_close(mapping->start, mapping->bytes);
	__atomic_add_fetch(&kept_bytes, mapping->high - mapping->low, __ATOMIC_RELAXED);
	kept_push(mapping);
}

void hosted_kept_retry(void)
{
	struct hosted_mapping *mapping, *next;
	int refusals = REFUSALS_A_TRY;

	if (!__atomic_load_n(&kept, __ATOMIC_RELAXED))
		return;
	mapping = __atomic_exchange_n(&kept, NULL, __ATOMIC_ACQUIRE);
	for (; mapping; mapping = next) {
		uint64_t bytes = mapping->high - mapping->low;

		next = mapping->next;
		if (refusals == 0 || !hosted_unreserve(mapping)) {
			refusals -= refusals > 0;
			kept_push(mapping);
			continue;
		}
		__atomic_sub_fetch(&kept_bytes, bytes, __ATOMIC_RELAXED);
		free(mapping);
	}
}

uint64_t hosted_kept_bytes(void)
{
	return __atomic_load_n(&kept_bytes, __ATOMIC_RELAXED);
}

uint64_t hosted_kept_pages(struct plat *plat)
{
	return __atomic_load_n(&plat->pages_kept, __ATOMIC_RELAXED);
}
