/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front.h - the fast front: free objects of small sizes, kept per CPU before the engine.
 *
 *	alloc  <- clean magazine  <- span  <- engine		clean: zero on every CPU
 *	free   -> dirty magazine  -> clean magazine or span -> engine
 *
 * With pcpu_config.front an allocation of at most PCPU_FRONT_MAX_BYTES, and its free, take no lock
 * and execute no locked instruction while this CPU's magazines serve (SPEC.md 17). A caller that is
 * no CPU, or that interrupted a call on its CPU, takes the inner lock instead. Placements are the
 * front's own then; everything else is as pcpu.h says, but for these:
 *
 * F1  A double, wild or interior free is reported at once. Only where two CPUs free one object at
 *     the same time may both succeed: then one of them is reported when its dirty magazine is made
 *     clean, by the call that does it and before the object has two owners. Not reported: one that
 *     saw the object live, and whose write comes only after the object was handed out again; it
 *     frees the new owner's (SPEC.md 17.3).
 * F2  Statistics are exact while no call is under way. live_bytes count whole objects of their
 *     class. nr_live_max and live_bytes_max are lower bounds and count spans, too: the first is the
 *     most that a snapshot saw, or the most areas of the engine at once.
 * F3  pcpu_balance() takes back what the magazines of CPUs hold that made no call since the last
 *     balance that a magazine could not serve; pcpu_drain() what all hold.
 */
#ifndef PCPU_FRONT_H
#define PCPU_FRONT_H

#include "pcpu.h"

PCPU_C_BEGIN

#define PCPU_FRONT_MAX_BYTES 1024u
#define PCPU_FRONT_GRANULE   4u /* of the maps that it works over (map.h, granule_bytes) */

/* --- being a CPU ----------------------------------------------------------------------------- */

struct pcpu_front_cpu;

/*
 * Which CPU of which instance the caller is. One for each thread (a boot image: for each CPU), and
 * the calls of this header alone write it. `owner` is NULL while one of them works on this CPU's
 * magazines: what interrupts it sees that.
 */
struct pcpu_caller {
	struct pcpu *owner;	      /* as pcpu, or NULL: inside a call */
	struct pcpu_front_cpu *front; /* this CPU's magazines, or empty ones while it is stopped */
	struct pcpu *pcpu;	      /* NULL: the caller is no CPU */
	uint32_t cpu;
};
extern PCPU_THREAD_LOCAL struct pcpu_caller pcpu_here;

/*
 * The calling thread is this possible CPU from now on, alone; pcpu_here stays where it is until it
 * leaves. Without a front: nothing. Metadata may be missing: then the CPU has no magazines until
 * a later call. May sleep. A thread is one CPU at a time.
 */
void pcpu_cpu_enter(struct pcpu *pcpu, uint32_t cpu) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);
/* The thread is no CPU any more, if it was one. What the magazines hold stays the CPU's. May
   sleep. pcpu_destroy() makes every thread leave. */
void pcpu_cpu_leave(void);
/* For threads that are not the compiler's (fibers): saves the caller's record in *from, which stays
   until the return, and goes on with *to. Not inside a call on the same platform's locks. */
void pcpu_here_switch(struct pcpu_caller *from, const struct pcpu_caller *to);

/*
 * Stops all CPUs: returns once none is inside a call that works on magazines; calls of stopped CPUs
 * take the inner lock instead. For who holds the outer lock alone: before fork(2), and the core
 * itself. False: the platform has no barrier (plat_cpus_barrier()), nothing is stopped.
 */
bool pcpu_cpus_stop(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
void pcpu_cpus_go(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* After fork(2), in the child, with the CPUs stopped: no thread is this CPU. */
void pcpu_cpu_forget(struct pcpu *pcpu, uint32_t cpu) PCPU_REQUIRES(PLAT_OUTER);

bool pcpu_has_front(const struct pcpu *pcpu);

/* --- giving back ----------------------------------------------------------------------------- */

/* Empties all magazines, returns what is whole to the engine, and balances. Takes the outer lock,
   may sleep, waits for CPUs inside a call. Without a front: balances. */
void pcpu_drain(struct pcpu *pcpu) PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER);

/* --- several at once -------------------------------------------------------------------------- */

/* nr objects of one size: all, or none (false; out[] is undefined then). As pcpu_alloc() else. */
bool pcpu_alloc_many(struct pcpu *pcpu, size_t size, size_t align, unsigned flags, size_t nr,
		     struct pcpu_ptr *out) PCPU_EXCLUDES(PLAT_INNER);
/* Frees each of them, {0} included. */
void pcpu_free_many(struct pcpu *pcpu, const struct pcpu_ptr *pointers, size_t nr)
	PCPU_EXCLUDES(PLAT_INNER);

/* Objects of one lifetime, each with its own size: what a fork or a container makes. */
struct pcpu_group_item {
	size_t size, align;
	struct pcpu_ptr pointer; /* written by pcpu_group_alloc() */
};
/* All, or none: then false, and every pointer is {0}. */
bool pcpu_group_alloc(struct pcpu *pcpu, struct pcpu_group_item *items, size_t nr, unsigned flags)
	PCPU_EXCLUDES(PLAT_INNER);
/* Frees them, and sets every pointer to {0}. */
void pcpu_group_free(struct pcpu *pcpu, struct pcpu_group_item *items, size_t nr)
	PCPU_EXCLUDES(PLAT_INNER);

/* An object that `init` fills on each possible CPU before anybody has the pointer; it is called
   with each CPU's copy, whose contents are undefined. {0}: as pcpu_alloc(). */
struct pcpu_ptr pcpu_alloc_init(struct pcpu *pcpu, size_t size, size_t align, unsigned flags,
				void (*init)(void *context, uintptr_t address, uint32_t cpu),
				void *context) PCPU_EXCLUDES(PLAT_INNER);

PCPU_C_END

#endif
