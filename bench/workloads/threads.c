/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * threads.c - W4: alloc/free pairs by 1 to N threads at once (crew.h): pairs, private, cross.
 *
 * The object to replace is random, and differs between repetitions. A single thread places its
 * objects alike in every run and has a run hash; with several the order depends on timing.
 * Remaining objects are checked when all threads are done.
 */
#include "bench/workloads/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum crew_kind kind;
} kinds[] = {{"pairs", CREW_PAIRS}, {"private", CREW_PRIVATE}, {"cross", CREW_CROSS}};
enum { NR_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static enum crew_kind kind_of(const struct bench_case *self)
{
	for (size_t i = 0;; i++) {
		if (!strcmp(kinds[i].name, self->text))
			return kinds[i].kind;
	}
}

static void threads_label(const struct crew *crew)
{
	const struct bench_case *self = crew->self;
	uint64_t hash = 0;
	char seed[32] = "";

	for (uint32_t i = 0; self->nr_threads == 1 && i < self->nr; i++)
		hash = bench_hash(crew->fixture, hash, i, (struct pcpu_ptr){crew->live[i]});
	if (self->nr)
		snprintf(seed, sizeof(seed), "seed %u", self->nr_runs);
	bench_label(crew->state, seed, hash);
}

static void threads_report(struct crew *crew)
{
	double nr = (double)crew_nr_pairs(crew);

	shim_counter(crew->state, "Mpairs/s",
		     nr / (crew->seconds > 0 ? crew->seconds : 1) * 1e-6);
	bench_fixture_count(crew->fixture, crew->state, nr);
	crew_report_memory(crew);
	threads_label(crew);
}

static void threads_measure(struct crew *crew)
{
	const struct bench_case *self = crew->self;
	uint64_t nr = shim_begin(crew->state);
	const char *broken;

	crew->nr_turns = self->nr ? bench_scale(self->plan, 200000, 20000, 500) : nr;
	broken = crew_run(crew);
	if (broken)
		shim_fail(crew->state, broken);
	/* One iteration is a pair, also when one call does them all. */
	shim_seconds(crew->state,
		     self->nr ? crew->seconds / (double)crew->nr_turns : crew->seconds);
	shim_end(crew->state);
	threads_report(crew);
	broken = crew_drop(crew);
	if (broken)
		shim_fail(crew->state, broken);
}

static void threads_run(struct shim_state *state, const struct bench_case *self)
{
	struct bench_fixture fixture;
	struct crew crew = {
		.state = state, .fixture = &fixture, .self = self, .kind = kind_of(self),
		.nr_threads = self->nr_threads,
	};

	crew_create(&crew);
	if (bench_fixture_create(&fixture, state, self, NULL)) {
		threads_measure(&crew);
		bench_fixture_finish(&fixture, state, 0);
	}
	crew_destroy(&crew);
}

/* kind: "pairs", "private" or "cross". */
static void add_one(struct bench_plan *plan, const char *kind, uint32_t nr_cpus,
		    uint32_t nr_threads, bool written)
{
	bool pairs = !strcmp(kind, "pairs");
	struct bench_case proto = {
		.run = threads_run,
		.quick = nr_cpus == 8 && nr_threads == plan->nr_real_cpus && (pairs || written),
		.wide = nr_cpus > 8 && nr_cpus > nr_threads,
		.manual = true,
		.once = !pairs,
		.size_bytes = 8,
		.align_bytes = 8,
		.nr_cpus = nr_cpus,
		.nr_threads = nr_threads,
		.written = written,
		.rss = written && !pairs,
		.text = kind,
		.nr = pairs ? 0 : bench_scale(plan, 20000, 20000, 500),
	};

	if (pairs)
		bench_add(plan, &proto, "threads/8B/cpus:%u/threads:%u/%s", nr_cpus, nr_threads,
			  written ? "written" : "bare");
	else
		bench_add(plan, &proto, "threads/8B/cpus:%u/%s:%u/threads:%u/%s", nr_cpus, kind,
			  proto.nr, nr_threads, written ? "written" : "bare");
}

static void add_kinds(struct bench_plan *plan, uint32_t nr_cpus, uint32_t nr_threads)
{
	for (size_t i = 0; i < NR_KINDS; i++) {
		/* One thread has no other to hand objects to. */
		if (nr_threads == 1 && kinds[i].kind == CREW_CROSS)
			continue;
		add_one(plan, kinds[i].name, nr_cpus, nr_threads, false);
		add_one(plan, kinds[i].name, nr_cpus, nr_threads, true);
	}
}

/* Runs 1, 2, 4 ... and all cores: more threads than cores would measure the scheduler. More than 8
   CPUs differ only in zeroing, so they run with all cores only. */
static void threads_add(struct bench_plan *plan)
{
	static const uint32_t cpus[] = {8, 64, 256};
	uint32_t most = plan->nr_real_cpus, nr = 1;

	for (; nr < most; nr *= 2)
		add_kinds(plan, nr > 8 ? nr : 8, nr);
	for (size_t i = 0; i < 3; i++) {
		if (i == 0 || cpus[i] > most)
			add_kinds(plan, cpus[i] > most ? cpus[i] : most, most);
	}
}

const struct bench_workload bench_threads = {
	.summary = "alloc/free pairs by 1 to N pinned threads at once",
	.per_engine = true,
	.rivals = true,
	.add = threads_add,
};
