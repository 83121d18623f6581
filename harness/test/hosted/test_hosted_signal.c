/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_signal.c - signal handlers that allocate and free; a worker that takes no signals.
 *
 *	thread	--- lock(INNER) ------!---------- unlock ---
 *	handler			      ! allocates: refused; frees: done after the unlock
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* What handlers of these tests work on. */
static struct {
	struct hosted_fixture *fixture, *other;
	struct pcpu_ptr give[400];
	uint32_t nr_give;
	struct pcpu_ptr got;
	uint32_t nr_runs, nr_got, nr_refused; /* atomic */
	bool mask_differs; /* after the handler's calls, from before */
} at;

void __tsan_init(void) __attribute__((weak));

/* ThreadSanitizer runs handlers itself, with masks of its own. */
static bool masks_are_equal(const sigset_t *a, const sigset_t *b)
{
	for (int i = 1; i < NSIG && !__tsan_init; i++)
		if (sigismember(a, i) != sigismember(b, i))
			return false;
	return true;
}

static uint64_t interrupted_count(struct hosted_fixture *fixture)
{
	struct pcpu_stats stats;

	pcpu_stats(fixture->pcpu, &stats);
	return stats.nr_failed[PCPU_CAUSE_INTERRUPTED];
}

static uint64_t live_count(struct hosted_fixture *fixture)
{
	struct pcpu_stats stats;

	pcpu_stats(fixture->pcpu, &stats);
	return stats.nr_live;
}

static void on_signal(int number, void (*handler)(int number))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigaction(number, &action, NULL);
}

/* --- one signal at a known place -------------------------------------------------------------- */

static void give_all_and_get(int number)
{
	sigset_t before, after;

	pthread_sigmask(SIG_BLOCK, NULL, &before);
	at.got = pcpu_alloc(at.fixture->pcpu, 8, 8, PCPU_ATOMIC);
	for (uint32_t i = 0; i < at.nr_give; i++)
		pcpu_free(at.fixture->pcpu, at.give[i]);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	at.mask_differs = !masks_are_equal(&before, &after);
}

/* The handler runs where the lock is held: right before it is given back. */
static void meet(struct hosted_fixture *fixture, uint32_t nr)
{
	sigset_t before, after;

	at.fixture = fixture;
	at.nr_give = nr;
	for (uint32_t i = 0; i < nr; i++) {
		at.give[i] = pcpu_alloc(fixture->pcpu, 8, 8, 0);
		CHECK(at.give[i].value);
	}
	on_signal(SIGPROF, give_all_and_get);
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	plat_lock(fixture->plat, PLAT_LOCK_INNER);
	raise(SIGPROF);
	plat_unlock(fixture->plat, PLAT_LOCK_INNER);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	on_signal(SIGPROF, SIG_DFL);
	CHECK(!at.mask_differs && masks_are_equal(&before, &after));
}

TEST(a_handler_that_interrupts_the_lock_is_refused_and_frees_later)
{
	static const uint32_t numbers[] = {1, 6, 7, 400};
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t before = interrupted_count(&fixture);

		meet(&fixture, numbers[i]);
		CHECK(!at.got.value);
		CHECK_EQ(interrupted_count(&fixture), before + 1);
		CHECK_EQ(live_count(&fixture), 0);
		CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	}
	/* It is no failure that an event reports: none comes under that lock. */
	CHECK_EQ(fixture.nr_events[PCPU_EV_ALLOC_FAILED], 0);
	hosted_fixture_destroy(&fixture);
}

/* The same where somebody sleeps for the lock: the kernel hands it over, and the frees come
   after. */
static void *want_the_lock(void *argument)
{
	struct hosted_fixture *fixture = argument;

	plat_lock(fixture->plat, PLAT_LOCK_INNER);
	plat_unlock(fixture->plat, PLAT_LOCK_INNER);
	return NULL;
}

TEST(what_a_handler_freed_is_freed_when_the_lock_is_handed_over)
{
	struct hosted_fixture fixture;
	const uint32_t *word;
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	word = &fixture.plat->lock[PLAT_LOCK_INNER].word;
	at.fixture = &fixture;
	at.nr_give = 2;
	for (uint32_t i = 0; i < 2; i++)
		at.give[i] = pcpu_alloc(fixture.pcpu, 8, 8, 0);
	on_signal(SIGPROF, give_all_and_get);
	plat_lock(fixture.plat, PLAT_LOCK_INNER);
	CHECK_EQ(pthread_create(&thread, NULL, want_the_lock, &fixture), 0);
	while (!(__atomic_load_n(word, __ATOMIC_RELAXED) & FUTEX_WAITERS))
		usleep(100);
	raise(SIGPROF);
	plat_unlock(fixture.plat, PLAT_LOCK_INNER);
	on_signal(SIGPROF, SIG_DFL);
	CHECK_EQ(live_count(&fixture), 0);
	pthread_join(thread, NULL);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* Objects of two instances, the locks of both held: each is freed as its own is given back. */
static void give_to_both(int number)
{
	pcpu_free(at.fixture->pcpu, at.give[0]);
	pcpu_free(at.other->pcpu, at.give[1]);
}

static void free_in_two(bool first_first)
{
	struct hosted_fixture a, b, *first = first_first ? &a : &b, *second = first_first ? &b : &a;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &a);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &b);
	at.fixture = &a;
	at.other = &b;
	at.give[0] = pcpu_alloc(a.pcpu, 8, 8, 0);
	at.give[1] = pcpu_alloc(b.pcpu, 8, 8, 0);
	on_signal(SIGPROF, give_to_both);
	plat_lock(a.plat, PLAT_LOCK_INNER);
	plat_lock(b.plat, PLAT_LOCK_INNER);
	raise(SIGPROF);
	plat_unlock(first->plat, PLAT_LOCK_INNER);
	CHECK_EQ(live_count(first), 0);
	plat_unlock(second->plat, PLAT_LOCK_INNER);
	CHECK_EQ(live_count(second), 0);
	on_signal(SIGPROF, SIG_DFL);
	hosted_fixture_destroy(&a);
	hosted_fixture_destroy(&b);
}

/* Whichever lock is given back first. */
TEST(a_handler_frees_in_two_instances)
{
	free_in_two(false);
	free_in_two(true);
}

/* The handler is the first that reads on this thread, and no lock is held. */
static void *raise_once(void *unused)
{
	raise(SIGPROF);
	return NULL;
}

TEST(a_handler_may_be_the_first_reader_of_its_thread)
{
	struct hosted_fixture fixture;
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	at.fixture = &fixture;
	at.nr_give = 1;
	at.give[0] = pcpu_alloc(fixture.pcpu, 8, 8, 0);
	on_signal(SIGPROF, give_all_and_get);
	CHECK_EQ(pthread_create(&thread, NULL, raise_once, NULL), 0);
	pthread_join(thread, NULL);
	on_signal(SIGPROF, SIG_DFL);
	CHECK(at.got.value);
	CHECK_EQ(interrupted_count(&fixture), 0);
	pcpu_free(fixture.pcpu, at.got);
	CHECK_EQ(live_count(&fixture), 0);
	hosted_fixture_destroy(&fixture);
}

/* A report by a handler, recorded or in words, leaves its mask and errno alone. */
static void misuse(int number)
{
	sigset_t before, after;
	int saved = errno;

	pthread_sigmask(SIG_BLOCK, NULL, &before);
	errno = 77;
	pcpu_free(at.fixture->pcpu, (struct pcpu_ptr){UINT64_C(1) << 55});
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	at.mask_differs = !masks_are_equal(&before, &after) || errno != 77;
	errno = saved;
}

TEST(a_handler_that_misuses_is_left_as_it_was)
{
	struct hosted_fixture fixture;
	struct pcpu_report report;
	sigset_t before, after;

	hosted_fixture_create(&(struct hosted_fixture_options){.record_misuse = true}, &fixture);
	at.fixture = &fixture;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	for (int held = 0; held < 2; held++) {
		on_signal(SIGPROF, misuse);
		if (held)
			hosted_lock_take(&fixture.plat->report_lock); /* as a fork has it */
		raise(SIGPROF);
		if (held)
			hosted_lock_give(&fixture.plat->report_lock);
		on_signal(SIGPROF, SIG_DFL);
		CHECK(!at.mask_differs);
		CHECK(lab_take_misuse(fixture.plat, &report));
		CHECK(!lab_take_misuse(fixture.plat, &report));
		pthread_sigmask(SIG_BLOCK, NULL, &after);
		CHECK(masks_are_equal(&before, &after));
	}
	hosted_fixture_destroy(&fixture);
}

/* --- many signals anywhere -------------------------------------------------------------------- */

static void get_and_give(int number)
{
	struct pcpu_ptr p = pcpu_alloc(at.fixture->pcpu, 16, 8, PCPU_ATOMIC);

	__atomic_add_fetch(&at.nr_runs, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(p.value ? &at.nr_got : &at.nr_refused, 1, __ATOMIC_RELAXED);
	pcpu_free(at.fixture->pcpu, p);
}

#define NR_SIGNALS (UNDER_TSAN ? 300u : 3000u) /* each costs 10 ms there */

struct shooter {
	pthread_t target;
	bool stop;	 /* atomic */
	uint32_t nr_steps; /* atomic: calls that the target has finished */
};

/* The next signal goes when the target has got on: where handlers are slow, as under a sanitizer,
   it would else do nothing but handle. Then somewhere within the next calls. */
static void *shoot(void *argument)
{
	struct shooter *shooter = argument;
	uint32_t steps = 0, delay = 0;

	while (!__atomic_load_n(&shooter->stop, __ATOMIC_RELAXED)) {
		uint32_t now = __atomic_load_n(&shooter->nr_steps, __ATOMIC_RELAXED);

		if (now == steps)
			continue;
		steps = now;
		delay = (delay + 617) % 4001;
		for (uint32_t i = 0; i < delay; i++)
			__atomic_signal_fence(__ATOMIC_SEQ_CST);
		pthread_kill(shooter->target, SIGPROF);
	}
	return NULL;
}

/* The same on the thread that is interrupted; a large object now and then, for the other paths. */
static void thread_turn(struct shooter *shooter, struct hosted_fixture *fixture, uint32_t turn)
{
	struct pcpu_ptr p[8];

	for (uint32_t i = 0; i < 8; i++) {
		p[i] = pcpu_alloc(fixture->pcpu, turn % 64 == 0 ? 20000 : 8 + i, 8,
				  i & 1 ? PCPU_ATOMIC : 0);
		__atomic_add_fetch(&shooter->nr_steps, 1, __ATOMIC_RELAXED);
	}
	for (uint32_t i = 0; i < 8; i++) {
		pcpu_free(fixture->pcpu, p[i]);
		__atomic_add_fetch(&shooter->nr_steps, 1, __ATOMIC_RELAXED);
	}
}

TEST(handlers_at_a_high_rate_lose_nothing)
{
	struct hosted_fixture fixture;
	struct shooter shooter = {.target = pthread_self()};
	pthread_t thread;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	at.fixture = &fixture;
	at.nr_runs = at.nr_got = at.nr_refused = 0;
	on_signal(SIGPROF, get_and_give);
	CHECK_EQ(pthread_create(&thread, NULL, shoot, &shooter), 0);
	for (uint32_t turn = 0; turn < 200000; turn++) {
		thread_turn(&shooter, &fixture, turn);
		if (__atomic_load_n(&at.nr_runs, __ATOMIC_RELAXED) >= NR_SIGNALS)
			break;
	}
	__atomic_store_n(&shooter.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	on_signal(SIGPROF, SIG_IGN);
	hosted_worker_wait(fixture.plat);
	CHECK(at.nr_runs > 0);
	CHECK(at.nr_got > 0);
	CHECK_EQ(live_count(&fixture), 0);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

/* --- the worker ------------------------------------------------------------------------------- */

/* The mask of blocked signals of a thread of this process, as the kernel has it. */
static uint64_t blocked_of(long thread)
{
	unsigned long long mask = 0;
	char path[64], line[200];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/status", thread);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "SigBlk: %llx", &mask) == 1)
			break;
	if (file)
		fclose(file);
	return mask;
}

/* Ids of this process's threads but the caller; how many. */
static uint32_t threads_list(long ids[], uint32_t capacity)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	uint32_t nr = 0;

	while (folder && (entry = readdir(folder)) != NULL && nr < capacity)
		if (entry->d_name[0] != '.' && atol(entry->d_name) != syscall(SYS_gettid))
			ids[nr++] = atol(entry->d_name);
	if (folder)
		closedir(folder);
	return nr;
}

static uint64_t bit_of(int number)
{
	return UINT64_C(1) << (number - 1);
}

/* All but those that cannot be, and two that the C library keeps for itself. */
TEST(the_worker_has_all_signals_blocked)
{
	const uint64_t never = bit_of(SIGKILL) | bit_of(SIGSTOP) | bit_of(32) | bit_of(33);
	long before[16], after[16];
	uint32_t nr_before = threads_list(before, 16), nr_after, nr_seen = 0;
	struct hosted_fixture fixture;
	sigset_t mine;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	nr_after = threads_list(after, 16);
	for (uint32_t i = 0; i < nr_after; i++) {
		bool is_new = true;

		for (uint32_t k = 0; k < nr_before; k++)
			is_new = is_new && after[i] != before[k];
		if (!is_new)
			continue;
		nr_seen++;
		CHECK_EQ(blocked_of(after[i]) | never, UINT64_MAX);
	}
	CHECK(nr_seen >= 1); /* ThreadSanitizer starts a thread of its own beside it */
	/* And its maker's are as they were. */
	pthread_sigmask(SIG_BLOCK, NULL, &mine);
	CHECK(!sigismember(&mine, SIGUSR1) && !sigismember(&mine, SIGTERM));
	hosted_fixture_destroy(&fixture);
}

static void count_run(int number)
{
	__atomic_add_fetch(&at.nr_runs, 1, __ATOMIC_RELAXED);
}

/* A signal to the process, whose only other thread is the worker, waits for this one. */
TEST(a_signal_of_the_program_is_left_to_the_program)
{
	struct hosted_fixture fixture;
	sigset_t one, pending;
	int number = 0;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	at.nr_runs = 0;
	on_signal(SIGUSR1, count_run);
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	kill(getpid(), SIGUSR1);
	usleep(2000);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1));
	CHECK_EQ(sigwait(&one, &number), 0);
	CHECK_EQ(number, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	on_signal(SIGUSR1, SIG_DFL);
	CHECK_EQ(at.nr_runs, 0);
	hosted_fixture_destroy(&fixture);
}
