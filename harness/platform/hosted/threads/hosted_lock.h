/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_lock.h - the lock type of this platform.
 *
 *	word	0: free	| thread id: owned | thread id + FUTEX_WAITERS: the kernel keeps a queue
 *
 * Without waiters, lock and unlock are one compare-and-exchange each. A waiter polls and yields a
 * bounded number of times, then sleeps in the kernel (FUTEX_LOCK_PI), which gives the waiter's
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

/* Per-thread state: constant, or written only by the thread and its handlers. */
struct hosted_thread {
	uint32_t id; /* gettid(2); 0: not queried yet */
	/* Depth of calls (below); from bit 16 on: the cancellation type to restore. */
	uint32_t calls;
	bool has_postponed; /* it has frees to do after it releases a lock (hosted_postpone.c) */
};
extern __thread struct hosted_thread hosted_thread __attribute__((tls_model("initial-exec")));

/* Returns this thread's id; a child of fork(2) queries it anew. Any context. */
uint32_t hosted_thread_id(void);

void hosted_lock_take(struct hosted_lock *lock);
/* Returns false when the lock was not acquired within ms milliseconds. */
bool hosted_lock_take_within(struct hosted_lock *lock, uint32_t ms);
void hosted_lock_give(struct hosted_lock *lock);
/* Returns whether this thread, or the code that its handler has interrupted, owns it. */
static inline bool hosted_lock_is_mine(const struct hosted_lock *lock)
{
	uint32_t owner = __atomic_load_n(&lock->word, __ATOMIC_RELAXED) & FUTEX_TID_MASK;

	return owner && owner == hosted_thread.id;
}

/* --- cancellation. Both pairs nest, in themselves and in each other. Any context ------------- */

/*
 * Between begin and end this thread is cancelled only at a cancellation point of POSIX, and the
 * code between has none. Every lock does this. Costs one call of pthread for a thread with deferred
 * cancellation, the default. One store begins the outermost call and one ends it, so a handler in
 * between finds a consistent state.
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
 * Also forbids cancellation at cancellation points: use it around code that has some, or may have
 * (callbacks, files, handlers of fork). Pass the returned state to the end. Setting the cancel
 * state alone is not enough: with glibc 2.36 an asynchronous cancellation that was sent before it
 * and arrives after it still takes effect.
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
