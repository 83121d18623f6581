/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * guarded_map.h - an engine as it is, but for this: who calls it must hold the inner lock.
 *
 * Fibers switch at platform calls only, so a section that forgot its lock looks whole to them; the
 * map's caller is what tells.
 */
#ifndef SIM_GUARDED_MAP_H
#define SIM_GUARDED_MAP_H

#include "map.h"
#include "plat.h"

/* The engine, guarded by this platform's inner lock. One at a time: it is good until the next call.
   *broken becomes true when a map was asked or changed without the lock. */
const struct pcpu_map_ops *guarded_map(const struct pcpu_map_ops *engine, struct plat *plat,
				       bool *broken);

#endif
