/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_fixture.c - see test_fixture.h. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

void test_fixture_init(struct test_fixture *f, const char *nodes)
{
	memset(f, 0, sizeof(*f));
	f->topology.nr_cpu_ids = (uint32_t)strlen(nodes);
	for (uint32_t cpu = 0; nodes[cpu]; cpu++) {
		f->cpu_node[cpu] = nodes[cpu] == '.' ? PCPU_NO_NODE : (uint16_t)(nodes[cpu] - '0');
		if (nodes[cpu] != '.' && f->cpu_node[cpu] >= f->topology.nr_nodes)
			f->topology.nr_nodes = f->cpu_node[cpu] + 1u;
	}
	for (uint32_t a = 0; a < f->topology.nr_nodes; a++) {
		f->node_id[a] = (uint16_t)a;
		for (uint32_t b = 0; b < f->topology.nr_nodes; b++)
			f->distance[a * f->topology.nr_nodes + b] =
				a == b ? PCPU_LOCAL_DISTANCE : PCPU_REMOTE_DISTANCE;
	}
	f->topology.cpu_node = f->cpu_node;
	f->topology.node_id = f->node_id;
	f->topology.distance = f->distance;
	f->sim = (struct sim_config){.topology = &f->topology, .flush_needed = true};
	f->config = (struct pcpu_config){
		.topology = &f->topology,
		.sizes =
			{
				.static_bytes = 5000,
				.reserved_bytes = 8192,
				.dyn_bytes = 20480,
				.atom_bytes = 65536,
			},
		.static_start = TEST_STATIC_START,
		.engine = pcpu_engine_find("area"),
		.space_bytes = UINT64_C(1) << 45,
	};
}

void test_fixture_open_plat(struct test_fixture *f)
{
	f->plat = sim_create(&f->sim);
	CHECK(f->plat);
	f->config.plat = f->plat;
}

void test_fixture_open(struct test_fixture *f)
{
	test_fixture_open_plat(f);
	CHECK_EQ(pcpu_create(&f->config, &f->pcpu), PCPU_OK);
	test_fixture_check(f);
}

void test_fixture_close(struct test_fixture *f)
{
	pcpu_destroy(f->pcpu);
	f->pcpu = NULL;
	CHECK_STR(sim_fault(f->plat), NULL);
	CHECK_STR(sim_lost(f->plat), NULL);
	sim_destroy(f->plat);
}

void test_fixture_check(struct test_fixture *f)
{
	struct pcpu_broken where;
	enum pcpu_invariant invariant = pcpu_check(f->pcpu, &where);

	if (invariant != PCPU_HOLDS)
		FAIL("broken: %s (chunk %d, offset %u, cpu %d)", pcpu_invariant_text(invariant),
		     (int)where.chunk_id, where.offset, (int)where.cpu);
	CHECK_STR(sim_fault(f->plat), NULL);
}

uint64_t test_fixture_reported(struct test_fixture *f, enum pcpu_event_id id)
{
	struct sim_ledger ledger;

	sim_ledger(f->plat, &ledger);
	return ledger.nr_events[id];
}

struct pcpu_event test_fixture_event(struct test_fixture *f, enum pcpu_event_id id)
{
	struct pcpu_event events[SIM_EVENTS_KEPT];
	uint32_t nr = sim_events(f->plat, events, SIM_EVENTS_KEPT);

	while (nr-- > 0)
		if (events[nr].id == id)
			return events[nr];
	FAIL("event %d was not reported", (int)id);
}

struct pcpu_place test_fixture_place(struct test_fixture *f, struct pcpu_ptr p)
{
	struct pcpu_place place;

	CHECK(pcpu_lookup(f->pcpu, p, &place));
	return place;
}
