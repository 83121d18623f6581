/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_rcu_lock.c - the same by a lock, for ThreadSanitizer builds: liburcu orders by
 * membarrier(2), which the sanitizer cannot see, and every deferred free would look like a race.
 *
 *	readers	hold the lock shared
 *	writer	waits for it alone, then releases what was deferred before
 */
#include "hosted_plat.h"

static pthread_rwlock_t readers = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct hosted_deferred *list; /* under list_lock, linked by link[0] */
static __thread unsigned depth;	     /* of this thread's nested readers */

void hosted_read_begin(void)
{
	if (depth++ == 0)
		pthread_rwlock_rdlock(&readers);
}

void hosted_read_end(void)
{
	if (--depth == 0)
		pthread_rwlock_unlock(&readers);
}

/* With the lock held alone, or no reader that could have seen what is on the list. */
static void release_all(struct hosted_deferred *deferred)
{
	while (deferred) {
		struct hosted_deferred *next = deferred->link[0];

		deferred->release(deferred);
		deferred = next;
	}
}

static struct hosted_deferred *list_take(void)
{
	struct hosted_deferred *taken;

	pthread_mutex_lock(&list_lock);
	taken = list;
	list = NULL;
	pthread_mutex_unlock(&list_lock);
	return taken;
}

/* Releases at once when nobody reads; else the next one, or the barrier, does. */
void hosted_defer(struct hosted_deferred *deferred, void (*then)(struct hosted_deferred *))
{
	deferred->release = then;
	pthread_mutex_lock(&list_lock);
	deferred->link[0] = list;
	list = deferred;
	pthread_mutex_unlock(&list_lock);
	if (depth || pthread_rwlock_trywrlock(&readers) != 0)
		return;
	release_all(list_take());
	pthread_rwlock_unlock(&readers);
}

void hosted_rcu_barrier(void)
{
	PCPU_ASSERT(depth == 0);
	pthread_rwlock_wrlock(&readers);
	release_all(list_take());
	pthread_rwlock_unlock(&readers);
}
