/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_lock.c - the two locks: pthread mutexes that know their owner.
 *
 * Neither is recursive; outer is never taken under inner. Both are checked at every call.
 */
#include "hosted_plat.h"

static __thread char self; /* its address is this thread's mark */

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	return __atomic_load_n(&plat->locks[lock].owner, __ATOMIC_RELAXED) == &self;
}

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	PCPU_ASSERT(!plat_lock_held(plat, lock));
	pthread_mutex_lock(&plat->locks[lock].mutex);
	__atomic_store_n(&plat->locks[lock].owner, &self, __ATOMIC_RELAXED);
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(plat_lock_held(plat, lock));
	__atomic_store_n(&plat->locks[lock].owner, NULL, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&plat->locks[lock].mutex);
}
