/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_percpu_debug.c - the same with PCPU_DEBUG: an impossible CPU is trapped (SPEC.md 9, B18). */
#define PCPU_DEBUG
#include "test_percpu_ops.h"

static void use_impossible_variable(void *unused)
{
	per_cpu(static_u32, nr_cpu_ids) = 1;
}

static void use_impossible_pointer(void *pointer)
{
	*per_cpu_ptr(*(int __percpu **)pointer, 8191) = 1;
}

TEST(B18_per_cpu_of_an_impossible_cpu_is_trapped)
{
	struct test_child child;

	become_cpu();
	test_child_run(use_impossible_variable, NULL, &child);
	CHECK_EQ(child.signal, SIGABRT);
	CHECK(strstr(child.text, "IMPOSSIBLE_CPU"));
	CHECK(strstr(child.text, "a percpu access names a CPU that is not possible"));
}

TEST(B18_per_cpu_ptr_of_an_impossible_cpu_is_trapped)
{
	struct test_child child;
	int __percpu *p;

	become_cpu();
	p = alloc_percpu(int);
	test_child_run(use_impossible_pointer, &p, &child);
	free_percpu(p);
	CHECK_EQ(child.signal, SIGABRT);
	CHECK(strstr(child.text, "IMPOSSIBLE_CPU"));
}
