/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * smp.c - the other CPUs: they run work in their idle loop, and calls in an interrupt.
 *
 * R1  One call is in progress at a time. A CPU that waits, for its turn or for acknowledgements,
 *     has interrupts on, so that two callers cannot deadlock.
 * R2  Idle CPUs halt; they are woken by an interrupt and never spin.
 */
#include "kernel-test/common/smp.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/vars.h"

static uint32_t nr_online = 1;

struct work {
	void (*function)(void *argument);
	void *argument;
};

static struct work work[MACHINE_MAX_CPUS]; /* function NULL: none; cleared when done */

static struct {
	uint32_t busy;
	struct work work;
	uint32_t nr_missing; /* acknowledgements */
} call;

/* --- life ------------------------------------------------------------------------------------- */

uint32_t smp_nr_online(void)
{
	return __atomic_load_n(&nr_online, __ATOMIC_ACQUIRE);
}

#define LET_IN_PAUSES 4096 /* far longer than the hand-over takes, on a busy host too */

/* Interrupts are let in here, so that a wake-up comes before the sleep that it must end. */
static void interrupts_let_in(void)
{
	interrupts_on();
	for (uint32_t i = 0; i < LET_IN_PAUSES; i++)
		cpu_pause();
	interrupts_off();
}

bool smp_watched;

/* First C code of an AP: its per-CPU base is set, interrupts are off. Never returns. */
void smp_main(void)
{
	struct work *mine = &work[smp_processor_id()];

	arch_cpu_init();
	/* With a wrong base this would take another CPU's work: report it instead of hanging. */
	if (this_cpu_read(hw_id) != cpu_own_id())
		machine_stop("percpu-base: a CPU's per-CPU base does not lead to its own unit");
	__atomic_fetch_add(&nr_online, 1, __ATOMIC_RELEASE);
	for (;;) {
		interrupts_off();
		if (!__atomic_load_n(&mine->function, __ATOMIC_ACQUIRE)) {
			if (bare_defect == BARE_LOST_WAKE_UP &&
			    __atomic_load_n(&smp_watched, __ATOMIC_RELAXED))
				interrupts_let_in();
			interrupts_wait();
			continue;
		}
		interrupts_on();
		mine->function(mine->argument);
		__atomic_store_n(&mine->function, NULL, __ATOMIC_RELEASE);
		arch_send(0, ARCH_WAKE);
	}
}

/* --- calls ------------------------------------------------------------------------------------ */

void smp_call_received(void)
{
	call.work.function(call.work.argument);
	__atomic_fetch_sub(&call.nr_missing, 1, __ATOMIC_RELEASE);
}

/* Sends to all other CPUs, and to this one if `mine`, and waits until all have acknowledged. */
static void call_cpus(const struct work *function, bool mine)
{
	uint32_t nr = smp_nr_online(), me = smp_processor_id();
	uint64_t flags = interrupts_save();

	interrupts_restore(flags);
	PCPU_ASSERT(interrupts_were_on(flags));
	while (__atomic_exchange_n(&call.busy, 1, __ATOMIC_ACQUIRE))
		cpu_pause();
	call.work = *function;
	__atomic_store_n(&call.nr_missing, mine ? nr : nr - 1, __ATOMIC_RELEASE);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		if (mine || cpu != me)
			arch_send(cpu, ARCH_CALL);
	while (__atomic_load_n(&call.nr_missing, __ATOMIC_ACQUIRE))
		cpu_pause();
	__atomic_store_n(&call.busy, 0, __ATOMIC_RELEASE);
}

/* Set-up flushes before other CPUs run, and before interrupts are on. */
void smp_call_others(void (*function)(void *argument), void *argument)
{
	if (smp_nr_online() > 1)
		call_cpus(&(const struct work){function, argument}, false);
}

void smp_call_all(void (*function)(void *argument), void *argument)
{
	call_cpus(&(const struct work){function, argument}, true);
}

/* Only the boot CPU may call this. */
void smp_run_all(void (*function)(void *argument), void *argument)
{
	for (uint32_t cpu = 1; cpu < smp_nr_online(); cpu++) {
		work[cpu].argument = argument;
		__atomic_store_n(&work[cpu].function, function, __ATOMIC_RELEASE);
	}
	for (uint32_t cpu = 1; cpu < smp_nr_online(); cpu++)
		arch_send(cpu, ARCH_WAKE);
	function(argument);
	for (uint32_t cpu = 1; cpu < smp_nr_online(); cpu++) {
		while (interrupts_off(), __atomic_load_n(&work[cpu].function, __ATOMIC_ACQUIRE))
			interrupts_wait();
		interrupts_on();
	}
}
