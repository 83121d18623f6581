/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crew.c - what the threads of a crew do, and checks afterwards.
 *
 * private and cross store an object by an atomic exchange, so that they differ in the ring alone.
 */
#include "bench/workloads/crew.h"

#include <sched.h>
#include <stdlib.h>

/* --- the ring: one thread puts objects in, another takes them out, a batch at a time --------- */

enum { BATCH = 64, RING = 16 * BATCH, SPINS = 1000 };

struct crew_ring {
	_Alignas(64) _Atomic uint64_t nr_in;
	_Alignas(64) _Atomic uint64_t nr_out;
	_Alignas(64) uintptr_t object[RING];
};

/* Returns when the count has come to `wanted`. The other thread may need this core. */
static void wait_for(const _Atomic uint64_t *count, uint64_t wanted)
{
	for (unsigned i = 0; atomic_load_explicit(count, memory_order_acquire) < wanted; i++) {
		if (i % SPINS == SPINS - 1)
			sched_yield();
	}
}

/* --- turns ---------------------------------------------------------------------------------- */

static void do_pairs(struct worker *worker)
{
	struct crew *crew = worker->crew;
	const struct bench_case *self = crew->self;

	for (uint64_t i = 0; i < crew->nr_turns; i++) {
		struct pcpu_ptr p = bench_alloc(crew->fixture, self->size_bytes, self->align_bytes);

		if (self->written)
			bench_write_all(crew->fixture, p, self->size_bytes, self->align_bytes, 1);
		bench_free(crew->fixture, p, self->size_bytes, self->align_bytes);
	}
}

static atomic_uintptr_t *crew_slot(const struct crew *crew, uint32_t thread, uint32_t i)
{
	return &crew->live[(size_t)thread * crew->self->nr + i];
}

static uint32_t next_slot(uint64_t *random, uint32_t nr)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(((*random >> 32) * nr) >> 32);
}

/* Makes an object for slot i, which its contents show. Returns {0} without memory. */
static struct pcpu_ptr crew_make(struct worker *worker, uint32_t i)
{
	struct crew *crew = worker->crew;
	const struct bench_case *self = crew->self;
	struct pcpu_ptr made = bench_alloc(crew->fixture, self->size_bytes, self->align_bytes);

	if (!made.value)
		worker->short_of_memory = true;
	else if (self->written)
		bench_write_all(crew->fixture, made, self->size_bytes, self->align_bytes, i);
	return made;
}

/* Puts the object into a slot, and frees the one that was there. */
static void crew_replace(struct crew *crew, uint32_t thread, uint32_t i, struct pcpu_ptr made)
{
	struct pcpu_ptr old = {.value = atomic_exchange(crew_slot(crew, thread, i), made.value)};

	if (old.value)
		bench_free(crew->fixture, old, crew->self->size_bytes, crew->self->align_bytes);
}

static void replace_own(struct worker *worker)
{
	struct crew *crew = worker->crew;

	for (uint64_t i = 0; i < crew->nr_turns; i++) {
		uint32_t slot = next_slot(&worker->random, crew->self->nr);
		struct pcpu_ptr made = crew_make(worker, slot);

		if (made.value)
			crew_replace(crew, worker->cpu, slot, made);
	}
}

/* Turns from..to: allocates, for slots that the next thread draws alike. */
static void hand_over(struct worker *worker, uint64_t from, uint64_t to)
{
	struct crew_ring *ring = &worker->crew->ring[worker->cpu];

	wait_for(&ring->nr_out, to > RING ? to - RING : 0);
	for (uint64_t i = from; i < to; i++)
		ring->object[i % RING] =
			crew_make(worker, next_slot(&worker->random, worker->crew->self->nr)).value;
	atomic_store_explicit(&ring->nr_in, to, memory_order_release);
}

/* Turns from..to of the thread before: frees. */
static void take_over(struct worker *worker, uint64_t from, uint64_t to, uint64_t *random)
{
	struct crew *crew = worker->crew;
	struct crew_ring *ring =
		&crew->ring[(worker->cpu + crew->nr_threads - 1) % crew->nr_threads];

	wait_for(&ring->nr_in, to);
	for (uint64_t i = from; i < to; i++)
		crew_replace(crew, worker->cpu, next_slot(random, crew->self->nr),
			     (struct pcpu_ptr){ring->object[i % RING]});
	atomic_store_explicit(&ring->nr_out, to, memory_order_release);
}

/* Random numbers differ between threads and repetitions. */
static uint64_t crew_seed(const struct crew *crew, uint32_t thread)
{
	return ((uint64_t)crew->self->nr_runs << 32) + thread + 1;
}

/* Of two threads of `oneway` the first one makes objects, and the second one gets them. */
static bool crew_makes(const struct crew *crew, uint32_t thread)
{
	return crew->kind != CREW_ONEWAY || thread % 2 == 0;
}

static bool crew_gets(const struct crew *crew, uint32_t thread)
{
	return crew->kind != CREW_ONEWAY || crew->nr_threads == 1 || thread % 2 == 1;
}

static void pass_on(struct worker *worker)
{
	struct crew *crew = worker->crew;
	uint32_t before = (worker->cpu + crew->nr_threads - 1) % crew->nr_threads;
	bool makes = crew_makes(crew, worker->cpu), gets = crew_gets(crew, worker->cpu);
	uint64_t random = crew_seed(crew, before), to;

	for (uint64_t from = 0; from < crew->nr_turns; from = to) {
		to = pcpu_min64(from + BATCH, crew->nr_turns);
		if (makes)
			hand_over(worker, from, to);
		if (gets)
			take_over(worker, from, to, &random);
	}
}

static void turn_round(struct worker *worker)
{
	for (uint64_t i = 0; i < worker->crew->nr_turns; i++)
		shim_keep(i);
}

/* Each thread fills what its objects will replace: allocators depend on which thread allocates. */
static void fill_live(struct worker *worker)
{
	struct crew *crew = worker->crew;
	uint32_t to = crew->kind == CREW_PRIVATE ? worker->cpu :
						   (worker->cpu + 1) % crew->nr_threads;

	for (uint32_t i = 0; i < crew->self->nr && crew_makes(crew, worker->cpu); i++)
		*crew_slot(crew, to, i) = crew_make(worker, i).value;
}

/* --- threads -------------------------------------------------------------------------------- */

static void take_turns(struct worker *worker)
{
	static void (*const turns[])(struct worker *worker) = {
		[CREW_PAIRS] = do_pairs, [CREW_PRIVATE] = replace_own, [CREW_CROSS] = pass_on,
		[CREW_ONEWAY] = pass_on, [CREW_EMPTY] = turn_round,
	};

	turns[worker->crew->kind](worker);
}

/* A rival's heap of this thread, which no other thread can see. */
static void note_held(struct worker *worker)
{
	struct bench_fixture *fixture = worker->crew->fixture;

	if (fixture->rival && fixture->rival->held_by_thread)
		worker->held_bytes = bench_held_bytes(fixture);
}

/* When one thread is no CPU none takes turns: the others would wait for it for ever. */
static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;
	bool has_objects = crew->kind != CREW_PAIRS && crew->kind != CREW_EMPTY;

	worker->entered = hosted_enter_cpu(crew->fixture->plat, crew->fixture->pcpu, worker->cpu);
	if (!worker->entered)
		atomic_store(&crew->broken, true);
	else if (has_objects)
		fill_live(worker);
	pthread_barrier_wait(&crew->ready);
	shim_count(crew->state, true);
	worker->started_ns = lab_clock_ns();
	if (!atomic_load(&crew->broken))
		take_turns(worker);
	worker->ended_ns = lab_clock_ns();
	shim_count(crew->state, false);
	pthread_barrier_wait(&crew->done);
	note_held(worker);
	if (worker->entered)
		hosted_leave_cpu(crew->fixture->plat);
	return NULL;
}

/* From the first start to the last end. */
static double crew_span(const struct crew *crew)
{
	uint64_t from = UINT64_MAX, to = 0;

	for (uint32_t i = 0; i < crew->nr_threads; i++) {
		from = pcpu_min64(from, crew->worker[i].started_ns);
		to = pcpu_max64(to, crew->worker[i].ended_ns);
	}
	return bench_seconds(from, to);
}

/* Without one of the threads the others would wait at the barrier for ever. */
static void run_threads(struct crew *crew)
{
	pthread_barrier_init(&crew->ready, NULL, crew->nr_threads);
	pthread_barrier_init(&crew->done, NULL, crew->nr_threads);
	for (uint32_t i = 0; i < crew->nr_threads; i++) {
		crew->worker[i] = (struct worker){
			.crew = crew, .cpu = i, .random = crew_seed(crew, i)};
		if (pthread_create(&crew->worker[i].thread, NULL, worker_main, &crew->worker[i]))
			abort();
	}
	for (uint32_t i = 0; i < crew->nr_threads; i++)
		pthread_join(crew->worker[i].thread, NULL);
	pthread_barrier_destroy(&crew->done);
	pthread_barrier_destroy(&crew->ready);
}

const char *crew_run(struct crew *crew)
{
	const char *broken = NULL;

	run_threads(crew);
	crew->seconds = crew_span(crew);
	for (uint32_t i = 0; i < crew->nr_threads; i++) {
		crew->held_bytes += crew->worker[i].held_bytes;
		if (crew->worker[i].short_of_memory)
			broken = "no memory for an object";
	}
	return atomic_load(&crew->broken) ? "a thread could not become its CPU" : broken;
}

void crew_create(struct crew *crew)
{
	size_t nr_live = (size_t)crew->nr_threads * crew->self->nr + 1;

	crew->live = bench_array(nr_live, sizeof(*crew->live));
	crew->worker = bench_array(crew->nr_threads, sizeof(*crew->worker));
	crew->ring = aligned_alloc(_Alignof(struct crew_ring),
				   crew->nr_threads * sizeof(*crew->ring));
	if (!crew->live || !crew->worker || !crew->ring)
		abort();
	for (uint32_t i = 0; i < crew->nr_threads; i++)
		crew->ring[i] = (struct crew_ring){0};
}

void crew_destroy(struct crew *crew)
{
	free(crew->ring);
	free(crew->worker);
	free(crew->live);
}

/* --- afterwards ----------------------------------------------------------------------------- */

static uint64_t nr_of(const struct crew *crew, bool (*does)(const struct crew *, uint32_t))
{
	uint64_t nr = 0;

	for (uint32_t i = 0; i < crew->nr_threads; i++)
		nr += does(crew, i);
	return nr;
}

uint64_t crew_nr_pairs(const struct crew *crew)
{
	return crew->nr_turns * nr_of(crew, crew_makes);
}

uint64_t crew_nr_live(const struct crew *crew)
{
	return crew->self->nr * nr_of(crew, crew_gets);
}

void crew_report_memory(struct crew *crew)
{
	struct bench_memory memory = bench_memory_now(
		crew->fixture, crew_nr_live(crew) * crew->self->size_bytes);

	if (crew->fixture->rival && crew->fixture->rival->held_by_thread)
		memory.held_bytes = memory.populated_bytes = crew->held_bytes;
	bench_report_memory(crew->state, &memory);
}

const char *crew_drop(struct crew *crew)
{
	const struct bench_case *self = crew->self;
	const char *broken = bench_fixture_broken(crew->fixture, crew_nr_live(crew));

	for (uint32_t at = 0; at < crew->nr_threads * self->nr; at++) {
		struct pcpu_ptr p = {.value = crew->live[at]};

		if (!p.value)
			continue; /* nobody's; or a thread was short of memory, as reported */
		if (self->written && !bench_holds_all(crew->fixture, p, self->size_bytes,
						      self->align_bytes, at % self->nr))
			broken = "not true afterwards: an object holds what was stored in it";
		bench_free(crew->fixture, p, self->size_bytes, self->align_bytes);
	}
	return broken;
}
