/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_node.c - NUMA placement: binds memory before the first touch (mbind) and queries its node
 * after it (move_pages without a target). Only where the topology's nodes are this machine's.
 */
#include <numa.h>
#include <numaif.h>

#include "harness/platform/hosted/hosted_plat.h"

#define QUERY_PAGES  512       /* pages queried in one call */
#define NODE_UNKNOWN INT32_MIN /* some kernels return success and write no status */

bool hosted_nodes_exist(const struct pcpu_topology *topology)
{
	if (numa_available() < 0)
		return false;
	for (uint32_t node = 0; node < topology->nr_nodes; node++)
		if (topology->node_id[node] > (uint32_t)numa_max_node() ||
		    !numa_bitmask_isbitset(numa_all_nodes_ptr, topology->node_id[node]))
			return false;
	return true;
}

void hosted_bind(struct plat *plat, uintptr_t address, uint64_t bytes, uint32_t cpu)
{
	const struct pcpu_topology *topology = plat->config.topology;
	unsigned long mask[PCPU_MAX_NODES / 64] = {0};
	uint32_t id;

	if (!plat->nodes_are_real || plat->config.no_mbind)
		return;
	id = topology->node_id[topology->cpu_node[cpu]];
	mask[id / 64] = 1ul << (id % 64);
	/* A preference only: hosted_is_local() and the walker check the result. */
	(void)mbind((void *)address, bytes, MPOL_PREFERRED, mask, PCPU_MAX_NODES, 0);
}

/* Queries the node ids of nr <= QUERY_PAGES pages from address; an unknown one is NODE_UNKNOWN or a
   negative errno. */
static void nodes_query(uintptr_t address, uint32_t nr, int ids[QUERY_PAGES])
{
	void *pages[QUERY_PAGES];

	for (uint32_t i = 0; i < nr; i++) {
		pages[i] = (void *)(address + (uint64_t)i * PCPU_PAGE_BYTES);
		ids[i] = NODE_UNKNOWN;
	}
	if (move_pages(0, nr, pages, NULL, ids, 0) != 0)
		ids[0] = NODE_UNKNOWN;
}

/* Counts pages whose node is known, and those on the node with this id. */
static void nodes_count(uintptr_t address, uint64_t nr, uint32_t id, uint64_t *nr_known,
			uint64_t *nr_there)
{
	int ids[QUERY_PAGES];

	while (nr) {
		uint32_t now = (uint32_t)pcpu_min64(nr, QUERY_PAGES);

		nodes_query(address, now, ids);
		for (uint32_t i = 0; i < now; i++) {
			*nr_known += ids[i] >= 0;
			*nr_there += ids[i] >= 0 && (uint32_t)ids[i] == id;
		}
		address += (uint64_t)now * PCPU_PAGE_BYTES;
		nr -= now;
	}
}

bool hosted_is_local(struct plat *plat, uintptr_t address, uint64_t bytes, uint32_t cpu)
{
	const struct pcpu_topology *topology = plat->config.topology;
	uint32_t node = topology->cpu_node[cpu], need = PCPU_NODE_ONLINE | PCPU_NODE_MEMORY;
	uint64_t nr_known = 0, nr_there = 0;

	if (topology->node_state && (topology->node_state[node] & need) != need)
		return false;
	if (!plat->nodes_are_real)
		return true;
	nodes_count(address, bytes / PCPU_PAGE_BYTES, topology->node_id[node], &nr_known,
		    &nr_there);
	return nr_there == nr_known;
}

uint16_t plat_page_node(struct plat *plat, uintptr_t address)
{
	const struct pcpu_topology *topology = plat->config.topology;
	int ids[QUERY_PAGES];

	if (!plat->nodes_are_real)
		return PCPU_NO_NODE;
	nodes_query(address, 1, ids);
	for (uint32_t node = 0; node < topology->nr_nodes; node++)
		if (ids[0] >= 0 && topology->node_id[node] == (uint32_t)ids[0])
			return (uint16_t)node;
	return PCPU_NO_NODE;
}

/* --- placement ------------------------------------------------------------------------------ */

struct placement_query {
	struct plat *plat;
	struct pcpu *pcpu;
	uint16_t node; /* PCPU_NO_NODE: all */
	struct hosted_placement *seen;
};

/* Counts the pages of one CPU's unit that have memory, run by run. */
static void unit_count(const struct placement_query *placement_query,
		       const struct pcpu_chunk_view *view, uint32_t cpu)
{
	const struct pcpu_topology *topology = placement_query->plat->config.topology;
	const uintptr_t *offset = pcpu_offsets(placement_query->pcpu);
	uint32_t edge = pcpu_layout_edge(pcpu_layout(placement_query->pcpu)) / PCPU_PAGE_BYTES;
	/* The lowest unit lies at the chunk's base; its copies at its start. */
	uintptr_t copy = view->base + offset[cpu] - offset[pcpu_lowest_cpu(placement_query->pcpu)];
	uintptr_t unit = copy - copy % PCPU_PAGE_BYTES;
	uint32_t nr = (view->map->covered_bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;

	for (uint32_t from = 0, to; from < nr; from = to) {
		uint32_t nr_there;

		from = pcpu_bits_find(view->populated, from, nr, true);
		to = pcpu_bits_find(view->populated, from, nr, false);
		nr_there = from < to ? to - from + edge : 0;
		placement_query->seen->nr_pages += nr_there;
		if (placement_query->plat->nodes_are_real)
			nodes_count(unit + (uint64_t)from * PCPU_PAGE_BYTES, nr_there,
				    topology->node_id[topology->cpu_node[cpu]],
				    &placement_query->seen->nr_known,
				    &placement_query->seen->nr_there);
	}
}

static bool chunk_count(void *context, const struct pcpu_chunk_view *view)
{
	const struct placement_query *placement_query = context;

	if (view->kind == PCPU_CHUNK_RESERVED) /* it is in the first chunk's memory */
		return true;
	for (uint32_t cpu = 0; cpu < pcpu_layout(placement_query->pcpu)->nr_cpu_ids; cpu++) {
		uint16_t node = pcpu_cpu_node(placement_query->pcpu, cpu);

		if (node != PCPU_NO_NODE &&
		    (placement_query->node == PCPU_NO_NODE || placement_query->node == node))
			unit_count(placement_query, view, cpu);
	}
	return true;
}

void hosted_placement(struct plat *plat, struct pcpu *pcpu, uint16_t node,
		      struct hosted_placement *seen)
{
	struct placement_query placement_query = {
		.plat = plat, .pcpu = pcpu, .node = node, .seen = seen};

	*seen = (struct hosted_placement){0};
	pcpu_visit(pcpu, chunk_count, &placement_query);
}

double hosted_placement_percent(const struct hosted_placement *seen)
{
	return seen->nr_known ? 100.0 * (double)seen->nr_there / (double)seen->nr_known : -1;
}
