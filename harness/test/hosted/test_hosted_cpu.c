/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_cpu.c - a thread becomes a virtual CPU and is none again: what it had before it has
 * after, however it stops.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

#define ARCH_SET_GS_ 0x1001 /* asm/prctl.h */
#define ARCH_GET_GS_ 0x1004

static long gs_get(void)
{
	long base = 0;

	syscall(SYS_arch_prctl, ARCH_GET_GS_, &base);
	return base;
}

TEST(leaving_a_cpu_restores_the_binding)
{
	cpu_set_t before, inside, after;
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 1));
	CHECK_EQ(sched_getaffinity(0, sizeof(inside), &inside), 0);
	CHECK_EQ(CPU_COUNT(&inside), 1);
	hosted_leave_cpu(fixture.plat);
	CHECK_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
	CHECK(CPU_EQUAL(&before, &after));
	hosted_fixture_destroy(&fixture);
}

/* A program may use GS itself. */
TEST(leaving_a_cpu_restores_the_gs_base)
{
	static char own[64];
	struct hosted_fixture fixture;
	long before, inside, after;

	if (!hosted_has_gs())
		SKIP("this machine has no GS base");
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (int turn = 0; turn < 2; turn++) {
		CHECK_EQ(syscall(SYS_arch_prctl, ARCH_SET_GS_, turn ? own : NULL), 0);
		before = gs_get();
		CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 1));
		inside = gs_get();
		hosted_leave_cpu(fixture.plat);
		after = gs_get();
		syscall(SYS_arch_prctl, ARCH_SET_GS_, NULL);
		CHECK_EQ(inside, pcpu_offsets(fixture.pcpu)[1]);
		CHECK_EQ(after, before);
		CHECK_EQ(after, turn ? (long)(uintptr_t)own : 0);
	}
	hosted_fixture_destroy(&fixture);
}

TEST(a_thread_is_a_cpu_of_one_platform)
{
	struct hosted_fixture a, b;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &a);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &b);
	CHECK(!hosted_is_cpu_of(NULL) && !hosted_is_cpu_of(a.plat));
	CHECK(hosted_enter_cpu(a.plat, a.pcpu, 1));
	CHECK(hosted_is_cpu_of(a.plat) && !hosted_is_cpu_of(b.plat) && !hosted_is_cpu_of(NULL));
	hosted_leave_cpu(a.plat);
	CHECK(!hosted_is_cpu_of(a.plat) && !hosted_is_cpu_of(NULL));
	hosted_fixture_destroy(&a);
	hosted_fixture_destroy(&b);
}

/* A platform that goes before its CPU has left, preemption still off: as that is found out, all of
   it is undone. */
TEST(a_cpu_whose_platform_is_gone_is_undone)
{
	extern void plat_preempt_disable(void);
	cpu_set_t before, after;
	struct hosted_fixture first, second;
	long gs_before = hosted_has_gs() ? gs_get() : 0;

	CHECK_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
	for (int turn = 0; turn < 2; turn++) {
		hosted_fixture_create(&(struct hosted_fixture_options){0}, &first);
		CHECK(hosted_enter_cpu(first.plat, first.pcpu, 1));
		plat_preempt_disable();
		hosted_fixture_destroy(&first);
		hosted_fixture_create(&(struct hosted_fixture_options){0}, &second);
		if (turn)
			CHECK(!hosted_am_cpu());
		CHECK(hosted_enter_cpu(second.plat, second.pcpu, 2));
		CHECK_EQ(hosted_preempt_depth(), 0);
		hosted_leave_cpu(second.plat);
		CHECK_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
		CHECK(CPU_EQUAL(&before, &after));
		CHECK_EQ(hosted_has_gs() ? gs_get() : 0, gs_before);
		hosted_fixture_destroy(&second);
	}
}

/* --- threads that end as a CPU ---------------------------------------------------------------- */

static pthread_key_t users_key;
static uint32_t cpu_in_destructor;

/* A destructor of the program's, made after the platform's: the thread still is its CPU. */
static void users_destructor(void *fixture)
{
	extern uint32_t plat_this_cpu(void);

	cpu_in_destructor = plat_this_cpu();
}

enum ending { RETURNS, EXITS, IS_CANCELLED };

struct end {
	struct hosted_fixture *fixture;
	enum ending ending;
	bool entered;
	pthread_barrier_t inside;
};

static void *enter_and_end(void *argument)
{
	struct end *end = argument;

	pthread_setspecific(users_key, end->fixture);
	end->entered = hosted_enter_cpu(end->fixture->plat, end->fixture->pcpu, 5);
	pthread_barrier_wait(&end->inside);
	if (end->ending == EXITS)
		pthread_exit(NULL);
	while (end->ending == IS_CANCELLED)
		pause();
	return NULL;
}

TEST(a_thread_that_ends_as_a_cpu_gives_it_back)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK_EQ(pthread_key_create(&users_key, users_destructor), 0);
	for (int ending = RETURNS; ending <= IS_CANCELLED; ending++) {
		struct end end = {.fixture = &fixture, .ending = (enum ending)ending};
		pthread_t thread;

		cpu_in_destructor = 77;
		pthread_barrier_init(&end.inside, NULL, 2);
		CHECK_EQ(pthread_create(&thread, NULL, enter_and_end, &end), 0);
		pthread_barrier_wait(&end.inside);
		if (ending == IS_CANCELLED)
			pthread_cancel(thread);
		pthread_join(thread, NULL);
		CHECK(end.entered);
		CHECK_EQ(cpu_in_destructor, 5);
		CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 5));
		hosted_leave_cpu(fixture.plat);
	}
	pthread_key_delete(users_key);
	hosted_fixture_destroy(&fixture);
}

/* The platform goes first. Another, perhaps at its address, is none of the thread's. */
struct outlive {
	struct hosted_fixture first, second;
	pthread_barrier_t step;
	bool entered_first, entered_again;
};

static void *outlive_platform(void *argument)
{
	struct outlive *outlive = argument;

	outlive->entered_first =
		hosted_enter_cpu(outlive->first.plat, outlive->first.pcpu, 5);
	pthread_barrier_wait(&outlive->step);
	pthread_barrier_wait(&outlive->step);
	if (outlive->second.plat)
		outlive->entered_again =
			hosted_enter_cpu(outlive->second.plat, outlive->second.pcpu, 6);
	return NULL;
}

static void outlive_once(bool again)
{
	struct outlive outlive = {0};
	struct hosted_fixture next;
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &outlive.first);
	pthread_barrier_init(&outlive.step, NULL, 2);
	CHECK_EQ(pthread_create(&thread, NULL, outlive_platform, &outlive), 0);
	pthread_barrier_wait(&outlive.step);
	hosted_fixture_destroy(&outlive.first);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &next);
	CHECK(hosted_enter_cpu(next.plat, next.pcpu, 5));
	if (again)
		outlive.second = next;
	pthread_barrier_wait(&outlive.step);
	pthread_join(thread, NULL);
	CHECK(outlive.entered_first);
	CHECK_EQ(outlive.entered_again, again);
	/* Mine was not given away with the other thread's. */
	{
		struct outlive other = {.first = next};

		pthread_barrier_init(&other.step, NULL, 1);
		CHECK_EQ(pthread_create(&thread, NULL, outlive_platform, &other), 0);
		pthread_join(thread, NULL);
		CHECK(!other.entered_first);
	}
	hosted_leave_cpu(next.plat);
	hosted_fixture_destroy(&next);
}

TEST(a_thread_may_outlive_the_platform_whose_cpu_it_is)
{
	outlive_once(false);
	outlive_once(true);
}
