/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * frag.c - W3: fragmentation after objects of another shape. The second step is timed
 * and counted; the counts are exact, and the same in every run.
 *
 *	evens	 |8|8|8|8|8|8|  ->  |8|.|8|.|8|.|  then 16 B objects: no hole takes one
 *	aligned	 |4|4|4|4|4|4|4|....|64        |4|4|4|4|4|4|4|....|64        |
 *	stranded |page 0: all stay|8|.|8|.|8|.|   in every chunk, then as many 8 B objects as went:
 *		 one object on a page keeps its chunk, so holes should be filled first
 */
#include "bench/runner/bench.h"

#include <stdlib.h>
#include <string.h>

struct frag {
	const struct bench_case *self;
	struct shim_state *state;
	struct bench_fixture fixture;
	struct object *object; /* [2 * self->nr] */
	uint32_t nr;	       /* slots in use */
	uint64_t live_bytes;   /* of one CPU */
};

struct object {
	struct pcpu_ptr pointer; /* {0}: freed */
	uint32_t size_bytes, align_bytes;
};

/* One shape: the preparation, and the measured step. False: no memory. */
struct shape {
	const char *name;
	bool (*before)(struct frag *f);
	bool (*step)(struct frag *f);
};

static bool frag_make(struct frag *f, uint32_t size_bytes, uint32_t align_bytes)
{
	struct object *object = &f->object[f->nr];

	*object = (struct object){
		.pointer = bench_alloc(&f->fixture, size_bytes, align_bytes),
		.size_bytes = size_bytes,
		.align_bytes = align_bytes,
	};
	if (!object->pointer.value)
		return false;
	f->nr++;
	f->live_bytes += size_bytes;
	return true;
}

static void frag_drop(struct frag *f, struct object *object)
{
	if (!object->pointer.value)
		return;
	bench_free(&f->fixture, object->pointer, object->size_bytes, object->align_bytes);
	object->pointer.value = 0;
	f->live_bytes -= object->size_bytes;
}

static bool make_many(struct frag *f, uint32_t nr, uint32_t size_bytes, uint32_t align_bytes)
{
	for (uint32_t i = 0; i < nr; i++) {
		if (!frag_make(f, size_bytes, align_bytes))
			return false;
	}
	return true;
}

static bool evens_before(struct frag *f)
{
	if (!make_many(f, f->self->nr, 8, 8))
		return false;
	for (uint32_t i = 0; i < f->self->nr; i += 2)
		frag_drop(f, &f->object[i]);
	return true;
}

static bool evens_step(struct frag *f)
{
	return make_many(f, f->self->nr / 4, 16, 8);
}

static bool nothing_before(struct frag *f)
{
	return true;
}

static bool aligned_step(struct frag *f)
{
	for (uint32_t i = 0; i < f->self->nr; i += 8) {
		if (!make_many(f, 7, 4, 4) || !frag_make(f, 64, 64))
			return false;
	}
	return true;
}

/* Page 0 of the first chunk is static, so its next page is used instead. */
static bool frag_stays(struct frag *f, const struct object *object)
{
	struct pcpu_place place;

	return pcpu_lookup(f->fixture.pcpu, object->pointer, &place) &&
	       place.offset / PCPU_PAGE_BYTES == (place.kind == PCPU_CHUNK_FIRST);
}

static bool stranded_before(struct frag *f)
{
	if (!make_many(f, f->self->nr, 8, 8))
		return false;
	for (uint32_t i = 0; i < f->self->nr; i += 2) {
		if (!frag_stays(f, &f->object[i]))
			frag_drop(f, &f->object[i]);
	}
	pcpu_balance(f->fixture.pcpu);
	return true;
}

static bool stranded_step(struct frag *f)
{
	for (uint32_t i = 0; i < f->self->nr; i += 2) {
		if (!f->object[i].pointer.value && !frag_make(f, 8, 8))
			return false;
	}
	return true;
}

static const struct shape shapes[] = {
	{"evens", evens_before, evens_step},
	{"aligned", nothing_before, aligned_step},
	{"stranded", stranded_before, stranded_step},
};

static const struct shape *shape_of(const struct bench_case *self)
{
	for (size_t i = 0;; i++) {
		if (!strcmp(shapes[i].name, self->text))
			return &shapes[i];
	}
}

/* Returns how many objects live, and their run hash. */
static uint32_t nr_live(struct frag *f)
{
	uint64_t hash = 0;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < f->nr; i++) {
		if (!f->object[i].pointer.value)
			continue;
		hash = bench_hash(&f->fixture, hash, i, f->object[i].pointer);
		nr++;
	}
	bench_label(f->state, "", hash);
	return nr;
}

static void frag_report(struct frag *f, uint64_t live_bytes_before)
{
	struct pcpu_stats stats;

	bench_measure_memory(&f->fixture, f->state, f->live_bytes);
	if (f->fixture.rival)
		return;
	pcpu_stats(f->fixture.pcpu, &stats);
	shim_counter(f->state, "chunks_before", f->fixture.start.nr_chunks);
	if (live_bytes_before)
		shim_counter(f->state, "populated/live_before",
			     (double)f->fixture.start.populated_bytes / (double)live_bytes_before);
	shim_counter(f->state, "chunks", stats.nr_chunks);
	shim_counter(f->state, "stranded_bytes", (double)stats.stranded_bytes);
}

static void frag_measure(struct frag *f)
{
	const struct shape *shape = shape_of(f->self);
	bool good = shape->before(f);
	uint64_t live_bytes_before = f->live_bytes, from, to;
	uint32_t nr_before = f->nr;
	const char *broken;

	bench_fixture_start(&f->fixture);
	shim_begin(f->state);
	shim_count(f->state, true);
	from = lab_clock_ns();
	good = good && shape->step(f);
	to = lab_clock_ns();
	shim_count(f->state, false);
	shim_seconds(f->state, bench_seconds(from, to) / (f->nr - nr_before + !good));
	shim_end(f->state);
	bench_fixture_count(&f->fixture, f->state, f->nr - nr_before + !good);
	frag_report(f, live_bytes_before);
	broken = bench_fixture_broken(&f->fixture, nr_live(f));
	if (!good)
		shim_fail(f->state, "no memory for an object");
	else if (broken)
		shim_fail(f->state, broken);
	for (uint32_t i = 0; i < f->nr; i++)
		frag_drop(f, &f->object[i]);
	bench_fixture_finish(&f->fixture, f->state, 0);
}

static void frag_run(struct shim_state *state, const struct bench_case *self)
{
	struct frag f = {.self = self, .state = state};

	f.object = calloc(2 * (size_t)self->nr, sizeof(*f.object));
	if (!f.object)
		shim_fail(state, "no memory for the list of objects");
	else if (bench_fixture_create_here(&f.fixture, state, self, NULL))
		frag_measure(&f);
	free(f.object);
}

static void add_one(struct bench_plan *plan, const struct shape *shape, uint32_t nr_cpus)
{
	struct bench_case proto = {
		.run = frag_run,
		.quick = nr_cpus == 8,
		.wide = nr_cpus > 8,
		.manual = true,
		.once = true,
		.nr_cpus = nr_cpus,
		.text = shape->name,
		.nr = bench_scale(plan, 200000, 40000, 4000),
	};

	bench_add(plan, &proto, "frag/%s/objects:%u/cpus:%u", proto.text, proto.nr, nr_cpus);
}

/* Stranded chunks are specific to engines. */
static void frag_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = {8, 64, 256};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (plan->rival && shapes[i].before == stranded_before)
			continue;
		for (size_t c = 0; c < 3; c++)
			add_one(plan, &shapes[i], cpus[c]);
	}
}

const struct bench_workload bench_frag = {
	.summary = "fragmentation: holes of the wrong size, alignment, stranded chunks",
	.per_engine = true,
	.rivals = true,
	.add = frag_add,
};
