/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_bytes.h - the reference engine: a map with a state for each byte, and the placement policy of
 * engine "area" (SPEC.md 4). It has an engine's interface, so it can replace an engine anywhere:
 * beside one in lock-step, or under a whole allocator.
 *
 * Engines of one policy agree with it on offsets, hints, free bytes and areas. Slow, and
 * deliberately simple: it shares nothing with any engine but the specification.
 */
#ifndef LAB_MAP_BYTES_H
#define LAB_MAP_BYTES_H

#include <pcpu/map.h>

extern const struct pcpu_map_ops lab_map_bytes;

/* Returns whether the map promises PCPU_PROMISE_RUNS. */
static inline bool lab_keeps_runs(const struct pcpu_map *map)
{
	return !(map->ops->breaks >> PCPU_PROMISE_RUNS & 1);
}

/* Returns whether fits of a map and of this one agree. If the map does not keep runs, compares the
   area, and those of its pages that lie completely in the run. */
bool lab_same_fit(const struct pcpu_map *map, const struct pcpu_fit *fit,
		  const struct pcpu_fit *due);

/* Compares hints likewise; a hint that is only a bound is left to the map's check(). */
static inline bool lab_same_hint(const struct pcpu_map *map, const struct pcpu_map *reference)
{
	return !lab_keeps_runs(map) || map->hint_bytes == reference->hint_bytes;
}

#endif
