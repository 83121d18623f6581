/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * churn.c - W2: 100,000 objects of mixed sizes live; repeatedly one is freed and a new one replaces
 * it. Latency tails matter here, so each call is timed alone.
 *
 *	70 % 4-8 B   20 % 16-64   9 % 64-512   1 % up to 4096
 *	fill -> (pick, free, allocate [, store to every copy]) x 2.5 M -> check live objects
 *
 * Random numbers are the same for every engine and rival, and differ between repetitions: the seed
 * is the repetition's number. The cost of reading the clock is subtracted from each time. Balancing
 * runs between calls when the engine asks for it, and is timed apart.
 */
#include "bench/runner/bench.h"
#include "bench/runner/histogram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object {
	struct pcpu_ptr pointer;
	uint16_t size_bytes, align_bytes;
};

struct churn {
	const struct bench_case *self;
	struct shim_state *state;
	struct bench_fixture fixture;
	struct object *object; /* [self->nr] */
	uint64_t random;
	uint64_t clock_ns; /* cost of reading the clock */
	uint64_t balance_ns;
	struct histogram latency;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint32_t churn_random(struct churn *c, uint32_t below)
{
	uint64_t z = c->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return (uint32_t)(((z >> 32) * below) >> 32);
}

static void random_size(struct churn *c, struct object *object)
{
	uint32_t percent = churn_random(c, 100);

	if (percent < 70)
		object->size_bytes = (uint16_t)(4 + 4 * churn_random(c, 2));
	else if (percent < 90)
		object->size_bytes = (uint16_t)(16 + 8 * churn_random(c, 7));
	else if (percent < 99)
		object->size_bytes = (uint16_t)(64 + 8 * churn_random(c, 57));
	else
		object->size_bytes = (uint16_t)(512 + 8 * churn_random(c, 449));
	object->align_bytes = object->size_bytes < 8 ? 4 : 8;
}

/* Returns the least of many measurements, so that no call is charged too much. */
static uint64_t clock_cost(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t from = lab_clock_ns();

		least = pcpu_min64(least, lab_clock_ns() - from);
	}
	return least;
}

static void latency_append(struct churn *c, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t ns = to_ns - from_ns;

	histogram_add(&c->latency, ns > c->clock_ns ? ns - c->clock_ns : 0);
}

static void churn_balance(struct churn *c)
{
	uint64_t from;

	if (c->fixture.rival || !lab_take_kick(c->fixture.plat))
		return;
	from = lab_clock_ns();
	pcpu_balance(c->fixture.pcpu);
	c->balance_ns += lab_clock_ns() - from;
}

static bool churn_make(struct churn *c, uint32_t i)
{
	struct object *object = &c->object[i];
	uint64_t from, to;

	random_size(c, object);
	shim_count(c->state, true);
	from = lab_clock_ns();
	object->pointer = bench_alloc(&c->fixture, object->size_bytes, object->align_bytes);
	if (c->self->written && object->pointer.value)
		bench_write_all(&c->fixture, object->pointer, object->size_bytes,
				object->align_bytes, i);
	to = lab_clock_ns();
	shim_count(c->state, false);
	latency_append(c, from, to);
	churn_balance(c);
	return object->pointer.value != 0;
}

static void churn_drop(struct churn *c, uint32_t i)
{
	struct object *object = &c->object[i];
	uint64_t from, to;

	shim_count(c->state, true);
	from = lab_clock_ns();
	bench_free(&c->fixture, object->pointer, object->size_bytes, object->align_bytes);
	to = lab_clock_ns();
	shim_count(c->state, false);
	latency_append(c, from, to);
	object->pointer.value = 0;
	churn_balance(c);
}

static bool churn_fill(struct churn *c)
{
	for (uint32_t i = 0; i < c->self->nr; i++) {
		if (!churn_make(c, i))
			return false;
	}
	memset(&c->latency, 0, sizeof(c->latency));
	c->balance_ns = 0;
	return true;
}

/* Runs until nr_pairs are done or their time is over. Returns false without memory. */
static bool turn_over(struct churn *c, uint32_t nr_pairs)
{
	uint64_t until = bench_deadline(c->self->plan, 30000, 1000, 500);

	for (uint32_t done = 0; done < nr_pairs; done++) {
		uint32_t i = churn_random(c, c->self->nr);

		churn_drop(c, i);
		if (!churn_make(c, i))
			return false;
		if (done % 256 == 0 && lab_clock_ns() > until)
			break;
	}
	return true;
}

/* Checks the objects' contents and hashes their places. */
static bool churn_measure(struct churn *c, uint64_t *hash, uint64_t *live_bytes)
{
	for (uint32_t i = 0; i < c->self->nr; i++) {
		struct object *object = &c->object[i];

		if (!object->pointer.value)
			return false;
		if (c->self->written &&
		    !bench_holds_all(&c->fixture, object->pointer, object->size_bytes,
				     object->align_bytes, i))
			return false;
		*hash = bench_hash(&c->fixture, *hash, i, object->pointer);
		*live_bytes += object->size_bytes;
	}
	return true;
}

static void churn_report(struct churn *c, uint32_t nr_pairs)
{
	uint64_t hash = 0, live_bytes = 0;
	char label[32];

	if (!churn_measure(c, &hash, &live_bytes))
		shim_fail(c->state, "not true afterwards: an object holds what was stored in it");
	snprintf(label, sizeof(label), "seed %u", c->self->nr_runs);
	bench_label(c->state, label, hash);
	shim_counter(c->state, "p50_ns", (double)histogram_percentile(&c->latency, 50));
	shim_counter(c->state, "p99_ns", (double)histogram_percentile(&c->latency, 99));
	shim_counter(c->state, "p99.9_ns", (double)histogram_percentile(&c->latency, 99.9));
	shim_counter(c->state, "max_ns", (double)c->latency.max);
	shim_counter(c->state, "balance_ns/op",
		     (double)c->balance_ns / (double)(c->latency.nr_all ? c->latency.nr_all : 1));
	shim_counter(c->state, "ops", (double)c->latency.nr_all);
	shim_counter(c->state, "ops_cut", 2.0 * nr_pairs - (double)c->latency.nr_all);
	bench_measure_memory(&c->fixture, c->state, live_bytes);
}

static void drop_all(struct churn *c)
{
	for (uint32_t i = 0; i < c->self->nr; i++) {
		if (c->object[i].pointer.value)
			bench_free(&c->fixture, c->object[i].pointer, c->object[i].size_bytes,
				   c->object[i].align_bytes);
	}
}

static void churn_on_fixture(struct churn *c)
{
	const struct bench_plan *plan = c->self->plan;
	uint32_t nr_pairs = bench_scale(plan, 2500000, 250000, 400);
	const char *broken;

	shim_begin(c->state);
	if (!churn_fill(c)) {
		shim_fail(c->state, "no memory to fill");
		drop_all(c);
		bench_fixture_finish(&c->fixture, c->state, 0);
		return;
	}
	bench_fixture_start(&c->fixture);
	if (!turn_over(c, nr_pairs))
		shim_fail(c->state, "no memory for another object");
	shim_seconds(c->state, histogram_mean(&c->latency) * 1e-9);
	shim_end(c->state);
	bench_fixture_count(&c->fixture, c->state, (double)c->latency.nr_all);
	churn_report(c, nr_pairs);
	broken = bench_fixture_broken(&c->fixture, c->self->nr);
	if (broken)
		shim_fail(c->state, broken);
	drop_all(c);
	bench_fixture_finish(&c->fixture, c->state, 0);
}

static void churn_workload_run(struct shim_state *state, const struct bench_case *self)
{
	struct churn *c = bench_array(1, sizeof(*c));

	if (c)
		*c = (struct churn){.self = self, .state = state, .random = self->nr_runs};
	if (c)
		c->object = bench_array(self->nr, sizeof(*c->object));
	if (!c || !c->object) {
		shim_fail(state, "no memory for the list of objects");
	} else if (bench_fixture_create_here(&c->fixture, state, self, NULL)) {
		c->clock_ns = clock_cost();
		churn_on_fixture(c);
	}
	if (c)
		free(c->object);
	free(c);
}

static void add_one(struct bench_plan *plan, uint32_t nr_cpus, bool written)
{
	struct bench_case proto = {
		.run = churn_workload_run,
		.quick = nr_cpus == 8,
		.manual = true,
		.once = true,
		.nr_cpus = nr_cpus,
		.written = written,
		.rss = written,
		.nr = bench_scale(plan, 100000, 20000, 200),
	};

	bench_add(plan, &proto, "churn/live:%u/cpus:%u/%s", proto.nr, nr_cpus,
		  written ? "written" : "bare");
}

static void churn_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = {8, 64, 256};

	for (size_t i = 0; i < 3; i++) {
		add_one(plan, cpus[i], false);
		add_one(plan, cpus[i], true);
	}
}

const struct bench_workload bench_churn = {
	.summary = "objects of mixed sizes come and go among 100,000",
	.per_engine = true,
	.rivals = true,
	.add = churn_add,
};
