/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* lock.h - a ticket lock whose holder has interrupts off. Short sections only: an IPI's sender
   waits. */
#ifndef BOOT_LOCK_H
#define BOOT_LOCK_H

#include "kernel-test/common/arch.h"

struct spin {
	uint32_t next, owner;
};

/* With interrupts off already. */
static inline void spin_enter(struct spin *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		cpu_pause();
}

static inline void spin_leave(struct spin *lock)
{
	__atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

/* Returns the flags for spin_unlock(). */
static inline uint64_t spin_lock(struct spin *lock)
{
	uint64_t flags = interrupts_save();

	spin_enter(lock);
	return flags;
}

static inline void spin_unlock(struct spin *lock, uint64_t flags)
{
	spin_leave(lock);
	interrupts_restore(flags);
}

#endif
