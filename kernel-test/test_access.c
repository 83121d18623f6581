/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_access.c - this CPU's copy, on every CPU at once. */
#include "arch.h"
#include "bare.h"
#include "machine.h"
#include "smp.h"
#include "tap.h"
#include "vars.h"

enum { NR_COUNTS = 20000 };

static DEFINE_PER_CPU(uint8_t, var8);
static DEFINE_PER_CPU(uint16_t, var16);
static DEFINE_PER_CPU(uint32_t, var32);
static DEFINE_PER_CPU(uint64_t, var64);
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

/* The hardware's own word for who we are. */
static const char *cpu_number_right(void)
{
	CHECK(this_cpu_read(hw_id) == cpu_own_id());
	CHECK(machine.facts.hw_id[smp_processor_id()] == cpu_own_id());
	return NULL;
}

/* One width of everything; lvalue is this CPU's variable, plain its address by the table. */
#define WIDTH_TEST(bits, lvalue, plain) \
	static const char *ops##bits(void) \
	{ \
		uint##bits##_t top = (uint##bits##_t)~(uint##bits##_t)0, *mine = (plain); \
		\
		this_cpu_write(lvalue, 5); \
		CHECK(*mine == 5 && this_cpu_read(lvalue) == 5); \
		this_cpu_add(lvalue, 7); \
		CHECK(*mine == 12); \
		this_cpu_sub(lvalue, 13); \
		CHECK(*mine == top); \
		this_cpu_inc(lvalue); \
		CHECK(*mine == 0); \
		this_cpu_dec(lvalue); \
		CHECK(*mine == top); \
		this_cpu_and(lvalue, 0x6c); \
		CHECK(*mine == 0x6c); \
		this_cpu_or(lvalue, 0x03); \
		CHECK(*mine == 0x6f); \
		CHECK(this_cpu_add_return(lvalue, 1) == 0x70 && *mine == 0x70); \
		CHECK(this_cpu_xchg(lvalue, 9) == 0x70 && *mine == 9); \
		CHECK(this_cpu_cmpxchg(lvalue, 8, 1) == 9 && *mine == 9); \
		CHECK(this_cpu_cmpxchg(lvalue, 9, 1) == 9 && *mine == 1); \
		this_cpu_write(lvalue, 0); \
		return NULL; \
	}

WIDTH_TEST(8, var8, per_cpu_ptr(&var8, smp_processor_id()))
WIDTH_TEST(16, var16, per_cpu_ptr(&var16, smp_processor_id()))
WIDTH_TEST(32, var32, per_cpu_ptr(&var32, smp_processor_id()))
WIDTH_TEST(64, var64, per_cpu_ptr(&var64, smp_processor_id()))

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

/* What is not this CPU's own has to be added to in one piece. */
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
