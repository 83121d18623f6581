/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bitmap_check.c - map "bitmap", counted again from its bits: rooms, their tree, sizes, hint. */
#include "bitmap.h"

/* The bits alone: pads, and that each area has a start and each start an area. */
static bool bits_hold(struct bitmap *bm, uint32_t *p)
{
	const uint64_t *starts = starts_of(bm);
	uint32_t end = 64 * bm->nr_words;
	bool before_used = false;

	for (*p = 0; *p < bm->nr_granules; ++*p) {
		bool used = pcpu_bit_test(bm->used, *p), start = pcpu_bit_test(starts, *p);

		if ((start && !used) || (used && !before_used && !start))
			return false;
		before_used = used;
	}
	*p = bm->nr_granules;
	return pcpu_bits_find(bm->used, *p, end, false) == end && pcpu_bit_test(starts, *p) &&
	       pcpu_bits_find(starts, *p + 1, end, true) == end;
}

/* What M1 says, for one block. */
static uint64_t rooms_recount(const struct bitmap *bm, uint32_t block)
{
	uint32_t end = BLOCK * (block + 1), room[CLASSES] = {0}, e;
	uint64_t rooms = 0;

	for (uint32_t p = end - BLOCK; p < end; p = e + 1) {
		e = run_end(bm, p);
		for (uint32_t class = 0; class < CLASSES; class++) {
			uint32_t from = (uint32_t)pcpu_align_up(p, 1u << class);

			if (from < end && from < e && e - from > room[class])
				room[class] = e - from;
		}
	}
	for (uint32_t class = 0; class < CLASSES; class++)
		rooms |= pcpu_min64(room[class], ROOM_MOST) << (8 * class);
	return rooms;
}

static bool rooms_hold(struct bitmap *bm, uint32_t *block)
{
	const uint64_t *rooms = rooms_of(bm);
	uint32_t nr = (bm->tree.nr_blocks + 7) / 8 * 8;

	for (*block = 0; *block < nr; ++*block) {
		uint64_t due = 0, stored = rooms[*block];

		if (*block < bm->tree.nr_blocks) {
			due = rooms_recount(bm, *block);
			stored &= ~LONG_BITS;
		}
		if (stored != due)
			return false;
	}
	return true;
}

/* L1 (bitmap_long.c): of the blocks that a long run is in, one says its length, or more. */
static bool bounds_hold(struct bitmap *bm, uint32_t *block)
{
	const uint64_t *rooms = rooms_of(bm);

	for (uint32_t p = 0, e; p < bm->nr_granules; p = e + 1) {
		uint32_t bound = 0;

		e = run_end(bm, p);
		*block = p / BLOCK;
		for (uint32_t i = *block; i * BLOCK < e; i++)
			bound = (uint32_t)pcpu_max64(bound, pcpu_lane(rooms[i], LONG_LANE));
		if (e - p > LONG_MORE && bound < pcpu_bitmap_long_lane(e - p))
			return false;
	}
	return true;
}

static bool passed_holds(struct bitmap *bm)
{
	const uint64_t *rooms = rooms_of(bm);

	for (uint32_t block = 0; block < bm->passed.block; block++) {
		if (pcpu_lane(rooms[block], bm->passed.class) >= bm->passed.least)
			return false;
	}
	return bm->passed.block < bm->tree.nr_blocks || bm->passed.block == 0;
}

static bool tree_holds(struct bitmap *bm, uint32_t *node)
{
	struct pcpu_room_tree *tree = &bm->tree;
	uint64_t *rooms = rooms_of(bm);

	for (uint32_t level = 0; level < tree->nr_levels; level++) {
		uint32_t nr = pcpu_room_nodes(tree, level);

		for (*node = 0; *node < nr; ++*node) {
			if (pcpu_room_load(pcpu_room_node(tree, rooms, level, *node)) <<
				    (64 - 8 * PCPU_ROOM_LANES) !=
			    pcpu_room_recount(tree, rooms, level, *node)
				    << (64 - 8 * PCPU_ROOM_LANES))
				return false;
		}
	}
	*node = 0;
	for (uint32_t lane = 0; lane < PCPU_ROOM_LANES; lane++) {
		if (pcpu_lane(tree->most, lane) < pcpu_room_largest(tree, rooms, lane))
			return false;
	}
	for (uint32_t i = tree->at[tree->nr_levels]; i < 8 * bm->nr_tree_words; i++) {
		if (((const uint8_t *)rooms)[i] != 0)
			return false;
	}
	return true;
}

static enum pcpu_invariant sizes_check(const struct pcpu_map *map, uint32_t *at)
{
	struct pcpu_area area = {0};
	uint32_t free_bytes = 0, largest = 0;

	while (map->ops->next(map, &area)) {
		*at = area.offset;
		if (area.used)
			continue;
		free_bytes += area.bytes;
		largest = (uint32_t)pcpu_max64(largest, area.bytes);
	}
	if (free_bytes != map->free_bytes)
		return PCPU_INV_MAP_FREE_BYTES;
	return largest > map->hint_bytes ? PCPU_INV_MAP_HINT : PCPU_HOLDS;
}

enum pcpu_invariant pcpu_bitmap_check(const struct pcpu_map *map, uint32_t *at)
{
	struct bitmap *bm = bitmap_of(map);
	enum pcpu_invariant broken = PCPU_HOLDS;
	uint32_t unit = 1;

	*at = 0;
	if (bm->nr_granules != map->covered_bytes / GRANULE_BYTES)
		return PCPU_INV_MAP_SUM;
	if (!bits_hold(bm, at)) {
		broken = PCPU_INV_MAP_BITS;
	} else if (!rooms_hold(bm, at)) {
		broken = PCPU_INV_MAP_ROOMS;
		unit = BLOCK;
	} else if (!bounds_hold(bm, at)) {
		broken = PCPU_INV_MAP_BOUNDS;
		unit = BLOCK;
	} else if (!tree_holds(bm, at)) {
		broken = PCPU_INV_MAP_ROOM_TREE;
		unit = 8 * BLOCK;
	} else if (!passed_holds(bm))
		broken = PCPU_INV_MAP_SKIP;
	*at *= unit * GRANULE_BYTES;
	return broken ? broken : sizes_check(map, at);
}
