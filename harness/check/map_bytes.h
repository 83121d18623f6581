/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_bytes.h - the reference engine: a map that remembers of each byte what it is, with the
 * placement policy of engine "area" (SPEC.md 4). Behind the same interface, so that it can take an
 * engine's place anywhere: beside one in lock-step, or under a whole allocator.
 *
 * Engines of one policy agree with it on offsets, hints, free bytes and areas. Slow, and dumb on
 * purpose: it shares no idea with any engine but the specification.
 */
#ifndef LAB_MAP_BYTES_H
#define LAB_MAP_BYTES_H

#include <pcpu/map.h>

extern const struct pcpu_map_ops lab_map_bytes;

/* Does the map promise PCPU_PROMISE_RUNS? */
static inline bool lab_keeps_runs(const struct pcpu_map *map)
{
	return !(map->ops->breaks >> PCPU_PROMISE_RUNS & 1);
}

/* Do fits of a map and of this one agree? Where the map does not keep runs, in the area, and in
   those of its pages that lie wholly in the run. */
bool lab_same_fit(const struct pcpu_map *map, const struct pcpu_fit *fit,
		  const struct pcpu_fit *due);

/* Hints, likewise: one that is a bound alone is for the map's check(). */
static inline bool lab_same_hint(const struct pcpu_map *map, const struct pcpu_map *reference)
{
	return !lab_keeps_runs(map) || map->hint_bytes == reference->hint_bytes;
}

#endif
