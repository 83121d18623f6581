/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * gain.c - W4: what a second thread gains: pairs a second with two threads (crew.h: private, cross,
 * oneway) over those with one, beside what an empty loop gains from it in the same run.
 *
 *	round: empty, 1 thread | empty, 2 | pairs, 1 | pairs, 2	  each as long as the others
 *
 *	gain		2 where nothing is shared and both cores are free
 *	empty_gain	what the machine gives: less than 2 where other work runs
 *	gain/empty	what is left to the allocator
 *
 * Medians of the rounds. The time is that of one pair, by two threads at once. The threads of
 * oneway share a pair's work, and the slower half of it limits them.
 */
#include "bench/workloads/crew.h"

#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, MOST_ROUNDS = 9, TRIAL_TURNS = 1000, TRIAL_LOOPS = 100000 };

static const struct {
	const char *name;
	enum crew_kind kind;
} kinds[] = {{"private", CREW_PRIVATE}, {"cross", CREW_CROSS}, {"oneway", CREW_ONEWAY}};
enum { NR_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct gain {
	struct shim_state *state;
	const struct bench_case *self;
	enum crew_kind kind;
	uint64_t nr_turns, nr_loops; /* of one thread, in a round */
	uint32_t nr_rounds;
	double gain[MOST_ROUNDS], empty[MOST_ROUNDS], ratio[MOST_ROUNDS], seconds[MOST_ROUNDS];
};

/* Returns the seconds of one pair, or of one turn of an empty loop; 0 after shim_fail(). */
static double seconds_each(struct gain *g, enum crew_kind kind, uint32_t nr_threads,
			   uint64_t nr_turns)
{
	struct bench_fixture fixture;
	struct crew crew = {
		.state = g->state, .fixture = &fixture, .self = g->self, .kind = kind,
		.nr_threads = nr_threads, .nr_turns = nr_turns,
	};
	const char *broken, *left;

	crew_create(&crew);
	if (!bench_fixture_create(&fixture, g->state, g->self, NULL)) {
		crew_destroy(&crew);
		return 0;
	}
	broken = crew_run(&crew);
	if (kind == g->kind && nr_threads == THREADS)
		crew_report_memory(&crew);
	left = kind == CREW_EMPTY ? NULL : crew_drop(&crew);
	if (broken || left)
		shim_fail(g->state, broken ? broken : left);
	bench_fixture_finish(&fixture, g->state, 0);
	crew_destroy(&crew);
	return broken || left ? 0 : crew.seconds / (double)crew_nr_pairs(&crew);
}

/* Returns how many turns take about as long as a run should. */
static uint64_t turns_of(const struct gain *g, double each)
{
	double seconds = bench_scale(g->self->plan, 200, 20, 1) * 1e-3;

	return each > 0 ? (uint64_t)(seconds / each) + 1 : 1;
}

/* The first run of a kind shows how long its turns take. */
static bool gain_trial(struct gain *g)
{
	double pair = seconds_each(g, g->kind, 1, TRIAL_TURNS);
	double loop = seconds_each(g, CREW_EMPTY, 1, TRIAL_LOOPS);

	g->nr_turns = turns_of(g, pair);
	g->nr_loops = turns_of(g, loop);
	return pair > 0 && loop > 0;
}

static bool gain_round(struct gain *g, uint32_t round)
{
	double loop = seconds_each(g, CREW_EMPTY, 1, g->nr_loops);
	double loops = seconds_each(g, CREW_EMPTY, THREADS, g->nr_loops);
	double pair = seconds_each(g, g->kind, 1, g->nr_turns);
	double pairs = seconds_each(g, g->kind, THREADS, g->nr_turns);

	if (!(loop > 0 && loops > 0 && pair > 0 && pairs > 0))
		return false;
	g->empty[round] = loop / loops;
	g->gain[round] = pair / pairs;
	g->ratio[round] = g->gain[round] / g->empty[round];
	g->seconds[round] = pairs;
	return true;
}

static int compare_values(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The number of rounds is odd. */
static double gain_median(const struct gain *g, double values[MOST_ROUNDS])
{
	qsort(values, g->nr_rounds, sizeof(values[0]), compare_values);
	return values[g->nr_rounds / 2];
}

static void gain_report(struct gain *g)
{
	double seconds = gain_median(g, g->seconds);

	shim_seconds(g->state, seconds);
	shim_end(g->state);
	shim_counter(g->state, "gain", gain_median(g, g->gain));
	shim_counter(g->state, "empty_gain", gain_median(g, g->empty));
	shim_counter(g->state, "gain/empty", gain_median(g, g->ratio));
	shim_counter(g->state, "Mpairs/s", 1e-6 / seconds);
}

static void gain_run(struct shim_state *state, const struct bench_case *self)
{
	struct gain g = {
		.state = state, .self = self,
		.nr_rounds = bench_scale(self->plan, MOST_ROUNDS, 3, 1),
	};

	for (size_t i = 0; i < NR_KINDS; i++) {
		if (!strcmp(kinds[i].name, self->text))
			g.kind = kinds[i].kind;
	}
	if (self->plan->nr_real_cpus < THREADS) {
		shim_skip(state, "two cores are needed");
		return;
	}
	shim_begin(state);
	if (!gain_trial(&g))
		return;
	for (uint32_t round = 0; round < g.nr_rounds; round++) {
		if (!gain_round(&g, round))
			return;
	}
	gain_report(&g);
}

static void gain_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = {8, 64};

	for (size_t i = 0; i < NR_KINDS * 2; i++) {
		struct bench_case proto = {
			.run = gain_run,
			.quick = i % 2 == 0 && kinds[i / 2].kind != CREW_ONEWAY,
			.wide = i % 2 == 1,
			.manual = true,
			.once = true,
			.written = true,
			.rss = true,
			.size_bytes = 8,
			.align_bytes = 8,
			.nr_cpus = cpus[i % 2],
			.nr_threads = THREADS,
			.text = kinds[i / 2].name,
			.nr = bench_scale(plan, 20000, 4000, 200),
		};

		bench_add(plan, &proto, "gain/8B/cpus:%u/%s:%u/threads:%u/written", proto.nr_cpus,
			  proto.text, proto.nr, THREADS);
	}
}

const struct bench_workload bench_gain = {
	.summary = "what a second thread gains, beside what an empty loop gains",
	.per_engine = true,
	.rivals = true,
	.add = gain_add,
};
