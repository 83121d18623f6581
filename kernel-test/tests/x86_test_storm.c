/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_test_storm.c - an operation of one instruction against the interrupts of this CPU's timer.
 *
 *	loop     op op op op op op op ...     each adds one to this CPU's copies
 *	timer      ^    ^     ^               each interrupt does too; the loop starts the next
 *
 * When the loop ends, the copies hold the sum of both. An increment in three steps loses exactly as
 * many as interrupts came between its load and its store: this shows that interrupts do come there.
 * Nothing depends on time: the loop ends after so many interrupts.
 */
#include "kernel-test/common/bare.h"
#include "harness/firmware/facts.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/x86/x86_trap.h"

/* Fewer ticks are over before the loop runs: 100 us where a tick is a nanosecond, as in QEMU. */
enum { ALL_INTERRUPTS = 160, TICKS = 100000, NR_ROUNDS_MAX = 100000000 };

/* Where an interrupt may come in: see x86_storm.S. */
#define BLOCK_ENDS() __asm__ volatile("jmp 1f\n1:" : : : "memory")

void split_increment(uintptr_t pointer);
extern const char split_from[], split_to[];

static DEFINE_PER_CPU(uint8_t, count8);
static DEFINE_PER_CPU(uint16_t, count16);
static DEFINE_PER_CPU(uint32_t, count32);
static DEFINE_PER_CPU(uint64_t, count64);
static DEFINE_PER_CPU(uint64_t, count_returned);
static DEFINE_PER_CPU(uint64_t, count_exchanged);
static DEFINE_PER_CPU(uint32_t, nr_interrupts);
static DEFINE_PER_CPU(uint64_t, nr_between); /* of them, those between load and store */
static uint64_t lost[MACHINE_MAX_CPUS];

static void exchange_one(void)
{
	uint64_t old;

	do {
		old = this_cpu_read(count_exchanged);
		BLOCK_ENDS();
	} while (this_cpu_cmpxchg(count_exchanged, old, old + 1) != old);
}

static void count_in_all(void)
{
	this_cpu_inc(count8);
	BLOCK_ENDS();
	this_cpu_add(count16, 1);
	BLOCK_ENDS();
	this_cpu_sub(count32, -1);
	BLOCK_ENDS();
	if (bare_defect == BARE_SPLIT_INCREMENT)
		split_increment((uintptr_t)&count64);
	else
		this_cpu_inc(count64);
	BLOCK_ENDS();
	(void)this_cpu_inc_return(count_returned);
	BLOCK_ENDS();
	exchange_one();
}

static void count_too(struct trap_frame *frame)
{
	count_in_all();
	this_cpu_inc(nr_interrupts);
	x86_apic_done();
}

static void count_between(struct trap_frame *frame)
{
	bool between = frame->rip - (uintptr_t)split_from <= (uintptr_t)(split_to - split_from);

	if (between && bare_defect != BARE_BLIND_DETECTOR)
		this_cpu_inc(nr_between);
	this_cpu_inc(count64);
	this_cpu_inc(nr_interrupts);
	x86_apic_done();
}

/* The total does not depend on how many CPUs share it. */
static uint32_t nr_wanted(void)
{
	return (uint32_t)pcpu_max64(ALL_INTERRUPTS / smp_nr_online(), 4);
}

/* Calls `one` until this CPU has had its interrupts. Returns how often; 0: they stay away. */
static uint64_t storm(void (*handler)(struct trap_frame *frame), void (*one)(void))
{
	uint64_t nr = 0;

	trap_handle(VECTOR_TIMER, handler);
	this_cpu_write(nr_interrupts, 0);
	for (uint32_t had = 0; had < nr_wanted(); had++) {
		x86_apic_timer(TICKS);
		do {
			if (nr++ == NR_ROUNDS_MAX) {
				x86_apic_timer_stop();
				return 0;
			}
			one();
		} while (this_cpu_read(nr_interrupts) == had);
	}
	return nr;
}

static const char *nothing_lost(void)
{
	uint64_t nr;

	this_cpu_write(count8, 0);
	this_cpu_write(count16, 0);
	this_cpu_write(count32, 0);
	this_cpu_write(count64, 0);
	this_cpu_write(count_returned, 0);
	this_cpu_write(count_exchanged, 0);
	nr = storm(count_too, count_in_all);
	CHECK(nr > 0);
	nr += nr_wanted();
	CHECK(this_cpu_read(count8) == (uint8_t)nr);
	CHECK(this_cpu_read(count16) == (uint16_t)nr);
	CHECK(this_cpu_read(count32) == (uint32_t)nr);
	CHECK(this_cpu_read(count64) == nr);
	CHECK(this_cpu_read(count_returned) == nr);
	CHECK(this_cpu_read(count_exchanged) == nr);
	return NULL;
}

const char *test_timer_storm(void)
{
	const char *wrong = on_each_cpu(nothing_lost);

	trap_handle(VECTOR_TIMER, NULL);
	return wrong;
}

static void split_one(void)
{
	split_increment((uintptr_t)&count64);
}

static const char *what_is_lost(void)
{
	uint64_t nr;

	this_cpu_write(count64, 0);
	this_cpu_write(nr_between, 0);
	nr = storm(count_between, split_one);
	CHECK(nr > 0);
	lost[smp_processor_id()] = nr + nr_wanted() - this_cpu_read(count64);
	CHECK(lost[smp_processor_id()] == this_cpu_read(nr_between));
	return NULL;
}

const char *test_split_detected(void)
{
	const char *wrong = on_each_cpu(what_is_lost);
	uint64_t sum = 0;

	trap_handle(VECTOR_TIMER, NULL);
	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++)
		sum += lost[cpu];
	if (!wrong && sum == 0)
		SKIP("not sensitive: no interrupt fell between load and store");
	return wrong;
}
