/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_futex.c - the platform's system calls by themselves: each wakes whom it is to wake,
 * returns its error, and leaves errno as it was, since a signal handler may be who calls.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "harness/platform/hosted/threads/hosted_futex.h"
#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

#define KEPT 77 /* an errno that no call has */

TEST(errors_are_returned_and_errno_is_left)
{
	struct timespec past = {.tv_sec = 1};
	uint32_t word = 5, other = 1; /* the first process's */

	errno = KEPT;
	CHECK_EQ(hosted_futex_wait(&word, 4, 0), EAGAIN);
	CHECK_EQ(hosted_futex_wait(&word, 5, 1000), ETIMEDOUT);
	CHECK_EQ(hosted_futex_unlock_pi(&word), EPERM);
	CHECK(hosted_futex_lock_pi(&other, &past) != 0);
	hosted_futex_wake_all(&word);
	hosted_nap(1000);
	CHECK_EQ(word, 5);
	CHECK_EQ(errno, KEPT);
}

/* --- waking ----------------------------------------------------------------------------------- */

#define NR_SLEEPERS 3

static uint32_t word; /* atomic */
static uint32_t nr_about_to; /* atomic */

static void *sleep_until_changed(void *unused)
{
	__atomic_add_fetch(&nr_about_to, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
		(void)hosted_futex_wait(&word, 0, 0);
	return NULL;
}

TEST(all_sleepers_are_woken)
{
	pthread_t threads[NR_SLEEPERS];
	struct timespec limit;

	word = nr_about_to = 0;
	for (int i = 0; i < NR_SLEEPERS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, sleep_until_changed, NULL), 0);
	while (__atomic_load_n(&nr_about_to, __ATOMIC_SEQ_CST) < NR_SLEEPERS)
		usleep(100);
	usleep(20000); /* one that does not sleep by now needs no wake */
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	hosted_futex_wake_all(&word);
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 20;
	for (int i = 0; i < NR_SLEEPERS; i++)
		CHECK_EQ(pthread_timedjoin_np(threads[i], NULL, &limit), 0);
}

/* --- signals and words ------------------------------------------------------------------------ */

TEST(all_signals_are_blocked_for_a_while_and_then_as_before)
{
	sigset_t mine, inside, after, before;

	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	pthread_sigmask(SIG_SETMASK, &mine, NULL);
	hosted_signals_block(&before);
	pthread_sigmask(SIG_SETMASK, NULL, &inside);
	hosted_signals_restore(&before);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	CHECK(sigismember(&inside, SIGUSR1) && sigismember(&inside, SIGSEGV));
	CHECK(sigismember(&inside, SIGUSR2) && sigismember(&inside, SIGPROF));
	for (int i = 1; i < 32; i++)
		CHECK_EQ(sigismember(&after, i), i == SIGUSR2);
	sigemptyset(&mine);
	pthread_sigmask(SIG_SETMASK, &mine, NULL);
}

static void say(void *text)
{
	errno = KEPT;
	hosted_say(text);
	CHILD_CHECK(errno == KEPT);
}

/* More than a pipe takes at once is written to its end; and nothing, where nobody reads. */
static void say_to_nobody(void *unused)
{
	close(STDERR_FILENO);
	errno = KEPT;
	hosted_say("words\n");
	_exit(errno == KEPT ? 0 : 1);
}

TEST(words_are_written_whole_and_errno_is_left)
{
	static char text[4000];
	struct test_child child;

	memset(text, 'x', sizeof(text) - 1);
	test_child_run(say, text, &child);
	CHECK_EQ(child.signal, 0);
	CHECK_EQ(child.status, 0);
	CHECK_STR(child.text, text);
	test_child_run(say_to_nobody, NULL, &child);
	CHECK_EQ(child.status, 0);
}
