/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * pair.c - W5: one object, allocated and freed repeatedly, by one pinned thread.
 *
 * live: beside so many others of its size, which stay.
 *
 * bare: the object is not accessed. written: every CPU's copy is stored to, as a user would. Quote
 * this form, since clearing memory that is never touched costs less than half.
 */
#include "bench/runner/bench.h"

#include <stdlib.h>

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

/* The objects that stay; the first one always, since an otherwise empty allocator is a special
   case. Returns how many there are. */
static uint32_t pair_fill(struct bench_fixture *fixture, const struct bench_case *self,
			  struct pcpu_ptr *object)
{
	uint32_t nr;

	object[0] = bench_alloc(fixture, 8, 8);
	for (nr = 1; nr <= self->nr; nr++) {
		object[nr] = bench_alloc(fixture, self->size_bytes, self->align_bytes);
		if (!object[nr].value)
			break;
		if (self->written)
			bench_write_all(fixture, object[nr], self->size_bytes, self->align_bytes,
					nr);
	}
	return nr;
}

/* Checks and frees all but the first one. */
static void pair_drop(struct shim_state *state, struct bench_fixture *fixture,
		      const struct bench_case *self, const struct pcpu_ptr *object, uint32_t nr)
{
	for (uint32_t i = 1; i < nr; i++) {
		if (self->written && !bench_holds_all(fixture, object[i], self->size_bytes,
						      self->align_bytes, i))
			shim_fail(state, "not true: an object holds what was stored in it");
	}
	while (--nr > 0)
		bench_free(fixture, object[nr], self->size_bytes, self->align_bytes);
	if (bench_fixture_broken(fixture, 1))
		shim_fail(state, bench_fixture_broken(fixture, 1));
}

static void pair_measure(struct shim_state *state, struct bench_fixture *fixture,
			 const struct bench_case *self, struct pcpu_ptr *object)
{
	uint32_t nr = pair_fill(fixture, self, object);
	struct pcpu_ptr last;

	if (nr <= self->nr)
		shim_fail(state, "no memory for the objects that stay");
	bench_fixture_start(fixture);
	pair_loop(state, fixture, self);
	last = bench_alloc(fixture, self->size_bytes, self->align_bytes);
	bench_measure_memory(fixture, state, 8 + (uint64_t)nr * self->size_bytes);
	bench_label(state, "",
		    bench_hash(fixture, bench_hash(fixture, 0, 0, object[0]), 1, last));
	bench_free(fixture, last, self->size_bytes, self->align_bytes);
	pair_drop(state, fixture, self, object, nr);
	bench_free(fixture, object[0], 8, 8);
	bench_fixture_finish(fixture, state, 0);
}

static void pair_run(struct shim_state *state, const struct bench_case *self)
{
	struct pcpu_ptr *object = bench_array(self->nr + 1, sizeof(*object));
	struct bench_fixture fixture;

	if (!object)
		shim_fail(state, "no memory for the list of objects");
	else if (bench_fixture_create_here(&fixture, state, self, NULL))
		pair_measure(state, &fixture, self, object);
	free(object);
}

/* Beside many others, written. */
static void add_live(struct bench_plan *plan, uint32_t nr_cpus)
{
	struct bench_case proto = {
		.run = pair_run,
		.quick = nr_cpus == 8,
		.wide = nr_cpus > 8,
		.size_bytes = 8,
		.align_bytes = 8,
		.nr_cpus = nr_cpus,
		.nr = bench_scale(plan, 100000, 20000, 200),
		.written = true,
		.rss = true,
	};

	bench_add(plan, &proto, "pair/8B/cpus:%u/live:%u/written", nr_cpus, proto.nr);
}

static void add_one(struct bench_plan *plan, uint32_t size_bytes, uint32_t nr_cpus, bool written,
		    bool quick)
{
	struct bench_case proto = {
		.run = pair_run,
		.quick = quick,
		.wide = nr_cpus > 64 && size_bytes > 8 && (size_bytes < 256 || written),
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
			add_one(plan, sizes[s], cpus[c], true, c == 0 || (c == 1 && s < 2));
		}
	}
	add_live(plan, 8);
	add_live(plan, 64);
}

const struct bench_workload bench_pair = {
	.summary = "one object, allocated and freed again and again",
	.per_engine = true,
	.rivals = true,
	.add = pair_add,
};
