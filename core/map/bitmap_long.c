/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bitmap_long.c - map "bitmap", more than 64 granules: which block may a run be in that is long
 * enough?
 *
 *	free	......|.############|############|####....
 *	lane	      |0            |19          |0	in 16 granules, rounded up; 127: or more
 *
 * L1  A run of more than LONG_MORE granules has a block that it is in, or a part of it, whose lane
 *     says its length, or more.
 * L2  A lane may be too large. A free raises that of its block, and so does what takes the front of
 *     a run, where the rest begins in another; neither seeks the run's ends. Only a search that a
 *     lane has misled makes it right: what is looked at in vain was raised before.
 * L3  Runs are apart and in order, and so are the blocks that speak for them. So the first run that
 *     has a place has the first fit.
 *
 * Rooms say this for 64 granules and less, exactly (map_bitmap.c, M1). Exact rooms for longer runs
 * would be those of sixteen blocks at each change.
 */
#include "bitmap.h"

#define LONG_UNIT 16u /* granules */
#define LONG_SEEN (LONG_FULL * LONG_UNIT)

uint32_t pcpu_bitmap_long_lane(uint32_t nr)
{
	return nr < LONG_SEEN ? (nr + LONG_UNIT - 1) / LONG_UNIT : LONG_FULL;
}

static void lane_raise(struct bitmap *bm, uint32_t block, uint64_t lane)
{
	pcpu_room_raise(&bm->tree, rooms_of(bm), block, lane << (8 * LONG_LANE));
}

/* Other blocks may speak for the run. */
static void lane_lower(struct bitmap *bm, uint32_t block, uint64_t lane)
{
	uint64_t *rooms = rooms_of(bm);

	if (lane < pcpu_lane(rooms[block], LONG_LANE))
		pcpu_room_lower(&bm->tree, rooms, block,
				(rooms[block] & ROOMS_LANES) | lane << (8 * LONG_LANE));
}

/* What is left before the area needs none: what made that free, or its start, raised one of its
   blocks. */
void pcpu_bitmap_cut_long(struct bitmap *bm, uint32_t t, uint32_t e)
{
	lane_raise(bm, t / BLOCK, e - t < ROOM_SEEN ? pcpu_bitmap_long_lane(e - t) : LONG_FULL);
}

/* A long area that is freed is seldom, and worth a look at what is beside it. */
void pcpu_bitmap_join_long(struct bitmap *bm, uint32_t p, uint32_t t, uint32_t s, uint32_t e)
{
	bool seen = p - s < ROOM_SEEN && e - t < ROOM_SEEN;

	if (!seen && t - p > LONG_MORE && t - p < LONG_SEEN) {
		s = p - free_before(bm, p, LONG_SEEN);
		e = t + free_behind(bm, t, LONG_SEEN);
		seen = true;
	}
	lane_raise(bm, p / BLOCK, seen ? pcpu_bitmap_long_lane(e - s) : LONG_FULL);
}

/* The first fit at or behind `from` in a long run that is in the block, or a part of it.
   UINT32_MAX: none, and the lane is no larger than it need be. */
static uint32_t block_try(struct bitmap *bm, uint32_t block, uint32_t nr, uint32_t align,
			  uint32_t from)
{
	uint32_t p = block * BLOCK, end = p + BLOCK, longest = 0;
	uint32_t most = (uint32_t)pcpu_max64(nr + align + BLOCK, LONG_SEEN);

	if (!pcpu_bit_test(bm->used, p))
		p -= free_before(bm, p, UINT32_MAX);
	while (p < end) {
		uint64_t places = word_places(bm, p / 64, 64) & ~UINT64_C(0) << (p % 64);
		uint32_t s, have, place;

		p = pcpu_bits_next_word(p);
		if (!places)
			continue;
		s = p - 64 + (uint32_t)__builtin_ctzll(places);
		have = free_behind(bm, s, (uint32_t)pcpu_max64(most, end - s));
		place = (uint32_t)pcpu_align_up(pcpu_max64(s, from), align);
		if (place + nr <= s + have)
			return place;
		longest = (uint32_t)pcpu_max64(longest, have);
		p = s + have;
	}
	lane_lower(bm, block, pcpu_bitmap_long_lane(longest));
	return UINT32_MAX;
}

uint32_t pcpu_bitmap_find_long(struct pcpu_map *map, uint32_t nr, uint32_t align, uint32_t from)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t least = pcpu_bitmap_long_lane(nr), block, p;

	PCPU_DEBUG_ASSERT(nr > LONG_MORE);
	from = (uint32_t)pcpu_align_up(from, align);
	if (from > 0 && from < bm->nr_granules && free_behind(bm, from, nr) >= nr)
		return from;
	block = from > 0 ? pcpu_room_next(&bm->tree, rooms_of(bm), LONG_LANE, least, from / BLOCK) :
			   pcpu_room_first(&bm->tree, rooms_of(bm), LONG_LANE, least);
	while (block < bm->tree.nr_blocks) {
		map->nr_probes++;
		p = block_try(bm, block, nr, align, from);
		if (p != UINT32_MAX)
			return p;
		block = pcpu_room_next(&bm->tree, rooms_of(bm), LONG_LANE, least, block + 1);
	}
	return UINT32_MAX;
}
