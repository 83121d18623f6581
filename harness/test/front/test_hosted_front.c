/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_front.c - the fast front among real threads: objects that pass from CPU to CPU,
 * handlers in the middle of a call, CPUs that are stopped.
 */
#include <signal.h>
#include <sys/time.h>

#include "harness/test/lib/front_crew.h"
#include "harness/test/lib/test.h"

TEST(objects_pass_from_cpu_to_cpu)
{
	static const uint32_t cpus[] = {0, 1, 5, 7, 99};
	static struct shared s;
	struct crew crew[5];

	front_create(&s.fixture, true);
	for (uint32_t i = 0; i < NR_SHARED; i++)
		pthread_mutex_init(&s.lock[i], NULL);
	for (uint32_t i = 0; i < 5; i++) {
		crew[i] = (struct crew){.shared = &s, .cpu = cpus[i]};
		CHECK_EQ(pthread_create(&crew[i].thread, NULL, crew_main, &crew[i]), 0);
	}
	for (uint32_t i = 0; i < 5; i++)
		pthread_join(crew[i].thread, NULL);
	CHECK(!s.wrong);
	hosted_worker_wait(s.fixture.plat);
	for (uint32_t i = 0; i < NR_SHARED; i++)
		pcpu_free(s.fixture.pcpu, (struct pcpu_ptr){s.slot[i].value});
	hosted_worker_wait(s.fixture.plat);
	front_check_quiet(&s.fixture, 0);
	pcpu_drain(s.fixture.pcpu);
	front_check_quiet(&s.fixture, 0);
	hosted_fixture_destroy(&s.fixture);
}

/* --- handlers --------------------------------------------------------------------------------- */

static struct hosted_fixture *interrupted;
static volatile sig_atomic_t nr_handled, nr_nested;

static void handler(int signal)
{
	struct pcpu_ptr p;

	nr_handled++;
	if (pcpu_here.pcpu && !pcpu_here.owner)
		nr_nested++; /* in the middle of a call on this CPU's magazines */
	p = pcpu_alloc(interrupted->pcpu, 8, 8, PCPU_ATOMIC);
	if (p.value)
		pcpu_free(interrupted->pcpu, p);
	p = pcpu_alloc(interrupted->pcpu, 8, 8, PCPU_NO_WAIT | PCPU_ATOMIC);
	if (p.value)
		pcpu_free(interrupted->pcpu, p);
}

TEST(a_handler_in_the_middle_of_a_call_goes_the_slow_way)
{
	const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = handler};
	struct hosted_fixture fixture;
	struct pcpu_ptr p[100];

	front_create(&fixture, true);
	interrupted = &fixture;
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 0));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (uint32_t round = 0; nr_nested < 20 && round < 200000; round++) {
		for (uint32_t i = 0; i < 100; i++)
			p[i] = pcpu_alloc(fixture.pcpu, 8, 8, 0);
		for (uint32_t i = 0; i < 100; i++)
			pcpu_free(fixture.pcpu, p[i]);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(nr_nested > 0);
	hosted_leave_cpu(fixture.plat);
	hosted_worker_wait(fixture.plat);
	front_check_quiet(&fixture, 0);
	hosted_fixture_destroy(&fixture);
}

/* --- mistakes --------------------------------------------------------------------------------- */

TEST(wrong_frees_are_reported_at_once_on_one_cpu)
{
	struct hosted_fixture fixture;
	struct pcpu_report report;
	struct pcpu_ptr p, q;

	front_create(&fixture, false);
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 0));
	p = pcpu_alloc(fixture.pcpu, 24, 8, 0);
	q = pcpu_alloc(fixture.pcpu, 24, 8, 0);
	pcpu_free(fixture.pcpu, (struct pcpu_ptr){p.value + 8});
	CHECK(hosted_take_misuse(fixture.plat, &report) && report.pointer == p.value + 8);
	pcpu_free(fixture.pcpu, (struct pcpu_ptr){p.value + 1});
	CHECK(hosted_take_misuse(fixture.plat, &report) && report.pointer == p.value + 1);
	pcpu_free(fixture.pcpu, p);
	CHECK(!hosted_take_misuse(fixture.plat, &report));
	pcpu_free(fixture.pcpu, p);
	CHECK(hosted_take_misuse(fixture.plat, &report) && report.pointer == p.value);
	pcpu_drain(fixture.pcpu);
	pcpu_free(fixture.pcpu, p);
	CHECK(hosted_take_misuse(fixture.plat, &report) && report.pointer == p.value);
	pcpu_free(fixture.pcpu, (struct pcpu_ptr){12345});
	CHECK(hosted_take_misuse(fixture.plat, &report) && report.id == PCPU_MISUSE_WILD_FREE);
	pcpu_free(fixture.pcpu, q);
	front_check_quiet(&fixture, 0);
	hosted_leave_cpu(fixture.plat);
	hosted_fixture_destroy(&fixture);
}
