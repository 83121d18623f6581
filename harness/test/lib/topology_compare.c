/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_compare.c - do two tables describe one machine? Node by node, by their ids. */
#include "harness/test/lib/topology_compare.h"

static uint32_t node_find(const struct pcpu_topology *t, uint16_t id)
{
	uint32_t n = 0;

	while (n < t->nr_nodes && t->node_id[n] != id)
		n++;
	return n;
}

static uint32_t cpu_node_id(const struct pcpu_topology *t, uint32_t cpu)
{
	return t->cpu_node[cpu] == PCPU_NO_NODE ? UINT32_MAX : t->node_id[t->cpu_node[cpu]];
}

static const char *nodes_difference(const struct pcpu_topology *a, const struct pcpu_topology *b,
				    bool ordered, uint32_t *place)
{
	if (a->nr_nodes != b->nr_nodes)
		return "number of nodes";
	for (uint32_t n = 0; n < a->nr_nodes; n++) {
		place[n] = node_find(b, a->node_id[n]);
		if (place[n] == b->nr_nodes)
			return "ids of nodes";
		if (ordered && place[n] != n)
			return "order of nodes";
	}
	return NULL;
}

const char *topology_difference(const struct pcpu_topology *a, const struct pcpu_topology *b,
				bool ordered)
{
	static uint32_t place[PCPU_MAX_NODES]; /* of a's nodes in b */
	const char *what = nodes_difference(a, b, ordered, place);

	if (what)
		return what;
	if (a->nr_cpu_ids != b->nr_cpu_ids)
		return "number of CPU ids";
	for (uint32_t cpu = 0; cpu < a->nr_cpu_ids; cpu++)
		if (cpu_node_id(a, cpu) != cpu_node_id(b, cpu))
			return "node of a CPU";
	if (!a->distance != !b->distance)
		return "distances known or not";
	for (uint32_t i = 0; a->distance && i < a->nr_nodes; i++)
		for (uint32_t j = 0; j < a->nr_nodes; j++)
			if (a->distance[i * a->nr_nodes + j] !=
			    b->distance[place[i] * b->nr_nodes + place[j]])
				return "distances";
	return NULL;
}
