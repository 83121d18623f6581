/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* random_topology.c - machines that nobody would build, from a seed: see random_topology.h. */
#include "harness/test/lib/random_topology.h"

uint32_t random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 32);
}

uint32_t random_below(uint64_t *state, uint32_t n)
{
	return random_next(state) % n;
}

/* Which node a CPU is on: blocks, alternation, anywhere, or mostly the first. */
static uint32_t pick_node(uint64_t *state, uint32_t kind, uint32_t cpu, uint32_t nr_cpus,
			  uint32_t nr_nodes)
{
	switch (kind) {
	case 0:
		return (uint32_t)((uint64_t)cpu * nr_nodes / nr_cpus);
	case 1:
		return cpu % nr_nodes;
	case 2:
		return random_below(state, nr_nodes);
	default:
		return random_below(state, 8) ? 0 : random_below(state, nr_nodes);
	}
}

static void place_cpus(uint64_t *state, struct lab_topology *t)
{
	uint32_t kind = random_below(state, 4);
	uint32_t hole_in = random_below(state, 3) ? UINT32_MAX : 2 + random_below(state, 4);

	for (uint32_t cpu = 0; cpu < t->table.nr_cpu_ids; cpu++) {
		bool is_hole = cpu + 1 < t->table.nr_cpu_ids && hole_in != UINT32_MAX &&
			       random_below(state, hole_in) == 0;

		t->cpu_node[cpu] = is_hole ? PCPU_NO_NODE :
			(uint16_t)pick_node(state, kind, cpu, t->table.nr_cpu_ids,
					    t->table.nr_nodes);
	}
}

static uint8_t pick_distance(uint64_t *state, uint32_t kind)
{
	switch (kind) {
	case 0:
		return 20;
	case 1:
		return 10;
	case 2: /* near and far, not transitive */
		return random_below(state, 2) ? 10 : 20;
	case 3: /* mostly near */
		return random_below(state, 8) ? 10 : 11;
	default:
		return (uint8_t)(10 + random_below(state, 246));
	}
}

static void place_distances(uint64_t *state, struct lab_topology *t)
{
	uint32_t kind = random_below(state, 6), nr = t->table.nr_nodes;
	bool is_symmetric = random_below(state, 2);

	if (kind == 5)
		t->table.distance = NULL;
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < nr; j++)
			t->distance[i * nr + j] = i == j ? 10 :
				is_symmetric && j < i ? t->distance[j * nr + i] :
							pick_distance(state, kind);
}

void random_topology(uint64_t *state, uint32_t max_cpus, uint32_t max_nodes,
		     struct lab_topology *topology)
{
	lab_topology_init(topology);
	topology->table.nr_cpu_ids = 1 + random_below(state, max_cpus);
	topology->table.nr_nodes = 1 + random_below(state, max_nodes);
	for (uint32_t n = 0; n < topology->table.nr_nodes; n++)
		topology->node_id[n] = (uint16_t)n;
	place_cpus(state, topology);
	place_distances(state, topology);
}

void random_sizes(uint64_t *state, struct pcpu_sizes *sizes)
{
	static const enum pcpu_stride strides[4] = {PCPU_STRIDE_ODD, PCPU_STRIDE_SKEWED};
	uint64_t page = UINT64_C(4096) << random_below(state, 5);

	*sizes = (struct pcpu_sizes){
		.static_bytes = random_below(state, 4) ? random_below(state, 300000)
						       : random_below(state, 8) * page,
		.reserved_bytes = random_below(state, 2) ? 0 : random_below(state, 20000),
		.dyn_bytes = random_below(state, 50000),
		.atom_bytes = page << random_below(state, 13),
		.rule = random_below(state, 2) ? PCPU_RULE_REFERENCE : PCPU_RULE_FIRST_MEMBER,
		.stride = strides[random_below(state, 4)],
	};
	sizes->page_bytes = page == 4096 && random_below(state, 2) ? 0 : page;
	if (random_below(state, 2))
		sizes->min_unit_bytes = 65536 + random_below(state, 70000);
	if (random_below(state, 2))
		sizes->dyn_early_bytes = 12288 + random_below(state, 20000);
	if (random_below(state, 8) == 0)
		sizes->unit_bytes =
			pcpu_align_up(90 * 4096, page) + random_below(state, 100) * page +
			(sizes->stride == PCPU_STRIDE_SKEWED ? page : 0);
}
