/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_percpu_debug.c - the same with PCPU_DEBUG: an impossible CPU (SPEC.md 9, B18), a NULL
 * pointer and a thread that is no CPU are trapped, each with its sentence.
 */
#define PCPU_DEBUG
#include "harness/test/percpu/test_percpu_ops.h"
#include "harness/test/percpu/test_percpu_arguments.h"
#include "harness/test/percpu/test_percpu_memory.h"

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

/* --- NULL ------------------------------------------------------------------------------------- */

/* One access in a child; what it ends by. */
static void trapped(void (*use)(void *argument), const char *id, const char *sentence)
{
	struct test_child child;

	become_cpu();
	test_child_run(use, NULL, &child);
	CHECK_EQ(child.signal, SIGABRT);
	if (!strstr(child.text, id) || !strstr(child.text, sentence))
		FAIL("wanted %s, got: %s", id, child.text);
}

/* The compiler knows too well what a NULL that it sees leads to. */
static struct shape __percpu *volatile null_shape;
static uint64_t __percpu *volatile null_number;

#define USE(name, ...) \
	static void use_##name(void *unused) \
	{ \
		struct shape __percpu *p = null_shape; \
		uint64_t __percpu *n = null_number; \
\
		(void)p, (void)n; \
		__VA_ARGS__; \
	}
USE(per_cpu_ptr, *per_cpu_ptr(n, me) = 1)
USE(per_cpu_ptr_member, (void)per_cpu_ptr(&p->next, me))
USE(this_cpu_ptr, *this_cpu_ptr(n) = 1)
USE(get_cpu_ptr, *get_cpu_ptr(n) = 1)
USE(read, (void)this_cpu_read(*n))
USE(raw_read, (void)__this_cpu_read(p->a))
USE(write, this_cpu_write(*n, 1))
USE(add, this_cpu_add(p->b[3], 1))
USE(or, __this_cpu_or(*n, 1))
USE(add_return, (void)this_cpu_add_return(*n, 1))
USE(xchg, (void)this_cpu_xchg(p->next, NULL))
USE(cmpxchg, (void)this_cpu_cmpxchg(*n, 0, 1))
USE(pcpu_address, (void)pcpu_address(pcpu_default_instance, (struct pcpu_ptr){0}, me))

TEST(an_access_through_NULL_is_trapped)
{
	static void (*const uses[])(void *unused) = {
		use_per_cpu_ptr, use_per_cpu_ptr_member, use_this_cpu_ptr, use_get_cpu_ptr,
		use_read, use_raw_read, use_write, use_add, use_or, use_add_return, use_xchg,
		use_cmpxchg, use_pcpu_address,
	};

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		trapped(uses[i], "NULL_ACCESS", "goes through the NULL pointer");
}

/* --- a thread that is no CPU ------------------------------------------------------------------ */

USE(static_after_leaving, hosted_leave_cpu(hosted_default_plat()); this_cpu_inc(static_u32))
USE(read_after_leaving, hosted_leave_cpu(hosted_default_plat());
    (void)__this_cpu_read(static_u8))
USE(id_after_leaving, hosted_leave_cpu(hosted_default_plat()); (void)smp_processor_id())
USE(variable_after_leaving, hosted_leave_cpu(hosted_default_plat());
    get_cpu_var(static_u32) = 1; put_cpu_var(static_u32))
USE(object_after_leaving, n = alloc_percpu(uint64_t); hosted_leave_cpu(hosted_default_plat());
    this_cpu_inc(*n))

static void *increment(void *unused)
{
	this_cpu_inc(static_u32);
	return NULL;
}

/* Its GS base is that of the thread which started it. */
static void use_in_a_new_thread(void *unused)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, increment, NULL) == 0)
		pthread_join(thread, NULL);
}

TEST(an_access_by_a_thread_that_is_no_cpu_is_trapped)
{
	static void (*const uses[])(void *unused) = {
		use_static_after_leaving, use_read_after_leaving, use_id_after_leaving,
		use_variable_after_leaving, use_object_after_leaving, use_in_a_new_thread,
	};

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		trapped(uses[i], "NOT_A_CPU", "comes from a thread that is no CPU");
}

/* Any CPU's copy may be reached by any thread. */
static void *read_all(void *unused)
{
	uint32_t cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += (uint32_t)per_cpu(plain_c, cpu);
	return sum ? "not zero" : NULL;
}

TEST(any_thread_reaches_a_named_cpus_copy)
{
	pthread_t thread;
	void *wrong;

	become_cpu();
	CHECK_EQ(pthread_create(&thread, NULL, read_all, NULL), 0);
	pthread_join(thread, &wrong);
	CHECK_STR((const char *)wrong, (const char *)NULL);
}

/* With this form of access too, before there is an instance. */
static void use_before_the_instance(void *unused)
{
	pcpu_default_instance = NULL;
	this_cpu_inc(static_u32);
}

TEST(an_access_before_the_default_instance_is_trapped)
{
	trapped(use_before_the_instance, "percpu.h", "the default instance is set first");
}
