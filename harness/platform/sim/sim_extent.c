/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_extent.c - the table of taken address ranges, sorted by address, each with its pages.
 *
 *	sorted[]   | area 0 |    | area 1 |      | space 1, group 0 |   | space 1, group 1 |
 *	pages      AAAAA...AA    AAAAA....A      MM....MMMM..........   MM....MMMM..........
 *
 * They never overlap, so both starts and ends ascend and one binary search answers everything.
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdlib.h>

/* Index of the first extent that ends above the address. */
static size_t first_ending_above(const struct sim_extents *extents, uint64_t address)
{
	size_t low = 0, high = extents->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (extents->sorted[middle]->end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct sim_extent *sim_extent_overlap(struct plat *plat, uint64_t start, uint64_t end)
{
	struct sim_extents *extents = &plat->memory.extents;
	size_t i = first_ending_above(extents, start);

	return i < extents->nr && extents->sorted[i]->start < end ? extents->sorted[i] : NULL;
}

struct sim_extent *sim_extent_at(struct plat *plat, uint64_t address)
{
	struct sim_extents *extents = &plat->memory.extents;
	struct sim_extent *extent = extents->last;

	if (extent && address >= extent->start && address < extent->end)
		return extent;
	extent = sim_extent_overlap(plat, address, address + 1);
	if (extent)
		extents->last = extent;
	return extent;
}

struct sim_page *sim_page_at(struct plat *plat, uint64_t address)
{
	struct sim_extent *extent = sim_extent_at(plat, address);

	return extent ? &extent->page[(address - extent->start) / PCPU_PAGE_BYTES] : NULL;
}

static struct sim_extent *extent_create(struct sim_extents *extents, uint64_t nr_pages)
{
	uint32_t size_class = pcpu_bit_length(nr_pages - 1);
	struct sim_extent *extent = extents->free[size_class];

	if (extent)
		extents->free[size_class] = extent->next_free;
	else
		extent = sim_must(malloc(sizeof(*extent) +
					 ((size_t)1 << size_class) * sizeof(extent->page[0])));
	extent->size_class = size_class;
	return extent;
}

struct sim_extent *sim_extent_add(struct plat *plat, uint64_t start, uint64_t end, uint64_t space)
{
	struct sim_extents *extents = &plat->memory.extents;
	size_t at = first_ending_above(extents, start);
	uint64_t nr_pages = (end - start) / PCPU_PAGE_BYTES;
	struct sim_extent *extent = extent_create(extents, nr_pages);

	extent->start = start;
	extent->end = end;
	extent->space = space;
	extent->nr_in_use = 0;
	memset(extent->page, 0, (size_t)nr_pages * sizeof(extent->page[0]));
	extents->sorted = sim_grow(extents->sorted, extents->nr, &extents->capacity,
				   sizeof(struct sim_extent *));
	memmove(&extents->sorted[at + 1], &extents->sorted[at],
		(extents->nr++ - at) * sizeof(struct sim_extent *));
	extents->sorted[at] = extent;
	return extent;
}

static void extent_keep(struct sim_extents *extents, struct sim_extent *extent)
{
	extent->next_free = extents->free[extent->size_class];
	extents->free[extent->size_class] = extent;
}

void sim_extent_remove(struct plat *plat, struct sim_extent *extent)
{
	struct sim_extents *extents = &plat->memory.extents;
	size_t at = first_ending_above(extents, extent->start);

	memmove(&extents->sorted[at], &extents->sorted[at + 1],
		(--extents->nr - at) * sizeof(struct sim_extent *));
	if (extents->last == extent)
		extents->last = NULL;
	extent_keep(extents, extent);
}

void sim_extents_reset(struct plat *plat)
{
	struct sim_extents *extents = &plat->memory.extents;

	while (extents->nr > 0)
		extent_keep(extents, extents->sorted[--extents->nr]);
	extents->last = NULL;
}

void sim_extents_finish(struct plat *plat)
{
	struct sim_extents *extents = &plat->memory.extents;

	sim_extents_reset(plat);
	for (uint32_t i = 0; i < SIM_SIZE_CLASSES; i++)
		while (extents->free[i]) {
			struct sim_extent *extent = extents->free[i];

			extents->free[i] = extent->next_free;
			free(extent);
		}
	free(extents->sorted);
}
