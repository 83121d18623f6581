/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_region.c - records every mapping, sorted by address, with three bits per page.
 *
 *	regions  [start .. bytes)  [start .. bytes)  ...
 *	backed    1110000000011     taken and reachable
 *	awaiting  0001000000000     unmapped, still taken until the flush
 *	kept	  0000110000000     given back, but the kernel has refused it so far
 */
#include <stdlib.h>

#include "harness/platform/hosted/hosted_plat.h"

/* Returns how many regions start at or below the address. */
static size_t regions_below(const struct plat *plat, uintptr_t address)
{
	size_t low = 0, high = plat->nr_regions;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (plat->regions[mid]->mapping.start <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool table_grow(struct plat *plat)
{
	size_t capacity = plat->regions_room ? 2 * plat->regions_room : 16;
	struct hosted_region **table;

	if (plat->nr_regions < plat->regions_room)
		return true;
	table = realloc(plat->regions, capacity * sizeof(struct hosted_region *));
	if (!table)
		return false;
	plat->regions = table;
	plat->regions_room = capacity;
	return true;
}

static void bits_free(struct hosted_region *region)
{
	free(region->backed);
	free(region->awaiting);
	free(region->kept);
}

struct hosted_region *hosted_region_create(uint64_t bytes)
{
	size_t words = PCPU_BITS_WORDS(bytes / PCPU_PAGE_BYTES);
	struct hosted_region *region;

	if (bytes / PCPU_PAGE_BYTES >= UINT32_MAX)
		return NULL;
	region = calloc(1, sizeof(*region));
	if (!region)
		return NULL;
	region->backed = calloc(words, sizeof(uint64_t));
	region->awaiting = calloc(words, sizeof(uint64_t));
	region->kept = calloc(words, sizeof(uint64_t));
	if (region->backed && region->awaiting && region->kept)
		return region;
	hosted_region_destroy(region);
	return NULL;
}

void hosted_region_destroy(struct hosted_region *region)
{
	bits_free(region);
	if (region->mapping.low && !hosted_unreserve(&region->mapping))
		hosted_keep(&region->mapping);
	else
		free(region);
}

bool hosted_region_add(struct plat *plat, struct hosted_region *region)
{
	size_t at = regions_below(plat, region->mapping.start);

	if (!table_grow(plat))
		return false;
	memmove(plat->regions + at + 1, plat->regions + at,
		(plat->nr_regions - at) * sizeof(struct hosted_region *));
	plat->regions[at] = region;
	plat->nr_regions++;
	return true;
}

void hosted_region_remove(struct plat *plat, struct hosted_region *region)
{
	size_t at = regions_below(plat, region->mapping.start) - 1;

	PCPU_ASSERT(plat->regions[at] == region);
	PCPU_ASSERT(region->nr_held == 0);
	/* Kept pages are unmapped with the mapping, or kept with it. */
	hosted_pages_unbook(plat, region->nr_kept);
	hosted_pages_unkeep(plat, region, 0,
			    (uint32_t)(region->mapping.bytes / PCPU_PAGE_BYTES));
	plat->nr_regions--;
	memmove(plat->regions + at, plat->regions + at + 1,
		(plat->nr_regions - at) * sizeof(struct hosted_region *));
}

struct hosted_region *hosted_region_find(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	size_t at = regions_below(plat, address);
	struct hosted_region *region = at ? plat->regions[at - 1] : NULL;

	if (!region || address - region->mapping.start >= region->mapping.bytes ||
	    bytes > region->mapping.bytes - (address - region->mapping.start))
		return NULL;
	return region;
}

bool plat_page_backed(struct plat *plat, uintptr_t address)
{
	struct hosted_region *region;
	bool backed;

	hosted_lock_take(&plat->region_lock);
	region = hosted_region_find(plat, address, 1);
	backed = region && pcpu_bit_test(region->backed, hosted_page(region, address));
	hosted_lock_give(&plat->region_lock);
	return backed;
}

uint64_t plat_pages_held(struct plat *plat)
{
	uint64_t held;

	hosted_lock_take(&plat->region_lock);
	held = plat->pages_held;
	hosted_lock_give(&plat->region_lock);
	return held;
}
