/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * threads.c - W4: alloc/free pairs by 1 to N threads at once, each pinned to a core of its own
 * and the owner of that CPU. Time runs from the moment all are ready until the last one is done.
 */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>

struct crew {
	struct bench_world *world;
	const struct bench_case *self;
	pthread_barrier_t ready;
	uint64_t nr_pairs; /* each thread */
};

struct worker {
	struct crew *crew;
	uint32_t cpu;
	bool entered;
	uint64_t started_ns, ended_ns;
	pthread_t thread;
};

static void do_pairs(struct crew *crew)
{
	const struct bench_case *self = crew->self;

	for (uint64_t i = 0; i < crew->nr_pairs; i++) {
		struct pcpu_ptr p = bench_alloc(crew->world, self->size_bytes, self->align_bytes);

		if (self->written)
			bench_write_all(crew->world, p, self->size_bytes, self->align_bytes, 1);
		bench_free(crew->world, p, self->size_bytes, self->align_bytes);
	}
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;

	worker->entered = hosted_enter_cpu(crew->world->plat, crew->world->pcpu, worker->cpu);
	pthread_barrier_wait(&crew->ready);
	worker->started_ns = lab_clock_ns();
	if (worker->entered)
		do_pairs(crew);
	worker->ended_ns = lab_clock_ns();
	if (worker->entered)
		hosted_leave_cpu(crew->world->plat);
	return NULL;
}

/* From the first start to the last end; false when a thread could not become its CPU. */
static bool span(const struct worker *workers, uint32_t nr, double *seconds)
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

/* A thread that cannot be had would leave the others at the barrier for ever. */
static void crew_run(struct crew *crew, struct worker *workers, uint32_t nr)
{
	pthread_barrier_init(&crew->ready, NULL, nr);
	for (uint32_t i = 0; i < nr; i++) {
		workers[i] = (struct worker){ .crew = crew, .cpu = i };
		if (pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]))
			abort();
	}
	for (uint32_t i = 0; i < nr; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_barrier_destroy(&crew->ready);
}

static void run(struct shim_state *state, const struct bench_case *self)
{
	struct worker *workers = calloc(self->nr_threads, sizeof(*workers));
	struct bench_world world;
	struct crew crew = { .world = &world, .self = self };
	double seconds = 0;

	if (!workers)
		abort();
	if (bench_world_create(&world, state, self, NULL)) {
		crew.nr_pairs = shim_begin(state);
		crew_run(&crew, workers, self->nr_threads);
		if (!span(workers, self->nr_threads, &seconds))
			shim_fail(state, "a thread could not become its CPU");
		shim_seconds(state, seconds);
		shim_end(state);
		shim_counter(state, "Mpairs/s", (double)crew.nr_pairs * self->nr_threads /
							(seconds > 0 ? seconds : 1) * 1e-6);
		bench_world_count(&world, state, (double)crew.nr_pairs * self->nr_threads);
		bench_world_finish(&world, state, 0);
	}
	free(workers);
}

static void add_one(struct bench_plan *plan, uint32_t nr_threads, bool written)
{
	struct bench_case proto = {
		.run = run, .quick = true, .manual = true, .size_bytes = 8, .align_bytes = 8,
		.nr_cpus = 8, .nr_threads = nr_threads, .written = written,
	};

	if (nr_threads > proto.nr_cpus)
		proto.nr_cpus = nr_threads;
	bench_add(plan, &proto, "threads/8B/threads:%u/%s", nr_threads,
		  written ? "written" : "bare");
}

/* 1, 2, 4 ... and all of the cores: more threads than cores would measure the scheduler. */
static void add(struct bench_plan *plan)
{
	uint32_t nr = 1;

	for (; nr < plan->nr_real_cpus; nr *= 2) {
		add_one(plan, nr, false);
		add_one(plan, nr, true);
	}
	add_one(plan, plan->nr_real_cpus, false);
	add_one(plan, plan->nr_real_cpus, true);
}

const struct bench_workload bench_threads = {
	.summary = "alloc/free pairs by 1 to N pinned threads at once",
	.per_engine = true, .rivals = true, .add = add,
};
