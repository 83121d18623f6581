/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * b12.c - property B12, measured: the hint ignores alignment, so a chunk whose holes are large
 * enough but misaligned is scanned completely for each request. `nr` chunks are made of 32-byte
 * objects and holes of 64 bytes that start at 32 beyond a multiple of 64:
 *
 *	|##|....|##|....|##|		hole of 64 at offset 32, 96 is the next: 64 at 64 never fits
 *
 * A request of 64 bytes aligned to 64 scans them all before it reaches the next chunk; the
 * same request aligned to 4 is the control: it fits at once.
 */
#include "bench/runner/bench.h"

#include <stdlib.h>

enum { BYTES = 32, UNIT_BYTES = 32 << 10, PERIOD = 4 };

/* Fills chunks 0..nr with 32-byte objects; the chunk for later gets only one. */
static uint32_t b12_fill(struct bench_fixture *fixture, struct pcpu_ptr *object, uint32_t capacity,
			 uint32_t nr)
{
	struct pcpu_place place = {0};
	uint32_t i = 0;

	while (i < capacity && place.chunk_id <= nr) {
		object[i] = pcpu_alloc(fixture->pcpu, BYTES, BYTES, 0);
		if (!object[i].value || !pcpu_lookup(fixture->pcpu, object[i], &place))
			return 0;
		i++;
	}
	return i;
}

/* Frees two neighbours of each four, the pair that starts at 32 beyond a multiple of 128. The run
   hash is that of the other objects. */
static uint32_t b12_punch(struct bench_fixture *fixture, struct pcpu_ptr *object, uint32_t nr,
			  uint64_t *hash)
{
	uint32_t nr_live = nr;

	for (uint32_t i = 0; i + 1 < nr; i++) {
		struct pcpu_place place;
		uint32_t in_period;

		pcpu_lookup(fixture->pcpu, object[i], &place);
		in_period = place.offset / BYTES % PERIOD;
		if (in_period == 1 || in_period == 2) {
			pcpu_free(fixture->pcpu, object[i]);
			nr_live--;
		} else {
			*hash = bench_hash(fixture, *hash, i, object[i]);
		}
	}
	return nr_live;
}

static void b12_loop(struct shim_state *state, struct bench_fixture *fixture,
		     const struct bench_case *self)
{
	uint64_t nr;

	bench_fixture_start(fixture);
	nr = shim_begin(state);
	for (uint64_t i = 0; i < nr; i++) {
		struct pcpu_ptr p =
			pcpu_alloc(fixture->pcpu, self->size_bytes, self->align_bytes, 0);

		shim_keep(p.value);
		pcpu_free(fixture->pcpu, p);
	}
	shim_end(state);
	bench_fixture_count(fixture, state, (double)nr);
}

static void b12_run(struct shim_state *state, const struct bench_case *self)
{
	uint32_t capacity = (self->nr + 2) * (UNIT_BYTES / BYTES);
	struct pcpu_ptr *object = calloc(capacity, sizeof(*object));
	struct pcpu_sizes sizes = bench_sizes(UNIT_BYTES);
	struct bench_fixture fixture;
	uint32_t nr_live = 0;
	uint64_t hash = 0;

	if (!object)
		abort();
	if (bench_fixture_create_here(&fixture, state, self, &sizes)) {
		uint32_t nr = b12_fill(&fixture, object, capacity, self->nr);

		if (nr) {
			nr_live = b12_punch(&fixture, object, nr, &hash);
			b12_loop(state, &fixture, self);
		} else {
			shim_fail(state, "the objects could not be had");
		}
		bench_label_property(state, self, "B12", hash);
		bench_measure_memory(&fixture, state, bench_live_bytes(&fixture));
		bench_fixture_finish(&fixture, state, nr_live);
	}
	free(object);
}

static void b12_add(struct bench_plan *plan)
{
	static const uint32_t chunks[] = { 1, 4, 16, 64 };

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		struct bench_case proto = {
			.run = b12_run,
			.quick = chunks[i] == 4 || chunks[i] == 16,
			.size_bytes = 64,
			.nr_cpus = 2,
			.nr = chunks[i],
		};

		proto.align_bytes = 64;
		bench_add(plan, &proto, "b12_aligned/chunks:%u/align:64", chunks[i]);
		proto.align_bytes = 4;
		bench_add(plan, &proto, "b12_aligned/chunks:%u/align:4", chunks[i]);
	}
}

const struct bench_workload bench_b12 = {
	.summary = "B12: the hint is blind to alignment",
	.per_engine = true,
	.add = b12_add,
};
