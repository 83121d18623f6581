/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_percpu_hooks.c - the generic form under a scheduler that pre-empts whenever it may: at each
 * end of each access the caller is moved to the other of two CPUs, and both copies are overwritten.
 *
 *	disable: moved, both copies <- START	... the access ...	enable: seen, both copies <-
 *									LATER
 *
 * R1  All of an operation falls between: it sees START, and nothing of it comes after LATER.
 * R2  It works on one copy, that of the CPU that it was on in between.
 * R3  Nothing asks for the CPU while it may be pre-empted, and the depth comes out even.
 */
#define PCPU_GENERIC_ACCESS
#include <pcpu/percpu.h>
#include "harness/test/lib/test.h"

/* --- the platform of this program ------------------------------------------------------------ */

struct copy {
	_Alignas(16) uint64_t before; /* with the value a pair for cmpxchg_double */
	uint64_t value, after;
};
DEFINE_PER_CPU(struct copy, variable);
DEFINE_PER_CPU(uintptr_t, this_cpu_off);
DEFINE_PER_CPU(uint32_t, cpu_number);

struct pcpu *pcpu_default_instance;
const uintptr_t *pcpu_default_offsets;
uint32_t nr_cpu_ids = 2;

static struct copy copies[2], seen[2];
static uintptr_t offsets[2];
static uint32_t depth, cpu, used_cpu, nr_disables, nr_unsafe;
static uint64_t start;

#define FENCE_WORD UINT64_C(0x5a5a5a5a5a5a5a5a)
#define LATER	   UINT64_C(0x7777777777777777)

static void copies_set(uint64_t value)
{
	for (int i = 0; i < 2; i++)
		copies[i] = (struct copy){FENCE_WORD, value, FENCE_WORD};
	__asm__ volatile("" : : : "memory");
}

void plat_preempt_disable(void)
{
	if (depth++)
		return;
	nr_disables++;
	cpu = 1 - cpu;
	used_cpu = cpu;
	copies_set(start);
}

void plat_preempt_enable(void)
{
	__asm__ volatile("" : : : "memory");
	if (depth == 0)
		nr_unsafe++;
	if (--depth)
		return;
	seen[0] = copies[0];
	seen[1] = copies[1];
	cpu = 1 - cpu;
	copies_set(LATER);
}

uint32_t plat_this_cpu(void)
{
	nr_unsafe += depth == 0;
	return cpu;
}

static void hooks_begin(uint64_t start_value)
{
	for (int i = 0; i < 2; i++)
		offsets[i] = (uintptr_t)&copies[i] - (uintptr_t)&variable;
	pcpu_default_offsets = offsets;
	start = start_value;
	depth = nr_disables = nr_unsafe = 0;
	copies_set(LATER);
}

/* What the copies were at the end of the access, and that nothing came later. */
static void hooks_check(uint64_t want)
{
	CHECK_EQ(depth, 0);
	CHECK_EQ(nr_disables, 1);
	CHECK_EQ(nr_unsafe, 0);
	CHECK_EQ(seen[used_cpu].value, want);
	CHECK_EQ(seen[1 - used_cpu].value, start);
	for (int i = 0; i < 2; i++) {
		CHECK(seen[i].before == FENCE_WORD && seen[i].after == FENCE_WORD);
		CHECK_EQ(copies[i].value, LATER);
	}
}

/* --- every operation ------------------------------------------------------------------------- */

/* A statement that starts with `from`: the copy is `to` in the end. */
#define HOOKED(from, statement, to) \
	do { \
		hooks_begin(from); \
		statement; \
		hooks_check(to); \
	} while (0)

/* Is each done with preemption off, wholly? Twice: once on each CPU. */
TEST(nothing_of_an_operation_falls_outside)
{
	for (int turn = 0; turn < 2; turn++) {
		cpu = (uint32_t)turn;
		HOOKED(5, CHECK_EQ(this_cpu_read(variable.value), 5), 5);
		HOOKED(5, this_cpu_write(variable.value, 9), 9);
		HOOKED(5, this_cpu_add(variable.value, 9), 14);
		HOOKED(5, this_cpu_sub(variable.value, 9), UINT64_MAX - 3);
		HOOKED(5, this_cpu_inc(variable.value), 6);
		HOOKED(5, this_cpu_dec(variable.value), 4);
		HOOKED(5, this_cpu_and(variable.value, 12), 4);
		HOOKED(5, this_cpu_or(variable.value, 10), 15);
		HOOKED(5, CHECK_EQ(this_cpu_add_return(variable.value, 9), 14), 14);
		HOOKED(5, CHECK_EQ(this_cpu_sub_return(variable.value, 4), 1), 1);
		HOOKED(5, CHECK_EQ(this_cpu_inc_return(variable.value), 6), 6);
		HOOKED(5, CHECK_EQ(this_cpu_dec_return(variable.value), 4), 4);
		HOOKED(5, CHECK_EQ(this_cpu_xchg(variable.value, 9), 5), 9);
		HOOKED(5, CHECK_EQ(this_cpu_cmpxchg(variable.value, 5, 9), 5), 9);
		HOOKED(5, CHECK_EQ(this_cpu_cmpxchg(variable.value, 6, 9), 5), 5);
		HOOKED(5, CHECK(this_cpu_cmpxchg_double(variable.before, variable.value, FENCE_WORD,
							5, FENCE_WORD, 9)), 9);
		HOOKED(5,
		       CHECK(!this_cpu_cmpxchg_double(variable.before, variable.value, FENCE_WORD,
						      6, FENCE_WORD, 9)),
		       5);
	}
}

/* From get to put the caller stays where it is. */
TEST(get_keeps_the_caller_until_put)
{
	HOOKED(5, get_cpu_var(variable).value += 2; put_cpu_var(variable), 7);
	HOOKED(5, get_cpu_ptr(&variable)->value = 3; put_cpu_ptr(&variable), 3);
}

/* The caller's own preempt_disable around a raw one: it asks for no more, and moves nowhere. */
TEST(raw_operations_leave_preemption_to_the_caller)
{
	HOOKED(5, plat_preempt_disable(); __this_cpu_add(variable.value, 2);
	       plat_preempt_enable(), 7);
	HOOKED(5, plat_preempt_disable(); CHECK_EQ(__this_cpu_xchg(variable.value, 1), 5);
	       plat_preempt_enable(), 1);
	hooks_begin(5);
	__this_cpu_inc(variable.value);
	CHECK_EQ(nr_disables, 0);
	CHECK_EQ(nr_unsafe, 1);
}

/* Two in a row, and a move between that the compiler sees nothing of. */
TEST(this_cpu_ptr_reads_each_time)
{
	struct copy *here, *there;

	hooks_begin(5);
	cpu = 0;
	here = this_cpu_ptr(&variable);
	cpu = 1;
	there = this_cpu_ptr(&variable);
	CHECK(here == &copies[0] && there == &copies[1]);
}
