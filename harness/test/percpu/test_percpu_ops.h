/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_percpu_ops.h - the accessors of percpu.h, compiled once for each way to reach this CPU's
 * copy: test_percpu.c (one instruction), test_percpu_generic.c (plain C), test_percpu_debug.c
 * (checked CPU ids).
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness/platform/hosted/hosted.h"
#include <pcpu/percpu.h>
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

/* --- being a CPU ----------------------------------------------------------------------------- */

static uint32_t me; /* the CPU that the test runs as */

static uint32_t last_possible_cpu(void)
{
	uint32_t cpu, last = 0;

	for_each_possible_cpu(cpu)
		last = cpu;
	return last;
}

/* Every test begins with this; a failed test has left the CPU by its own end or not, so ask. */
static void become_cpu(void)
{
	static bool is_cpu;

	hosted_default();
	me = last_possible_cpu();
	if (!is_cpu)
		CHECK(hosted_enter_cpu(hosted_default_plat(), hosted_default(), me));
	is_cpu = true;
}

/* --- every operation, size and kind of variable ---------------------------------------------- */

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

/* --- pointers, arrays, structs, arguments ---------------------------------------------------- */

struct shape {
	int a;
	char b[9];
	struct shape *next;
};
DEFINE_PER_CPU(struct shape, shaped) = {.a = 3, .b = "eight ch"};
DEFINE_PER_CPU(struct shape *, head);
DEFINE_PER_CPU(int[4], row) = {1, 2, 3, 4};

TEST(pointers_are_read_written_and_exchanged)
{
	struct shape one, two;

	become_cpu();
	CHECK(!this_cpu_read(head));
	this_cpu_write(head, &one);
	CHECK(this_cpu_read(head) == &one && per_cpu(head, me) == &one);
	CHECK(this_cpu_xchg(head, &two) == &one);
	CHECK(this_cpu_cmpxchg(head, &one, NULL) == &two);
	CHECK(this_cpu_cmpxchg(head, &two, NULL) == &two);
	CHECK(!per_cpu(head, me));
}

TEST(every_copy_starts_with_the_initial_value)
{
	uint32_t cpu;

	become_cpu();
	for_each_possible_cpu(cpu) {
		CHECK_EQ(per_cpu(shaped, cpu).a, 3);
		CHECK_STR(per_cpu(shaped, cpu).b, "eight ch");
		for (int i = 0; i < 4; i++)
			CHECK_EQ(per_cpu(row, cpu)[i], i + 1);
		CHECK_EQ(per_cpu(row[2], cpu), 3);
		CHECK_EQ(sizeof(per_cpu(row, cpu)), sizeof(int[4]));
	}
	CHECK_EQ(this_cpu_read(shaped.b[1]), 'i');
	this_cpu_add(row[3], 10);
	CHECK_EQ(per_cpu(row, me)[3], 14);
	this_cpu_sub(row[3], 10);
}

static uint32_t nr_calls;

static struct shape __percpu *counted(struct shape __percpu *pointer)
{
	nr_calls++;
	return pointer;
}

static uint32_t counted_cpu(void)
{
	nr_calls++;
	return me;
}

static int counted_int(int n)
{
	nr_calls++;
	return n;
}

TEST(arguments_are_evaluated_once)
{
	struct shape __percpu *p;

	become_cpu();
	p = alloc_percpu(struct shape);
	CHECK(p);
	nr_calls = 0;
	per_cpu_ptr(counted(p), counted_cpu())->a = 1;
	CHECK_EQ(nr_calls, 2);
	this_cpu_add(counted(p)->a, counted_int(1));
	CHECK_EQ(nr_calls, 4);
	CHECK_EQ(this_cpu_cmpxchg(counted(p)->a, counted_int(2), counted_int(7)), 2);
	CHECK_EQ(nr_calls, 7);
	CHECK_EQ(this_cpu_xchg(counted(p)->a, counted_int(9)), 7);
	CHECK_EQ(nr_calls, 9);
	CHECK_EQ(this_cpu_sub_return(counted(p)->a, counted_int(4)), 5);
	CHECK_EQ(nr_calls, 11);
	CHECK(get_cpu_ptr(counted(p)) == per_cpu_ptr(p, me));
	put_cpu_ptr(p);
	CHECK_EQ(nr_calls, 12);
	CHECK_EQ(per_cpu(*counted(p), counted_cpu()).a, 5);
	CHECK_EQ(nr_calls, 14);
	/* An operation inside another's argument. */
	this_cpu_add(p->a, this_cpu_add_return(p->a, this_cpu_read(p->a)));
	CHECK(per_cpu_ptr(p, me)->a == 15 || per_cpu_ptr(p, me)->a == 20);
	free_percpu(p);
}

/* --- how to ask for memory -------------------------------------------------------------------- */

/* Who may not sleep asks under the outer lock, which every other allocation takes. */
TEST(atomic_allocations_take_no_outer_lock)
{
	struct plat *plat = hosted_default_plat();
	struct shape __percpu *typed;
	char __percpu *bytes;

	become_cpu();
	plat_lock(plat, PLAT_LOCK_OUTER);
	typed = alloc_percpu_atomic(struct shape);
	bytes = __alloc_percpu_atomic(5, 1);
	plat_unlock(plat, PLAT_LOCK_OUTER);
	CHECK(typed && bytes);
	CHECK_EQ((uintptr_t)typed % _Alignof(struct shape), 0);
	free_percpu(typed);
	free_percpu(bytes);
}

/* What the reserved part has not, is not to be had: the default instance's is 8 KiB. */
TEST(reserved_allocations_do_not_spill_over)
{
	void __percpu *objects[16];
	uint32_t nr = 0;

	become_cpu();
	while (nr < 16 && (objects[nr] = __alloc_reserved_percpu(1024, 8)))
		nr++;
	CHECK(nr > 0 && nr <= 8);
	while (nr)
		free_percpu(objects[--nr]);
}

/* --- the section ----------------------------------------------------------------------------- */

DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_a);
DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_b);
DEFINE_PER_CPU(char, plain_c);
DEFINE_PER_CPU_READ_MOSTLY(char, mostly_d) = 4;
DEFINE_PER_CPU_PAGE_ALIGNED(char[5000], pages_e);
DEFINE_PER_CPU_FIRST(char[48], first_f);
/* Defined and never declared, so that the definition's own alignment shows; and declared only: the
   compiler has the declaration's from nowhere else. */
DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_defined) = 1;
DEFINE_PER_CPU_SHARED_ALIGNED(char, shared_defined_too) = 2;
DEFINE_PER_CPU_PAGE_ALIGNED(char, page_defined) = 3;
DEFINE_PER_CPU_PAGE_ALIGNED(char, page_defined_too) = 4;
DECLARE_PER_CPU_SHARED_ALIGNED(char, shared_declared);
DECLARE_PER_CPU_PAGE_ALIGNED(char, page_declared);
_Static_assert(PCPU_LINE_BYTES >= 64, "no cache line of these machines is shorter");
_Static_assert(__alignof__(shared_defined) == PCPU_LINE_BYTES, "its line is its own");
_Static_assert(__alignof__(shared_declared) == PCPU_LINE_BYTES, "declared like defined");
_Static_assert(__alignof__(page_defined) == PCPU_PAGE_BYTES, "it starts a page");
_Static_assert(__alignof__(page_declared) == PCPU_PAGE_BYTES, "declared like defined");
DECLARE_PER_CPU_SHARED_ALIGNED(char, shared_a);
DECLARE_PER_CPU_PAGE_ALIGNED(char[5000], pages_e);
DECLARE_PER_CPU_READ_MOSTLY(char, mostly_d);
DECLARE_PER_CPU_FIRST(char[48], first_f);

TEST(section_order_and_alignment)
{
	uintptr_t start = (uintptr_t)__per_cpu_start, end = (uintptr_t)__per_cpu_end;
	uintptr_t first = (uintptr_t)&first_f, page = (uintptr_t)&pages_e;
	uintptr_t mostly = (uintptr_t)&mostly_d, plain = (uintptr_t)&plain_c;
	uintptr_t shared = (uintptr_t)&shared_a, shared_two = (uintptr_t)&shared_b;

	CHECK_EQ(start % PCPU_PAGE_BYTES, 0);
	CHECK_EQ(end % PCPU_PAGE_BYTES, 0);
	CHECK_EQ(first, start);
	CHECK_EQ(page % PCPU_PAGE_BYTES, 0);
	CHECK(first + 48 <= page);
	CHECK(page + 5000 <= mostly);
	CHECK_EQ((page + 5000 + 63) / 64 * 64 <= mostly, true);
	CHECK(mostly < plain && mostly / 64 != plain / 64);
	CHECK(plain < shared);
	CHECK_EQ(shared % 64, 0);
	CHECK_EQ(shared_two % 64, 0);
	CHECK(shared / 64 != shared_two / 64);
	CHECK(shared < end && shared_two < end);
	CHECK_EQ((uintptr_t)&shared_defined % PCPU_LINE_BYTES, 0);
	CHECK_EQ((uintptr_t)&shared_defined_too % PCPU_LINE_BYTES, 0);
	CHECK_EQ((uintptr_t)&page_defined % PCPU_PAGE_BYTES, 0);
	CHECK_EQ((uintptr_t)&page_defined_too % PCPU_PAGE_BYTES, 0);
}

/* --- addresses ------------------------------------------------------------------------------- */

/* Objects of several chunks: the third 32 KiB no longer fits in the first one. */
TEST(distance_is_the_same_for_static_and_dynamic_objects)
{
	char __percpu *objects[6];
	uint32_t cpu;

	become_cpu();
	for (int i = 0; i < 6; i++) {
		objects[i] = __alloc_percpu(PCPU_MIN_UNIT_BYTES, 64);
		CHECK(objects[i]);
	}
	for_each_possible_cpu(cpu) {
		intptr_t distance = (intptr_t)&per_cpu(plain_c, cpu) -
				    (intptr_t)&per_cpu(plain_c, 0);

		CHECK_EQ(distance, per_cpu_offset(cpu) - per_cpu_offset(0));
		for (int i = 0; i < 6; i++) {
			CHECK_EQ((intptr_t)per_cpu_ptr(objects[i], cpu) -
				 (intptr_t)per_cpu_ptr(objects[i], 0), distance);
			per_cpu_ptr(objects[i], cpu)[77] = 'x';
		}
	}
	for (int i = 0; i < 6; i++) {
		this_cpu_inc(objects[i][77]);
		CHECK_EQ(per_cpu_ptr(objects[i], me)[77], 'y');
		free_percpu(objects[i]);
	}
}

/* A pointer belongs to the CPU that asked: another CPU gets another. */
TEST(this_cpu_ptr_follows_a_move_between_cpus)
{
	char __percpu *p;
	char *here, *there, *back;
	uint32_t other;

	become_cpu();
	if (me == 0)
		SKIP("one CPU");
	p = __alloc_percpu(1, 1);
	other = 0;
	while (!cpu_possible(other))
		other++;
	here = this_cpu_ptr(p);
	hosted_leave_cpu(hosted_default_plat());
	CHECK(hosted_enter_cpu(hosted_default_plat(), hosted_default(), other));
	there = this_cpu_ptr(p);
	hosted_leave_cpu(hosted_default_plat());
	CHECK(hosted_enter_cpu(hosted_default_plat(), hosted_default(), me));
	back = this_cpu_ptr(p);
	CHECK(here == per_cpu_ptr(p, me) && here == back);
	CHECK(there == per_cpu_ptr(p, other));
	free_percpu(p);
}

static void *visit_cpu(void *argument)
{
	uint32_t cpu = *(uint32_t *)argument;
	bool right;

	if (!hosted_enter_cpu(hosted_default_plat(), hosted_default(), cpu))
		return "cannot enter";
	right = smp_processor_id() == cpu && this_cpu_read(cpu_number) == cpu &&
		this_cpu_read(this_cpu_off) == per_cpu_offset(cpu) &&
		this_cpu_ptr(&plain_c) == &per_cpu(plain_c, cpu) &&
		raw_cpu_ptr(&plain_c) == __this_cpu_ptr(&plain_c);
	hosted_leave_cpu(hosted_default_plat());
	return right ? NULL : "another CPU's copy was reached";
}

TEST(every_cpu_reaches_its_own_copy)
{
	uint32_t cpu;

	become_cpu();
	CHECK_EQ(smp_processor_id(), me);
	CHECK_EQ(this_cpu_read(this_cpu_off), per_cpu_offset(me));
	for_each_possible_cpu(cpu) {
		pthread_t thread;
		void *wrong;

		if (cpu == me)
			continue;
		CHECK_EQ(pthread_create(&thread, NULL, visit_cpu, &cpu), 0);
		pthread_join(thread, &wrong);
		CHECK_STR((const char *)wrong, (const char *)NULL);
	}
}

TEST(get_and_put_balance)
{
	struct shape __percpu *p;

	become_cpu();
	p = alloc_percpu(struct shape);
	CHECK_EQ(hosted_preempt_depth(), 0);
	get_cpu_var(static_u32) = 4;
	CHECK_EQ(hosted_preempt_depth(), 1);
	get_cpu_var(row)[1] += 1;
	CHECK_EQ(hosted_preempt_depth(), 2);
	get_cpu_ptr(p)->a = 6;
	CHECK_EQ(hosted_preempt_depth(), 3);
	put_cpu_ptr(p);
	put_cpu_var(row);
	put_cpu_var(static_u32);
	CHECK_EQ(hosted_preempt_depth(), 0);
	CHECK_EQ(per_cpu(static_u32, me), 4);
	CHECK_EQ(per_cpu(row, me)[1], 3);
	CHECK_EQ(per_cpu_ptr(p, me)->a, 6);
	this_cpu_add(static_u32, 1); /* the generic form goes through it as well */
	CHECK_EQ(hosted_preempt_depth(), 0);
	per_cpu(row, me)[1] = 2;
	free_percpu(p);
}

TEST(addresses_are_distinguished)
{
	int __percpu *p;
	int on_stack = 0;

	become_cpu();
	p = alloc_percpu(int);
	CHECK(is_static_percpu_address(&per_cpu(plain_c, me)));
	CHECK(is_static_percpu_address(&per_cpu(plain_c, 0)));
	CHECK(!is_static_percpu_address(per_cpu_ptr(p, me)));
	CHECK(!is_static_percpu_address(&on_stack));
	/* 0 where the kernel hides frame numbers; the place in the page is never lost. */
	*per_cpu_ptr(p, me) = 1;
	if (per_cpu_ptr_to_phys(per_cpu_ptr(p, me)))
		CHECK_EQ(per_cpu_ptr_to_phys(per_cpu_ptr(p, me)) % PCPU_PAGE_BYTES,
			 (uintptr_t)per_cpu_ptr(p, me) % PCPU_PAGE_BYTES);
	free_percpu(p);
	free_percpu(NULL);
}

TEST(allocations_are_typed_aligned_and_zero)
{
	struct wide {
		_Alignas(256) char bytes[300];
	};
	struct wide __percpu *wide;
	uint64_t __percpu *atomic;
	uint64_t __percpu *reserved;
	uint32_t cpu;

	become_cpu();
	wide = alloc_percpu(struct wide);
	atomic = alloc_percpu_atomic(uint64_t);
	reserved = __alloc_reserved_percpu(8, 8);
	CHECK(wide && atomic && reserved);
	for_each_possible_cpu(cpu) {
		CHECK_EQ((uintptr_t)per_cpu_ptr(wide, cpu) % 256, 0);
		for (size_t i = 0; i < sizeof(struct wide); i++)
			CHECK_EQ(per_cpu_ptr(wide, cpu)->bytes[i], 0);
		CHECK_EQ(*per_cpu_ptr(atomic, cpu) + *per_cpu_ptr(reserved, cpu), 0);
	}
	CHECK(!__alloc_percpu(8, 3));
	free_percpu(wide);
	free_percpu(atomic);
	free_percpu(reserved);
	CHECK_EQ(pcpu_check(pcpu_default_instance, NULL), PCPU_HOLDS);
}

/* --- B18 ------------------------------------------------------------------------------------- */

static void touch_load_image(void *unused)
{
	signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would exit */
	*(volatile char *)(uintptr_t)&plain_c = 1;
}

/* The load image is where an unchecked per_cpu() of an impossible CPU ends up. */
TEST(B18_the_load_image_is_sealed)
{
	struct test_child child;

	become_cpu();
	test_child_run(touch_load_image, NULL, &child);
	CHECK_EQ(child.signal, SIGSEGV);
}
