/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bitmap_rooms.h - what free runs offer a block of map "bitmap" (map_bitmap.c, M1), from the two
 * words of its free granules: a lane for each class.
 */
#ifndef PCPU_BITMAP_ROOMS_H
#define PCPU_BITMAP_ROOMS_H

#include "bitmap.h"

/* What a free run [from, from + nr), or its part from there on, offers a block that ends at
   `end`: a lane each class. */
static inline uint64_t rooms_of_run(uint32_t from, uint32_t nr, uint32_t end)
{
	uint64_t heads = (-from & 15) * CLASS_ONE & UINT64_C(0x0f07030100), rooms = ROOMS_FULL;

	PCPU_DEBUG_ASSERT(from <= end);
	if (nr < ROOM_SEEN) {
		rooms = pcpu_lanes_sub(nr * CLASS_ONE, heads);
		if (nr > ROOM_MOST)
			rooms = pcpu_lanes_min(rooms, ROOMS_FULL);
	}
	if (end - from < 16) /* the next multiple may be another block's */
		rooms &= ~pcpu_lanes_whole(pcpu_lanes_ge(heads, (end - from) * CLASS_ONE));
	return rooms;
}

/* The highest class that one of these granules, of words in any order, is a multiple of. */
static inline uint32_t class_highest(uint64_t words)
{
	words |= words >> 32;
	words |= words >> 16;
	if (words & 0x0001)
		return 4;
	if (words & 0x0100)
		return 3;
	if (words & 0x1010)
		return 2;
	return words & 0x4444 ? 1 : 0;
}

/* Rooms of runs that end inside their block, as far as FEW - 1: the places where L granules are
   free are those where L - 1 are, and where another is L - 1 places on. */
static inline uint64_t rooms_of_short(uint64_t low, uint64_t high)
{
	uint64_t at_low = low, at_high = high, rooms = 0;

	for (uint32_t nr = 1; nr < FEW && (at_low | at_high); nr++) {
		rooms += CLASS_ONE & ~(~UINT64_C(0xff) << 8 * class_highest(at_low | at_high));
		low = low >> 1 | high << 63;
		high >>= 1;
		at_low &= low;
		at_high &= high;
	}
	return rooms;
}

/* The length of the free run that starts at granule s of a block and ends inside it. */
static inline uint32_t run_inside(uint64_t low, uint64_t high, uint32_t s)
{
	uint64_t run = s < 64 ? low >> s : high >> (s - 64);

	if (s == 0 || s >= 64)
		return ~run ? (uint32_t)__builtin_ctzll(~run) : 64 + run_inside(high, 0, 0);
	run |= high << (64 - s);
	return ~run ? (uint32_t)__builtin_ctzll(~run) : 64 + run_inside(high, 0, s);
}

/* Those of FEW granules and more, at most 14 in a block; stops where the rooms are `most`. */
static inline uint64_t rooms_of_long(uint64_t low, uint64_t high, uint64_t rooms, uint64_t most)
{
	uint64_t at_low = low, at_high = high;

	for (uint32_t by = 1; by < FEW; by *= 2) {
		at_low &= at_low >> by | at_high << (64 - by);
		at_high &= at_high >> by;
	}
	while ((at_low | at_high) && rooms != most) {
		uint32_t s = at_low ? (uint32_t)__builtin_ctzll(at_low) :
				      64 + (uint32_t)__builtin_ctzll(at_high);
		uint32_t nr = run_inside(low, high, s), end = s + nr;

		if (nr > pcpu_lane(rooms, CLASSES - 1)) /* which is the smallest */
			rooms = pcpu_lanes_max(rooms, rooms_of_run(s, nr, BLOCK));
		at_high &= end < 64 ? ~UINT64_C(0) : ~UINT64_C(0) << (end - 64);
		at_low &= end < 64 ? ~UINT64_C(0) << end : 0;
	}
	return rooms;
}

#endif
