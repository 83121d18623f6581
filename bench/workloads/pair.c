/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * pair.c - W5: one object, allocated and freed repeatedly, by one pinned thread.
 *
 * bare: the object is not accessed. written: every CPU's copy is stored to, as a user would. Quote
 * this form, since clearing memory that is never touched costs less than half.
 */
#include "bench/runner/bench.h"

static void pair_loop(struct shim_state *state, struct bench_fixture *fixture,
		      const struct bench_case *self)
{
	uint64_t nr = shim_begin(state);

	for (uint64_t i = 0; i < nr; i++) {
		struct pcpu_ptr p = bench_alloc(fixture, self->size_bytes, self->align_bytes);

		if (self->written)
			bench_write_all(fixture, p, self->size_bytes, self->align_bytes, 1);
		shim_keep(p.value);
		bench_free(fixture, p, self->size_bytes, self->align_bytes);
	}
	shim_end(state);
	bench_fixture_count(fixture, state, (double)nr);
}

static void pair_run(struct shim_state *state, const struct bench_case *self)
{
	struct bench_fixture fixture;
	struct pcpu_ptr neighbour, last;

	if (!bench_fixture_create(&fixture, state, self, NULL))
		return;
	if (!bench_fixture_enter(&fixture, state, 0)) {
		bench_fixture_destroy(&fixture);
		return;
	}
	/* Keep one other object: an otherwise empty allocator is a special case. */
	neighbour = bench_alloc(&fixture, 8, 8);
	bench_fixture_start(&fixture);
	pair_loop(state, &fixture, self);
	last = bench_alloc(&fixture, self->size_bytes, self->align_bytes);
	bench_measure_memory(&fixture, state, 8 + self->size_bytes);
	bench_label(state, "",
		    bench_hash(&fixture, bench_hash(&fixture, 0, 0, neighbour), 1, last));
	bench_free(&fixture, last, self->size_bytes, self->align_bytes);
	hosted_leave_cpu(fixture.plat);
	bench_free(&fixture, neighbour, 8, 8);
	bench_fixture_finish(&fixture, state, 0);
}

static void add_one(struct bench_plan *plan, uint32_t size_bytes, uint32_t nr_cpus, bool written,
		    bool quick)
{
	struct bench_case proto = {
		.run = pair_run,
		.quick = quick,
		.size_bytes = size_bytes,
		.align_bytes = 8,
		.nr_cpus = nr_cpus,
		.written = written,
	};

	bench_add(plan, &proto, "pair/%uB/cpus:%u/%s", size_bytes, nr_cpus,
		  written ? "written" : "bare");
}

static void pair_add(struct bench_plan *plan)
{
	static const uint32_t sizes[] = { 8, 64, 256 }, cpus[] = { 8, 64, 256 };

	for (size_t c = 0; c < 3; c++) {
		for (size_t s = 0; s < 3; s++) {
			add_one(plan, sizes[s], cpus[c], false, c == 0);
			add_one(plan, sizes[s], cpus[c], true, c == 0 || (c == 1 && s == 0));
		}
	}
}

const struct bench_workload bench_pair = {
	.summary = "one object, allocated and freed again and again",
	.per_engine = true,
	.rivals = true,
	.add = pair_add,
};
