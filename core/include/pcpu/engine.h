/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * engine.h - an engine: a map (who owns which bytes of a unit) and a chunk policy (which chunk is
 * tried next, and when chunks and pages come and go).
 *
 *	engines.def	X("area", area, reference)	 name, map_area.c, policy_reference.c
 *	                    |
 *	pcpu_create() -> instance -> every chunk's map
 *
 * Several live in one process, to be compared.
 */
#ifndef PCPU_ENGINE_H
#define PCPU_ENGINE_H

#include "map.h"

PCPU_C_BEGIN

struct pcpu_policy; /* the core's own: core/policy.h */

struct pcpu_engine {
	const char *name;
	const struct pcpu_map_ops *map;
	const struct pcpu_policy *policy;
};

/* The name of the engine that a configuration gets which names none. */
#define PCPU_DEFAULT_ENGINE "bitmap"

/* All engines of engines.def, in order; and one by its name, NULL when there is none. */
extern const struct pcpu_engine pcpu_engines[];
extern const uint32_t pcpu_nr_engines;
const struct pcpu_engine *pcpu_engine_find(const char *name);

/* Does this engine, by its map's and its policy's tables, promise that? And in one sentence. */
bool pcpu_engine_keeps(const struct pcpu_engine *engine, enum pcpu_promise promise);
const char *pcpu_promise_text(enum pcpu_promise promise);

PCPU_C_END

#endif
