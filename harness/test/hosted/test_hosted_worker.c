/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_worker.c - threads of the platform: a virtual CPU has one at a time, a worker
 * balances when it is kicked.
 */
#include <errno.h>
#include <pthread.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* --- virtual CPUs ---------------------------------------------------------------------------- */

struct visitor {
	struct hosted_fixture *fixture;
	uint32_t cpu;
	int error; /* 0: entered (and left) */
};

static void *visit(void *argument)
{
	struct visitor *visitor = argument;

	errno = 0;
	if (hosted_enter_cpu(visitor->fixture->plat, visitor->fixture->pcpu, visitor->cpu))
		hosted_leave_cpu(visitor->fixture->plat);
	else
		visitor->error = errno;
	return NULL;
}

static int visit_from_another_thread(struct hosted_fixture *fixture, uint32_t cpu)
{
	struct visitor visitor = {.fixture = fixture, .cpu = cpu};
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, visit, &visitor), 0);
	pthread_join(thread, NULL);
	return visitor.error;
}

TEST(a_virtual_cpu_has_one_thread)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 5));
	CHECK_EQ(visit_from_another_thread(&fixture, 5), EBUSY);
	CHECK_EQ(visit_from_another_thread(&fixture, 6), 0);
	CHECK(!hosted_enter_cpu(fixture.plat, fixture.pcpu, 6) && errno == EBUSY);
	hosted_leave_cpu(fixture.plat);
	CHECK_EQ(visit_from_another_thread(&fixture, 5), 0);
	CHECK_EQ(visit_from_another_thread(&fixture, 4), ENXIO);
	CHECK_EQ(visit_from_another_thread(&fixture, 8), ENXIO);
	hosted_fixture_destroy(&fixture);
}

/* --- kicks ----------------------------------------------------------------------------------- */

/* Two empty chunks: one too many. */
static void chunks_make_and_free(struct pcpu *pcpu)
{
	struct pcpu_ptr objects[6];

	for (int i = 0; i < 6; i++)
		objects[i] = pcpu_alloc(pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	for (int i = 0; i < 6; i++)
		pcpu_free(pcpu, objects[i]);
}

TEST(a_kick_is_reported_once_without_a_worker)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK(!lab_take_kick(fixture.plat));
	chunks_make_and_free(fixture.pcpu);
	CHECK(lab_take_kick(fixture.plat));
	CHECK(!lab_take_kick(fixture.plat));
	CHECK(fixture.nr_events[PCPU_EV_CHUNK_CREATED] > 1);
	CHECK_EQ(fixture.nr_events[PCPU_EV_CHUNK_DESTROYED], 0);
	hosted_fixture_destroy(&fixture);
}

TEST(a_worker_balances_on_kicks)
{
	struct hosted_fixture fixture;
	struct pcpu_stats stats;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	chunks_make_and_free(fixture.pcpu);
	hosted_worker_wait(fixture.plat);
	CHECK(!lab_take_kick(fixture.plat));
	pcpu_stats(fixture.pcpu, &stats);
	CHECK(stats.nr_chunks_destroyed > 0);
	CHECK(stats.nr_chunks <= 2);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* What ended the worker was no kick of anybody's. */
TEST(a_worker_that_is_stopped_leaves_no_kick)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	hosted_worker_wait(fixture.plat);
	hosted_worker_stop(fixture.plat);
	CHECK(!lab_take_kick(fixture.plat));
	plat_kick(fixture.plat, fixture.pcpu);
	CHECK(lab_take_kick(fixture.plat));
	CHECK(!lab_take_kick(fixture.plat));
	hosted_fixture_destroy(&fixture);
}
