/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_watch.c - the boot CPU's timer checks that its wait makes progress. */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/x86/x86_trap.h"

/* QEMU's tick is a nanosecond: 100 ms, and 10 s of them. */
enum { WATCH_TICKS = 100000000, WATCH_LIMIT = 100 };

static const uint32_t *watched; /* NULL: the last tick was on its way when the watch ended */
static uint32_t last_value, nr_still;

static void watch_step(void)
{
	uint32_t value = __atomic_load_n(watched, __ATOMIC_RELAXED);

	nr_still = value == last_value ? nr_still + 1 : 0;
	last_value = value;
	if (nr_still == WATCH_LIMIT)
		machine_stop("nothing has moved for seconds: a CPU sleeps through its work");
	x86_apic_timer(WATCH_TICKS);
}

static void watch_tick(struct trap_frame *frame)
{
	if (watched)
		watch_step();
	x86_apic_done();
}

static void watch_end(void)
{
	__atomic_store_n(&watched, NULL, __ATOMIC_RELAXED);
	x86_apic_timer_stop();
	trap_handle(VECTOR_TIMER, NULL);
}

void arch_watch(const uint32_t *counter)
{
	if (!counter) {
		watch_end();
		return;
	}
	__atomic_store_n(&watched, counter, __ATOMIC_RELAXED);
	nr_still = 0;
	trap_handle(VECTOR_TIMER, watch_tick);
	x86_apic_timer(WATCH_TICKS);
}
