/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_lock.c - the two locks, each with its owner: who he is, is the mark of his thread.
 *
 *	outer	a pthread mutex: its holder may sleep, so whoever waits sleeps too
 *	inner	its owner's word itself: taken by a compare-and-exchange, given back by a store.
 *		Its holder never sleeps, so whoever waits looks again, and lets others run when
 *		that takes long: the holder may be one of them
 *
 * Neither is recursive; outer is never taken under inner. Both are checked at every call.
 */
#include <sched.h>

#include "hosted_plat.h"

#define LOOKS_BEFORE_YIELD 100u

/* Its address is this thread's mark. The model: an archive's code is position-independent, and
   would call a function for it. */
static __thread char self __attribute__((tls_model("initial-exec")));

static inline bool is_mine(const struct plat *plat, enum plat_lock lock)
{
	return __atomic_load_n(&plat->owner[lock], __ATOMIC_RELAXED) == &self;
}

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	return is_mine(plat, lock);
}

static bool inner_try(const void **owner)
{
	const void *nobody = NULL;

	return __atomic_compare_exchange_n(owner, &nobody, &self, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void inner_wait(const void **owner)
{
	do {
		uint32_t looks = 0;

		while (__atomic_load_n(owner, __ATOMIC_RELAXED))
			if (++looks % LOOKS_BEFORE_YIELD == 0)
				sched_yield();
	} while (!inner_try(owner));
}

static void outer_lock(struct plat *plat)
{
	PCPU_ASSERT(!is_mine(plat, PLAT_LOCK_OUTER));
	pthread_mutex_lock(&plat->outer);
	__atomic_store_n(&plat->owner[PLAT_LOCK_OUTER], &self, __ATOMIC_RELAXED);
}

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(!is_mine(plat, PLAT_LOCK_INNER));
	if (lock == PLAT_LOCK_OUTER)
		outer_lock(plat);
	else if (!inner_try(&plat->owner[lock]))
		inner_wait(&plat->owner[lock]);
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(is_mine(plat, lock));
	__atomic_store_n(&plat->owner[lock], NULL, __ATOMIC_RELEASE);
	if (lock == PLAT_LOCK_OUTER)
		pthread_mutex_unlock(&plat->outer);
}
