/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * guarded_map.h - wraps an engine and checks that its callers hold the right locks.
 *
 * R1  full, move, alloc, free: the inner lock is held.
 * R2  move: the outer lock is held too (chunk.h, L1).
 * R3  alloc: full() was asked of this map just before, in the same hold of the inner lock, and it
 *     was not. What was true before the lock was dropped is true no more.
 *
 * Fibers switch at platform calls only, so other fibers cannot see a section without its lock; the
 * check of the map's caller can.
 */
#ifndef SIM_GUARDED_MAP_H
#define SIM_GUARDED_MAP_H

#include <pcpu/engine.h>
#include "harness/platform/sim/sim.h"

/* The engine, guarded by this platform's locks. One at a time: it is good until the next call. The
   first broken rule is a sentence in *wrong, which is NULL until then. */
const struct pcpu_engine *guarded_map(const struct pcpu_engine *engine, struct plat *plat,
				      const char **wrong);

#endif
