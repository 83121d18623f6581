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

#endif
