/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bitmap_long.c - map "bitmap", more than 64 granules: in which block may a run begin that is long
 * enough?
 *
 *	free	......|.############|####.......
 *	lane	      |13           |0			in 16 granules, rounded up; 127: or more
 *
 * L1  The lane of a block says how long the longest run of more than LONG_MORE granules is that
 *     begins in it, or more than that.
 * L2  A free raises it, and so does what takes the front of a run, where the rest begins in another
 *     block; only a search that it has misled makes it right. So what searches look at in vain was
 *     raised before, once for each time, and a run need not be sought an end at each call.
 * L3  Runs are apart and in order. So the first run that has a place has the first fit.
 *
 * Rooms say this for 64 granules and less, exactly (map_bitmap.c, M1). Exact rooms for longer runs
 * would be those of sixteen blocks at each change.
 */
#include "bitmap.h"

#define LONG_UNIT 16u  /* granules */
#define LONG_FULL 127u /* as long as a lane can say, or longer */
#define LONG_SEEN (LONG_FULL * LONG_UNIT)

uint32_t pcpu_bitmap_long_lane(uint32_t nr)
{
	return nr < LONG_SEEN ? (nr + LONG_UNIT - 1) / LONG_UNIT : LONG_FULL;
}

static void lane_raise(struct bitmap *bm, uint32_t block, uint64_t lane)
{
	pcpu_room_raise(&bm->tree, rooms_of(bm), block, lane << (8 * LONG_LANE));
}

static void lane_set(struct bitmap *bm, uint32_t block, uint64_t lane)
{
	uint64_t *rooms = rooms_of(bm);

	pcpu_room_lower(&bm->tree, rooms, block,
			(rooms[block] & ROOMS_LANES) | lane << (8 * LONG_LANE));
}

void pcpu_bitmap_cut_long(struct bitmap *bm, uint32_t s, uint32_t t)
{
	uint32_t lane = pcpu_lane(rooms_of(bm)[s / BLOCK], LONG_LANE);

	if (lane < LONG_FULL)
		lane = pcpu_bitmap_long_lane(free_behind(bm, t, LONG_SEEN));
	lane_raise(bm, t / BLOCK, lane);
}

void pcpu_bitmap_join_long(struct bitmap *bm, uint32_t s, uint32_t p, uint32_t t)
{
	uint32_t nr;

	if (p - s >= ROOM_SEEN)
		s = p - free_before(bm, p, LONG_SEEN);
	if (p - s >= LONG_SEEN || pcpu_lane(rooms_of(bm)[s / BLOCK], LONG_LANE) == LONG_FULL)
		return; /* as long as a lane can say before */
	nr = t - s;
	if (nr < LONG_SEEN)
		nr += free_behind(bm, t, LONG_SEEN - nr);
	lane_raise(bm, s / BLOCK, pcpu_bitmap_long_lane(nr));
}

/* The first fit at or behind `from` in a long run that begins in the block. UINT32_MAX: none, and
   the lane is right. */
static uint32_t block_try(struct bitmap *bm, uint32_t block, uint32_t nr, uint32_t align,
			  uint32_t from)
{
	uint32_t p = block * BLOCK, end = p + BLOCK, longest = 0;
	uint32_t most = (uint32_t)pcpu_max64(nr + align + BLOCK, LONG_SEEN);

	if (p > 0 && !pcpu_bit_test(bm->used, p - 1))
		p += free_behind(bm, p, BLOCK);
	while (p < end) {
		uint64_t places = word_places(bm, p / 64, 64) & ~UINT64_C(0) << (p % 64);
		uint32_t s, have, place;

		p = pcpu_bits_next_word(p);
		if (!places)
			continue;
		s = p - 64 + (uint32_t)__builtin_ctzll(places);
		have = free_behind(bm, s, most);
		place = (uint32_t)pcpu_align_up(pcpu_max64(s, from), align);
		if (place + nr <= s + have)
			return place;
		longest = (uint32_t)pcpu_max64(longest, have);
		p = s + have;
	}
	lane_set(bm, block, pcpu_bitmap_long_lane(longest));
	return UINT32_MAX;
}

uint32_t pcpu_bitmap_find_long(struct pcpu_map *map, uint32_t nr, uint32_t align, uint32_t from)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t least = pcpu_bitmap_long_lane(nr), block, p;

	PCPU_DEBUG_ASSERT(nr > LONG_MORE);
	from = (uint32_t)pcpu_align_up(from, align);
	if (from >= bm->nr_granules)
		return UINT32_MAX;
	if (from > 0 && free_behind(bm, from, nr) >= nr)
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
