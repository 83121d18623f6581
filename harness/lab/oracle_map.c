/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * oracle_map.c - the placement oracle's map: a number per byte says who owns it.
 *
 *	before	1111 0000000 2222	size 3 at align 8: head 1, tail 3
 *	after	1111 1333333 2222	a head or tail under 4 bytes stays with its neighbour
 */
#include "oracle.h"

#define LEAST_SPLIT_BYTES 4u
#define OWNER_FREE 0u
#define OWNER_SETUP 1u
#define OWNER_OF(id) ((id) + 2u)

static void give_to(struct lab_oracle_map *map, uint32_t from, uint32_t to, uint32_t owner)
{
	for (uint32_t i = from; i < to; i++)
		map->owner[i] = owner;
}

uint32_t lab_oracle_area_end(const struct lab_oracle_map *map, uint32_t offset)
{
	uint32_t end = offset;

	while (end < map->covered_bytes && map->owner[end] == map->owner[offset])
		end++;
	return end;
}

static uint32_t count_free(const struct lab_oracle_map *map)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < map->covered_bytes; i++)
		nr += map->owner[i] == OWNER_FREE;
	return nr;
}

void lab_oracle_map_init(struct lab_oracle_map *map, uint32_t *owner, uint32_t used_bytes,
			 uint32_t covered_bytes)
{
	map->covered_bytes = covered_bytes;
	map->owner = owner;
	give_to(map, 0, used_bytes, OWNER_SETUP);
	give_to(map, used_bytes, covered_bytes, OWNER_FREE);
	map->free_bytes = covered_bytes - used_bytes;
	map->hint_bytes = map->free_bytes;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Cuts size bytes at align out of the free area [run, end), which was the last one or not. */
static uint32_t cut(struct lab_oracle_map *map, uint32_t id, uint32_t run, uint32_t end,
		    uint32_t size, uint32_t align, uint32_t largest)
{
	bool was_last = end == map->covered_bytes;
	uint32_t start = run;

	while (start % align != 0)
		start++;
	if (start - run < LEAST_SPLIT_BYTES && start > run)
		give_to(map, run, start, map->owner[run - 1]);
	else
		largest = larger(largest, start - run);
	if (end - (start + size) >= LEAST_SPLIT_BYTES) {
		largest = larger(largest, end - (start + size));
		end = start + size;
	}
	give_to(map, start, end, OWNER_OF(id));
	map->free_bytes = count_free(map);
	map->hint_bytes = was_last ? largest : larger(map->hint_bytes, largest);
	return start;
}

bool lab_oracle_map_alloc(struct lab_oracle_map *map, uint32_t id, uint32_t size, uint32_t align,
			  uint32_t *offset)
{
	uint32_t largest = 0, end;

	for (uint32_t run = 0; run < map->covered_bytes; run = end) {
		uint32_t head = (align - run % align) % align;

		end = lab_oracle_area_end(map, run);
		if (map->owner[run] != OWNER_FREE)
			continue;
		if (end - run >= head + size) {
			*offset = cut(map, id, run, end, size, align, largest);
			return true;
		}
		largest = larger(largest, end - run);
	}
	map->hint_bytes = largest;
	return false;
}

bool lab_oracle_map_free(struct lab_oracle_map *map, uint32_t offset)
{
	uint32_t from = offset, end;

	if (offset >= map->covered_bytes || map->owner[offset] == OWNER_FREE)
		return false;
	if (offset > 0 && map->owner[offset - 1] == map->owner[offset])
		return false;
	end = lab_oracle_area_end(map, offset);
	give_to(map, offset, end, OWNER_FREE);
	while (from > 0 && map->owner[from - 1] == OWNER_FREE)
		from--;
	map->free_bytes = count_free(map);
	map->hint_bytes = larger(map->hint_bytes, lab_oracle_area_end(map, from) - from);
	return true;
}
