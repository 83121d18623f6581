/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* guarded_map.c - see guarded_map.h. What walkers use while all is quiet is not guarded. */
#include "guarded_map.h"

static struct {
	const struct pcpu_map_ops *engine;
	struct pcpu_map_ops ops;
	struct plat *plat;
	bool *broken;
} guard;

static void look(void)
{
	if (!plat_lock_held(guard.plat, PLAT_LOCK_INNER))
		*guard.broken = true;
}

static uint32_t guarded_full(const struct pcpu_map *map, uint32_t spare)
{
	look();
	return guard.engine->full(map, spare);
}

static void guarded_move(struct pcpu_map *map, void *memory, uint32_t room)
{
	look();
	guard.engine->move(map, memory, room);
}

static enum pcpu_fit_result guarded_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					  const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	look();
	return guard.engine->alloc(map, size, align, pages, fit);
}

static bool guarded_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	look();
	return guard.engine->free(map, offset, fit);
}

const struct pcpu_map_ops *guarded_map(const struct pcpu_map_ops *engine, struct plat *plat,
				       bool *broken)
{
	guard.engine = engine;
	guard.ops = *engine;
	guard.ops.full = guarded_full;
	guard.ops.move = guarded_move;
	guard.ops.alloc = guarded_alloc;
	guard.ops.free = guarded_free;
	guard.plat = plat;
	guard.broken = broken;
	*broken = false;
	return &guard.ops;
}
