/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_percpu_ops.h - every operation of percpu.h on every size and kind of variable. This file,
 * test_percpu_arguments.h and test_percpu_memory.h are compiled once for each way to reach this
 * CPU's copy: test_percpu.c (one instruction), test_percpu_generic.c (plain C),
 * test_percpu_debug.c (checked CPU ids).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test_child.h"
#include "harness/test/percpu/percpu_cpu.h"

DEFINE_PER_CPU(uint8_t, static_u8);
DEFINE_PER_CPU(int8_t, static_s8);
DEFINE_PER_CPU(uint16_t, static_u16);
DEFINE_PER_CPU(int16_t, static_s16);
DEFINE_PER_CPU(uint32_t, static_u32);
static DEFINE_PER_CPU(int32_t, static_s32);
static DEFINE_PER_CPU(uint64_t, static_u64);
DEFINE_PER_CPU(int64_t, static_s64);

/* Neighbours of each dynamic variable tell of writes that are too wide. */
struct guarded {
	uint64_t before;
	union {
		uint8_t u8;
		int8_t s8;
		uint16_t u16;
		int16_t s16;
		uint32_t u32;
		int32_t s32;
		uint64_t u64;
		int64_t s64;
		unsigned char bytes[8];
	} is;
	uint64_t after;
};
static struct guarded __percpu *dynamic;

#define TYPE uint8_t
#define EXERCISE exercise_static_u8
#define VAR static_u8
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_u8
#define VAR dynamic->is.u8
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE int8_t
#define EXERCISE exercise_static_s8
#define VAR static_s8
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_s8
#define VAR dynamic->is.s8
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE uint16_t
#define EXERCISE exercise_static_u16
#define VAR static_u16
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_u16
#define VAR dynamic->is.u16
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE int16_t
#define EXERCISE exercise_static_s16
#define VAR static_s16
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_s16
#define VAR dynamic->is.s16
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE uint32_t
#define EXERCISE exercise_static_u32
#define VAR static_u32
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_u32
#define VAR dynamic->is.u32
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE int32_t
#define EXERCISE exercise_static_s32
#define VAR static_s32
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_s32
#define VAR dynamic->is.s32
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE uint64_t
#define EXERCISE exercise_static_u64
#define VAR static_u64
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_u64
#define VAR dynamic->is.u64
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

#define TYPE int64_t
#define EXERCISE exercise_static_s64
#define VAR static_s64
#include "harness/test/percpu/percpu_exercise.h"
#undef EXERCISE
#undef VAR
#define EXERCISE exercise_dynamic_s64
#define VAR dynamic->is.s64
#include "harness/test/percpu/percpu_exercise.h"
#undef TYPE
#undef EXERCISE
#undef VAR

/* Each pair of these, cut to the type: zeroes, ones, edges of every size, patterns. */
static const uint64_t values[] = {
	0, 1, 2, 0x55, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
	0xffffffff, 0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000, UINT64_MAX,
};
#define NR_VALUES (sizeof(values) / sizeof(values[0]))

#define TEST_OPS(type, name) \
	TEST(ops_static_##name) \
	{ \
		become_cpu(); \
		for (size_t i = 0; i < NR_VALUES * NR_VALUES; i++) \
			exercise_static_##name(&per_cpu(static_##name, me), \
					       (type)values[i / NR_VALUES], \
					       (type)values[i % NR_VALUES]); \
		for (uint32_t cpu = 0; cpu < me; cpu++) \
			if (cpu_possible(cpu)) \
				CHECK_EQ(per_cpu(static_##name, cpu), 0); \
	} \
	TEST(ops_dynamic_##name) \
	{ \
		struct guarded *copy; \
\
		become_cpu(); \
		dynamic = alloc_percpu(struct guarded); \
		CHECK(dynamic); \
		copy = per_cpu_ptr(dynamic, me); \
		memset(copy, 0x5a, sizeof(*copy)); \
		for (size_t i = 0; i < NR_VALUES * NR_VALUES; i++) \
			exercise_dynamic_##name(&copy->is.name, (type)values[i / NR_VALUES], \
						(type)values[i % NR_VALUES]); \
		for (size_t i = sizeof(type); i < 8; i++) \
			CHECK_EQ(copy->is.bytes[i], 0x5a); \
		CHECK_EQ(copy->before, 0x5a5a5a5a5a5a5a5a); \
		CHECK_EQ(copy->after, 0x5a5a5a5a5a5a5a5a); \
		for (uint32_t cpu = 0; cpu < me; cpu++) \
			if (cpu_possible(cpu)) \
				CHECK_EQ(per_cpu_ptr(dynamic, cpu)->is.u64, 0); \
		free_percpu(dynamic); \
	}

TEST_OPS(uint8_t, u8)
TEST_OPS(int8_t, s8)
TEST_OPS(uint16_t, u16)
TEST_OPS(int16_t, s16)
TEST_OPS(uint32_t, u32)
TEST_OPS(int32_t, s32)
TEST_OPS(uint64_t, u64)
TEST_OPS(int64_t, s64)

#define TYPE uint8_t
#define NAME u8
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_u8)
{
	fences_run_u8();
}
#define TYPE int8_t
#define NAME s8
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_s8)
{
	fences_run_s8();
}
#define TYPE uint16_t
#define NAME u16
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_u16)
{
	fences_run_u16();
}
#define TYPE int16_t
#define NAME s16
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_s16)
{
	fences_run_s16();
}
#define TYPE uint32_t
#define NAME u32
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_u32)
{
	fences_run_u32();
}
#define TYPE int32_t
#define NAME s32
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_s32)
{
	fences_run_s32();
}
#define TYPE uint64_t
#define NAME u64
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_u64)
{
	fences_run_u64();
}
#define TYPE int64_t
#define NAME s64
#include "harness/test/percpu/percpu_fences.h"
TEST(fences_stand_around_s64)
{
	fences_run_s64();
}

/* The operand is narrower than the variable, or signed where that is not: as plain C would. */
TEST(sub_widens_before_it_negates)
{
	uint32_t narrow = 1;
	int8_t minus = -1;

	become_cpu();
	this_cpu_write(static_u64, 5);
	this_cpu_sub(static_u64, narrow);
	CHECK_EQ(this_cpu_read(static_u64), 4);
	CHECK_EQ(this_cpu_sub_return(static_u64, narrow), 3);
	__this_cpu_sub(static_u64, narrow);
	CHECK_EQ(this_cpu_read(static_u64), 2);
	this_cpu_write(static_u64, 0);
	this_cpu_sub(static_u64, narrow);
	CHECK_EQ(this_cpu_read(static_u64), UINT64_MAX);
	this_cpu_add(static_u64, minus);
	CHECK_EQ(this_cpu_read(static_u64), UINT64_MAX - 1);
	this_cpu_write(static_s64, 0);
	this_cpu_sub(static_s64, narrow);
	CHECK_EQ(this_cpu_read(static_s64), -1);
	this_cpu_write(static_u32, 0);
	CHECK_EQ((uint64_t)this_cpu_sub_return(static_u32, narrow), UINT32_MAX);
	this_cpu_write(static_u64, 0);
	_Static_assert(sizeof(this_cpu_read(static_u8)) == 1, "results have the variable's type");
}

/* Two words at once; the neighbours of the pair tell of writes that are too wide. */
struct guarded_pair {
	uint64_t before[2];
	_Alignas(16) int64_t first;
	uint64_t second, after[2];
};
static DEFINE_PER_CPU(struct guarded_pair, static_pair);

TEST(cmpxchg_double_changes_both_or_nothing)
{
	struct guarded_pair *copy;

	become_cpu();
	copy = &per_cpu(static_pair, me);
	CHECK(this_cpu_cmpxchg_double(static_pair.first, static_pair.second, 0, 0, -1, 5));
	CHECK(copy->first == -1 && copy->second == 5);
	CHECK(!this_cpu_cmpxchg_double(static_pair.first, static_pair.second, -1, 4, 1, 1));
	CHECK(!this_cpu_cmpxchg_double(static_pair.first, static_pair.second, -2, 5, 1, 1));
	CHECK(copy->first == -1 && copy->second == 5);
	CHECK(__this_cpu_cmpxchg_double(static_pair.first, static_pair.second, -1, 5, 6, 7));
	CHECK(!__this_cpu_cmpxchg_double(static_pair.first, static_pair.second, -1, 5, 1, 1));
	CHECK(copy->first == 6 && copy->second == 7);
	for (int i = 0; i < 2; i++)
		CHECK(copy->before[i] == 0 && copy->after[i] == 0);
	for (uint32_t cpu = 0; cpu < me; cpu++)
		if (cpu_possible(cpu))
			CHECK_EQ(per_cpu(static_pair, cpu).first, 0);
}

/* What no instruction of 16 bytes reaches is refused in words, also where none is used. */
struct triple {
	_Alignas(16) uint64_t first;
	uint64_t second, third;
};
static DEFINE_PER_CPU(struct triple, static_triple);

static void change_unaligned(void *unused)
{
	(void)this_cpu_cmpxchg_double(static_triple.second, static_triple.third, 0, 0, 1, 1);
}

static void change_no_neighbours(void *unused)
{
	(void)__this_cpu_cmpxchg_double(static_triple.first, static_triple.third, 0, 0, 1, 1);
}

TEST(cmpxchg_double_takes_aligned_neighbours)
{
	static void (*const changes[])(void *) = {change_unaligned, change_no_neighbours};
	struct test_child child;

	become_cpu();
	for (int i = 0; i < 2; i++) {
		test_child_run(changes[i], NULL, &child);
		CHECK_EQ(child.signal, SIGABRT);
		CHECK(strstr(child.text, "assertion failed: (uintptr_t)&(static_triple."));
	}
	CHECK_EQ(per_cpu(static_triple, me).third, 0);
}
