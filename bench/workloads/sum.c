/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sum.c - W9: one 8-byte counter summed over all CPUs. The time depends on the distance between
 * copies: at powers of two all of them share one cache set, at odd page counts one of the smallest
 * cache; so all stride policies are measured.
 */
#include "bench/runner/bench.h"

static uint64_t sum_copies(const uintptr_t *offset, uintptr_t value, uint32_t nr_cpus)
{
	uint64_t total = 0;

	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++)
		total += *(const volatile uint64_t *)(value + offset[cpu]);
	return total;
}

static void sum_measure(struct shim_state *state, const struct bench_case *self,
			struct bench_fixture *fixture, struct pcpu_ptr p)
{
	const uintptr_t *offset = pcpu_offsets(fixture->pcpu);
	uint64_t expected = 0, last = 0, nr;

	for (uint32_t cpu = 0; cpu < self->nr_cpus; cpu++) {
		*(uint64_t *)pcpu_address(fixture->pcpu, p, cpu) = cpu + 1;
		expected += cpu + 1;
	}
	nr = shim_begin(state);
	for (uint64_t i = 0; i < nr; i++)
		last = sum_copies(offset, p.value, self->nr_cpus);
	shim_end(state);
	if (last != expected)
		shim_fail(state, "not true afterwards: the sum is that of all copies");
}

static void sum_run(struct shim_state *state, const struct bench_case *self)
{
	struct pcpu_sizes sizes = bench_sizes(0);
	struct bench_fixture fixture;
	struct pcpu_ptr p;

	sizes.stride = (enum pcpu_stride)self->nr;
	if (!bench_fixture_create_here(&fixture, state, self, &sizes))
		return;
	p = pcpu_alloc(fixture.pcpu, 8, 8, 0);
	if (p.value)
		sum_measure(state, self, &fixture, p);
	shim_counter(state, "unit_bytes", pcpu_layout(fixture.pcpu)->unit_bytes);
	bench_measure_memory(&fixture, state, bench_live_bytes(&fixture));
	bench_fixture_finish(&fixture, state, 1);
}

static void sum_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = { 8, 64, 128, 256, 512 };

	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		struct bench_case proto = {.run = sum_run, .nr_cpus = cpus[i]};

		proto.quick = cpus[i] == 8 || cpus[i] == 128;
		proto.nr = PCPU_STRIDE_REFERENCE;
		bench_add(plan, &proto, "sum/cpus:%u/stride:reference", cpus[i]);
		proto.quick = cpus[i] == 128;
		proto.nr = PCPU_STRIDE_ODD;
		bench_add(plan, &proto, "sum/cpus:%u/stride:odd", cpus[i]);
		proto.nr = PCPU_STRIDE_SKEWED;
		bench_add(plan, &proto, "sum/cpus:%u/stride:skewed", cpus[i]);
	}
}

const struct bench_workload bench_sum = {
	.summary = "one counter summed over 8 to 512 CPUs, all stride policies",
	.per_engine = false,
	.add = sum_add,
};
