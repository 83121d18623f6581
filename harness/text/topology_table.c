/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_table.c - a machine's table put together, whoever reads what.
 *
 *	possible 0-7	node 0: 0 1	node 1: 2 3	4 5 6 7 are on no node
 *
 *	round-robin	node 0: 0 1 4 6	    node 1: 2 3 5 7	as x86 kernels do
 *	first		node 0: 0 1 4 5 6 7 node 1: 2 3
 *
 * Absent CPUs are dealt by ascending CPU id, to the nodes by ascending node id, whatever the order
 * of the table is; nodes of memory only take part.
 */
#include <pcpu/bits.h>
#include "harness/text/topology_text.h"

#define NODE_WORDS PCPU_BITS_WORDS(PCPU_MAX_NODES)

void lab_topology_init(struct lab_topology *topology)
{
	topology->table = (struct pcpu_topology){
		.cpu_node = topology->cpu_node,
		.node_id = topology->node_id,
		.node_state = topology->node_state,
		.distance = topology->distance,
	};
	memset(topology->cpu_node, 0xff, sizeof(topology->cpu_node)); /* PCPU_NO_NODE */
	memset(topology->node_state, PCPU_NODE_ONLINE | PCPU_NODE_MEMORY,
	       sizeof(topology->node_state));
}

void lab_topology_default_distances(struct lab_topology *topology)
{
	uint32_t nr = topology->table.nr_nodes;

	memset(topology->distance, PCPU_REMOTE_DISTANCE, (size_t)nr * nr);
	for (size_t node = 0; node < nr; node++)
		topology->distance[node * nr + node] = PCPU_LOCAL_DISTANCE;
}

uint32_t lab_topology_find_node(const struct lab_topology *topology, uint64_t id)
{
	uint32_t node = 0;

	while (node < topology->table.nr_nodes && topology->node_id[node] != id)
		node++;
	return node;
}

/* Nodes from `place` on move up by one. */
static void open_place(struct lab_topology *to, uint32_t place)
{
	for (uint32_t node = to->table.nr_nodes; node > place; node--) {
		to->node_id[node] = to->node_id[node - 1];
		to->node_state[node] = to->node_state[node - 1];
	}
	for (uint32_t cpu = 0; cpu < to->table.nr_cpu_ids; cpu++)
		if (to->cpu_node[cpu] != PCPU_NO_NODE && to->cpu_node[cpu] >= place)
			to->cpu_node[cpu]++;
}

uint32_t lab_topology_add_node(struct lab_topology *topology, uint32_t id)
{
	uint32_t place = topology->table.nr_nodes, known = lab_topology_find_node(topology, id);

	if (known < place)
		return known;
	while (place > 0 && topology->node_id[place - 1] > id)
		place--;
	open_place(topology, place);
	topology->node_id[place] = (uint16_t)id;
	topology->node_state[place] = PCPU_NODE_ONLINE | PCPU_NODE_MEMORY;
	topology->table.nr_nodes++;
	return place;
}

void lab_topology_add_cpu(struct lab_topology *topology, uint32_t cpu, uint32_t node)
{
	if (topology->cpu_node[cpu] == PCPU_NO_NODE)
		topology->cpu_node[cpu] = (uint16_t)node;
	if (cpu >= topology->table.nr_cpu_ids)
		topology->table.nr_cpu_ids = cpu + 1;
}

/* Node indexes by ascending id. */
static void nodes_sort(const struct lab_topology *topology, uint16_t *order)
{
	uint64_t ids[NODE_WORDS] = { 0 };
	uint32_t nr = 0;

	for (uint32_t node = 0; node < topology->table.nr_nodes; node++)
		pcpu_bit_set(ids, topology->node_id[node]);
	for (uint32_t id = pcpu_bits_find(ids, 0, PCPU_MAX_NODES, true); id < PCPU_MAX_NODES;
	     id = pcpu_bits_find(ids, id + 1, PCPU_MAX_NODES, true))
		order[nr++] = (uint16_t)lab_topology_find_node(topology, id);
}

void lab_topology_set_possible(struct lab_topology *topology, const uint64_t *possible,
			       enum lab_absent absent)
{
	uint32_t nr_nodes = topology->table.nr_nodes, next = 0;
	uint16_t order[PCPU_MAX_NODES];

	nodes_sort(topology, order);
	topology->table.nr_cpu_ids = 0;
	for (uint32_t cpu = 0; cpu < PCPU_MAX_CPUS; cpu++) {
		if (!pcpu_bit_test(possible, cpu)) {
			topology->cpu_node[cpu] = PCPU_NO_NODE;
			continue;
		}
		if (topology->cpu_node[cpu] == PCPU_NO_NODE) {
			topology->cpu_node[cpu] = order[next];
			if (absent == LAB_ABSENT_ROUND_ROBIN)
				next = (next + 1) % nr_nodes;
		}
		topology->table.nr_cpu_ids = cpu + 1;
	}
}
