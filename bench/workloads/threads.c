/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * threads.c - W4: alloc/free pairs by 1 to N threads at once, each pinned to a core of its own
 * and the owner of that CPU. Time runs from the moment all are ready until the last one is done.
 *
 *	pairs	 a thread frees what it has just allocated; no other objects live
 *	private	 a thread has 20,000 objects; a new one replaces one of its own
 *	cross	 ... of one of its neighbour's: what one thread allocated, another frees
 *
 * The object to replace is random, and differs between repetitions. A single thread places its
 * objects alike in every run and has a run hash; with several the order depends on timing.
 *
 * Both private and cross store an object by an atomic exchange, so that they differ in nothing
 * else. Remaining objects are checked when all threads are done.
 */
#include "bench/runner/bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crew {
	struct shim_state *state;
	struct bench_fixture *fixture;
	const struct bench_case *self;
	pthread_barrier_t ready;
	uint64_t nr_pairs;	/* each thread */
	atomic_uintptr_t *live; /* [nr_threads][self->nr] objects, or 0 */
};

struct worker {
	struct crew *crew;
	uint32_t cpu;
	bool entered, short_of_memory;
	uint64_t started_ns, ended_ns;
	pthread_t thread;
};

static void do_pairs(struct crew *crew)
{
	const struct bench_case *self = crew->self;

	for (uint64_t i = 0; i < crew->nr_pairs; i++) {
		struct pcpu_ptr p = bench_alloc(crew->fixture, self->size_bytes, self->align_bytes);

		if (self->written)
			bench_write_all(crew->fixture, p, self->size_bytes, self->align_bytes, 1);
		bench_free(crew->fixture, p, self->size_bytes, self->align_bytes);
	}
}

static atomic_uintptr_t *threads_slot(const struct crew *crew, uint32_t thread, uint32_t i)
{
	return &crew->live[(size_t)(thread % crew->self->nr_threads) * crew->self->nr + i];
}

/* Replaces one of `thread`'s objects by a new one. Returns false without memory. */
static bool threads_replace(struct crew *crew, uint32_t thread, uint32_t i)
{
	const struct bench_case *self = crew->self;
	struct pcpu_ptr made = bench_alloc(crew->fixture, self->size_bytes, self->align_bytes), old;

	if (!made.value)
		return false;
	if (self->written)
		bench_write_all(crew->fixture, made, self->size_bytes, self->align_bytes, i);
	old.value = atomic_exchange(threads_slot(crew, thread, i), made.value);
	if (old.value)
		bench_free(crew->fixture, old, self->size_bytes, self->align_bytes);
	return true;
}

/* Each thread fills its own slots: allocators depend on which thread allocates. */
static void fill_live(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->crew->self->nr; i++) {
		if (!threads_replace(worker->crew, worker->cpu, i))
			worker->short_of_memory = true;
	}
}

static void replace_live(struct worker *worker)
{
	struct crew *crew = worker->crew;
	uint32_t thread = worker->cpu + !strcmp(crew->self->text, "cross");
	uint64_t random = ((uint64_t)crew->self->nr_runs << 32) + worker->cpu + 1;

	for (uint64_t i = 0; i < crew->nr_pairs; i++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		if (!threads_replace(crew, thread,
				     (uint32_t)(((random >> 32) * crew->self->nr) >> 32)))
			worker->short_of_memory = true;
	}
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;

	worker->entered = hosted_enter_cpu(crew->fixture->plat, crew->fixture->pcpu, worker->cpu);
	if (worker->entered)
		fill_live(worker);
	pthread_barrier_wait(&crew->ready);
	shim_count(crew->state, true);
	worker->started_ns = lab_clock_ns();
	if (worker->entered && crew->self->nr)
		replace_live(worker);
	else if (worker->entered)
		do_pairs(crew);
	worker->ended_ns = lab_clock_ns();
	shim_count(crew->state, false);
	if (worker->entered)
		hosted_leave_cpu(crew->fixture->plat);
	return NULL;
}

static void threads_label(struct shim_state *state, const struct crew *crew)
{
	const struct bench_case *self = crew->self;
	uint64_t hash = 0;
	char seed[32] = "";

	for (uint32_t i = 0; self->nr_threads == 1 && i < self->nr; i++)
		hash = bench_hash(crew->fixture, hash, i, (struct pcpu_ptr){crew->live[i]});
	if (self->nr)
		snprintf(seed, sizeof(seed), "seed %u", self->nr_runs);
	bench_label(state, seed, hash);
}

/* Checks and frees every remaining object. Returns NULL, or what is wrong. */
static const char *drop_live(struct crew *crew)
{
	const struct bench_case *self = crew->self;
	const char *broken =
		bench_fixture_broken(crew->fixture, (uint64_t)self->nr_threads * self->nr);

	for (uint32_t at = 0; at < self->nr_threads * self->nr; at++) {
		struct pcpu_ptr p = {.value = crew->live[at]};

		if (!p.value)
			continue; /* a thread was short of memory, which is reported already */
		if (self->written && !bench_holds_all(crew->fixture, p, self->size_bytes,
						      self->align_bytes, at % self->nr))
			broken = "not true afterwards: an object holds what was stored in it";
		bench_free(crew->fixture, p, self->size_bytes, self->align_bytes);
	}
	return broken;
}

static bool any_short(const struct worker *workers, uint32_t nr)
{
	bool any = false;

	for (uint32_t i = 0; i < nr; i++)
		any |= workers[i].short_of_memory;
	return any;
}

/* Returns the time from the first start to the last end; false when a thread could not become its
   CPU. */
static bool threads_span(const struct worker *workers, uint32_t nr, double *seconds)
{
	uint64_t from = UINT64_MAX, to = 0;

	for (uint32_t i = 0; i < nr; i++) {
		if (!workers[i].entered)
			return false;
		from = pcpu_min64(from, workers[i].started_ns);
		to = pcpu_max64(to, workers[i].ended_ns);
	}
	*seconds = bench_seconds(from, to);
	return true;
}

/* Without one of the threads the others would wait at the barrier for ever. */
static void crew_run(struct crew *crew, struct worker *workers, uint32_t nr)
{
	pthread_barrier_init(&crew->ready, NULL, nr);
	for (uint32_t i = 0; i < nr; i++) {
		workers[i] = (struct worker){.crew = crew, .cpu = i};
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]))
			abort();
	}
	for (uint32_t i = 0; i < nr; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_barrier_destroy(&crew->ready);
}

static void threads_report(struct shim_state *state, struct crew *crew, double seconds)
{
	double nr = (double)crew->nr_pairs * crew->self->nr_threads;

	shim_counter(state, "Mpairs/s", nr / (seconds > 0 ? seconds : 1) * 1e-6);
	bench_fixture_count(crew->fixture, state, nr);
}

static void threads_measure(struct shim_state *state, struct crew *crew, struct worker *workers)
{
	const struct bench_case *self = crew->self;
	const char *broken;
	double seconds = 0;
	uint64_t nr = shim_begin(state);

	crew->nr_pairs = self->nr ? bench_scale(self->plan, 200000, 20000, 500) : nr;
	crew_run(crew, workers, self->nr_threads);
	if (!threads_span(workers, self->nr_threads, &seconds))
		shim_fail(state, "a thread could not become its CPU");
	if (any_short(workers, self->nr_threads))
		shim_fail(state, "no memory for an object");
	/* One iteration is a pair, also when one call does them all. */
	shim_seconds(state, self->nr ? seconds / (double)crew->nr_pairs : seconds);
	shim_end(state);
	threads_report(state, crew, seconds);
	threads_label(state, crew);
	broken = drop_live(crew);
	if (broken)
		shim_fail(state, broken);
}

static void threads_run(struct shim_state *state, const struct bench_case *self)
{
	struct worker *workers = calloc(self->nr_threads, sizeof(*workers));
	struct bench_fixture fixture;
	struct crew crew = {.state = state, .fixture = &fixture, .self = self};

	crew.live = calloc((size_t)self->nr_threads * self->nr + 1, sizeof(*crew.live));
	if (!workers || !crew.live)
		abort();
	if (bench_fixture_create(&fixture, state, self, NULL)) {
		threads_measure(state, &crew, workers);
		bench_fixture_finish(&fixture, state, 0);
	}
	free(crew.live);
	free(workers);
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
	static const char *const kinds[] = {"pairs", "private", "cross"};

	for (size_t i = 0; i < 3; i++) {
		/* One thread has no neighbour to replace objects of. */
		if (nr_threads == 1 && i == 2)
			continue;
		add_one(plan, kinds[i], nr_cpus, nr_threads, false);
		add_one(plan, kinds[i], nr_cpus, nr_threads, true);
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
