/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_stops.c - magazines that another empties while their CPU works (magazine.h, M2). */
#include "harness/test/relacy/weak_fixture.h"

/* --- b, c: freed by one CPU, cleared by another that has stopped it --------------------------- */

static void stop_set_up(void)
{
	weak_set_up(1);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		weak_given[i] = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
		weak_given[WEAK_NR_THREADS + i] = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
	}
}

/* Two hits and a miss, or three misses while this CPU is stopped. */
static void stop_work(void)
{
	weak_object_write(weak_given[weak_thread()], WEAK_SMALL);
	pcpu_free(weak_pcpu, weak_given[weak_thread()]);
	pcpu_free(weak_pcpu, weak_object_take(WEAK_SMALL));
}

static void stop_balance(void)
{
	pcpu_balance(weak_pcpu);
	pcpu_balance(weak_pcpu);
	weak_object_take(WEAK_SMALL);
}

/* A class whose magazine a caller who cannot sleep misses, then one who can. */
static void stop_want(void)
{
	pcpu_free(weak_pcpu, pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, PCPU_ATOMIC));
	pcpu_free(weak_pcpu, weak_object_take(WEAK_LARGE));
}

/* Holds the outer lock, as who forks: also while a call has stopped CPUs already. */
static void stop_and_write(void)
{
	plat_lock(weak_pcpu->plat, PLAT_LOCK_OUTER);
	if (pcpu_cpus_stop(weak_pcpu)) {
		struct pcpu_magazine *magazine = weak_magazine(0, WEAK_SMALL);

		if (pcpu_cpus_stop(weak_pcpu))
			pcpu_cpus_go(weak_pcpu);
		weak_read(magazine, sizeof(*magazine));
		weak_write(magazine, sizeof(*magazine));
		pcpu_cpus_go(weak_pcpu);
	}
	plat_unlock(weak_pcpu->plat, PLAT_LOCK_OUTER);
}

static void stop_bulk(void)
{
	struct pcpu_ptr p[4];

	pcpu_free_many(weak_pcpu, &weak_given[weak_thread()], 1);
	if (!pcpu_alloc_many(weak_pcpu, WEAK_SMALL, 8, 0, 3, p))
		weak_fail("an allocation failed");
	for (uint32_t i = 0; i < 3; i++) {
		weak_object_check(p[i], WEAK_SMALL);
		weak_object_write(p[i], WEAK_SMALL);
	}
	pcpu_free_many(weak_pcpu, p, 3);
}

static void stop_no_zero(void)
{
	struct pcpu_ptr p;

	weak_object_write(weak_given[weak_thread()], WEAK_SMALL);
	pcpu_free(weak_pcpu, weak_given[weak_thread()]);
	p = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, PCPU_NO_ZERO);
	weak_object_write(p, WEAK_SMALL);
	pcpu_free(weak_pcpu, p);
}

/* --- e: threads that are one CPU, one after the other ----------------------------------------- */

static void cpu_set_up(void)
{
	weak_create(WEAK_DYN_BYTES);
	weak_cpu_be(0, 0);
	weak_cpu_be(2, 2);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i += 2) {
		weak_thread_set(i);
		pcpu_free(weak_pcpu, pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0));
	}
	weak_thread_set(0);
	weak_given[0] = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
	weak_thread_set(2);
	weak_given[2] = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
}

static void cpu_first(void)
{
	weak_object_write(weak_given[0], WEAK_SMALL);
	pcpu_free(weak_pcpu, weak_given[0]);
	weak_object_take(WEAK_SMALL);
	pcpu_cpu_leave();
	weak_message_send(4, 1);
}

static void cpu_second(void)
{
	weak_message_wait(4);
	pcpu_cpu_enter(weak_pcpu, 0);
	pcpu_free(weak_pcpu, weak_object_take(WEAK_SMALL));
	weak_object_take(WEAK_SMALL);
	pcpu_cpu_leave();
}

/* --- statistics, which look at magazines that work -------------------------------------------- */

static void stats_read(void)
{
	struct pcpu_stats stats;

	pcpu_stats(weak_pcpu, &stats);
	pcpu_stats(weak_pcpu, &stats);
}

const struct weak_case weak_stops[] = {
	{"drain", "a CPU's magazines are emptied by another while it works", stop_set_up,
	 {stop_work, weak_drain, stop_work}, weak_check_no_misuse},
	{"drain_two", "two empty magazines", stop_set_up,
	 {stop_work, weak_drain, weak_drain}, weak_check_no_misuse},
	{"balance", "idle magazines are emptied", stop_set_up,
	 {stop_work, stop_balance}, weak_check_no_misuse},
	{"magazine_made", "magazines that balance makes, and a CPU for itself", stop_set_up,
	 {stop_want, stop_balance}, weak_check_no_misuse},
	{"stop", "nobody is inside while CPUs are stopped", stop_set_up,
	 {stop_work, stop_and_write, stop_and_write}, weak_check_no_misuse},
	{"drain_bulk", "several at once, while magazines are emptied", stop_set_up,
	 {stop_bulk, weak_drain}, weak_check_no_misuse},
	{"drain_no_zero", "objects that are not cleared", stop_set_up,
	 {stop_no_zero, weak_drain}, weak_check_no_misuse},
	{"one_cpu", "two threads are one CPU, one after the other", cpu_set_up,
	 {cpu_first, cpu_second, weak_drain}, weak_check_no_misuse},
	{"stats", "statistics are read while magazines work", stop_set_up,
	 {stop_work, stats_read, stop_work}, weak_check_no_misuse},
	{0},
};
