/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* guarded_map.c - see guarded_map.h. Calls of the walker, which runs alone, are not guarded. */
#include "harness/check/live/guarded_map.h"

static struct {
	const struct pcpu_map_ops *map;
	struct pcpu_map_ops ops;
	struct pcpu_engine engine;
	struct plat *plat;
	const char **wrong;
	const struct pcpu_map *checked; /* the map that had capacity when last checked */
	uint64_t checked_hold;		/* ... in this critical section of the inner lock */
} guard;

static void guard_demand(bool holds, const char *sentence)
{
	if (!holds && !*guard.wrong)
		*guard.wrong = sentence;
}

static void guard_inspect(void)
{
	guard_demand(plat_lock_held(guard.plat, PLAT_LOCK_INNER),
		     "a map was used without the inner lock");
}

static uint64_t guard_hold(void)
{
	return sim_lock_holds(guard.plat, PLAT_LOCK_INNER);
}

static uint32_t guarded_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	uint32_t capacity = guard.map->capacity_needed(map, spare);

	guard_inspect();
	guard.checked = capacity == 0 && spare >= PCPU_MAP_SPARE ? map : NULL;
	guard.checked_hold = guard_hold();
	return capacity;
}

static void guarded_move(struct pcpu_map *map, void *memory, uint32_t capacity)
{
	guard_inspect();
	guard_demand(plat_lock_held(guard.plat, PLAT_LOCK_OUTER),
		     "a map was moved without the outer lock");
	guard.map->move(map, memory, capacity);
}

static enum pcpu_fit_result guarded_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					  const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	guard_inspect();
	guard_demand(
		guard.checked == map && guard.checked_hold == guard_hold(),
		"an area was wanted of a map that was not asked for room since the lock was taken");
	guard.checked = NULL;
	return guard.map->alloc(map, size, align, pages, fit);
}

static bool guarded_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	guard_inspect();
	return guard.map->free(map, offset, fit);
}

const struct pcpu_engine *guarded_map(const struct pcpu_engine *engine, struct plat *plat,
				      const char **wrong)
{
	guard.map = engine->map;
	guard.ops = *engine->map;
	guard.engine = *engine;
	guard.engine.map = &guard.ops;
	guard.ops.capacity_needed = guarded_capacity_needed;
	guard.ops.move = guarded_move;
	guard.ops.alloc = guarded_alloc;
	guard.ops.free = guarded_free;
	guard.plat = plat;
	guard.wrong = wrong;
	guard.checked = NULL;
	*wrong = NULL;
	return &guard.engine;
}
