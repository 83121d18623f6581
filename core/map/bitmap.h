/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bitmap.h - what map "bitmap" keeps, and its bits: used and starts of granules, free runs, areas.
 * The rules are in map_bitmap.c.
 *
 *	struct bitmap | used | pad | starts | pad | rooms | levels of their tree
 */
#ifndef PCPU_BITMAP_H
#define PCPU_BITMAP_H

#include <pcpu/bits.h>
#include <pcpu/map.h>
#include "room_tree.h"

#define BLOCK_WORDS	2u
#define BLOCK		(64u * BLOCK_WORDS) /* granules */
#define CLASSES		5u
#define ROOM_MOST	112u /* a room of so many granules means at least so many */
#define ROOM_SEEN	127u /* ROOM_MOST + 15: the run's length from where no multiple starts */
#define FEW		8u   /* shorter runs are counted all at once */
#define CLASS_ONE	UINT64_C(0x0101010101)
#define ROOMS_FULL	(ROOM_MOST * CLASS_ONE)
#define ROOMS_LANES	(0x7f * CLASS_ONE)

#define LONG_LANE	CLASSES /* of the tree, behind the classes: bitmap_long.c */
#define LONG_BITS	(UINT64_C(0x7f) << 8 * LONG_LANE)
#define LONG_MORE	64u  /* runs of more granules are long */
#define LONG_FULL	127u /* as long as a lane can say, or longer */

PCPU_STATIC_ASSERT(ROOM_MOST + (1u << (CLASSES - 1)) - 1 == ROOM_SEEN && ROOM_SEEN < BLOCK,
		   "a room ends in the next block but one at the latest, and is a lane");

PCPU_STATIC_ASSERT(LONG_LANE + 1 == PCPU_ROOM_LANES && LONG_MORE < ROOM_SEEN,
		   "a long run is seen as such");

#define GRANULE_BYTES	4u
#define PAGE		(PCPU_PAGE_BYTES / GRANULE_BYTES)
#define PAD_WORDS	1u

PCPU_STATIC_ASSERT(PAGE % BLOCK == 0, "a page is whole blocks");

struct bitmap {
	uint32_t nr_granules;
	uint32_t nr_words; /* of used, and of starts */
	struct pcpu_room_tree tree;
	uint32_t rooms_at; /* in words from used */
	uint32_t nr_tree_words, unused;
	/* A search that came this far before: all blocks before this one have room for less than
	   `least` in the class. */
	struct {
		uint32_t block, class, least;
	} passed;
	uint64_t used[]; /* then starts, rooms, levels */
};

static inline struct bitmap *bitmap_of(const struct pcpu_map *map)
{
	return map->memory;
}

static inline uint64_t *starts_of(struct bitmap *bm)
{
	return bm->used + bm->nr_words;
}

static inline uint64_t *rooms_of(struct bitmap *bm)
{
	return bm->used + bm->rooms_at;
}

static inline struct bitmap bitmap_plan(uint32_t covered_bytes, size_t *words)
{
	struct bitmap bm = {.nr_granules = covered_bytes / GRANULE_BYTES};
	uint32_t nr_blocks = (bm.nr_granules + BLOCK - 1) / BLOCK;

	bm.nr_words = BLOCK_WORDS * nr_blocks + PAD_WORDS;
	bm.rooms_at = 2 * bm.nr_words;
	bm.nr_tree_words = pcpu_room_plan(&bm.tree, nr_blocks);
	*words = bm.rooms_at + bm.nr_tree_words;
	return bm;
}

static inline void used_set(struct bitmap *bm, uint32_t p, uint32_t t)
{
	if (p % 64 + (t - p) > 64)
		pcpu_bits_set(bm->used, p, t);
	else
		bm->used[p / 64] |= ~UINT64_C(0) >> (64 - (t - p)) << (p % 64);
}

static inline void used_clear(struct bitmap *bm, uint32_t p, uint32_t t)
{
	if (p % 64 + (t - p) > 64)
		pcpu_bits_clear(bm->used, p, t);
	else
		bm->used[p / 64] &= ~(~UINT64_C(0) >> (64 - (t - p)) << (p % 64));
}

/* How many granules directly before p are free; where that is `most` or more, at least `most`. */
static inline uint32_t free_before(const struct bitmap *bm, uint32_t p, uint32_t most)
{
	uint32_t word = p / 64, nr = p % 64;
	uint64_t used = nr ? bm->used[word] << (64 - nr) : 0;

	if (used)
		return (uint32_t)__builtin_clzll(used);
	while (nr < most && word > 0) {
		used = bm->used[--word];
		if (used)
			return nr + (uint32_t)__builtin_clzll(used);
		nr += 64;
	}
	return nr;
}

/* The same at and behind p. */
static inline uint32_t free_behind(const struct bitmap *bm, uint32_t p, uint32_t most)
{
	uint32_t word = p / 64, nr = 64 - p % 64;
	uint64_t used = bm->used[word] >> (p % 64);

	if (used)
		return (uint32_t)__builtin_ctzll(used);
	while (nr < most) {
		used = bm->used[++word];
		if (used)
			return nr + (uint32_t)__builtin_ctzll(used);
		nr += 64;
	}
	return nr;
}

/* Where the free run that p belongs to ends. */
static inline uint32_t run_end(const struct bitmap *bm, uint32_t p)
{
	return p + free_behind(bm, p, UINT32_MAX);
}

/* Where the area that starts at p ends. */
static inline uint32_t area_end(struct bitmap *bm, uint32_t p)
{
	const uint64_t *starts = starts_of(bm);
	uint32_t word = p / 64;
	uint64_t ends = (~bm->used[word] | starts[word]) & ~UINT64_C(1) << (p % 64);

	while (!ends) {
		word++;
		ends = ~bm->used[word] | starts[word];
	}
	return 64 * word + (uint32_t)__builtin_ctzll(ends);
}

/* Places of a word at which nr (1..64) granules are free. */
static inline uint64_t word_places(const struct bitmap *bm, uint32_t word, uint32_t nr)
{
	return pcpu_word_runs(~bm->used[word], ~bm->used[word + 1], nr);
}

/* bitmap_long.c: the first fit of more than LONG_MORE granules at or behind `from`; UINT32_MAX:
   there is none. */
uint32_t pcpu_bitmap_find_long(struct pcpu_map *map, uint32_t nr, uint32_t align, uint32_t from);

/* The long run [t, e) is left of one that began in another block; e is right as far as ROOM_SEEN
   goes. */
void pcpu_bitmap_cut_long(struct bitmap *bm, uint32_t t, uint32_t e);

/* [p, t) is part of the long free run [s, e) now; the ends as above. */
void pcpu_bitmap_join_long(struct bitmap *bm, uint32_t p, uint32_t t, uint32_t s, uint32_t e);

/* What the lane of a block says at least for a long run of so many granules. */
uint32_t pcpu_bitmap_long_lane(uint32_t nr);

/* bitmap_check.c: everything counted again. */
enum pcpu_invariant pcpu_bitmap_check(const struct pcpu_map *map, uint32_t *at);

#endif
