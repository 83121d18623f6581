/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_lock.c - the lock of hosted_lock.h, and the core's two.
 *
 *	take	0 -> id			by the owner		one compare-and-exchange
 *		id -> id|WAITERS	by the kernel, for a waiter that must sleep
 *	give	id -> 0			by the owner		one compare-and-exchange
 *		id|WAITERS -> id'	by the kernel: to the waiter of highest priority
 *
 * ThreadSanitizer (like the C memory model) does not know of the kernel's writes, so the slow paths
 * release and acquire the word themselves.
 */
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/threads/hosted_futex.h"
#include "harness/platform/hosted/hosted_plat.h"

#define SPINS	 100u	/* before yielding: a running holder of the inner lock needs fewer */
#define YIELDS	 64u	/* before a waiter sleeps: the holder may need this CPU */
#define NAP_NS	 50000	/* if the kernel has no such lock, or no memory for a queue */
#define S_AS_NS	 1000000000

#if defined(__x86_64__) || defined(__i386__)
#define cpu_relax() __builtin_ia32_pause()
#else
#define cpu_relax() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

__thread struct hosted_thread hosted_thread __attribute__((tls_model("initial-exec")));

uint32_t hosted_thread_id(void)
{
	if (!hosted_thread.id)
		hosted_thread.id = (uint32_t)syscall(SYS_gettid);
	return hosted_thread.id;
}

/* --- the lock --------------------------------------------------------------------------------- */

/* A thread that does not know its id cannot take the lock here. */
static inline bool lock_try(struct hosted_lock *lock)
{
	uint32_t nobody = 0, id = hosted_thread.id;

	return id && __atomic_compare_exchange_n(&lock->word, &nobody, id, false, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED);
}

static inline bool lock_untry(struct hosted_lock *lock)
{
	uint32_t id = hosted_thread.id;

	return __atomic_compare_exchange_n(&lock->word, &id, 0, false, __ATOMIC_RELEASE,
					   __ATOMIC_RELAXED);
}

/*
 * Returns true when taken. The kernel hands a lock to a sleeper that is not running yet, and until
 * it runs no thread makes progress under the lock. If other threads run instead of the holder,
 * yielding to them is far cheaper than sleeping.
 */
static bool lock_spin(struct hosted_lock *lock)
{
	for (uint32_t yield = 0; yield < YIELDS; yield++) {
		for (uint32_t spin = 0; spin < SPINS; spin++) {
			if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) == 0 && lock_try(lock))
				return true;
			cpu_relax();
		}
		sched_yield();
	}
	return false;
}

/* Sleeps once in the kernel's queue. Returns 0: taken; ETIMEDOUT; else: try again. */
static int lock_sleep(struct hosted_lock *lock, const struct timespec *until)
{
	int error = lock_try(lock) ? 0 : hosted_futex_lock_pi(&lock->word, until);

	switch (error) {
	case 0:
		(void)__atomic_load_n(&lock->word, __ATOMIC_ACQUIRE);
		break;
	case ETIMEDOUT:
	case EINTR:
	case EAGAIN: /* its owner is about to end, or has just released it */
		break;
	case ESRCH:
		PCPU_ASSERT(!"a thread ended inside a call, its lock held");
		break;
	default:
		hosted_nap(NAP_NS);
		break;
	}
	return error;
}

static bool is_past(const struct timespec *until)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > until->tv_sec ||
	       (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

static __attribute__((noinline)) bool lock_wait(struct hosted_lock *lock,
						const struct timespec *until)
{
	(void)hosted_thread_id();
	PCPU_ASSERT(!hosted_lock_is_mine(lock));
	if (lock_spin(lock))
		return true;
	for (;;) {
		int error = lock_sleep(lock, until);

		if (error == 0)
			return true;
		if (error == ETIMEDOUT || (until && is_past(until)))
			return false;
	}
}

/* The kernel hands over; if it has dropped the queue meanwhile, the owner clears the word. */
static __attribute__((noinline)) void lock_hand_over(struct hosted_lock *lock)
{
	PCPU_ASSERT(hosted_lock_is_mine(lock));
	__atomic_fetch_or(&lock->word, 0, __ATOMIC_RELEASE);
	while (hosted_futex_unlock_pi(&lock->word) != 0 && !lock_untry(lock))
		hosted_nap(NAP_NS);
}

void hosted_lock_take(struct hosted_lock *lock)
{
	hosted_call_begin();
	if (!lock_try(lock))
		lock_wait(lock, NULL);
}

bool hosted_lock_take_within(struct hosted_lock *lock, uint32_t ms)
{
	struct timespec until;

	hosted_call_begin();
	if (lock_try(lock))
		return true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * (S_AS_NS / 1000);
	until.tv_sec += until.tv_nsec / S_AS_NS;
	until.tv_nsec %= S_AS_NS;
	if (lock_wait(lock, &until))
		return true;
	hosted_call_end();
	return false;
}

void hosted_lock_give(struct hosted_lock *lock)
{
	if (!lock_untry(lock))
		lock_hand_over(lock);
	hosted_call_end();
}

/* --- the core's ------------------------------------------------------------------------------- */

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	return hosted_lock_is_mine(&plat->lock[lock]);
}

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	struct hosted_lock *l = &plat->lock[lock];

	PCPU_ASSERT_SAYS(!hosted_lock_is_mine(&plat->lock[PLAT_LOCK_INNER]), PLAT_REENTRY_INNER);
	hosted_call_begin();
	if (lock_try(l))
		return;
	PCPU_ASSERT_SAYS(!hosted_lock_is_mine(l), PLAT_REENTRY_OUTER);
	lock_wait(l, NULL);
}

bool plat_lock_atomic(struct plat *plat)
{
	struct hosted_lock *inner = &plat->lock[PLAT_LOCK_INNER];

	hosted_call_begin();
	if (lock_try(inner))
		return true;
	if (!hosted_lock_is_mine(inner))
		return lock_wait(inner, NULL);
	hosted_call_end();
	return false;
}

static __attribute__((noinline)) void inner_slow(struct hosted_lock *inner, bool taken)
{
	if (taken)
		lock_hand_over(inner);
	if (hosted_thread.has_postponed)
		hosted_postponed_run();
	hosted_call_end();
}

static void inner_unlock(struct hosted_lock *inner)
{
	bool taken = !lock_untry(inner);

	if (taken || hosted_thread.has_postponed)
		inner_slow(inner, taken);
	else
		hosted_call_end();
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	if (lock == PLAT_LOCK_INNER) {
		inner_unlock(&plat->lock[PLAT_LOCK_INNER]);
		return;
	}
	hosted_lock_give(&plat->lock[PLAT_LOCK_OUTER]);
	if (__atomic_load_n(&plat->kick.is_orphan, __ATOMIC_RELAXED))
		hosted_worker_revive(plat);
}
