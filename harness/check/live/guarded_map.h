/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * guarded_map.h - wraps an engine and checks that its callers hold the right locks.
 *
 * R1  full, move, alloc, free: the inner lock is held.
 * R2  move: the outer lock is held too (chunk.h, L1).
 * R3  alloc: full() was called for this map just before, in the same critical section of the inner
 *     lock, and returned that it was not full. Results from before the lock was dropped are stale.
 *
 * Fibers switch at platform calls only, so other fibers cannot detect a missing lock; this check of
 * the map's caller can.
 */
#ifndef SIM_GUARDED_MAP_H
#define SIM_GUARDED_MAP_H

#include <pcpu/engine.h>
#include "harness/platform/sim/sim.h"

/* Returns the engine, guarded by this platform's locks. One at a time: it is valid until the next
   call. *wrong is NULL until the first broken rule, then a sentence. */
const struct pcpu_engine *guarded_map(const struct pcpu_engine *engine, struct plat *plat,
				      const char **wrong);

#endif
