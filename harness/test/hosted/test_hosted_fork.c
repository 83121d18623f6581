/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_fork.c - fork(2) at any moment of other threads: the child has one thread, and an
 * allocator that works.
 *
 *	parent	4 threads allocate and free; the worker balances; the main thread forks and forks
 *	child	allocates, frees, balances, is every CPU, makes a second instance, _exit()s
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

#define CHILD_SECONDS 20 /* then it hangs */

/* What a child found, as its exit status. */
enum found {
	FINE,
	NO_OBJECT,
	NOT_ZERO,
	NO_CPU,
	BROKEN,
	NO_SECOND,
	NO_BALANCE,
	NO_GRANDCHILD,
};

/* Runs a function in a child; its status, or 128 + the signal that ended it. */
static int child_run(enum found (*function)(struct hosted_fixture *fixture),
		     struct hosted_fixture *fixture)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		alarm(CHILD_SECONDS);
		_exit(function(fixture));
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- what a child does ------------------------------------------------------------------------ */

static enum found objects_try(const struct hosted_fixture *fixture)
{
	struct pcpu *pcpu = fixture->pcpu;
	static const uint32_t sizes[] = {8, 64, 5000, PCPU_MIN_UNIT_BYTES};
	struct pcpu_ptr p[4];

	for (int i = 0; i < 4; i++) {
		p[i] = pcpu_alloc(pcpu, sizes[i], 8, 0);
		if (!p[i].value)
			return NO_OBJECT;
		if (*(char *)pcpu_address(pcpu, p[i], 7))
			return NOT_ZERO;
		memset((void *)pcpu_address(pcpu, p[i], 7), 0x77, sizes[i]);
	}
	for (int i = 0; i < 4; i++)
		pcpu_free(pcpu, p[i]);
	pcpu_balance(pcpu);
	hosted_worker_wait(fixture->plat);
	return pcpu_check(pcpu, NULL) == PCPU_HOLDS ? FINE : BROKEN;
}

static enum found cpus_try(struct hosted_fixture *fixture)
{
	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++) {
		if (cpu == 4)
			continue;
		if (!hosted_enter_cpu(fixture->plat, fixture->pcpu, cpu))
			return NO_CPU;
		hosted_leave_cpu(fixture->plat);
	}
	return FINE;
}

static enum found second_try(void)
{
	struct hosted_fixture second;
	enum found found;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &second);
	if (second.status != PCPU_OK)
		return NO_SECOND;
	found = objects_try(&second);
	hosted_fixture_destroy(&second);
	return found;
}

/* Chunks too many, however the parent's objects lie: the worker, a thread of the child's own,
   destroys some. */
static enum found worker_try(struct hosted_fixture *fixture)
{
	struct pcpu_ptr objects[24];
	struct pcpu_stats before, after;

	hosted_worker_wait(fixture->plat);
	pcpu_stats(fixture->pcpu, &before);
	for (int i = 0; i < 24; i++)
		objects[i] = pcpu_alloc(fixture->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	for (int i = 0; i < 24; i++)
		pcpu_free(fixture->pcpu, objects[i]);
	hosted_worker_wait(fixture->plat);
	pcpu_stats(fixture->pcpu, &after);
	return after.nr_chunks_destroyed > before.nr_chunks_destroyed ? FINE : NO_BALANCE;
}

static enum found live(struct hosted_fixture *fixture)
{
	enum found found = objects_try(fixture);

	if (found == FINE)
		found = cpus_try(fixture);
	if (found == FINE)
		found = worker_try(fixture);
	if (found == FINE)
		found = second_try();
	return found;
}

/* Takes the allocator down: what the threads of the parent held goes with it. */
static enum found live_and_destroy(struct hosted_fixture *fixture)
{
	enum found found = live(fixture);

	hosted_fixture_destroy(fixture);
	return found;
}

static enum found have_a_child(struct hosted_fixture *fixture)
{
	enum found found = objects_try(fixture);

	if (found != FINE)
		return found;
	return child_run(live_and_destroy, fixture) == 0 ? FINE : NO_GRANDCHILD;
}

/* --- while threads allocate ------------------------------------------------------------------- */

#define NR_THREADS 4
#define NR_FORKS   24

struct crew {
	struct hosted_fixture *fixture;
	uint32_t nr; /* atomic: who has begun; its number is the CPU */
	bool stop;   /* atomic */
};

static void *allocate(void *argument)
{
	struct crew *crew = argument;
	uint32_t cpu = __atomic_fetch_add(&crew->nr, 1, __ATOMIC_RELAXED);
	struct pcpu *pcpu = crew->fixture->pcpu;

	(void)hosted_enter_cpu(crew->fixture->plat, pcpu, cpu);
	for (uint32_t turn = 0; !__atomic_load_n(&crew->stop, __ATOMIC_RELAXED); turn++) {
		struct pcpu_ptr p[8];

		for (uint32_t i = 0; i < 8; i++)
			p[i] = pcpu_alloc(pcpu, turn % 32 ? 8 << i : 30000, 8,
					  i == 3 ? PCPU_ATOMIC : 0);
		for (uint32_t i = 0; i < 8; i++)
			pcpu_free(pcpu, p[i]);
	}
	return NULL; /* as a CPU */
}

static void fork_while_allocating(enum found (*function)(struct hosted_fixture *), int nr_forks)
{
	struct hosted_fixture fixture, idle;
	struct crew crew = {.fixture = &fixture};
	pthread_t threads[NR_THREADS];

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &idle);
	for (int i = 0; i < NR_THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, allocate, &crew), 0);
	for (int i = 0; i < nr_forks; i++) {
		usleep(100 + 61 * (unsigned)i);
		CHECK_EQ(child_run(function, &fixture), FINE);
	}
	__atomic_store_n(&crew.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i], NULL);
	hosted_worker_wait(fixture.plat);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
	hosted_fixture_destroy(&idle);
}

TEST(a_child_of_a_process_whose_threads_allocate_works)
{
	fork_while_allocating(live, NR_FORKS);
}

TEST(a_child_may_destroy_its_copy)
{
	fork_while_allocating(live_and_destroy, 4);
}

TEST(a_child_has_children)
{
	fork_while_allocating(have_a_child, 4);
}

/* --- each lock by itself ---------------------------------------------------------------------- */

#define NR_LOCKS 8u

static struct hosted_lock *lock_at(struct hosted_fixture *fixture, uint32_t i)
{
	struct plat *plat = fixture->plat;
	struct hosted_lock *const locks[NR_LOCKS] = {
		&hosted_machine_lock, &plat->lock[PLAT_LOCK_OUTER], &plat->kick.revival,
		&plat->region_lock, &plat->deferral.lock, &plat->meta_lock, &plat->report_lock,
		&plat->lock[PLAT_LOCK_INNER],
	};

	return locks[i];
}

struct owner {
	struct hosted_lock *lock;
	pthread_barrier_t held;
};

static void *own_for_a_while(void *argument)
{
	struct owner *owner = argument;

	hosted_lock_take(owner->lock);
	pthread_barrier_wait(&owner->held);
	usleep(15000); /* longer than a fork waits before it begins again */
	hosted_lock_give(owner->lock);
	return NULL;
}

static enum found all_are_free(struct hosted_fixture *fixture)
{
	for (uint32_t i = 0; i < NR_LOCKS; i++)
		if (lock_at(fixture, i)->word)
			return BROKEN;
	return FINE;
}

/* Whichever it is, and whoever's: a fork waits for it, and the child finds it free. */
TEST(a_fork_waits_for_every_lock)
{
	struct hosted_fixture fixture;
	struct owner owner;
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	hosted_worker_wait(fixture.plat);
	pthread_barrier_init(&owner.held, NULL, 2);
	for (uint32_t i = 0; i < NR_LOCKS; i++) {
		owner.lock = lock_at(&fixture, i);
		CHECK_EQ(pthread_create(&thread, NULL, own_for_a_while, &owner), 0);
		pthread_barrier_wait(&owner.held);
		CHECK_EQ(child_run(all_are_free, &fixture), FINE);
		pthread_join(thread, NULL);
		CHECK_EQ(all_are_free(&fixture), FINE);
	}
	hosted_fixture_destroy(&fixture);
}

/* --- who forks -------------------------------------------------------------------------------- */

static enum found is_its_cpu(struct hosted_fixture *fixture)
{
	enum found found = hosted_enter_cpu(fixture->plat, fixture->pcpu, 6) ? NO_CPU : FINE;

	if (found == FINE)
		hosted_leave_cpu(fixture->plat);
	return found == FINE ? cpus_try(fixture) : found;
}

struct neighbour {
	struct hosted_fixture *fixture;
	bool entered;
	pthread_barrier_t inside, may_leave;
};

static void *be_neighbour(void *argument)
{
	struct neighbour *neighbour = argument;
	struct hosted_fixture *fixture = neighbour->fixture;

	neighbour->entered = hosted_enter_cpu(fixture->plat, fixture->pcpu, 5);
	pthread_barrier_wait(&neighbour->inside);
	pthread_barrier_wait(&neighbour->may_leave);
	return NULL;
}

/* And the CPUs of threads that the child does not have are free there. */
TEST(a_thread_that_forks_as_a_cpu_is_that_cpu)
{
	struct hosted_fixture fixture;
	struct neighbour neighbour = {.fixture = &fixture};
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	pthread_barrier_init(&neighbour.inside, NULL, 2);
	pthread_barrier_init(&neighbour.may_leave, NULL, 2);
	CHECK_EQ(pthread_create(&thread, NULL, be_neighbour, &neighbour), 0);
	pthread_barrier_wait(&neighbour.inside);
	CHECK(neighbour.entered);
	CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 2));
	CHECK_EQ(child_run(is_its_cpu, &fixture), FINE);
	hosted_leave_cpu(fixture.plat);
	CHECK_EQ(child_run(cpus_try, &fixture), FINE);
	CHECK(!hosted_enter_cpu(fixture.plat, fixture.pcpu, 5));
	pthread_barrier_wait(&neighbour.may_leave);
	pthread_join(thread, NULL);
	hosted_fixture_destroy(&fixture);
}

/* In a callback, which comes under the outer lock: both processes go on inside the call. */
static struct forked {
	pid_t child; /* -1: not yet */
	bool is_child;
} forked;

static void fork_once(void *unused, const struct pcpu_event *event)
{
	if (event->id != PCPU_EV_CHUNK_CREATED || forked.child != -1)
		return;
	forked.child = fork();
	forked.is_child = forked.child == 0;
	if (forked.is_child)
		alarm(CHILD_SECONDS);
}

/* An instance on a platform that is there. */
static void forking_fixture_create(struct hosted_fixture *fixture)
{
	CHECK(fixture->plat);
	CHECK_EQ(pcpu_create(&(struct pcpu_config){
			.plat = fixture->plat,
			.topology = &hosted_fixture_topology,
			.sizes = {.static_bytes = 14000, .dyn_bytes = 20480, .atom_bytes = 65536},
			.space_bytes = UINT64_C(1) << 45,
			.static_start = 0x1000000,
		}, &fixture->pcpu), PCPU_OK);
}

TEST(a_callback_may_fork)
{
	struct hosted_config config = {.topology = &hosted_fixture_topology, .event = fork_once,
				       .worker = true};
	struct hosted_fixture fixture = {.plat = hosted_create(&config)};
	int status;

	forked.child = -1;
	forking_fixture_create(&fixture);
	pcpu_free(fixture.pcpu, pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0));
	if (forked.is_child)
		_exit(live(&fixture));
	CHECK(forked.child > 0);
	CHECK_EQ(waitpid(forked.child, &status, 0), forked.child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == FINE);
	CHECK_EQ(objects_try(&fixture), FINE);
	hosted_fixture_destroy(&fixture);
}

/* A callback that forks while another platform's lock is somebody's for longer than a fork waits:
   what was taken is given back and taken again, but not what the callback's caller has. */
struct holder {
	struct plat *plat;
	pthread_barrier_t held;
};

static void *hold_for_long(void *argument)
{
	struct holder *holder = argument;

	plat_lock(holder->plat, PLAT_LOCK_INNER);
	pthread_barrier_wait(&holder->held);
	usleep(35000);
	plat_unlock(holder->plat, PLAT_LOCK_INNER);
	return NULL;
}

TEST(a_callback_keeps_its_lock_while_its_fork_tries_again)
{
	struct hosted_config config = {.topology = &hosted_fixture_topology, .event = fork_once};
	struct hosted_fixture fixture = {.plat = hosted_create(&config)}, newer;
	struct holder holder;
	pthread_t thread;
	int status;

	forking_fixture_create(&fixture);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &newer);
	CHECK_EQ(child_run(cpus_try, &newer), FINE); /* a fork before, which took all there is */
	holder.plat = newer.plat;
	pthread_barrier_init(&holder.held, NULL, 2);
	CHECK_EQ(pthread_create(&thread, NULL, hold_for_long, &holder), 0);
	pthread_barrier_wait(&holder.held);
	forked.child = -1;
	pcpu_free(fixture.pcpu, pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0));
	if (forked.is_child)
		_exit(objects_try(&fixture) == FINE ? objects_try(&newer) : BROKEN);
	pthread_join(thread, NULL);
	CHECK(forked.child > 0);
	CHECK_EQ(waitpid(forked.child, &status, 0), forked.child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == FINE);
	CHECK_EQ(objects_try(&fixture), FINE);
	hosted_fixture_destroy(&newer);
	hosted_fixture_destroy(&fixture);
}

/* A child has its worker though it never waits for one. */
static enum found balances_unasked(struct hosted_fixture *fixture)
{
	struct pcpu_ptr objects[24];
	struct pcpu_stats before, after;

	pcpu_stats(fixture->pcpu, &before);
	for (int i = 0; i < 24; i++)
		objects[i] = pcpu_alloc(fixture->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	for (int i = 0; i < 24; i++)
		pcpu_free(fixture->pcpu, objects[i]);
	for (int turn = 0; turn < 5000; turn++) {
		pcpu_stats(fixture->pcpu, &after);
		if (after.nr_chunks_destroyed > before.nr_chunks_destroyed)
			return FINE;
		usleep(1000);
	}
	return NO_BALANCE;
}

/* Nor do its children's, before any of which had one of its own. */
static enum found has_a_child_at_once(struct hosted_fixture *fixture)
{
	return child_run(balances_unasked, fixture) == FINE ? balances_unasked(fixture) :
							      NO_GRANDCHILD;
}

TEST(a_child_and_its_child_balance_unasked)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	CHECK_EQ(child_run(balances_unasked, &fixture), FINE);
	CHECK_EQ(child_run(has_a_child_at_once, &fixture), FINE);
	hosted_fixture_destroy(&fixture);
}

/* Frees that wait for readers are neither lost nor done twice, though the reader that they wait for
   is a thread that the child does not have. */
struct reader {
	struct hosted_fixture *fixture;
	pthread_barrier_t inside, may_leave;
};

static void *read_for_long(void *argument)
{
	struct reader *reader = argument;

	plat_read_begin(reader->fixture->plat);
	pthread_barrier_wait(&reader->inside);
	pthread_barrier_wait(&reader->may_leave);
	plat_read_end(reader->fixture->plat);
	return NULL;
}

/* More deferred frees than one batch: they are given back, since nobody reads here. */
static enum found defer_many(struct hosted_fixture *fixture)
{
	for (int i = 0; i < 200; i++) {
		void *block = plat_meta_alloc(fixture->plat, 4096);

		if (!block)
			return NO_OBJECT;
		plat_meta_free_deferred(fixture->plat, block, 4096);
	}
	return live_and_destroy(fixture);
}

TEST(a_child_does_not_wait_for_its_parents_readers)
{
	struct hosted_fixture fixture;
	struct reader reader = {.fixture = &fixture};
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true,
							.meta_limit_bytes = 200000}, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	pthread_barrier_init(&reader.inside, NULL, 2);
	pthread_barrier_init(&reader.may_leave, NULL, 2);
	CHECK_EQ(pthread_create(&thread, NULL, read_for_long, &reader), 0);
	pthread_barrier_wait(&reader.inside);
	CHECK_EQ(child_run(defer_many, &fixture), FINE);
	pthread_barrier_wait(&reader.may_leave);
	pthread_join(thread, NULL);
	hosted_fixture_destroy(&fixture);
}

/*
 * --- a handler on the forking thread, while it has every lock -----------------------------------
 *
 *	fork	takes all | this program's own handler of fork(2), here interrupted | gives all back
 */
static struct interrupted {
	struct hosted_fixture *fixture; /* NULL: forks are not interrupted */
	struct pcpu_ptr object;
} interrupted;

static void free_two(int signal)
{
	struct pcpu *pcpu = interrupted.fixture->pcpu;

	pcpu_free(pcpu, interrupted.object);
	pcpu_free(pcpu, (struct pcpu_ptr){interrupted.object.value + (UINT64_C(1) << 50)});
}

static int cancel_state_within; /* where this program's handler of fork(2) ran */

static void interrupt(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_setcancelstate(state, NULL);
	cancel_state_within = state;
	if (interrupted.fixture)
		raise(SIGUSR1);
}

/* Before the platform's, that is, called after it. */
__attribute__((constructor)) static void interrupt_register(void)
{
	pthread_atfork(interrupt, NULL, NULL);
}

static uint64_t frees(struct hosted_fixture *fixture)
{
	struct pcpu_stats stats;

	pcpu_stats(fixture->pcpu, &stats);
	return stats.nr_frees;
}

/* The object is free, and the wild pointer was reported. */
static enum found both_are_done(struct hosted_fixture *fixture)
{
	struct pcpu_report report;

	if (frees(fixture) != 1)
		return BROKEN;
	return lab_take_misuse(fixture->plat, &report) && report.id == PCPU_MISUSE_WILD_FREE ?
		       objects_try(fixture) :
		       BROKEN;
}

TEST(a_handler_may_free_and_misuse_while_its_thread_forks)
{
	struct sigaction action = {.sa_handler = free_two}, before;
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.record_misuse = true}, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	CHECK_EQ(sigaction(SIGUSR1, &action, &before), 0);
	interrupted = (struct interrupted){&fixture, pcpu_alloc(fixture.pcpu, 64, 8, 0)};
	CHECK_EQ(child_run(both_are_done, &fixture), FINE);
	interrupted.fixture = NULL;
	CHECK_EQ(both_are_done(&fixture), FINE);
	CHECK_EQ(sigaction(SIGUSR1, &before, NULL), 0);
	hosted_fixture_destroy(&fixture);
}

/* The state that this thread has now, which is enabled afterwards. */
static int cancel_state_take(void)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	return state;
}

static enum found may_be_cancelled(struct hosted_fixture *fixture)
{
	return cancel_state_take() == PTHREAD_CANCEL_ENABLE ? objects_try(fixture) : BROKEN;
}

TEST(a_fork_is_not_cancelled_with_the_locks_held)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	CHECK_EQ(child_run(may_be_cancelled, &fixture), FINE);
	CHECK_EQ(cancel_state_within, PTHREAD_CANCEL_DISABLE);
	CHECK_EQ(cancel_state_take(), PTHREAD_CANCEL_ENABLE);
	hosted_fixture_destroy(&fixture);
}
