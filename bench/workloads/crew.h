/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crew.h - threads that allocate and free at once, each pinned to a core of its own and the owner
 * of that CPU. Time runs from the moment all are ready until the last one is done.
 *
 *	pairs	 a thread frees what it has just allocated; no other objects live
 *	private	 a thread has `nr` objects; a new one replaces one of its own, at random
 *	cross	 a new one goes to the next thread, where it replaces one: what one thread
 *		 allocates, another frees, always. All do both
 *	oneway	 the same, but the first thread of two only allocates, and the second only frees
 *	empty	 a loop around nothing: what the machine itself gains from a second thread
 *
 * Objects are handed over by a ring a thread, in batches, so that its indices cost nothing; with
 * one thread the ring leads back to it.
 *
 *	thread 0 --ring 0--> region of thread 1: [nr] objects of thread 0
 *	thread 1 --ring 1--> region of thread 0: [nr] objects of thread 1
 */
#ifndef CREW_H
#define CREW_H

#include "bench/runner/bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum crew_kind { CREW_PAIRS, CREW_PRIVATE, CREW_CROSS, CREW_ONEWAY, CREW_EMPTY };

struct crew;

struct worker {
	struct crew *crew;
	uint32_t cpu;
	bool entered, short_of_memory;
	uint64_t random;
	uint64_t started_ns, ended_ns;
	uint64_t held_bytes; /* of a rival that counts them by thread */
	pthread_t thread;
};

struct crew {
	/* Set by the caller. */
	struct shim_state *state;
	struct bench_fixture *fixture;
	const struct bench_case *self; /* sizes; `nr` objects a thread */
	enum crew_kind kind;
	uint32_t nr_threads;
	uint64_t nr_turns; /* of each thread */

	/* Set by crew_run(). */
	double seconds;
	uint64_t held_bytes; /* of a rival that counts them by thread, of all of them */

	pthread_barrier_t ready, done;
	atomic_bool broken;	/* a thread could not become its CPU */
	atomic_uintptr_t *live; /* [nr_threads][self->nr] objects, or 0 */
	struct crew_ring *ring; /* [nr_threads], each to the next thread */
	struct worker *worker;	/* [nr_threads] */
};

/* Makes what the fields above need. Without memory it aborts. */
void crew_create(struct crew *crew);
/* Runs the threads: each fills its objects, waits for the others, takes its turns. Returns NULL, or
   what is wrong. Once a crew. */
const char *crew_run(struct crew *crew);
/* Pairs of calls that all threads together have made. */
uint64_t crew_nr_pairs(const struct crew *crew);
uint64_t crew_nr_live(const struct crew *crew);
/* Reports what live objects take; call it after crew_run(). */
void crew_report_memory(struct crew *crew);
/* Checks and frees every remaining object. Returns NULL, or what is wrong. */
const char *crew_drop(struct crew *crew);
void crew_destroy(struct crew *crew);

#endif
