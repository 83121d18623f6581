/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_thread.c - gives a thread's virtual CPU and its reader's record back when it ends.
 *
 * The C library runs such destructors in rounds. Those of the program may still use the thread's
 * CPU, so this one waits for a late round.
 */
#include <pthread.h>

#include "harness/platform/hosted/hosted_plat.h"

#define ROUND 3u /* of PTHREAD_DESTRUCTOR_ITERATIONS, which are at least 4 */

static pthread_key_t key;
static bool has_key;

static void thread_ends(void *round)
{
	uintptr_t next = (uintptr_t)round + 1;

	if (next <= ROUND && pthread_setspecific(key, (void *)next) == 0)
		return;
	hosted_cpu_thread_ends();
	hosted_readers_thread_ends();
}

bool hosted_thread_end_set_up(void)
{
	if (!has_key)
		has_key = pthread_key_create(&key, thread_ends) == 0;
	return has_key;
}

bool hosted_at_thread_end(void)
{
	return pthread_setspecific(key, (void *)(uintptr_t)1) == 0;
}
