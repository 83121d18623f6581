/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_futex.h - futex(2), for words of this process alone. Each returns 0 or a positive errno,
 * leaves errno as it was, is not a cancellation point and may be called by a signal handler.
 */
#ifndef HOSTED_FUTEX_H
#define HOSTED_FUTEX_H

#include <stdint.h>
#include <time.h>

/* Sleeps while *word is `value`, until a wake, a signal (EINTR) or `ns` nanoseconds have passed
   (0: no limit). */
int hosted_futex_wait(uint32_t *word, uint32_t value, long ns);
void hosted_futex_wake_all(uint32_t *word);

/*
 * Lock and unlock the kernel's priority-inheriting lock: *word is 0 or the owner's thread id, with
 * FUTEX_WAITERS set once the kernel keeps a queue. `until` on CLOCK_REALTIME, NULL: no limit.
 */
int hosted_futex_lock_pi(uint32_t *word, const struct timespec *until);
int hosted_futex_unlock_pi(uint32_t *word);

/* Sleeps for ns nanoseconds below one second, or until a signal. */
void hosted_nap(long ns);

#endif
