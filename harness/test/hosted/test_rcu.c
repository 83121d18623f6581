/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_rcu.c - per-CPU objects under RCU, as kernel code and its ports have them: liburcu's readers
 * follow a published pointer, liburcu's thread frees what was replaced.
 *
 *	writer	alloc, fill each CPU's copy --publish--> current --replace--> call_rcu --> pcpu_free
 *	reader	lock, current, one CPU's copy: whole and of one writing, unlock
 *
 * An object that were freed too early would be zeroed or another one's before the reader is done.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <urcu/urcu-memb.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

enum { NR_READERS = 2, NR_ROUNDS = 2000, LEAST_READS = 1000, NR_WORDS = 64, NR_PASSES = 4 };

struct published {
	struct rcu_head head;
	struct pcpu_ptr object;
	struct pcpu *pcpu;
};

static struct hosted_fixture fixture;
static struct published *current; /* rcu_dereference() */
static bool stop;		  /* atomic */
static uint64_t nr_reads, nr_torn; /* atomic */

static uint64_t *copy_of(const struct published *published, uint32_t cpu)
{
	return (uint64_t *)pcpu_address(fixture.pcpu, published->object, cpu);
}

static bool is_possible(uint32_t cpu)
{
	return fixture.pcpu && pcpu_cpu_node(fixture.pcpu, cpu) != PCPU_NO_NODE;
}

static struct published *publish(uint64_t stamp)
{
	struct published *published = calloc(1, sizeof(*published));

	if (!published)
		abort();
	published->pcpu = fixture.pcpu;
	published->object = pcpu_alloc(fixture.pcpu, NR_WORDS * sizeof(uint64_t), 8, 0);
	CHECK(published->object.value);
	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++)
		for (uint32_t i = 0; is_possible(cpu) && i < NR_WORDS; i++)
			copy_of(published, cpu)[i] = stamp;
	return published;
}

/* On liburcu's thread. */
static void unpublish(struct rcu_head *head)
{
	struct published *published = caa_container_of(head, struct published, head);

	pcpu_free(published->pcpu, published->object);
	free(published);
}

/* From end to end of one writing, and of the same after a while in which others run. */
static bool is_whole(const uint64_t *copy)
{
	uint64_t stamp = __atomic_load_n(&copy[0], __ATOMIC_RELAXED);

	for (uint32_t pass = 0; pass < NR_PASSES; pass++) {
		for (uint32_t i = 0; i < NR_WORDS; i++)
			if (__atomic_load_n(&copy[i], __ATOMIC_RELAXED) != stamp)
				return false;
		sched_yield();
	}
	return stamp != 0;
}

static void *reader_run(void *unused)
{
	uint32_t cpu = 0;

	urcu_memb_register_thread();
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		const struct published *published;

		do
			cpu = (cpu + 1) % HOSTED_FIXTURE_CPUS;
		while (!is_possible(cpu));
		urcu_memb_read_lock();
		published = rcu_dereference(current);
		if (!is_whole(copy_of(published, cpu)))
			__atomic_add_fetch(&nr_torn, 1, __ATOMIC_RELAXED);
		urcu_memb_read_unlock();
		__atomic_add_fetch(&nr_reads, 1, __ATOMIC_RELAXED);
	}
	urcu_memb_unregister_thread();
	return NULL;
}

static uint64_t reads(void)
{
	return __atomic_load_n(&nr_reads, __ATOMIC_RELAXED);
}

static void rounds(void)
{
	pthread_t readers[NR_READERS];
	struct pcpu_stats stats;

	stop = false;
	nr_reads = nr_torn = 0;
	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	current = publish(1);
	for (uint32_t i = 0; i < NR_READERS; i++)
		CHECK_EQ(pthread_create(&readers[i], NULL, reader_run, NULL), 0);
	for (uint32_t round = 2; round < NR_ROUNDS || reads() < LEAST_READS; round++) {
		struct published *old = rcu_xchg_pointer(&current, publish(round));

		urcu_memb_call_rcu(&old->head, unpublish);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < NR_READERS; i++)
		pthread_join(readers[i], NULL);
	urcu_memb_call_rcu(&current->head, unpublish);
	urcu_memb_barrier();
	hosted_worker_wait(fixture.plat);
	pcpu_stats(fixture.pcpu, &stats);
	CHECK_EQ(stats.nr_live, 0);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

TEST(readers_see_whole_objects)
{
	rounds();
	CHECK_EQ(nr_torn, 0);
}
