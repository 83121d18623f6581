/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_hosted_front_fork.c - fork(2) while other threads are inside calls of the fast front. */
#include <sys/wait.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/front_crew.h"
#include "harness/test/lib/test.h"

/* The child goes on with whole magazines, whatever other threads were doing. */
TEST(a_child_has_whole_magazines)
{
	static struct shared s;
	struct crew crew = {.shared = &s, .cpu = 1};
	int status;

	front_create(&s.fixture, true);
	for (uint32_t i = 0; i < NR_SHARED; i++)
		pthread_mutex_init(&s.lock[i], NULL);
	CHECK(hosted_enter_cpu(s.fixture.plat, s.fixture.pcpu, 0));
	CHECK_EQ(pthread_create(&crew.thread, NULL, crew_main, &crew), 0);
	for (uint32_t i = 0; i < 20; i++) {
		pid_t child = fork();

		if (child == 0) {
			struct pcpu_ptr p = pcpu_alloc(s.fixture.pcpu, 24, 8, 0);
			bool right;

			hosted_worker_stop(s.fixture.plat); /* so that no balance is under way */
			right = p.value && pcpu_check(s.fixture.pcpu, NULL) == PCPU_HOLDS;
			pcpu_free(s.fixture.pcpu, p);
			pcpu_drain(s.fixture.pcpu);
			_exit(right && pcpu_check(s.fixture.pcpu, NULL) == PCPU_HOLDS ? 0 : 1);
		}
		CHECK(child > 0 && waitpid(child, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	pthread_join(crew.thread, NULL);
	CHECK(!s.wrong);
	hosted_leave_cpu(s.fixture.plat);
	for (uint32_t i = 0; i < NR_SHARED; i++)
		pcpu_free(s.fixture.pcpu, (struct pcpu_ptr){s.slot[i].value});
	hosted_worker_wait(s.fixture.plat);
	front_check_quiet(&s.fixture, 0);
	hosted_fixture_destroy(&s.fixture);
}

/* A fork stops the CPUs of an allocator that is there, and of no other. */
TEST(a_fork_finds_no_allocator_that_is_gone)
{
	struct hosted_fixture fixture;
	int status;
	pid_t child;

	front_create(&fixture, false);
	CHECK_EQ(fixture.plat->fronted, fixture.pcpu);
	pcpu_destroy(fixture.pcpu);
	fixture.pcpu = NULL;
	CHECK_EQ(fixture.plat->fronted, NULL);
	child = fork();
	if (child == 0)
		_exit(0);
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	hosted_fixture_destroy(&fixture);
}
