/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_access.c - this CPU's copy, on every CPU at once. */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"

enum { NR_COUNTS = 20000 };

static DEFINE_PER_CPU(uint64_t, counter);
static DEFINE_PER_CPU_SHARED_ALIGNED(uint64_t, own_line);

static const char *percpu_base(void)
{
	uint32_t cpu = smp_processor_id();

	CHECK(cpu < smp_nr_online());
	CHECK(percpu_base_read() == per_cpu_offset(cpu));
	CHECK(this_cpu_read(this_cpu_off) == per_cpu_offset(cpu));
	return NULL;
}

/* Compares with the hardware's own id of this CPU. */
static const char *cpu_number_right(void)
{
	CHECK(this_cpu_read(hw_id) == cpu_own_id());
	CHECK(machine.facts.hw_id[smp_processor_id()] == cpu_own_id());
	return NULL;
}

/* --- every width, between fences ------------------------------------------------------------- */

#define FENCED(bits) \
	struct fenced##bits { \
		uint8_t before[8]; \
		uint##bits##_t value; \
		uint8_t after[8]; \
	}; \
	static DEFINE_PER_CPU(struct fenced##bits, fenced##bits);
FENCED(8)
FENCED(16)
FENCED(32)
FENCED(64)

static void fences_raise(uint8_t before[8], uint8_t after[8], uint8_t fill)
{
	for (int i = 0; i < 8; i++)
		before[i] = after[i] = fill;
}

static bool fences_stand(const uint8_t before[8], const uint8_t after[8], uint8_t fill)
{
	for (int i = 0; i < 8; i++)
		if (before[i] != fill || after[i] != fill)
			return false;
	return true;
}

/* Runs the statement from `start`; checks the variable, and that its neighbours are unchanged. */
#define STEP(bits, start, statement, want) \
	do { \
		fences_raise(mine->before, mine->after, fill); \
		mine->value = (uint##bits##_t)(start); \
		__asm__ volatile("" : : : "memory"); \
		statement; \
		__asm__ volatile("" : : : "memory"); \
		CHECK(mine->value == (uint##bits##_t)(want)); \
		CHECK(fences_stand(mine->before, mine->after, fill)); \
	} while (0)

/* Every operation carries, borrows or fills all bits once, in a register's worth of ones. */
#define STEPS(bits, how, lvalue) \
	do { \
		STEP(bits, 5, CHECK(how##_read(lvalue) == 5), 5); \
		STEP(bits, 0, how##_write(lvalue, top), top); \
		STEP(bits, top, how##_add(lvalue, one), 0); \
		STEP(bits, one, how##_add(lvalue, top), 0); \
		STEP(bits, 0, how##_sub(lvalue, one), top); \
		STEP(bits, top, how##_inc(lvalue), 0); \
		STEP(bits, 0, how##_dec(lvalue), top); \
		STEP(bits, top, how##_and(lvalue, 0x6c), 0x6c); \
		STEP(bits, 0x6c, how##_or(lvalue, top), top); \
		STEP(bits, top, CHECK(how##_add_return(lvalue, 3) == 2), 2); \
		STEP(bits, 0, CHECK(how##_sub_return(lvalue, one) == top), top); \
		STEP(bits, 9, CHECK(how##_xchg(lvalue, top) == 9), top); \
		STEP(bits, 9, CHECK(how##_cmpxchg(lvalue, 8, top) == 9), 9); \
		STEP(bits, 9, CHECK(how##_cmpxchg(lvalue, 9, top) == 9), top); \
		STEP(bits, top, CHECK(how##_cmpxchg(lvalue, top, 0) == top), 0); \
	} while (0)

#define WIDTH_TEST(bits) \
	static const char *steps##bits(uint8_t fill) \
	{ \
		struct fenced##bits *mine = per_cpu_ptr(&fenced##bits, smp_processor_id()); \
		uint##bits##_t one = 1, top = (uint##bits##_t)~(uint##bits##_t)0; \
		\
		__asm__("" : "+r"(one), "+r"(top)); /* registers, not constants */ \
		STEPS(bits, this_cpu, fenced##bits.value); \
		STEPS(bits, __this_cpu, fenced##bits.value); \
		return NULL; \
	} \
	static const char *ops##bits(void) \
	{ \
		CHECK_PASSES(steps##bits(0x00)); \
		CHECK_PASSES(steps##bits(0xff)); \
		CHECK_PASSES(steps##bits(0x5a)); \
		return NULL; \
	}

WIDTH_TEST(8)
WIDTH_TEST(16)
WIDTH_TEST(32)
WIDTH_TEST(64)

/* By itself, so that x86_check_gs.sh can look at its one instruction. */
__attribute__((noinline)) static void count_one(void)
{
	this_cpu_inc(counter);
}

static const char *count(void)
{
	for (uint32_t i = 0; i < NR_COUNTS; i++) {
		count_one();
		this_cpu_add(own_line, 3);
	}
	return NULL;
}

const char *test_sum(void)
{
	uint64_t sum = 0, sum_lines = 0;

	CHECK_PASSES(on_each_cpu(count));
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		sum += per_cpu(counter, cpu);
		sum_lines += per_cpu(own_line, cpu);
		per_cpu(counter, cpu) = per_cpu(own_line, cpu) = 0;
	}
	CHECK(sum == (uint64_t)NR_COUNTS * smp_nr_online());
	CHECK(sum_lines == 3 * sum);
	return NULL;
}

static uint64_t shared;

static const char *shared_count(void)
{
	for (uint32_t i = 0; i < NR_COUNTS; i++)
		bare_count(&shared, 1);
	return NULL;
}

/* Other CPUs' copies must be added to atomically. */
const char *test_shared_sum(void)
{
	shared = 0;
	CHECK_PASSES(on_each_cpu(shared_count));
	CHECK(shared == (uint64_t)NR_COUNTS * smp_nr_online());
	return NULL;
}

#define ON_EACH(name) \
	const char *test_##name(void) \
	{ \
		return on_each_cpu(name); \
	}
ON_EACH(percpu_base)
ON_EACH(cpu_number_right)
ON_EACH(ops8)
ON_EACH(ops16)
ON_EACH(ops32)
ON_EACH(ops64)
