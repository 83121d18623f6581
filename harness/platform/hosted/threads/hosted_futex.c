/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_futex.c - futex(2) by syscall(2), since the C library has no function for it. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/threads/hosted_futex.h"

static int futex_call(uint32_t *word, int operation, uint32_t value, const struct timespec *time)
{
	int saved = errno, error = 0;

	if (syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, time, NULL, 0) < 0)
		error = errno;
	errno = saved;
	return error;
}

int hosted_futex_wait(uint32_t *word, uint32_t value, long ns)
{
	const struct timespec limit = {.tv_nsec = ns};

	return futex_call(word, FUTEX_WAIT, value, ns ? &limit : NULL);
}

void hosted_futex_wake_all(uint32_t *word)
{
	(void)futex_call(word, FUTEX_WAKE, INT_MAX, NULL);
}

int hosted_futex_lock_pi(uint32_t *word, const struct timespec *until)
{
	return futex_call(word, FUTEX_LOCK_PI, 0, until);
}

int hosted_futex_unlock_pi(uint32_t *word)
{
	return futex_call(word, FUTEX_UNLOCK_PI, 0, NULL);
}

/* nanosleep(3) is a cancellation point, so it is not used. */
void hosted_nap(long ns)
{
	uint32_t word = 0;

	(void)hosted_futex_wait(&word, 0, ns);
}
