/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * first_touch.c - W8, second half: creates an allocator for 1 to 8192 CPUs: layout, first chunk,
 * copies of the static part, maps. ns/cpu is level when all of it is linear in CPUs.
 */
#include "bench/runner/bench.h"

static void first_touch_run(struct shim_state *state, const struct bench_case *self)
{
	uint64_t nr = shim_begin(state), ns = 0;

	for (uint64_t i = 0; i < nr; i++) {
		struct bench_fixture fixture;
		uint64_t from = lab_clock_ns();

		if (!bench_fixture_create(&fixture, state, self, NULL))
			return;
		ns += lab_clock_ns() - from;
		if (i == 0 && bench_fixture_broken(&fixture, 0))
			shim_fail(state, bench_fixture_broken(&fixture, 0));
		bench_report_placement(state, &fixture.placed);
		bench_measure_memory(&fixture, state, 0);
		shim_counter(state, "held_bytes/cpu",
			     (double)bench_held_bytes(&fixture) / self->nr_cpus);
		bench_fixture_destroy(&fixture);
	}
	shim_seconds(state, (double)ns * 1e-9);
	shim_end(state);
	shim_counter(state, "ns/cpu", (double)ns / (double)(nr ? nr : 1) / self->nr_cpus);
}

static void first_touch_add(struct bench_plan *plan)
{
	uint32_t most = bench_scale(plan, 8192, 8192, 64);

	for (uint32_t nr_cpus = 1; nr_cpus <= most; nr_cpus *= 8) {
		struct bench_case proto = {
			.run = first_touch_run,
			.quick = nr_cpus == 8 || nr_cpus == 4096,
			.manual = true,
			.nr_cpus = nr_cpus,
			.nr_nodes = nr_cpus < 64 ? 1 : nr_cpus / 64,
		};

		bench_add(plan, &proto, "first/cpus:%u/nodes:%u", nr_cpus, proto.nr_nodes);
	}
	if (most == 8192) {
		struct bench_case proto = {
			.run = first_touch_run,
			.manual = true,
			.nr_cpus = most,
			.nr_nodes = 128,
		};

		bench_add(plan, &proto, "first/cpus:%u/nodes:%u", most, proto.nr_nodes);
	}
}

const struct bench_workload bench_first = {
	.summary = "an allocator from nothing, for 1 to 8192 CPUs",
	.per_engine = true,
	.add = first_touch_add,
};
