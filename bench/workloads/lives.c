/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * lives.c - W6: groups of objects that are allocated and freed together.
 *
 *	exec	2 objects a life (32 B, 8 B); 500 lives at once, the oldest ends for each new one
 *	rule	3 objects of 16 B an insertion; a table of 10,000 rules is built, then flushed
 *	group	20 objects a group, 8 B to 1 KiB; 1,100 groups are made, 10 of 11 removed, then
 *		what is empty is given back: held bytes before, at the peak, after
 *
 * Every object is stored to on all CPUs, and objects live at the end are read back. The time is per
 * life: allocation, stores, frees.
 */
#include "bench/runner/bench.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OBJECTS = 20 };

/* The objects of one life; {0}: none. */
struct life {
	struct pcpu_ptr object[MOST_OBJECTS];
};

struct pattern {
	const char *name;
	uint32_t nr_objects;
	uint16_t size_bytes[MOST_OBJECTS];
	uint32_t nr_full, nr_quick, nr_smoke; /* lives at once */
};

struct lives {
	const struct bench_case *self;
	struct shim_state *state;
	const struct pattern *pattern;
	struct bench_fixture fixture;
	struct life *life; /* [self->nr] */
};

static const struct pattern patterns[] = {
	{"exec", 2, {32, 8}, 500, 500, 20},
	{"rule", 3, {16, 16, 16}, 10000, 5000, 40},
	{"group",
	 20,
	 {8, 8, 8, 8, 16, 16, 16, 24, 32, 32, 48, 64, 64, 96, 128, 256, 256, 512, 768, 1024},
	 1100,
	 330,
	 11},
};

static bool begin_life(struct lives *l, uint32_t i)
{
	const struct pattern *pattern = l->pattern;

	for (uint32_t o = 0; o < pattern->nr_objects; o++) {
		struct pcpu_ptr p = bench_alloc(&l->fixture, pattern->size_bytes[o], 8);

		if (!p.value)
			return false;
		bench_write_all(&l->fixture, p, pattern->size_bytes[o], 8, i + o);
		l->life[i].object[o] = p;
	}
	return true;
}

static void end_life(struct lives *l, uint32_t i)
{
	for (uint32_t o = 0; o < l->pattern->nr_objects; o++) {
		if (l->life[i].object[o].value)
			bench_free(&l->fixture, l->life[i].object[o], l->pattern->size_bytes[o], 8);
		l->life[i].object[o].value = 0;
	}
}

static bool begin_all(struct lives *l)
{
	for (uint32_t i = 0; i < l->self->nr; i++) {
		if (!begin_life(l, i))
			return false;
	}
	return true;
}

/* Returns NULL when every live object holds what was stored and no others live. Hashes the
   objects, and reports their memory. */
static const char *broken_now(struct lives *l)
{
	uint64_t nr_live = 0, live_bytes = 0, hash = 0;

	for (uint32_t i = 0; i < l->self->nr; i++) {
		for (uint32_t o = 0; o < l->pattern->nr_objects; o++) {
			struct pcpu_ptr p = l->life[i].object[o];

			if (!p.value)
				continue;
			nr_live++;
			live_bytes += l->pattern->size_bytes[o];
			hash = bench_hash(&l->fixture, hash, i * MOST_OBJECTS + o, p);
			if (!bench_holds_all(&l->fixture, p, l->pattern->size_bytes[o], 8, i + o))
				return "not true: an object holds what was stored in it";
		}
	}
	bench_label(l->state, "", hash);
	bench_measure_memory(&l->fixture, l->state, live_bytes);
	return bench_fixture_broken(&l->fixture, nr_live);
}

static void give_back(struct lives *l)
{
	uint64_t from = lab_clock_ns();

	bench_give_back(&l->fixture);
	shim_counter(l->state, "reclaim_ms", bench_seconds(from, lab_clock_ns()) * 1e3);
}

/* Each turn ends the oldest life and starts another in its place. Returns how many lives ended. */
static uint64_t run_exec(struct lives *l, double *seconds)
{
	uint64_t nr_turns = bench_scale(l->self->plan, 400000, 100000, 100), from, i;
	bool good = begin_all(l);

	bench_fixture_start(&l->fixture);
	from = lab_clock_ns();
	for (i = 0; i < nr_turns && good; i++) {
		end_life(l, (uint32_t)(i % l->self->nr));
		good = begin_life(l, (uint32_t)(i % l->self->nr));
	}
	*seconds = bench_seconds(from, lab_clock_ns());
	return good ? nr_turns : 0;
}

/* Builds and flushes tables repeatedly; one more is built to check its contents. */
static uint64_t run_rule(struct lives *l, double *seconds)
{
	uint64_t nr_tables = bench_scale(l->self->plan, 10, 1, 1), from = lab_clock_ns();
	bool good = true;

	for (uint64_t table = 0; table < nr_tables && good; table++) {
		good = begin_all(l);
		for (uint32_t i = 0; i < l->self->nr; i++)
			end_life(l, i);
	}
	*seconds = bench_seconds(from, lab_clock_ns());
	good = good && begin_all(l);
	return good ? nr_tables * l->self->nr : 0;
}

static uint64_t run_group(struct lives *l, double *seconds)
{
	uint64_t start_bytes = bench_held_bytes(&l->fixture), peak_bytes, from = lab_clock_ns();
	bool good = begin_all(l);

	*seconds = bench_seconds(from, lab_clock_ns());
	peak_bytes = bench_held_bytes(&l->fixture);
	from = lab_clock_ns();
	for (uint32_t i = 0; i < l->self->nr; i++) {
		if (i % 11 != 5)
			end_life(l, i);
	}
	*seconds += bench_seconds(from, lab_clock_ns());
	give_back(l);
	shim_counter(l->state, "held_KiB_start", (double)(start_bytes >> 10));
	shim_counter(l->state, "held_KiB_peak", (double)(peak_bytes >> 10));
	shim_counter(l->state, "held_KiB_after", (double)(bench_held_bytes(&l->fixture) >> 10));
	return good ? l->self->nr : 0;
}

static uint64_t run_pattern(struct lives *l, double *seconds)
{
	if (!strcmp(l->pattern->name, "exec"))
		return run_exec(l, seconds);
	if (!strcmp(l->pattern->name, "rule"))
		return run_rule(l, seconds);
	return run_group(l, seconds);
}

static void lives_measure(struct lives *l)
{
	const char *broken;
	double seconds = 0;
	uint64_t nr;

	shim_begin(l->state);
	shim_count(l->state, true);
	nr = run_pattern(l, &seconds);
	shim_count(l->state, false);
	shim_seconds(l->state, seconds / (double)(nr ? nr : 1));
	shim_end(l->state);
	bench_fixture_count(&l->fixture, l->state, (double)(nr ? nr : 1));
	broken = nr ? broken_now(l) : "no memory for an object";
	if (broken)
		shim_fail(l->state, broken);
	for (uint32_t i = 0; i < l->self->nr; i++)
		end_life(l, i);
	bench_fixture_finish(&l->fixture, l->state, 0);
}

static const struct pattern *pattern_of(const struct bench_case *self)
{
	for (size_t i = 0;; i++) {
		if (!strcmp(patterns[i].name, self->text))
			return &patterns[i];
	}
}

static void lives_run(struct shim_state *state, const struct bench_case *self)
{
	struct lives l = {.self = self, .state = state, .pattern = pattern_of(self)};

	l.life = bench_array(self->nr, sizeof(*l.life));
	if (!l.life)
		shim_fail(state, "no memory for the list of lives");
	else if (bench_fixture_create_here(&l.fixture, state, self, NULL))
		lives_measure(&l);
	free(l.life);
}

static void lives_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = {8, 64, 256};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		for (size_t c = 0; c < 3; c++) {
			const struct pattern *p = &patterns[i];
			struct bench_case proto = {
				.run = lives_run,
				.quick = c == 0,
				.manual = true,
				.once = true,
				.written = true,
				.rss = true,
				.nr_cpus = cpus[c],
				.text = p->name,
				.nr = bench_scale(plan, p->nr_full, p->nr_quick, p->nr_smoke),
			};

			bench_add(plan, &proto, "lives/%s:%u/cpus:%u", p->name, proto.nr, cpus[c]);
		}
	}
}

const struct bench_workload bench_lives = {
	.summary = "objects that are born and die together: exec, rules, groups",
	.per_engine = true,
	.rivals = true,
	.add = lives_add,
};
