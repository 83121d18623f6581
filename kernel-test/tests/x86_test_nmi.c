/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_test_nmi.c - an NMI while the GS base is the user's: disabled interrupts do not block it.
 *
 *	CPU i          ... [ window open ...... gets NMI, window closes ] ...
 *	CPU i - 1      ... [ window open, sends an NMI to i ............. ] ...
 *
 * Each NMI is synchronised: no CPU sends before the other's window is open, no window closes before
 * its NMI was handled. The naive handler trusts %gs: and identifies itself as another CPU. The
 * careful one checks the base, and swaps it during its work when it is not one of ours. One that
 * uses thread-local variables needs none of this: nothing swaps the FS base.
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/machine.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/x86/x86_trap.h"

/* What %gs:cpu_number reads with the user's GS base. */
#define USER_NUMBER UINT32_C(0x55534552)

void window_run(void (*inside)(void *argument), void *argument);

static uint32_t user_number = USER_NUMBER;
static DEFINE_PER_CPU(uint32_t, nr_taken); /* by the careful handler */

/* Data of a CPU that cannot use %gs:, about itself and its neighbour. */
struct meeting {
	uint32_t next;	   /* the CPU to which it sends an NMI */
	uint32_t nr_open;  /* windows opened; atomic */
	uint32_t nr_taken; /* NMIs; atomic */
	uint32_t saw;	   /* the number that the last handler read through %gs: */
	uint64_t base;	   /* GS base after the NMI */
};

static struct meeting meeting[MACHINE_MAX_CPUS];

static uintptr_t user_base(void)
{
	return (uintptr_t)&user_number - (uintptr_t)&cpu_number;
}

/* --- handlers --------------------------------------------------------------------------------- */

/* Returns this CPU's number without %gs:. */
static struct meeting *meeting_here(void)
{
	uint32_t cpu = 0, id = cpu_own_id();

	while (machine.facts.hw_id[cpu] != id)
		cpu++;
	return &meeting[cpu];
}

static void taken(struct meeting *here, uint32_t saw)
{
	here->saw = saw;
	__atomic_fetch_add(&here->nr_taken, 1, __ATOMIC_RELEASE);
}

static void naive(struct trap_frame *frame)
{
	taken(meeting_here(), smp_processor_id());
}

static bool is_ours(uint64_t base)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (base == per_cpu_offset(cpu))
			return true;
	return false;
}

static void careful(struct trap_frame *frame)
{
	bool swap = !is_ours(percpu_base_read()) && bare_defect != BARE_CARELESS_NMI;
	uint32_t saw;

	if (swap)
		cpu_swapgs();
	saw = smp_processor_id();
	this_cpu_inc(nr_taken);
	if (swap)
		cpu_swapgs();
	taken(meeting_here(), saw);
}

/* --- meetings --------------------------------------------------------------------------------- */

/* Opens its window, sends the neighbour an NMI once its window is open too, waits for its own NMI.
   Uses no %gs:. */
static void meet(void *argument)
{
	struct meeting *here = argument, *there = &meeting[here->next];
	uint32_t round = __atomic_add_fetch(&here->nr_open, 1, __ATOMIC_RELEASE);

	while (__atomic_load_n(&there->nr_open, __ATOMIC_ACQUIRE) < round)
		cpu_pause();
	x86_apic_send_nmi(here->next);
	while (__atomic_load_n(&here->nr_taken, __ATOMIC_ACQUIRE) < round)
		cpu_pause();
	here->base = percpu_base_read();
}

/* Once with our own base, once with the user's. */
static const char *meet_with(bool in_window)
{
	uint32_t cpu = smp_processor_id();
	uintptr_t own = percpu_base_read();

	msr_write(MSR_KERNEL_GS_BASE, user_base()); /* swapgs brings it */
	if (in_window && bare_defect != BARE_NO_WINDOW)
		window_run(meet, &meeting[cpu]);
	else
		meet(&meeting[cpu]);
	CHECK(percpu_base_read() == own);
	CHECK(msr_read(MSR_KERNEL_GS_BASE) == user_base());
	return NULL;
}

static const char *naive_here(void)
{
	const struct meeting *here = &meeting[smp_processor_id()];

	CHECK_PASSES(meet_with(false));
	CHECK(here->saw == smp_processor_id());
	CHECK_PASSES(meet_with(true));
	CHECK(here->saw == USER_NUMBER);
	return NULL;
}

static const char *careful_here(void)
{
	const struct meeting *here = &meeting[smp_processor_id()];

	this_cpu_write(nr_taken, 0);
	CHECK_PASSES(meet_with(false));
	CHECK(here->saw == smp_processor_id() && here->base == percpu_base_read());
	CHECK_PASSES(meet_with(true));
	CHECK(here->saw == smp_processor_id() && here->base == user_base());
	CHECK(this_cpu_read(nr_taken) == 2);
	return NULL;
}

static const char *all_meet(void (*handler)(struct trap_frame *frame), const char *(*test)(void))
{
	uint32_t nr = smp_nr_online();
	const char *wrong;

	memset(meeting, 0, sizeof(meeting));
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		meeting[cpu].next = (cpu + 1) % nr;
	trap_handle(VECTOR_NMI, handler);
	wrong = on_each_cpu(test);
	trap_handle(VECTOR_NMI, NULL);
	return wrong;
}

const char *test_nmi_naive_caught(void)
{
	return all_meet(naive, naive_here);
}

const char *test_nmi_careful(void)
{
	return all_meet(careful, careful_here);
}

/* --- thread-local variables ------------------------------------------------------------------- */

static _Thread_local uint32_t thread_cpu, thread_nr_taken;
static uintptr_t first_pointer; /* the boot CPU's */

static void by_thread(struct trap_frame *frame)
{
	uint32_t saw = thread_cpu;

	thread_nr_taken++;
	if (bare_defect == BARE_NMI_MOVES_THREAD)
		msr_write(MSR_FS_BASE, first_pointer);
	taken(meeting_here(), saw);
}

static const char *thread_begin(void)
{
	thread_cpu = smp_processor_id();
	thread_nr_taken = 0;
	return NULL;
}

static const char *thread_here(void)
{
	const struct meeting *here = &meeting[smp_processor_id()];
	uintptr_t pointer = thread_pointer_read();
	const char *wrong = meet_with(false);
	uint32_t saw = here->saw;

	CHECK_PASSES(meet_with(true)); /* whatever was wrong: the neighbours wait for it */
	CHECK_PASSES(wrong);
	CHECK(saw == smp_processor_id() && here->saw == smp_processor_id());
	CHECK(thread_pointer_read() == pointer);
	CHECK(thread_cpu == smp_processor_id() && thread_nr_taken == 2);
	return NULL;
}

const char *test_nmi_thread(void)
{
	first_pointer = thread_pointer_read();
	CHECK_PASSES(on_each_cpu(thread_begin));
	return all_meet(by_thread, thread_here);
}
