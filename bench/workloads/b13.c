/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * b13.c - property B13, measured: the outer lock is held while every CPU's copy is zeroed, so a
 * request for eight bytes waits for another thread's large object.
 *
 *	victim (timed):	   alloc 8, free, alloc 8, free ...
 *	other, on CPU 1:   alone: nothing; small: pairs of 8 bytes; large: pairs of 32 KiB, which
 *			   clear 32 KiB on each of 64 CPUs a time
 *
 * Each allocation of the victim is timed by itself: wait_ns_max and the share of its time that went
 * into waits above 10 us show what a mean hides; other_ns/op is how long one pair of the other
 * takes, nearly all of it under the lock. alone and small are the controls.
 */
#include "bench/runner/bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SMALL = 8, LONG_WAIT_NS = 10000 };

struct other {
	struct bench_fixture *fixture;
	uint32_t bytes; /* 0: no other thread */
	atomic_bool stop, running;
	bool entered;
	uint64_t nr_pairs, ns;
	pthread_t thread;
};

static void *other_main(void *argument)
{
	struct other *other = argument;

	uint64_t from;

	other->entered = hosted_enter_cpu(other->fixture->plat, other->fixture->pcpu, 1);
	from = lab_clock_ns();
	atomic_store(&other->running, true);
	while (other->entered && !atomic_load_explicit(&other->stop, memory_order_relaxed)) {
		struct pcpu_ptr p = pcpu_alloc(other->fixture->pcpu, other->bytes, 8, 0);

		pcpu_free(other->fixture->pcpu, p);
		other->nr_pairs++;
	}
	other->ns = lab_clock_ns() - from;
	if (other->entered)
		hosted_leave_cpu(other->fixture->plat);
	return NULL;
}

static void other_start(struct other *other)
{
	if (!other->bytes)
		return;
	if (pthread_create(&other->thread, NULL, other_main, other))
		abort();
	while (!atomic_load(&other->running))
		;
}

static void other_stop(struct other *other)
{
	if (!other->bytes)
		return;
	atomic_store(&other->stop, true);
	pthread_join(other->thread, NULL);
}

struct waits {
	uint64_t ns_total, ns_max, ns_long;
};

static void note_wait(struct waits *waits, uint64_t ns)
{
	waits->ns_total += ns;
	waits->ns_max = pcpu_max64(waits->ns_max, ns);
	waits->ns_long += ns > LONG_WAIT_NS ? ns : 0;
}

static void b13_loop(struct shim_state *state, struct bench_fixture *fixture)
{
	struct waits waits = {0};
	uint64_t nr = shim_begin(state);

	for (uint64_t i = 0; i < nr; i++) {
		uint64_t from = lab_clock_ns();
		struct pcpu_ptr p = pcpu_alloc(fixture->pcpu, SMALL, SMALL, 0);

		note_wait(&waits, lab_clock_ns() - from);
		pcpu_free(fixture->pcpu, p);
	}
	shim_seconds(state, (double)waits.ns_total * 1e-9);
	shim_end(state);
	shim_counter(state, "wait_ns_max", (double)waits.ns_max);
	shim_counter(state, "percent_in_long_waits",
		     100.0 * (double)waits.ns_long / (double)(waits.ns_total + 1));
}

static void b13_run(struct shim_state *state, const struct bench_case *self)
{
	struct bench_fixture fixture;
	struct other other = { .fixture = &fixture, .bytes = self->size_bytes };

	if (self->plan->nr_real_cpus < 2) {
		shim_skip(state, "two cores are needed");
		return;
	}
	if (!bench_fixture_create_here(&fixture, state, self, NULL))
		return;
	other_start(&other);
	b13_loop(state, &fixture);
	other_stop(&other);
	if (other.bytes && !other.entered)
		shim_fail(state, "the other thread could not become CPU 1");
	shim_counter(state, "zeroed_by_other_bytes/op", (double)other.bytes * self->nr_cpus);
	if (other.nr_pairs)
		shim_counter(state, "other_ns/op", (double)other.ns / (double)other.nr_pairs);
	bench_measure_memory(&fixture, state, bench_live_bytes(&fixture));
	bench_label_property(state, self, "B13", 0); /* two threads: placement depends on timing */
	bench_fixture_finish(&fixture, state, 0);
}

static void b13_add(struct bench_plan *plan)
{
	static const struct {
		const char *name;
		uint32_t bytes;
	} others[] = { { "alone", 0 }, { "small", 8 }, { "large", PCPU_MIN_UNIT_BYTES } };

	for (size_t i = 0; i < 3; i++) {
		struct bench_case proto = {
			.run = b13_run,
			.quick = true,
			.manual = true,
			.nr_cpus = 64,
			.size_bytes = others[i].bytes,
		};

		bench_add(plan, &proto, "b13_lock/other:%s", others[i].name);
	}
}

const struct bench_workload bench_b13 = {
	.summary = "B13: the outer lock is held while copies are zeroed",
	.per_engine = true,
	.add = b13_add,
};
