/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_sim.h - the small machine that the tests of the simulated platform share. */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include "harness/platform/sim/sim_plat.h"
#include "harness/test/lib/test.h"

#define PAGE	((uint64_t)PCPU_PAGE_BYTES)
#define NOWHERE ((uintptr_t)0x5000) /* nothing was ever taken here */

static const uint16_t cpu_node[] = {0, 0, 1, PCPU_NO_NODE, 1};
static const uint16_t node_id[] = {0, 1};
static const struct pcpu_topology two_nodes = {
	.nr_cpu_ids = 5, .nr_nodes = 2, .cpu_node = cpu_node, .node_id = node_id};
static const struct sim_config plain
	__attribute__((unused)) = {.topology = &two_nodes, .flush_needed = true};

/* Two groups of two pages, a page of hole between them. */
static struct pcpu_group groups[] = {
	{.base_offset = 0, .area_bytes = 2 * PCPU_PAGE_BYTES},
	{.base_offset = 3 * PCPU_PAGE_BYTES, .area_bytes = 2 * PCPU_PAGE_BYTES},
};
static const struct pcpu_layout layout = {
	.group = groups, .nr_groups = 2, .atom_bytes = PCPU_PAGE_BYTES};

static inline uintptr_t take_area(struct plat *plat, uint64_t nr_pages)
{
	uintptr_t address = 0;
	bool local;

	if (!plat_region_alloc(plat, 0, nr_pages * PAGE, PAGE, &address, &local))
		return 0;
	return address;
}

static inline uintptr_t take_space(struct plat *plat)
{
	uintptr_t base = 0;

	return plat_vm_reserve(plat, &layout, &base) ? base : 0;
}

#endif
