/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_locks.c - the locks of the hosted platform under real-time threads and cancellation,
 * and kicks that come while others are answered.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* --- priorities ------------------------------------------------------------------------------- */

/*
 *	one CPU		low  ### holds the lock		   ### lent the priority of high, lets go
 *			mid	...waits for high by spinning.....................
 *			high	     wants the lock		      ### has it
 */
#define LIMIT_NS 2000000000 /* of CPU time that mid spins: then the lock was never given */

struct inversion {
	struct plat *plat;
	enum plat_lock lock;
	pthread_barrier_t held;
	bool wanted, high_has_it; /* atomic */
	bool mid_gave_up;
};

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *be_low(void *argument)
{
	struct inversion *inversion = argument;

	plat_lock(inversion->plat, inversion->lock);
	pthread_barrier_wait(&inversion->held);
	while (!__atomic_load_n(&inversion->wanted, __ATOMIC_RELAXED))
		usleep(100);
	plat_unlock(inversion->plat, inversion->lock);
	return NULL;
}

static void *be_mid(void *argument)
{
	struct inversion *inversion = argument;

	while (!__atomic_load_n(&inversion->wanted, __ATOMIC_RELAXED))
		usleep(100);
	while (!__atomic_load_n(&inversion->high_has_it, __ATOMIC_RELAXED)) {
		if (thread_ns() > LIMIT_NS) {
			inversion->mid_gave_up = true;
			break;
		}
	}
	return NULL;
}

static void *be_high(void *argument)
{
	struct inversion *inversion = argument;

	__atomic_store_n(&inversion->wanted, true, __ATOMIC_RELAXED);
	plat_lock(inversion->plat, inversion->lock);
	__atomic_store_n(&inversion->high_has_it, true, __ATOMIC_RELAXED);
	plat_unlock(inversion->plat, inversion->lock);
	return NULL;
}

/* A thread on one CPU with a real-time priority; false: not permitted here. */
static bool start_with(pthread_t *thread, int priority, void *(*function)(void *), void *argument)
{
	struct sched_param param = {.sched_priority = priority};
	pthread_attr_t attr;
	cpu_set_t all, one;
	int error, cpu = 0;

	sched_getaffinity(0, sizeof(all), &all);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(one), &one);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	error = pthread_create(thread, &attr, function, argument);
	pthread_attr_destroy(&attr);
	return error == 0;
}

static void inversion_run(enum plat_lock lock)
{
	struct hosted_fixture fixture;
	struct inversion inversion = {.lock = lock};
	pthread_t low, mid, high;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	inversion.plat = fixture.plat;
	pthread_barrier_init(&inversion.held, NULL, 2);
	if (!start_with(&low, 1, be_low, &inversion)) {
		hosted_fixture_destroy(&fixture);
		SKIP("threads may not have real-time priorities here");
	}
	pthread_barrier_wait(&inversion.held);
	CHECK(start_with(&mid, 2, be_mid, &inversion));
	CHECK(start_with(&high, 3, be_high, &inversion));
	pthread_join(high, NULL);
	pthread_join(mid, NULL);
	pthread_join(low, NULL);
	CHECK(!inversion.mid_gave_up);
	hosted_fixture_destroy(&fixture);
}

TEST(the_outer_lock_lends_priority)
{
	inversion_run(PLAT_LOCK_OUTER);
}

TEST(the_inner_lock_lends_priority)
{
	inversion_run(PLAT_LOCK_INNER);
}

/* Two real-time threads on one CPU in the lock's ordinary use. */
static void *allocate_some(void *argument)
{
	struct hosted_fixture *fixture = argument;

	for (int i = 0; i < 300; i++) {
		struct pcpu_ptr p = pcpu_alloc(fixture->pcpu, i % 50 ? 64 : 20000, 8, 0);

		pcpu_free(fixture->pcpu, p);
	}
	return NULL;
}

TEST(real_time_threads_on_one_cpu_make_progress)
{
	struct hosted_fixture fixture;
	pthread_t threads[4];
	int nr = 0;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	while (nr < 4 && start_with(&threads[nr], 1 + nr, allocate_some, &fixture))
		nr++;
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	hosted_worker_wait(fixture.plat);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
	if (nr == 0)
		SKIP("threads may not have real-time priorities here");
}

/* --- cancellation ----------------------------------------------------------------------------- */

/* An event callback is a place where a cancellation would be acted on. */
static void test_cancel(void *unused, const struct pcpu_event *event)
{
	pthread_testcancel();
}

struct cancelled {
	struct pcpu *pcpu;
	pthread_barrier_t may_go;
	bool returned;
};

static void *allocate_cancelled(void *argument)
{
	struct cancelled *cancelled = argument;
	struct pcpu_ptr p;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_barrier_wait(&cancelled->may_go); /* the cancellation is pending now */
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	p = pcpu_alloc(cancelled->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	pcpu_free(cancelled->pcpu, p);
	cancelled->returned = true;
	pthread_testcancel();
	cancelled->returned = false;
	return NULL;
}

static void hosted_with_event(void (*event)(void *context, const struct pcpu_event *event),
			      void *context, bool worker, struct hosted_fixture *fixture)
{
	struct hosted_config config = {.topology = &hosted_fixture_topology, .event = event,
				       .context = context, .worker = worker};

	*fixture = (struct hosted_fixture){.plat = hosted_create(&config)};
	CHECK(fixture->plat);
	CHECK_EQ(pcpu_create(&(struct pcpu_config){
			.plat = fixture->plat,
			.topology = &hosted_fixture_topology,
			.sizes = {.static_bytes = 14000, .dyn_bytes = 20480, .atom_bytes = 65536},
			.space_bytes = UINT64_C(1) << 45,
			.static_start = 0x1000000,
			.engine = pcpu_engine_find("area"), /* whose maps grow */
		}, &fixture->pcpu), PCPU_OK);
}

TEST(a_call_is_finished_before_a_cancellation)
{
	struct cancelled cancelled = {0};
	struct hosted_fixture fixture;
	pthread_t thread;
	void *result;

	hosted_with_event(test_cancel, NULL, false, &fixture);
	cancelled.pcpu = fixture.pcpu;
	pthread_barrier_init(&cancelled.may_go, NULL, 2);
	CHECK_EQ(pthread_create(&thread, NULL, allocate_cancelled, &cancelled), 0);
	pthread_cancel(thread);
	pthread_barrier_wait(&cancelled.may_go);
	pthread_join(thread, &result);
	CHECK_EQ(result, PTHREAD_CANCELED);
	CHECK(cancelled.returned);
	CHECK(!plat_lock_held(fixture.plat, PLAT_LOCK_OUTER));
	pcpu_balance(fixture.pcpu);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

static void *allocate_for_ever(void *argument)
{
	struct hosted_fixture *fixture = argument;
	struct pcpu_ptr p[4];

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (uint32_t turn = 0;; turn++) {
		for (int i = 0; i < 4; i++)
			p[i] = pcpu_alloc(fixture->pcpu, turn % 16 ? 32 : 12000, 8,
					  i & 1 ? PCPU_ATOMIC : 0);
		for (int i = 0; i < 4; i++)
			pcpu_free(fixture->pcpu, p[i]);
	}
	return NULL;
}

#define NR_STORMS 60


/* Threads that may be cancelled at any instruction: what they had is lost, no lock is. */
TEST(a_storm_of_cancellations_leaves_no_lock_held)
{
	struct hosted_fixture fixture;

	/* Its own locks, which it takes at every atomic access: a thread that is cancelled there
	   waits for itself for ever. */
	if (UNDER_TSAN)
		SKIP("ThreadSanitizer does not survive an asynchronous cancellation");
	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	for (int storm = 0; storm < NR_STORMS; storm++) {
		pthread_t threads[3];

		for (int i = 0; i < 3; i++)
			CHECK_EQ(pthread_create(&threads[i], NULL, allocate_for_ever, &fixture), 0);
		usleep(300 + 37 * (unsigned)storm);
		for (int i = 0; i < 3; i++)
			pthread_cancel(threads[i]);
		for (int i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
		pcpu_free(fixture.pcpu, pcpu_alloc(fixture.pcpu, 64, 8, 0));
	}
	hosted_worker_wait(fixture.plat);
	pcpu_balance(fixture.pcpu);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* How this thread may be cancelled: bit 0 the state, bit 1 the type, of <pthread.h>. */
static int cancellation_set(int both)
{
	int state, type;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_setcanceltype(both >> 1, &type);
	pthread_setcancelstate(both & 1, NULL);
	return type << 1 | state;
}

static int inside_callback;

static void record_cancellation(void *unused, const struct pcpu_event *event)
{
	int now = cancellation_set(PTHREAD_CANCEL_DISABLE);

	cancellation_set(now);
	inside_callback = now;
}

/* One call of each kind, and a callback under the outer lock. */
static void call_all(struct hosted_fixture *fixture)
{
	struct plat *plat = fixture->plat;

	CHECK(hosted_enter_cpu(plat, fixture->pcpu, 0));
	hosted_leave_cpu(plat);
	pcpu_free(fixture->pcpu, pcpu_alloc(fixture->pcpu, 64, 8, 0));
	pcpu_free(fixture->pcpu, pcpu_alloc(fixture->pcpu, 64, 8, PCPU_ATOMIC));
	pcpu_free(fixture->pcpu, pcpu_alloc(fixture->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0));
	hosted_worker_wait(plat);
}

TEST(a_call_leaves_cancellation_as_it_was)
{
	for (int both = 0; both < 4; both++) {
		struct hosted_fixture fixture;

		inside_callback = -1;
		cancellation_set(both);
		hosted_with_event(record_cancellation, NULL, false, &fixture);
		call_all(&fixture);
		hosted_fixture_destroy(&fixture);
		CHECK_EQ(cancellation_set(0), both);
		CHECK_EQ(inside_callback, PTHREAD_CANCEL_DEFERRED << 1 | PTHREAD_CANCEL_DISABLE);
	}
}

/* --- kicks ------------------------------------------------------------------------------------ */

struct kicked {
	struct pcpu *pcpu;
	struct pcpu_ptr big[6]; /* freed by the first balance, once it is past its own reclaim */
	bool armed;
	uint32_t nr_destroyed;
};

static void free_while_balancing(void *context, const struct pcpu_event *event)
{
	struct kicked *kicked = context;

	if (event->id == PCPU_EV_CHUNK_DESTROYED)
		__atomic_add_fetch(&kicked->nr_destroyed, 1, __ATOMIC_RELAXED);
	if (event->id != PCPU_EV_MAP_EXTENDED || !__atomic_load_n(&kicked->armed, __ATOMIC_ACQUIRE))
		return;
	__atomic_store_n(&kicked->armed, false, __ATOMIC_RELAXED);
	for (int i = 0; i < 6; i++)
		pcpu_free(kicked->pcpu, kicked->big[i]);
}

TEST(a_kick_while_the_worker_balances_is_answered)
{
	static struct pcpu_ptr small[4000];
	struct kicked kicked = {0};
	struct hosted_fixture fixture;
	uint32_t nr = 0;

	hosted_with_event(free_while_balancing, &kicked, true, &fixture);
	kicked.pcpu = fixture.pcpu;
	for (int i = 0; i < 6; i++)
		kicked.big[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	__atomic_store_n(&kicked.armed, true, __ATOMIC_RELEASE);
	/* Until a map is nearly full, and the worker extends it. */
	while (nr < 4000 && __atomic_load_n(&kicked.armed, __ATOMIC_RELAXED)) {
		small[nr++] = pcpu_alloc(fixture.pcpu, 8, 8, PCPU_ATOMIC);
		hosted_worker_wait(fixture.plat);
	}
	CHECK(!kicked.armed);
	hosted_worker_wait(fixture.plat);
	CHECK(__atomic_load_n(&kicked.nr_destroyed, __ATOMIC_RELAXED) > 0);
	while (nr--)
		pcpu_free(fixture.pcpu, small[nr]);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* Without a worker: the kick that comes while the last is answered is reported after it. */
static void kick_once(void *context, const struct pcpu_event *event)
{
	struct hosted_fixture *fixture = context;

	if (event->id == PCPU_EV_CHUNK_DESTROYED)
		plat_kick(fixture->plat, fixture->pcpu);
}

TEST(a_kick_from_a_callback_is_reported_after_the_balance)
{
	struct pcpu_ptr objects[6];
	struct hosted_fixture fixture;

	hosted_with_event(kick_once, &fixture, false, &fixture);
	for (int i = 0; i < 6; i++)
		objects[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	for (int i = 0; i < 6; i++)
		pcpu_free(fixture.pcpu, objects[i]);
	CHECK(lab_take_kick(fixture.plat));
	CHECK(!lab_take_kick(fixture.plat));
	pcpu_balance(fixture.pcpu);
	CHECK(lab_take_kick(fixture.plat));
	CHECK(!lab_take_kick(fixture.plat));
	hosted_fixture_destroy(&fixture);
}
