/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* sim_node.c - whose memory it is: the CPU's own node, else the nearest one that has enough. */
#include "harness/platform/sim/sim_plat.h"

#include <stdlib.h>

#define NODE_USABLE (PCPU_NODE_ONLINE | PCPU_NODE_MEMORY)

bool sim_cpu_possible(struct plat *plat, uint32_t cpu)
{
	const struct pcpu_topology *topology = plat->config.topology;

	return cpu < topology->nr_cpu_ids && topology->cpu_node[cpu] != PCPU_NO_NODE;
}

void sim_nodes_reset(struct plat *plat)
{
	struct sim_memory *memory = &plat->memory;
	uint32_t nr = plat->config.topology->nr_nodes;

	if (nr > memory->nr_nodes || !memory->node_pages) {
		free(memory->node_pages);
		memory->node_pages = sim_must(malloc(nr * sizeof(*memory->node_pages)));
	}
	memory->nr_nodes = nr;
	memset(memory->node_pages, 0, nr * sizeof(*memory->node_pages));
}

static bool has_room(struct plat *plat, uint16_t node, uint64_t nr)
{
	const uint8_t *state = plat->config.topology->node_state;
	uint64_t limit = plat->config.pages_per_node;

	if (state && (state[node] & NODE_USABLE) != NODE_USABLE)
		return false;
	return limit == 0 || nr <= limit - plat->memory.node_pages[node];
}

static uint32_t node_distance(const struct pcpu_topology *topology, uint32_t from, uint32_t to)
{
	if (!topology->distance)
		return PCPU_REMOTE_DISTANCE;
	return topology->distance[(size_t)from * topology->nr_nodes + to];
}

/* The nearest with room; the first of several as near. */
static uint16_t nearest_other(struct plat *plat, uint16_t home, uint64_t nr)
{
	const struct pcpu_topology *topology = plat->config.topology;
	uint16_t best = PCPU_NO_NODE;

	for (uint16_t node = 0; node < topology->nr_nodes; node++) {
		if (!has_room(plat, node, nr))
			continue;
		if (best == PCPU_NO_NODE ||
		    node_distance(topology, home, node) < node_distance(topology, home, best))
			best = node;
	}
	return best;
}

uint16_t sim_node_take(struct plat *plat, uint32_t cpu, uint64_t nr)
{
	uint16_t home = plat->config.topology->cpu_node[cpu];
	uint16_t node = has_room(plat, home, nr) ? home : nearest_other(plat, home, nr);

	if (node != PCPU_NO_NODE)
		plat->memory.node_pages[node] += nr;
	else
		plat->ledger.nr_refused++;
	return node;
}

void sim_node_give(struct plat *plat, uint16_t node, uint64_t nr)
{
	plat->memory.node_pages[node] -= nr;
}
