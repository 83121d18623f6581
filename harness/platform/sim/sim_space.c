/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_space.c - taken address space, and pages that are mapped into it one by one.
 *
 *	      map        flush          unmap         flush
 *	none -----> fresh -----> mapped -----> stale -----> none, page given back
 *	               \------------------------^
 *	with flush_needed false: none -> mapped -> none
 */
#include "harness/platform/sim/sim_plat.h"

/* --- spaces --- */

static bool check_layout(struct plat *plat, const struct pcpu_layout *layout)
{
	for (uint32_t i = 0; i < layout->nr_groups; i++) {
		const struct pcpu_group *a = &layout->group[i];

		if (a->area_bytes == 0 || (a->area_bytes | a->base_offset) % PCPU_PAGE_BYTES)
			return false;
		for (uint32_t j = 0; j < i; j++) {
			const struct pcpu_group *b = &layout->group[j];

			if (a->base_offset < b->base_offset + b->area_bytes &&
			    b->base_offset < a->base_offset + a->area_bytes)
				return false;
		}
	}
	return layout->nr_groups > 0 && pcpu_is_pow2(layout->atom_bytes);
}

bool plat_vm_reserve(struct plat *plat, const struct pcpu_layout *layout, uintptr_t *base)
{
	uint64_t at, space;

	sim_enter_sleeping(plat);
	if (!check_layout(plat, layout)) {
		sim_note(plat, SIM_FAULT_SPACE_ARGUMENT);
		return false;
	}
	if (sim_is_to_fail(plat) || !sim_place_space(plat, layout, &at))
		return false;
	space = ++plat->memory.nr_spaces_ever;
	for (uint32_t i = 0; i < layout->nr_groups; i++) {
		uint64_t start = at + layout->group[i].base_offset;

		sim_extent_add(plat, start, start + layout->group[i].area_bytes, space);
	}
	plat->ledger.spaces++;
	*base = at;
	return true;
}

/* The extent of one group of a space that starts at base, NULL when that is not how it was
   taken. */
static struct sim_extent *group_extent(struct plat *plat, const struct pcpu_group *group,
				       uint64_t base)
{
	uint64_t start = base + group->base_offset;
	struct sim_extent *extent = sim_extent_at(plat, start);

	if (!extent || extent->space == 0 || extent->start != start ||
	    extent->end != start + group->area_bytes)
		return NULL;
	return extent;
}

/* Is it one whole space, as it was taken, with nothing in it? */
static enum sim_fault_id space_give_fault(struct plat *plat, const struct pcpu_layout *layout,
					  uint64_t base)
{
	uint64_t space = 0;

	for (uint32_t i = 0; i < layout->nr_groups; i++) {
		const struct sim_extent *extent = group_extent(plat, &layout->group[i], base);

		if (!extent || (space != 0 && extent->space != space))
			return SIM_FAULT_SPACE_GIVE;
		if (extent->nr_in_use > 0)
			return SIM_FAULT_SPACE_MAPPED;
		space = extent->space;
	}
	return SIM_NO_FAULT;
}

void plat_vm_release(struct plat *plat, const struct pcpu_layout *layout, uintptr_t base)
{
	enum sim_fault_id fault;

	sim_enter(plat);
	fault = space_give_fault(plat, layout, base);
	if (fault) {
		sim_note(plat, fault);
		return;
	}
	for (uint32_t i = 0; i < layout->nr_groups; i++)
		sim_extent_remove(plat, group_extent(plat, &layout->group[i], base));
	plat->ledger.spaces--;
}

/* --- pages --- */

/* Why no page can be mapped here, if so. */
static enum sim_fault_id map_fault(const struct sim_extent *extent, const struct sim_page *page,
				   uint64_t address)
{
	if (!extent || extent->space == 0 || address % PCPU_PAGE_BYTES)
		return SIM_FAULT_MAP_OUTSIDE;
	if (page->state == SIM_PAGE_STALE)
		return SIM_FAULT_MAP_STALE;
	return page->state == SIM_PAGE_NONE ? SIM_NO_FAULT : SIM_FAULT_MAP_TWICE;
}

static void await_flush(struct plat *plat, struct sim_page *page, uint64_t address,
			enum sim_page_state state)
{
	struct sim_memory *memory = &plat->memory;

	if (page->state != SIM_PAGE_FRESH) { /* else it is on the list already */
		memory->awaiting = sim_grow(memory->awaiting, memory->nr_awaiting,
					    &memory->room_awaiting, sizeof(*memory->awaiting));
		memory->awaiting[memory->nr_awaiting++] = address;
	}
	page->state = (uint8_t)state;
}

static bool map_one(struct plat *plat, uint32_t cpu, uint64_t address)
{
	struct sim_extent *extent = sim_extent_at(plat, address);
	struct sim_page *page = sim_page_at(plat, address);
	enum sim_fault_id fault = map_fault(extent, page, address);
	uint16_t node;

	if (fault) {
		sim_note(plat, fault);
		return false;
	}
	if (sim_is_to_fail(plat))
		return false;
	node = sim_node_take(plat, cpu, 1);
	if (node == PCPU_NO_NODE)
		return false;
	*page = (struct sim_page){
		.frame = plat->memory.next_frame++,
		.node = node,
		.state = SIM_PAGE_MAPPED,
		.content = plat->config.pages_zeroed ? SIM_CONTENT_ZERO : SIM_CONTENT_POISON,
	};
	if (plat->config.flush_needed)
		await_flush(plat, page, address, SIM_PAGE_FRESH);
	extent->nr_in_use++;
	plat->ledger.pages++;
	return true;
}

uint32_t plat_pages_map(struct plat *plat, uint32_t cpu, uintptr_t address, uint32_t nr)
{
	uint32_t i = 0;

	sim_enter_sleeping(plat);
	if (!sim_cpu_possible(plat, cpu)) {
		sim_note(plat, SIM_FAULT_CPU_IMPOSSIBLE);
		return 0;
	}
	while (i < nr && map_one(plat, cpu, address + (uint64_t)i * PCPU_PAGE_BYTES))
		i++;
	return i;
}

static void give_page(struct plat *plat, uint64_t address)
{
	struct sim_extent *extent = sim_extent_at(plat, address);
	struct sim_page *page = sim_page_at(plat, address);

	sim_node_give(plat, page->node, 1);
	sim_content_drop(plat, page);
	page->state = SIM_PAGE_NONE;
	extent->nr_in_use--;
	plat->ledger.pages--;
}

void plat_pages_unmap(struct plat *plat, uintptr_t address, uint32_t nr)
{
	sim_enter(plat);
	for (; nr > 0; nr--, address += PCPU_PAGE_BYTES) {
		struct sim_page *page = sim_page_at(plat, address);

		if (!page || address % PCPU_PAGE_BYTES ||
		    (page->state != SIM_PAGE_MAPPED && page->state != SIM_PAGE_FRESH)) {
			sim_note(plat, SIM_FAULT_UNMAP);
		} else if (plat->config.flush_needed) {
			await_flush(plat, page, address, SIM_PAGE_STALE);
			plat->ledger.pages_awaiting_flush++;
		} else {
			give_page(plat, address);
		}
	}
}

static void flush_page(struct plat *plat, struct sim_page *page, uint64_t address)
{
	if (page->state == SIM_PAGE_FRESH) {
		page->state = SIM_PAGE_MAPPED;
		return;
	}
	give_page(plat, address);
	plat->ledger.pages_awaiting_flush--;
}

void plat_tlb_flush(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	struct sim_memory *memory = &plat->memory;
	size_t nr_left = 0;

	sim_enter_sleeping(plat);
	for (size_t i = 0; i < memory->nr_awaiting; i++) {
		uint64_t at = memory->awaiting[i];

		if (at < address || at - address >= bytes)
			memory->awaiting[nr_left++] = at;
		else
			flush_page(plat, sim_page_at(plat, at), at);
	}
	memory->nr_awaiting = nr_left;
	plat->ledger.nr_flushes++;
	plat->ledger.flushed_bytes += bytes;
}
