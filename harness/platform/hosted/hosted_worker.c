/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_worker.c - kicks, and the thread that runs pcpu_balance() for them.
 *
 *	nr_kicks    n, counted up by plat_kick()
 *	nr_done the value of nr_kicks when the last balance began; kicks since then are pending,
 *	also those that came during that balance
 *
 * R1  A kick is one atomic addition and, while the worker sleeps, one system call: any context may
 *     kick, including a signal handler.
 * R2  The worker blocks all signals, so none of the program's is delivered to it.
 * R3  A child of fork(2) has no worker. It gets one with its first call that may sleep, and
 *     hosted_worker_wait() balances itself when no thread can be created.
 *
 * Without a worker hosted_take_kick() reports kicks.
 */
#include "harness/platform/hosted/threads/hosted_futex.h"
#include "harness/platform/hosted/hosted_plat.h"

void plat_kick(struct plat *plat, struct pcpu *pcpu)
{
	struct hosted_kick *kick = &plat->kick;

	__atomic_store_n(&kick->pcpu, pcpu, __ATOMIC_RELAXED);
	__atomic_add_fetch(&kick->nr_kicks, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&kick->is_asleep, __ATOMIC_SEQ_CST))
		hosted_futex_wake_all(&kick->nr_kicks);
}

/* Returns the kicks so far; they are older than data read after this. */
static uint32_t worker_kicks(struct hosted_kick *kick)
{
	return __atomic_load_n(&kick->nr_kicks, __ATOMIC_SEQ_CST);
}

static void kicks_are_done(struct hosted_kick *kick, uint32_t nr)
{
	__atomic_store_n(&kick->nr_done, nr, __ATOMIC_SEQ_CST);
	hosted_futex_wake_all(&kick->nr_done);
}

bool hosted_take_kick(struct plat *plat)
{
	struct hosted_kick *kick = &plat->kick;
	uint32_t nr = worker_kicks(kick);

	if (__atomic_load_n(&kick->has_worker, __ATOMIC_RELAXED) || 
	    nr == __atomic_load_n(&kick->nr_done, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&kick->nr_done, nr, __ATOMIC_RELAXED);
	return true;
}

static void kicks_answer(struct plat *plat, uint32_t nr)
{
	pcpu_balance(__atomic_load_n(&plat->kick.pcpu, __ATOMIC_RELAXED));
	hosted_deferred_move(plat);
	kicks_are_done(&plat->kick, nr);
}

static void *worker_run(void *argument)
{
	struct plat *plat = argument;
	struct hosted_kick *kick = &plat->kick;

	for (;;) {
		uint32_t nr = worker_kicks(kick); /* read first: the last kick requests a stop */

		if (__atomic_load_n(&kick->stop, __ATOMIC_SEQ_CST))
			return NULL;
		if (nr != __atomic_load_n(&kick->nr_done, __ATOMIC_RELAXED)) {
			kicks_answer(plat, nr);
			continue;
		}
		__atomic_store_n(&kick->is_asleep, 1, __ATOMIC_SEQ_CST);
		(void)hosted_futex_wait(&kick->nr_kicks, nr, 0);
		__atomic_store_n(&kick->is_asleep, 0, __ATOMIC_SEQ_CST);
	}
}

bool hosted_worker_start(struct plat *plat)
{
	sigset_t before;
	bool started;

	hosted_signals_block(&before); /* a thread inherits its creator's mask */
	started = pthread_create(&plat->kick.worker, NULL, worker_run, plat) == 0;
	__atomic_store_n(&plat->kick.has_worker, started, __ATOMIC_RELAXED);
	hosted_signals_restore(&before);
	return started;
}

static bool is_orphan(const struct plat *plat)
{
	return __atomic_load_n(&plat->kick.is_orphan, __ATOMIC_ACQUIRE);
}

/* Only one thread starts it, and never a handler: the caller may sleep. */
void hosted_worker_revive(struct plat *plat)
{
	hosted_lock_take(&plat->kick.revival);
	if (is_orphan(plat) && hosted_worker_start(plat))
		__atomic_store_n(&plat->kick.is_orphan, false, __ATOMIC_RELEASE);
	hosted_lock_give(&plat->kick.revival);
}

void hosted_worker_wait(struct plat *plat)
{
	struct hosted_kick *kick = &plat->kick;
	uint32_t done;

	hosted_call_begin();
	if (is_orphan(plat))
		hosted_worker_revive(plat);
	while (!is_orphan(plat) && kick->has_worker &&
	       (done = __atomic_load_n(&kick->nr_done, __ATOMIC_SEQ_CST)) != worker_kicks(kick))
		(void)hosted_futex_wait(&kick->nr_done, done, 0);
	while (is_orphan(plat) && kick->nr_done != worker_kicks(kick))
		kicks_answer(plat, worker_kicks(kick));
	hosted_call_end();
}

void hosted_worker_stop(struct plat *plat)
{
	struct hosted_kick *kick = &plat->kick;
	int state;

	__atomic_store_n(&kick->is_orphan, false, __ATOMIC_RELAXED);
	if (!kick->has_worker)
		return;
	state = hosted_cancel_forbid();
	__atomic_store_n(&kick->stop, true, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&kick->nr_kicks, 1, __ATOMIC_SEQ_CST);
	hosted_futex_wake_all(&kick->nr_kicks);
	pthread_join(kick->worker, NULL);
	__atomic_sub_fetch(&kick->nr_kicks, 1, __ATOMIC_SEQ_CST);
	kick->has_worker = false;
	hosted_cancel_restore(state);
}

/* A balance in progress at the fork has not changed anything: its lock was free (hosted_fork.c). */
void hosted_worker_child(struct plat *plat)
{
	plat->kick.is_orphan = plat->kick.is_orphan || plat->kick.has_worker;
	plat->kick.has_worker = false;
	plat->kick.is_asleep = 0;
}
