/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * refill.c - W3: three sizes one after another, each phase timed apart. Of all objects nine in ten
 * go, at random, before the next size takes as many bytes as went.
 *
 *	fill 8 B | drop 9 in 10 | refill 16 B | drop 9 in 10 | refill 32 B
 *	|8888888888888888|  ->  |8......8........|  ->  |8 16 16 8 16 16|  -> ...
 *
 * What survives keeps most pages: an allocator that gives a page to one size for good holds 1.9
 * times the live bytes after the first refill, and 2.8 times after the second.
 *
 * Every copy is stored to, and read back before it goes. Balance runs when the engine asks for it,
 * and is timed apart. The time is that of one call, over all phases.
 */
#include "bench/runner/bench.h"

#include <stdlib.h>

enum { NR_SIZES = 3, SMALLEST = 8, KEPT_OF = 10 };
enum phase { FILL, DROP, REFILL, DROP_AGAIN, REFILL_AGAIN, NR_PHASES };

static const char *const phase_ns[NR_PHASES] = {
	"fill_ns/op", "drop_ns/op", "refill_ns/op", "second_drop_ns/op", "second_refill_ns/op",
};

struct object {
	struct pcpu_ptr pointer;
	uint32_t size_bytes, tag;
};

struct refill {
	const struct bench_case *self;
	struct shim_state *state;
	struct bench_fixture fixture;
	struct object *object;	   /* [2 * self->nr], those that live first */
	uint32_t nr, nr_made;	   /* of them, live; all so far */
	uint64_t live_bytes;	   /* of one CPU */
	uint64_t random;
	uint64_t ns, balance_ns, nr_calls; /* of all phases */
	bool short_of_memory, damaged;
};

/* A step of xorshift64* (Vigna 2016). */
static uint32_t refill_random(struct refill *r, uint32_t below)
{
	r->random ^= r->random >> 12;
	r->random ^= r->random << 25;
	r->random ^= r->random >> 27;
	return (uint32_t)(((r->random * UINT64_C(2685821657736338717) >> 32) * below) >> 32);
}

static void refill_balance(struct refill *r)
{
	uint64_t from;

	if (r->fixture.rival || !lab_take_kick(r->fixture.plat))
		return;
	from = lab_clock_ns();
	pcpu_balance(r->fixture.pcpu);
	r->balance_ns += lab_clock_ns() - from;
}

static bool refill_make(struct refill *r, uint32_t size_bytes)
{
	struct object *object = &r->object[r->nr];

	*object = (struct object){
		.pointer = bench_alloc(&r->fixture, size_bytes, 8),
		.size_bytes = size_bytes, .tag = r->nr_made,
	};
	if (!object->pointer.value)
		return false;
	bench_write_all(&r->fixture, object->pointer, size_bytes, 8, object->tag);
	r->nr++;
	r->nr_made++;
	r->live_bytes += size_bytes;
	refill_balance(r);
	return true;
}

/* Frees the last one. */
static void refill_drop(struct refill *r)
{
	const struct object *object = &r->object[--r->nr];

	bench_free(&r->fixture, object->pointer, object->size_bytes, 8);
	r->live_bytes -= object->size_bytes;
	refill_balance(r);
}

/* Fills up to the bytes of all objects of the first size. */
static void make_all(struct refill *r, uint32_t size_bytes)
{
	while (r->live_bytes + size_bytes <= (uint64_t)r->self->nr * SMALLEST) {
		if (!refill_make(r, size_bytes)) {
			r->short_of_memory = true;
			return;
		}
	}
}

/* So that those at the end, which go first, are any. */
static void mix_objects(struct refill *r)
{
	for (uint32_t i = r->nr; i > 1; i--) {
		uint32_t other = refill_random(r, i);
		struct object object = r->object[i - 1];

		r->object[i - 1] = r->object[other];
		r->object[other] = object;
	}
}

static void check_contents(struct refill *r)
{
	for (uint32_t i = 0; i < r->nr; i++) {
		const struct object *object = &r->object[i];

		r->damaged |= !bench_holds_all(&r->fixture, object->pointer, object->size_bytes, 8,
					       object->tag);
	}
}

static void drop_most(struct refill *r)
{
	uint32_t nr_kept = r->nr / KEPT_OF;

	while (r->nr > nr_kept)
		refill_drop(r);
}

/* Objects of 8, 16 and 32 B; phases in between drop them. */
static void do_phase(struct refill *r, enum phase phase)
{
	if (phase % 2)
		drop_most(r);
	else
		make_all(r, (uint32_t)SMALLEST << phase / 2);
}

static void run_phase(struct refill *r, enum phase phase)
{
	uint64_t balance_ns = r->balance_ns, from, ns;
	uint32_t nr;

	check_contents(r);
	if (phase % 2)
		mix_objects(r);
	nr = r->nr;
	shim_count(r->state, true);
	from = lab_clock_ns();
	do_phase(r, phase);
	ns = lab_clock_ns() - from - (r->balance_ns - balance_ns);
	shim_count(r->state, false);
	nr = nr > r->nr ? nr - r->nr : r->nr - nr;
	shim_counter(r->state, phase_ns[phase], (double)ns / (nr ? nr : 1));
	r->ns += ns;
	r->nr_calls += nr;
}

/* After a fill; where it is not known it is left out. */
static void refill_memory(struct refill *r, const char *name)
{
	struct bench_memory memory = bench_memory_now(&r->fixture, r->live_bytes);

	if (memory.live_bytes && memory.populated_bytes >= memory.live_bytes)
		shim_counter(r->state, name,
			     (double)memory.populated_bytes / (double)memory.live_bytes);
}

static void run_phases(struct refill *r)
{
	run_phase(r, FILL);
	refill_memory(r, "populated/live_filled");
	run_phase(r, DROP);
	run_phase(r, REFILL);
	refill_memory(r, "populated/live_refilled");
	run_phase(r, DROP_AGAIN);
	run_phase(r, REFILL_AGAIN);
	bench_measure_memory(&r->fixture, r->state, r->live_bytes);
	check_contents(r);
}

static uint64_t refill_hash(struct refill *r)
{
	uint64_t hash = 0;

	for (uint32_t i = 0; i < r->nr; i++)
		hash = bench_hash(&r->fixture, hash, i, r->object[i].pointer);
	return hash;
}

static void refill_measure(struct refill *r)
{
	const char *broken;

	bench_fixture_start(&r->fixture);
	shim_begin(r->state);
	run_phases(r);
	shim_seconds(r->state, (double)r->ns * 1e-9 / (double)(r->nr_calls ? r->nr_calls : 1));
	shim_end(r->state);
	bench_fixture_count(&r->fixture, r->state, (double)(r->nr_calls ? r->nr_calls : 1));
	shim_counter(r->state, "balance_ns/op",
		     (double)r->balance_ns / (double)(r->nr_calls ? r->nr_calls : 1));
	bench_label(r->state, "", refill_hash(r));
	broken = bench_fixture_broken(&r->fixture, r->nr);
	if (r->short_of_memory)
		broken = "no memory for an object";
	else if (r->damaged)
		broken = "not true: an object holds what was stored in it";
	if (broken)
		shim_fail(r->state, broken);
	while (r->nr)
		refill_drop(r);
	bench_fixture_finish(&r->fixture, r->state, 0);
}

static void refill_run(struct shim_state *state, const struct bench_case *self)
{
	struct refill r = {.self = self, .state = state, .random = 1};

	r.object = bench_array(2 * (size_t)self->nr, sizeof(*r.object));
	if (!r.object)
		shim_fail(state, "no memory for the list of objects");
	else if (bench_fixture_create_here(&r.fixture, state, self, NULL))
		refill_measure(&r);
	free(r.object);
}

static void refill_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = {8, 64};

	for (size_t i = 0; i < 2; i++) {
		struct bench_case proto = {
			.run = refill_run,
			.quick = i == 0,
			.wide = i > 0,
			.manual = true,
			.once = true,
			.written = true,
			.rss = true,
			.nr_cpus = cpus[i],
			.nr = bench_scale(plan, 200000, 40000, 2000),
		};

		bench_add(plan, &proto, "refill/objects:%u/cpus:%u", proto.nr, cpus[i]);
	}
}

const struct bench_workload bench_refill = {
	.summary = "three sizes one after another, of which nine in ten go",
	.per_engine = true,
	.rivals = true,
	.add = refill_add,
};
