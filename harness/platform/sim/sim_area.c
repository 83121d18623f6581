/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_area.c - areas: contiguous backed memory, given back in any pieces; and what pages tell
 * of themselves.
 *
 *	take:	| A A A A A A A A |	all on one node, frames in a row
 *	give:	| A A . . A A . . |	page by page; the range is free once nothing is left
 */
#include "harness/platform/sim/sim_plat.h"

static bool is_whole_pages(uint64_t bytes)
{
	return bytes > 0 && bytes % PCPU_PAGE_BYTES == 0;
}

/* May memory be taken near this cpu? Notes a fault when it is not possible. */
static bool check_cpu(struct plat *plat, uint32_t cpu)
{
	if (sim_cpu_possible(plat, cpu))
		return true;
	sim_note(plat, SIM_FAULT_CPU_IMPOSSIBLE);
	return false;
}

static bool check_area(struct plat *plat, uint64_t bytes, uint64_t align)
{
	if (is_whole_pages(bytes) && pcpu_is_pow2(align) && align >= PCPU_PAGE_BYTES)
		return true;
	sim_note(plat, SIM_FAULT_AREA_ARGUMENT);
	return false;
}

static void back_area(struct plat *plat, struct sim_extent *extent, uint16_t node, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++)
		extent->page[i] = (struct sim_page){
			.frame = plat->memory.next_frame++,
			.node = node,
			.state = SIM_PAGE_AREA,
		};
	extent->nr_in_use = nr;
	plat->ledger.area_pages += nr;
}

bool plat_region_alloc(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		       uintptr_t *address, bool *local)
{
	uint64_t start, nr = bytes / PCPU_PAGE_BYTES;
	uint16_t node;

	sim_enter_sleeping(plat);
	if (!check_cpu(plat, cpu) || !check_area(plat, bytes, align))
		return false;
	if (sim_is_to_fail(plat) || !sim_place_area(plat, bytes, align, &start))
		return false;
	node = sim_node_take(plat, cpu, nr);
	if (node == PCPU_NO_NODE)
		return false;
	back_area(plat, sim_extent_add(plat, start, start + bytes, 0), node, nr);
	*address = start;
	*local = node == plat->config.topology->cpu_node[cpu];
	return true;
}

/* Are all pages of [address, address + bytes) held area memory of one extent? */
static struct sim_extent *held_area(struct plat *plat, uint64_t address, uint64_t bytes)
{
	struct sim_extent *extent = sim_extent_at(plat, address);

	if (!extent || !is_whole_pages(bytes) || address % PCPU_PAGE_BYTES ||
	    bytes > extent->end - address)
		return NULL;
	for (uint64_t at = address; at < address + bytes; at += PCPU_PAGE_BYTES)
		if (extent->page[(at - extent->start) / PCPU_PAGE_BYTES].state != SIM_PAGE_AREA)
			return NULL;
	return extent;
}

void plat_region_free(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	struct sim_extent *extent;
	struct sim_page *page;

	sim_enter(plat);
	extent = held_area(plat, address, bytes);
	if (!extent) {
		sim_note(plat, SIM_FAULT_AREA_GIVE);
		return;
	}
	page = &extent->page[(address - extent->start) / PCPU_PAGE_BYTES];
	sim_node_give(plat, page->node, bytes / PCPU_PAGE_BYTES);
	plat->ledger.area_pages -= bytes / PCPU_PAGE_BYTES;
	extent->nr_in_use -= bytes / PCPU_PAGE_BYTES;
	for (uint64_t i = 0; i < bytes / PCPU_PAGE_BYTES; i++) {
		sim_content_drop(plat, &page[i]);
		page[i].state = SIM_PAGE_NONE;
	}
	if (extent->nr_in_use == 0)
		sim_extent_remove(plat, extent);
}

bool plat_page_backed(struct plat *plat, uintptr_t address)
{
	return sim_page_backed(sim_page_at(plat, address));
}

uint32_t plat_guard_bytes(struct plat *plat)
{
	return plat->config.guard_bytes;
}

uint64_t plat_pages_held(struct plat *plat)
{
	return plat->ledger.area_pages + plat->ledger.pages;
}

uint16_t plat_page_node(struct plat *plat, uintptr_t address)
{
	const struct sim_page *page = sim_page_at(plat, address);

	return sim_page_backed(page) && !plat->config.page_nodes_unknown ? page->node :
									   PCPU_NO_NODE;
}

/* What no one has taken from here is ordinary memory, mapped one to one. */
uint64_t plat_phys(struct plat *plat, uintptr_t address)
{
	const struct sim_page *page;

	sim_enter(plat);
	page = sim_page_at(plat, address);
	if (!page)
		return address;
	if (!sim_page_backed(page))
		sim_note(plat, SIM_FAULT_PHYS_UNBACKED);
	return ((uint64_t)page->frame << PCPU_PAGE_SHIFT) + address % PCPU_PAGE_BYTES;
}
