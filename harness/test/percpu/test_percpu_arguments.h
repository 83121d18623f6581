/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_percpu_arguments.h - accessors of pointers, arrays and structs, and how often they evaluate
   their arguments. */
#include "harness/test/percpu/percpu_cpu.h"

#include <string.h>

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
