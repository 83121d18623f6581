/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_lock.h - the one kind of lock of this platform.
 *
 *	word	0: free	| thread id: owned | thread id + FUTEX_WAITERS: the kernel keeps a queue
 *
 * Without waiters, lock and unlock are one compare-and-exchange each. A waiter polls and yields a
 * bounded number of times, then sleeps in the kernel (FUTEX_LOCK_PI), which lends the waiter's
 * priority to the owner and hands the lock over in order of priority. Not recursive. The owner can
 * be cancelled at cancellation points only. Zeroed memory is a free lock; there is no destructor.
 */
#ifndef HOSTED_LOCK_H
#define HOSTED_LOCK_H

#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <pcpu/base.h>

struct hosted_lock {
	uint32_t word; /* atomic */
};

/* What a thread knows of itself: constant, or written by the thread and its handlers alone. */
struct hosted_thread {
	uint32_t id; /* gettid(2); 0: not known yet */
	/* How deep in calls (below); bit 16: the cancellation type to go back to. */
	uint32_t calls;
	bool has_postponed; /* frees wait for a lock that it holds (hosted_postpone.c) */
};
extern __thread struct hosted_thread hosted_thread __attribute__((tls_model("initial-exec")));

/* This thread's id, which a child of fork(2) has to learn anew. Any context. */
uint32_t hosted_thread_id(void);

void hosted_lock_take(struct hosted_lock *lock);
/* False: not within ms milliseconds. */
bool hosted_lock_take_within(struct hosted_lock *lock, uint32_t ms);
void hosted_lock_give(struct hosted_lock *lock);
/* Does this thread, or what its handler has interrupted, own it? */
static inline bool hosted_lock_is_mine(const struct hosted_lock *lock)
{
	uint32_t owner = __atomic_load_n(&lock->word, __ATOMIC_RELAXED) & FUTEX_TID_MASK;

	return owner && owner == hosted_thread.id;
}

/* --- cancellation. Both pairs nest, in themselves and in each other. Any context ------------- */

/*
 * Until the end this thread is cancelled at no instruction but a cancellation point of POSIX, of
 * which nothing between the two has any. What every lock does: one call of pthread for a thread
 * whose cancellation is deferred already, as it is by default. One store begins the outermost call,
 * one ends it: a handler in between finds either state whole.
 */
static inline void hosted_call_begin(void)
{
	int type;

	if (hosted_thread.calls) {
		hosted_thread.calls++;
		return;
	}
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	hosted_thread.calls = (uint32_t)type << 16 | 1;
}

static inline void hosted_call_end(void)
{
	uint32_t type = hosted_thread.calls >> 16;

	if ((hosted_thread.calls & 0xffff) > 1) {
		hosted_thread.calls--;
		return;
	}
	hosted_thread.calls = 0;
	if (type != PTHREAD_CANCEL_DEFERRED)
		pthread_setcanceltype((int)type, NULL);
}

/*
 * Nor at a cancellation point: around what has some, or may have (callbacks, files, handlers of
 * fork). Returns the state for the end. The state alone is not enough: with glibc 2.36 an
 * asynchronous cancellation that was sent before it and comes after is acted upon.
 */
static inline int hosted_cancel_forbid(void)
{
	int state;

	hosted_call_begin();
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

static inline void hosted_cancel_restore(int state)
{
	pthread_setcancelstate(state, NULL);
	hosted_call_end();
}

#endif
