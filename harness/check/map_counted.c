/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_counted.c - see map_counted.h. */
#include "harness/check/map_counted.h"

static struct lab_map_counts *counts_of(const struct pcpu_map *map)
{
	uintptr_t ops = (uintptr_t)map->ops;

	return (struct lab_map_counts *)(ops - offsetof(struct lab_map_counts, ops));
}

static void counted_answer(const struct pcpu_map *map, enum lab_map_answer last)
{
	counts_of(map)->last = last;
	counts_of(map)->last_map = map;
}

static void counted_init(struct pcpu_map *map, void *memory, uint32_t capacity, uint32_t used_bytes,
			 uint32_t covered_bytes)
{
	counts_of(map)->map->init(map, memory, capacity, used_bytes, covered_bytes);
	counts_of(map)->newest = map;
}

static uint32_t counted_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	uint32_t capacity = counts_of(map)->map->capacity_needed(map, spare);

	if (capacity != 0)
		counted_answer(map, LAB_MAP_FULL);
	return capacity;
}

static void counted_move(struct pcpu_map *map, void *memory, uint32_t capacity)
{
	counts_of(map)->map->move(map, memory, capacity);
	counts_of(map)->nr_moves++;
	counted_answer(map, LAB_MAP_SILENT);
}

/* Adds the growth of the map's own counts. */
static void add_growth(const struct pcpu_map *map, uint64_t probes_before, uint64_t moved_before)
{
	counts_of(map)->nr_probes += map->nr_probes - probes_before;
	counts_of(map)->nr_moved_bytes += map->nr_moved_bytes - moved_before;
}

static enum pcpu_fit_result counted_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					  const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	static const enum lab_map_answer answers[] = {
		[PCPU_FIT_NONE] = LAB_MAP_NONE,
		[PCPU_FIT_TAKEN] = LAB_MAP_TAKEN,
		[PCPU_FIT_UNBACKED] = LAB_MAP_UNBACKED,
	};
	uint64_t probes = map->nr_probes, moved = map->nr_moved_bytes;
	enum pcpu_fit_result result =
		counts_of(map)->map->alloc(map, size, align, pages, fit);

	add_growth(map, probes, moved);
	counted_answer(map, answers[result]);
	return result;
}

static bool counted_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	uint64_t probes = map->nr_probes, moved = map->nr_moved_bytes;
	bool freed = counts_of(map)->map->free(map, offset, fit);

	add_growth(map, probes, moved);
	return freed;
}

const struct pcpu_engine *lab_map_counted(struct lab_map_counts *counts,
					  const struct pcpu_engine *engine)
{
	*counts = (struct lab_map_counts){
		.map = engine->map, .ops = *engine->map, .engine = *engine,
	};
	counts->engine.map = &counts->ops;
	counts->ops.init = counted_init;
	counts->ops.capacity_needed = counted_capacity_needed;
	counts->ops.move = counted_move;
	counts->ops.alloc = counted_alloc;
	counts->ops.free = counted_free;
	return &counts->engine;
}

void lab_map_counts_begin(struct lab_map_counts *counts)
{
	counts->last = LAB_MAP_SILENT;
	counts->last_map = counts->newest = NULL;
}
