/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_place.c - where in the address space areas and spaces land.
 *
 *	2^32      2^36                  2^45                      2^47
 *	  |        | areas, ascending -> | spaces, ascending ->     |	seed 0
 *	  |        | areas, in no order  |                          |	another seed
 *	  |<-------------- spaces, anywhere ----------------------->|
 *
 * A start is chosen, then the first place from there on that overlaps nothing; a place that was
 * given back may be used again.
 */
#include "harness/platform/sim/sim_plat.h"

#define SPACE_LOW   (UINT64_C(1) << 32)
#define AREA_LOW    (UINT64_C(1) << 36)
#define AREA_HIGH   (UINT64_C(1) << 46) /* where descending areas begin */
#define SPACE_START (UINT64_C(1) << 45)

void sim_place_reset(struct plat *plat)
{
	struct sim_memory *memory = &plat->memory;

	memory->random = plat->config.address_seed;
	memory->area_next = plat->config.backwards ? AREA_HIGH : AREA_LOW;
	memory->space_next = SPACE_START;
	memory->nr_spaces_ever = 0;
	memory->nr_awaiting = 0;
	memory->next_frame = 1;
}

/* A taken range nearer than the gap to [start, start + bytes), or NULL. */
static struct sim_extent *too_near(struct plat *plat, uint64_t start, uint64_t bytes)
{
	uint64_t gap = pcpu_min64(plat->config.area_gap_bytes, SIM_ADDRESS_END);
	uint64_t low = start > gap ? start - gap : 0;

	return sim_extent_overlap(plat, low, start + bytes + gap);
}

static bool area_upwards(struct plat *plat, uint64_t from, uint64_t bytes, uint64_t align,
			 uint64_t *start)
{
	for (uint64_t at = pcpu_align_up(from, align); at <= SIM_ADDRESS_END - bytes;) {
		const struct sim_extent *near = too_near(plat, at, bytes);

		if (!near) {
			*start = at;
			return true;
		}
		at = pcpu_align_up(near->end + plat->config.area_gap_bytes, align);
	}
	return false;
}

static bool area_downwards(struct plat *plat, uint64_t end, uint64_t bytes, uint64_t align,
			   uint64_t *start)
{
	uint64_t gap = plat->config.area_gap_bytes;

	while (end >= SPACE_LOW + bytes) {
		uint64_t at = (end - bytes) & ~(align - 1);
		const struct sim_extent *near = too_near(plat, at, bytes);

		if (!near) {
			*start = at;
			return true;
		}
		if (near->start < gap)
			return false;
		end = near->start - gap;
	}
	return false;
}

/* A random start among about four times the room that the areas so far need. */
static uint64_t random_area_start(struct plat *plat, uint64_t bytes)
{
	uint64_t nr = pcpu_max64(plat->memory.extents.nr + 1, 4) * 4;
	uint64_t each = pcpu_min64(bytes + plat->config.area_gap_bytes, SIM_ADDRESS_END / 2);
	uint64_t window = pcpu_min64(nr, SIM_ADDRESS_END / 2 / each) * each;

	return AREA_LOW + sim_random(&plat->memory.random) % window;
}

static bool find_area(struct plat *plat, uint64_t bytes, uint64_t align, uint64_t *start)
{
	uint64_t from = plat->memory.area_next;

	if (plat->config.backwards)
		return area_downwards(plat, from, bytes, align, start) ||
		       area_downwards(plat, AREA_HIGH, bytes, align, start);
	if (plat->config.address_seed != 0)
		from = random_area_start(plat, bytes);
	return area_upwards(plat, from, bytes, align, start) ||
	       area_upwards(plat, AREA_LOW, bytes, align, start);
}

bool sim_place_area(struct plat *plat, uint64_t bytes, uint64_t align, uint64_t *start)
{
	if (bytes > SIM_ADDRESS_END / 2 || align > SIM_ADDRESS_END / 2 ||
	    plat->config.area_gap_bytes > SIM_ADDRESS_END)
		return false;
	if (!find_area(plat, bytes, align, start)) {
		plat->ledger.nr_refused++;
		return false;
	}
	plat->memory.area_next = plat->config.backwards ? *start : *start + bytes;
	return true;
}

static uint64_t layout_end(const struct pcpu_layout *layout)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < layout->nr_groups; i++)
		end = pcpu_max64(end, layout->group[i].base_offset + layout->group[i].area_bytes);
	return end;
}

/* A taken range in the way of any group when the space starts at base; *group is the one. */
static struct sim_extent *in_the_way(struct plat *plat, const struct pcpu_layout *layout,
				     uint64_t base, uint32_t *group)
{
	for (*group = 0; *group < layout->nr_groups; ++*group) {
		uint64_t start = base + layout->group[*group].base_offset;
		struct sim_extent *extent =
			sim_extent_overlap(plat, start, start + layout->group[*group].area_bytes);

		if (extent)
			return extent;
	}
	return NULL;
}

/* base only ever rises to just behind what was in the way of one group. */
static bool space_upwards(struct plat *plat, const struct pcpu_layout *layout, uint64_t from,
			  uint64_t *base)
{
	uint64_t end = layout_end(layout);
	uint32_t group;

	for (*base = pcpu_align_up(from, layout->atom_bytes); *base <= SIM_ADDRESS_END - end;) {
		const struct sim_extent *extent = in_the_way(plat, layout, *base, &group);

		if (!extent)
			return true;
		*base = pcpu_align_up(extent->end - layout->group[group].base_offset,
				      layout->atom_bytes);
	}
	return false;
}

bool sim_place_space(struct plat *plat, const struct pcpu_layout *layout, uint64_t *base)
{
	uint64_t end = layout_end(layout), from = plat->memory.space_next, window;

	if (end > SIM_ADDRESS_END - SPACE_LOW)
		return false;
	window = SIM_ADDRESS_END - SPACE_LOW - end + 1;
	if (plat->config.address_seed != 0)
		from = SPACE_LOW + sim_random(&plat->memory.random) % window;
	if (!space_upwards(plat, layout, from, base) &&
	    !space_upwards(plat, layout, SPACE_LOW, base)) {
		plat->ledger.nr_refused++;
		return false;
	}
	plat->memory.space_next = *base + pcpu_max64(layout->group[0].area_bytes,
						     plat->config.space_stride_bytes);
	return true;
}
