/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * setup_cost.c - W8: build info from 1 to 8192 CPUs. ns/cpu shows the growth: it stays level when
 * grouping is linear in CPUs, and would double with every doubling if it were quadratic.
 */
#include "bench/runner/bench.h"

#include <stdlib.h>

/* Checks that every CPU has one unit, and that no more than a third are wasted. */
static const char *setup_cost_broken(const struct pcpu_layout *layout, uint32_t nr_cpus)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < layout->nr_units; i++)
		nr += layout->cpu_map[i] != PCPU_NO_CPU;
	if (nr != nr_cpus || layout->nr_possible != nr_cpus)
		return "not true afterwards: every CPU has one unit";
	if (layout->nr_wasted > nr_cpus / 3)
		return "not true afterwards: at most a third of the units is wasted";
	return NULL;
}

static void setup_cost_measure(struct shim_state *state, const struct bench_case *self,
			       const struct pcpu_topology *topology, void *memory)
{
	static const struct pcpu_sizes sizes = {
		.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672,
		.atom_bytes = 2u << 20,
	};
	struct pcpu_layout layout;
	enum pcpu_status status = PCPU_OK;
	uint64_t from = lab_clock_ns(), nr = shim_begin(state), ns;

	for (uint64_t i = 0; i < nr && status == PCPU_OK; i++)
		status = pcpu_layout_build(topology, &sizes, memory, &layout);
	shim_end(state);
	ns = lab_clock_ns() - from;
	if (status != PCPU_OK)
		shim_fail(state, "the layout was refused");
	else if (setup_cost_broken(&layout, self->nr_cpus))
		shim_fail(state, setup_cost_broken(&layout, self->nr_cpus));
	else
		shim_counter(state, "ns/cpu", (double)ns / (double)(nr ? nr : 1) / self->nr_cpus);
	shim_counter(state, "groups", status == PCPU_OK ? layout.nr_groups : 0);
}

static void setup_cost_run(struct shim_state *state, const struct bench_case *self)
{
	struct pcpu_topology topology;
	void *memory;

	if (!bench_topology_make(&topology, self->nr_cpus, self->nr_nodes)) {
		shim_fail(state, "no memory for a topology");
		return;
	}
	memory = malloc(pcpu_layout_memory(&topology));
	if (memory)
		setup_cost_measure(state, self, &topology, memory);
	else
		shim_fail(state, "no memory for a layout");
	free(memory);
	bench_topology_free(&topology);
}

static void setup_cost_add(struct bench_plan *plan)
{
	static const struct {
		uint32_t nr_cpus, nr_nodes;
		bool quick;
	} rows[] = {
		{ 1, 1, false },      { 8, 1, false },	    { 64, 1, true },	{ 128, 1, false },
		{ 256, 2, false },    { 512, 4, true },
		{ 1024, 8, false },   { 2048, 16, false },  { 4096, 32, true }, { 8192, 64, true },
		{ 8192, 1, true },    { 8192, 1024, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench_case proto = {
			.run = setup_cost_run,
			.quick = rows[i].quick,
			.nr_cpus = rows[i].nr_cpus,
			.nr_nodes = rows[i].nr_nodes,
		};

		bench_add(plan, &proto, "setup/cpus:%u/nodes:%u", rows[i].nr_cpus,
			  rows[i].nr_nodes);
	}
}

const struct bench_workload bench_setup = {
	.summary = "build info for 1 to 8192 CPUs on 1 to 1024 nodes",
	.per_engine = false,
	.add = setup_cost_add,
};
