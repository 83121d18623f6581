/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bulk_calls.c - W5: 64 objects of one size, allocated and freed repeatedly by one pinned thread.
 *
 *	many: pcpu_alloc_many(), pcpu_free_many()	one: a call for each
 *
 * The objects are not accessed. What both take alike is clearing them ("zeroed_bytes/op"): subtract
 * it where the calls are compared (pcpu-count: pcpu_batch_clean()).
 */
#include "bench/runner/bench.h"

#include <pcpu/front.h>

enum { AT_ONCE = 64 };

static bool many_once(struct bench_fixture *fixture, uint32_t size_bytes, struct pcpu_ptr *out)
{
	if (!pcpu_alloc_many(fixture->pcpu, size_bytes, 8, 0, AT_ONCE, out))
		return false;
	shim_keep(out[0].value);
	pcpu_free_many(fixture->pcpu, out, AT_ONCE);
	return true;
}

static bool one_by_one(struct bench_fixture *fixture, uint32_t size_bytes, struct pcpu_ptr *out)
{
	bool all = true;

	for (uint32_t i = 0; i < AT_ONCE; i++) {
		out[i] = pcpu_alloc(fixture->pcpu, size_bytes, 8, 0);
		all &= out[i].value != 0;
	}
	shim_keep(out[0].value);
	for (uint32_t i = 0; i < AT_ONCE; i++)
		pcpu_free(fixture->pcpu, out[i]);
	return all;
}

static void bulk_loop(struct shim_state *state, struct bench_fixture *fixture,
		      const struct bench_case *self)
{
	struct pcpu_ptr out[AT_ONCE];
	uint64_t nr = shim_begin(state);
	bool all = true;

	if (self->text)
		for (uint64_t i = 0; i < nr; i++)
			all &= many_once(fixture, self->size_bytes, out);
	else
		for (uint64_t i = 0; i < nr; i++)
			all &= one_by_one(fixture, self->size_bytes, out);
	shim_end(state);
	bench_fixture_count(fixture, state, (double)nr);
	if (!all)
		shim_fail(state, "no memory for 64 objects");
}

static void bulk_run(struct shim_state *state, const struct bench_case *self)
{
	struct bench_fixture fixture;

	if (!bench_fixture_create_here(&fixture, state, self, NULL))
		return;
	bulk_loop(state, &fixture, self);
	bench_measure_memory(&fixture, state, 0);
	bench_label(state, "", 0);
	bench_fixture_finish(&fixture, state, 0);
}

static void add_one(struct bench_plan *plan, uint32_t size_bytes, bool many)
{
	struct bench_case proto = {
		.run = bulk_run,
		.quick = true,
		.size_bytes = size_bytes,
		.align_bytes = 8,
		.nr_cpus = 8,
		.text = many ? "many" : NULL,
	};

	bench_add(plan, &proto, "bulk/%uB/cpus:8/%s:%u", size_bytes, many ? "many" : "one",
		  AT_ONCE);
}

static void bulk_add(struct bench_plan *plan)
{
	static const uint32_t sizes[] = {8, 64};

	for (size_t i = 0; i < 2; i++) {
		add_one(plan, sizes[i], false);
		add_one(plan, sizes[i], true);
	}
}

const struct bench_workload bench_bulk = {
	.summary = "64 objects at a time, by one call or one by one",
	.per_engine = true,
	.add = bulk_add,
};
