/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_sync.c - readers without a lock, the grace period that waits for them, barriers on all CPUs,
 * and work that is handed to CPUs asleep.
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/lock.h"
#include "harness/firmware/facts.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"

/* Pauses of all CPUs together: where they take turns, each pause ends one. */
enum { NR_HAND_OVERS = 12000, READER_PAUSES = 1600000 };
enum { NR_BARRIERS = 12, NR_BARRIER_CALLERS = 3, NR_WAITERS = 8 };

/* --- sections nest --------------------------------------------------------------------------- */

static bool interrupts_are_on(void)
{
	uint64_t flags = interrupts_save();

	interrupts_restore(flags);
	return interrupts_were_on(flags);
}

/* Bit i: were interrupts on behind step i of begin, begin, end, end? */
static unsigned nested_section(void)
{
	unsigned seen = 0;

	plat_read_begin(default_plat);
	seen |= interrupts_are_on() ? 1u : 0;
	plat_read_begin(default_plat);
	seen |= interrupts_are_on() ? 2u : 0;
	plat_read_end(default_plat);
	seen |= interrupts_are_on() ? 4u : 0;
	plat_read_end(default_plat);
	seen |= interrupts_are_on() ? 8u : 0;
	return seen;
}

static const char *read_sections(void)
{
	unsigned seen_on, seen_off;

	CHECK(interrupts_are_on());
	seen_on = nested_section();
	interrupts_off();
	seen_off = nested_section();
	interrupts_on();
	CHECK(seen_on == 8);  /* on again at the very end */
	CHECK(seen_off == 0); /* and off where they had been off */
	CHECK(this_cpu_read(reader_depth) == 0);
	return NULL;
}

const char *test_read_sections(void)
{
	return on_each_cpu(read_sections);
}

/* --- a grace period -------------------------------------------------------------------------- */

static uint32_t reader_is_inside, drain_begins, drain_is_over;
static void *block;

/* The last CPU reads, and would see a drain that does not wait for it. */
static const char *reader_run(void)
{
	bool over = false;

	plat_read_begin(default_plat);
	__atomic_store_n(&reader_is_inside, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&drain_begins, __ATOMIC_ACQUIRE))
		cpu_pause();
	for (uint32_t i = 0; i < READER_PAUSES / smp_nr_online() && !over; i++) {
		cpu_pause();
		over = __atomic_load_n(&drain_is_over, __ATOMIC_ACQUIRE);
	}
	plat_read_end(default_plat);
	CHECK(!over);
	return NULL;
}

static const char *drain_run(void)
{
	while (!__atomic_load_n(&reader_is_inside, __ATOMIC_ACQUIRE))
		cpu_pause();
	plat_meta_free_deferred(default_plat, block, 64);
	__atomic_store_n(&drain_begins, 1, __ATOMIC_RELEASE);
	bare_drain(default_plat);
	__atomic_store_n(&drain_is_over, 1, __ATOMIC_RELEASE);
	return NULL;
}

static const char *reader_or_drain(void)
{
	if (smp_processor_id() == smp_nr_online() - 1)
		return reader_run();
	return smp_processor_id() == 0 ? drain_run() : NULL;
}

const char *test_grace_period(void)
{
	struct bare_ledger before, after;

	if (smp_nr_online() == 1)
		SKIP("one CPU has nobody to wait for");
	bare_ledger(default_plat, &before);
	reader_is_inside = drain_begins = drain_is_over = 0;
	block = plat_meta_alloc(default_plat, 64);
	CHECK(block);
	CHECK_PASSES(on_each_cpu(reader_or_drain));
	bare_ledger(default_plat, &after);
	CHECK(after.meta_blocks == before.meta_blocks && after.meta_bytes == before.meta_bytes);
	return NULL;
}

/* --- a barrier on every CPU ------------------------------------------------------------------- */

static uint32_t masked_is_inside, barrier_begins, barrier_is_over;

/* The last CPU cannot answer, and would see a barrier that does not wait for it. */
static const char *masked_run(void)
{
	bool over = false;

	interrupts_off();
	__atomic_store_n(&masked_is_inside, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&barrier_begins, __ATOMIC_ACQUIRE))
		cpu_pause();
	for (uint32_t i = 0; i < READER_PAUSES / smp_nr_online() && !over; i++) {
		cpu_pause();
		over = __atomic_load_n(&barrier_is_over, __ATOMIC_ACQUIRE);
	}
	interrupts_on();
	CHECK(!over);
	return NULL;
}

/* Callers hold the outer lock. */
static const char *barrier_run(void)
{
	while (!__atomic_load_n(&masked_is_inside, __ATOMIC_ACQUIRE))
		cpu_pause();
	plat_lock(default_plat, PLAT_LOCK_OUTER);
	__atomic_store_n(&barrier_begins, 1, __ATOMIC_RELEASE);
	CHECK(plat_cpus_barrier(default_plat));
	__atomic_store_n(&barrier_is_over, 1, __ATOMIC_RELEASE);
	plat_unlock(default_plat, PLAT_LOCK_OUTER);
	return NULL;
}

static const char *masked_or_barrier(void)
{
	if (smp_processor_id() == smp_nr_online() - 1)
		return masked_run();
	return smp_processor_id() == 0 ? barrier_run() : NULL;
}

const char *test_cpus_barrier(void)
{
	if (smp_nr_online() == 1)
		SKIP("one CPU has nobody to wait for");
	masked_is_inside = barrier_begins = barrier_is_over = 0;
	return on_each_cpu(masked_or_barrier);
}

static struct spin apart; /* taken with interrupts off, by all */

static const char *barriers_begin(void)
{
	this_cpu_write(nr_barriers, 0);
	return NULL;
}

/* Some call, one of them with the outer lock held; others wait for locks with interrupts off, the
   rest halt. */
static const char *barriers_here(void)
{
	uint32_t cpu = smp_processor_id();

	for (uint32_t i = 0; i < NR_BARRIERS && cpu < NR_WAITERS; i++) {
		if (cpu == 0)
			plat_lock(default_plat, PLAT_LOCK_OUTER);
		if (cpu < NR_BARRIER_CALLERS)
			CHECK(plat_cpus_barrier(default_plat));
		if (cpu == 0)
			plat_unlock(default_plat, PLAT_LOCK_OUTER);
		plat_lock(default_plat, PLAT_LOCK_INNER);
		plat_relax(default_plat);
		plat_unlock(default_plat, PLAT_LOCK_INNER);
		spin_unlock(&apart, spin_lock(&apart));
	}
	return NULL;
}

static const char *barriers_counted(void)
{
	uint32_t nr_callers = smp_nr_online();

	if (nr_callers > NR_BARRIER_CALLERS)
		nr_callers = NR_BARRIER_CALLERS;
	if (smp_processor_id() < nr_callers)
		nr_callers--; /* no CPU interrupts itself */
	CHECK(this_cpu_read(nr_barriers) == nr_callers * NR_BARRIERS);
	return NULL;
}

const char *test_barriers_at_once(void)
{
	CHECK_PASSES(on_each_cpu(barriers_begin));
	CHECK_PASSES(on_each_cpu(barriers_here));
	return on_each_cpu(barriers_counted);
}

/* --- hand-overs ------------------------------------------------------------------------------ */

static uint32_t nr_done[MACHINE_MAX_CPUS];
static uint32_t nr_rounds; /* begun; atomic */

static void delay(uint32_t random)
{
	for (uint32_t i = random >> 26; i > 0; i--)
		cpu_pause();
}

static uint32_t random_next(uint32_t random)
{
	return random * 1664525u + 1013904223u;
}

/* Ends at another moment each time: the next work may come before the CPU sleeps, while it is about
   to, or when it does. */
static void hand_over_take(void *unused)
{
	uint32_t cpu = smp_processor_id();

	delay(random_next(nr_done[cpu] * 2654435761u + cpu));
	nr_done[cpu]++;
}

const char *test_hand_overs(void)
{
	uint32_t nr = NR_HAND_OVERS / smp_nr_online(), random = 1;

	memset(nr_done, 0, sizeof(nr_done));
	arch_watch(&nr_rounds);
	__atomic_store_n(&smp_watched, true, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < nr; i++) {
		__atomic_fetch_add(&nr_rounds, 1, __ATOMIC_RELAXED);
		smp_run_all(hand_over_take, NULL);
		random = random_next(random);
		delay(random);
	}
	__atomic_store_n(&smp_watched, false, __ATOMIC_RELAXED);
	arch_watch(NULL);
	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++)
		CHECK(nr_done[cpu] == nr);
	return NULL;
}
