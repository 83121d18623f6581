/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_world.c - see test_world.h. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_world.h"

void test_world_init(struct test_world *w, const char *nodes)
{
	memset(w, 0, sizeof(*w));
	w->topology.nr_cpu_ids = (uint32_t)strlen(nodes);
	for (uint32_t cpu = 0; nodes[cpu]; cpu++) {
		w->cpu_node[cpu] = nodes[cpu] == '.' ? PCPU_NO_NODE : (uint16_t)(nodes[cpu] - '0');
		if (nodes[cpu] != '.' && w->cpu_node[cpu] >= w->topology.nr_nodes)
			w->topology.nr_nodes = w->cpu_node[cpu] + 1u;
	}
	for (uint32_t a = 0; a < w->topology.nr_nodes; a++) {
		w->node_id[a] = (uint16_t)a;
		for (uint32_t b = 0; b < w->topology.nr_nodes; b++)
			w->distance[a * w->topology.nr_nodes + b] =
				a == b ? PCPU_LOCAL_DISTANCE : PCPU_REMOTE_DISTANCE;
	}
	w->topology.cpu_node = w->cpu_node;
	w->topology.node_id = w->node_id;
	w->topology.distance = w->distance;
	w->sim = (struct sim_config){.topology = &w->topology, .flush_needed = true};
	w->config = (struct pcpu_config){
		.topology = &w->topology,
		.sizes =
			{
				.static_bytes = 5000,
				.reserved_bytes = 8192,
				.dyn_bytes = 20480,
				.atom_bytes = 65536,
			},
		.static_start = TEST_STATIC_START,
		.space_bytes = UINT64_C(1) << 45,
	};
}

void test_world_open_plat(struct test_world *w)
{
	w->plat = sim_create(&w->sim);
	CHECK(w->plat);
	w->config.plat = w->plat;
}

void test_world_open(struct test_world *w)
{
	test_world_open_plat(w);
	CHECK_EQ(pcpu_create(&w->config, &w->pcpu), PCPU_OK);
	test_world_check(w);
}

void test_world_close(struct test_world *w)
{
	pcpu_destroy(w->pcpu);
	w->pcpu = NULL;
	CHECK_STR(sim_fault(w->plat), NULL);
	CHECK_STR(sim_lost(w->plat), NULL);
	sim_destroy(w->plat);
}

void test_world_check(struct test_world *w)
{
	struct pcpu_broken where;
	enum pcpu_invariant invariant = pcpu_check(w->pcpu, &where);

	if (invariant != PCPU_HOLDS)
		FAIL("broken: %s (chunk %d, offset %u, cpu %d)", pcpu_invariant_text(invariant),
		     (int)where.chunk_id, where.offset, (int)where.cpu);
	CHECK_STR(sim_fault(w->plat), NULL);
}

uint64_t test_world_reported(struct test_world *w, enum pcpu_event_id id)
{
	struct sim_ledger ledger;

	sim_ledger(w->plat, &ledger);
	return ledger.nr_events[id];
}

struct pcpu_event test_world_event(struct test_world *w, enum pcpu_event_id id)
{
	struct pcpu_event events[SIM_EVENTS_KEPT];
	uint32_t nr = sim_events(w->plat, events, SIM_EVENTS_KEPT);

	while (nr-- > 0)
		if (events[nr].id == id)
			return events[nr];
	FAIL("event %d was not told", (int)id);
}

struct pcpu_place test_world_place(struct test_world *w, struct pcpu_ptr p)
{
	struct pcpu_place place;

	CHECK(pcpu_lookup(w->pcpu, p, &place));
	return place;
}
