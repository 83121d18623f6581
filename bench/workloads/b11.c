/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * b11.c - property B11, measured: free searches for its record from the front of the map and moves
 * the records behind it. `nr` objects live in one chunk, each between a stone (an object that
 * stays) and a hole:
 *
 *	|obj 8|stone 4|. 4|obj 8|stone 4|. 4| ...	objects and stones start at multiples of 8
 *
 * A freed object merges with the hole before it; the same request cuts it out again at the same
 * place, and no other hole fits it. probes/op and moved_bytes/op grow with nr in an engine that has
 * the property, and stay level in one without it.
 */
#include "bench/runner/bench.h"

#include <stdlib.h>

enum { BYTES = 8, STONE_BYTES = 4, NR_FREED = 64 };

/* Places object i at 16 i, its stone behind it. */
static bool b11_build(struct bench_fixture *fixture, struct pcpu_ptr *object, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		object[i] = pcpu_alloc(fixture->pcpu, BYTES, BYTES, 0);
		if (!object[i].value || !pcpu_alloc(fixture->pcpu, STONE_BYTES, BYTES, 0).value)
			return false;
	}
	return true;
}

/* Only frees are timed: putting the object back costs a first-fit scan. */
static void b11_loop(struct shim_state *state, struct bench_fixture *fixture,
		     struct pcpu_ptr *object, uint32_t nr)
{
	struct pcpu_stats before, after;
	uint64_t nr_frees = shim_begin(state), ns = 0, probes = 0, moved = 0;
	uint32_t step = nr / NR_FREED;

	for (uint64_t done = 0; done < nr_frees;) {
		uint32_t i = 0;
		uint64_t from;

		pcpu_stats(fixture->pcpu, &before);
		from = lab_clock_ns();
		for (; i < nr && done < nr_frees; i += step, done++)
			pcpu_free(fixture->pcpu, object[i]);
		ns += lab_clock_ns() - from;
		pcpu_stats(fixture->pcpu, &after);
		probes += after.nr_probes - before.nr_probes;
		moved += after.nr_moved_bytes - before.nr_moved_bytes;
		for (uint32_t j = 0; j < i; j += step)
			object[j] = pcpu_alloc(fixture->pcpu, BYTES, BYTES, 0);
	}
	shim_seconds(state, (double)ns * 1e-9);
	shim_end(state);
	shim_counter(state, "probes/op", (double)probes / (double)nr_frees);
	shim_counter(state, "moved_bytes/op", (double)moved / (double)nr_frees);
}

static void b11_run(struct shim_state *state, const struct bench_case *self)
{
	struct pcpu_ptr *object = calloc(self->nr, sizeof(*object));
	struct pcpu_sizes sizes = bench_sizes(BENCH_UNIT_BYTES);
	struct bench_fixture fixture;
	uint64_t hash = 0;

	sizes.dyn_bytes = BENCH_UNIT_BYTES - sizes.static_bytes; /* it holds all objects */
	if (!object)
		abort();
	if (bench_fixture_create_here(&fixture, state, self, &sizes)) {
		if (b11_build(&fixture, object, self->nr))
			b11_loop(state, &fixture, object, self->nr);
		else
			shim_fail(state, "the objects could not be had");
		for (uint32_t i = 0; i < self->nr; i++)
			hash = bench_hash(&fixture, hash, i, object[i]);
		bench_label_property(state, self, "B11", hash);
		bench_measure_memory(&fixture, state, bench_live_bytes(&fixture));
		bench_fixture_finish(&fixture, state, 2 * (uint64_t)self->nr);
	}
	free(object);
}

static void b11_add(struct bench_plan *plan)
{
	static const uint32_t objects[] = { 64, 512, 4096, 12288 };

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		struct bench_case proto = {
			.run = b11_run,
			.quick = i == 0 || i == 2,
			.manual = true,
			.nr_cpus = 2,
			.nr = objects[i],
		};

		bench_add(plan, &proto, "b11_free/objects:%u", objects[i]);
	}
}

const struct bench_workload bench_b11 = {
	.summary = "B11: free is O(entries)",
	.per_engine = true,
	.add = b11_add,
};
