/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_bitmap.c - map "bitmap": two bits a granule of 4 bytes, and rooms of blocks of 512 bytes.
 *
 *	granule	0       8       16           128 ...
 *	used	####..##|#.......|  ...      |		is it part of an area?
 *	starts	x.x...x.|x.......|  ...      |		does an area start here?
 *	rooms	 class 0: 7   1: 6   2: 4   3: 0   4: 0	...of granules 0..15, were they a block
 *
 * M1  The room of a block in class k is the longest free run that begins, or is entered, at a
 *     multiple of 2^k granules inside the block; its end may lie behind. Clipped at ROOM_MOST.
 *     So the first block with room enough holds the first fit, whatever is in the way of others.
 * M2  The clip is why a change at [p, t) changes rooms of the blocks of [p, t) and of the one
 *     before alone. A free only raises rooms, to what its run offers; no other run need be read.
 * M3  Bits behind the last granule are used, one word of them is always there; the granule behind
 *     the last starts an area. So a search for an end needs no bound.
 * M4  What set-up takes is whole granules, rounded up; less than one at the end goes with the last.
 *
 * Cost: O(levels of the tree) for objects of up to LONG_MORE granules at up to 16, whatever else
 * there is. A more aligned one verifies each run with room that comes first; bitmap_long.c has the
 * longer ones.
 * Placements are those of map "area" where all is in whole granules.
 */
#include "bitmap_rooms.h"

/* --- records ---------------------------------------------------------------------------------- */

static uint32_t bitmap_capacity(uint32_t covered_bytes, uint32_t wanted)
{
	return covered_bytes / GRANULE_BYTES + PCPU_MAP_SPARE; /* all that there can be */
}

static size_t bitmap_memory(uint32_t covered_bytes, uint32_t capacity)
{
	size_t words;

	(void)bitmap_plan(covered_bytes, &words);
	return sizeof(struct bitmap) + words * sizeof(uint64_t);
}

static uint32_t bitmap_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	return 0;
}

static void bitmap_move(struct pcpu_map *map, void *memory, uint32_t capacity)
{
	PCPU_DEBUG_ASSERT(memory != map->memory);
	memcpy(memory, map->memory, bitmap_memory(map->covered_bytes, capacity));
	map->memory = memory;
}

/* --- rooms ------------------------------------------------------------------------------------ */

/* The rooms of a block by its bits; none is above `most`, what they were before a granule was
   taken. */
static uint64_t rooms_count(const struct bitmap *bm, uint32_t block, uint64_t most)
{
	uint64_t low = ~bm->used[2 * block], high = ~bm->used[2 * block + 1], rooms = 0;

	if (high >> 63) { /* a run that may go on behind the block */
		uint32_t end = BLOCK * (block + 1), nr = free_before(bm, end, BLOCK);

		PCPU_DEBUG_ASSERT(nr > 0 && nr <= BLOCK);
		rooms = rooms_of_run(end - nr, nr + free_behind(bm, end, ROOM_SEEN), end);
		high = nr < 64 ? high << nr >> nr : 0;
		low = nr < 64 ? low : nr < BLOCK ? low << (nr - 64) >> (nr - 64) : 0;
	}
	if (pcpu_lane(most, 0) >= FEW)
		rooms = rooms_of_long(low, high, rooms, most);
	if (rooms == most)
		return rooms;
	return pcpu_lanes_max(rooms, rooms_of_short(low, high));
}

/* May rooms have come from [from, e) alone, of which [p, t) was taken? */
static inline bool rooms_may_shrink(uint64_t was, uint32_t end, uint32_t from, uint32_t p,
				    uint32_t t, uint32_t e)
{
	uint64_t keeps = 0, short_of;

	if (t < end && t < e)
		keeps = rooms_of_run(t, e - t, end);
	if (from < p)
		keeps = pcpu_lanes_max(keeps, rooms_of_run(from, p - from, end));
	short_of = ~pcpu_lanes_ge(keeps, was) & PCPU_LANES_TOPS;
	return short_of && pcpu_lanes_ge(rooms_of_run(from, e - from, end), was) & short_of;
}

/* [p, t) was taken from the free run [.., e); of it the block had the part from `from` on. Short
   runs are counted as fast as it is seen that they need not be. */
static void block_cut(struct bitmap *bm, uint32_t block, uint32_t from, uint32_t p, uint32_t t,
		      uint32_t e)
{
	uint64_t *rooms = rooms_of(bm), was = rooms[block] & ROOMS_LANES, now;

	if (pcpu_lane(was, 0) >= FEW &&
	    !rooms_may_shrink(was, BLOCK * (block + 1), from, p, t, e))
		return;
	now = rooms_count(bm, block, was);
	if (now != was)
		pcpu_room_lower(&bm->tree, rooms, block, now | (rooms[block] & ~ROOMS_LANES));
}

static __attribute__((noinline)) void rooms_cut_far(struct bitmap *bm, uint32_t p, uint32_t t,
						    uint32_t s, uint32_t e)
{
	uint32_t block = p / BLOCK, start = BLOCK * block;

	if (s < start)
		block_cut(bm, block - 1, s + BLOCK > start ? s : start - BLOCK, p, t, e);
	block_cut(bm, block, s > start ? s : start, p, t, e);
	while (++block * BLOCK < t)
		block_cut(bm, block, block * BLOCK, block * BLOCK, t, e);
}

/* [p, t) was taken from the free run [s, e), whose ends are right as far as ROOM_SEEN goes. Most
   often it is one block's, and much is left. */
static inline void rooms_cut(struct bitmap *bm, uint32_t p, uint32_t t, uint32_t s, uint32_t e)
{
	uint32_t block = p / BLOCK, start = BLOCK * block;

	if (s < start || t > start + BLOCK)
		rooms_cut_far(bm, p, t, s, e);
	else if (e - t < ROOM_SEEN || t > start + BLOCK - 16)
		block_cut(bm, block, s, p, t, e);
	if ((s ^ t) >= BLOCK && e - t > LONG_MORE)
		pcpu_bitmap_cut_long(bm, t, e);
}

/* Has it as much room as lanes can hold? */
static inline bool block_is_full(struct bitmap *bm, uint32_t block)
{
	return (rooms_of(bm)[block] & ROOMS_LANES) == ROOMS_FULL;
}

static __attribute__((noinline)) void rooms_join_far(struct bitmap *bm, uint32_t p, uint32_t t,
						     uint32_t s, uint32_t e)
{
	uint64_t *rooms = rooms_of(bm);
	uint32_t block = p / BLOCK, start = BLOCK * block;

	if (s < start) {
		uint32_t from = s + BLOCK > start ? s : start - BLOCK;

		if (!block_is_full(bm, block - 1))
			pcpu_room_raise(&bm->tree, rooms, block - 1,
					rooms_of_run(from, e - from, start));
		if (bm->passed.block == block)
			bm->passed.block--;
	}
	for (s = s > start ? s : start; s < t; s = start) {
		start += BLOCK;
		pcpu_room_raise(&bm->tree, rooms, block++, rooms_of_run(s, e - s, start));
	}
}

/* [p, t) is part of the free run [s, e) now; the ends as above. */
static inline void rooms_join(struct bitmap *bm, uint32_t p, uint32_t t, uint32_t s, uint32_t e)
{
	uint32_t block = p / BLOCK, start = BLOCK * block;

	if (bm->passed.block > block)
		bm->passed.block = block;
	if (t > start + BLOCK || (s < start && !block_is_full(bm, block - 1))) {
		rooms_join_far(bm, p, t, s, e);
	} else if (!block_is_full(bm, block)) {
		s = s > start ? s : start;
		pcpu_room_raise(&bm->tree, rooms_of(bm), block,
				rooms_of_run(s, e - s, start + BLOCK));
	}
}

/* --- search ----------------------------------------------------------------------------------- */

static const uint64_t multiples[] = {
	UINT64_C(0xffffffffffffffff), UINT64_C(0x5555555555555555), UINT64_C(0x1111111111111111),
	UINT64_C(0x0101010101010101), UINT64_C(0x0001000100010001), UINT64_C(0x0000000100000001),
};

/* Places of a word that are multiples of align. */
static inline uint64_t word_multiples(uint32_t word, uint32_t align)
{
	if (align < 64)
		return multiples[__builtin_ctz(align)];
	return (64 * word & (align - 1)) == 0;
}

/* The granules from p on, 64 of them. */
static inline uint64_t used_from(const struct bitmap *bm, uint32_t p)
{
	const uint64_t *used = bm->used + p / 64;

	return used[0] >> (p % 64) | used[1] << 1 << (63 - p % 64);
}

/* The first fit of 1..64 granules in a block at or behind *from; else false, and *from is where to
   go on. */
static bool block_find(const struct bitmap *bm, uint32_t block, uint32_t nr, uint32_t align,
		       uint32_t *from)
{
	uint32_t end = BLOCK * (block + 1), p = (uint32_t)pcpu_max64(*from, BLOCK * block);

	while (p < end) {
		uint64_t places = word_places(bm, p / 64, nr) & word_multiples(p / 64, align) &
				  ~UINT64_C(0) << (p % 64);

		p = pcpu_bits_next_word(p);
		if (places) {
			*from = p - 64 + (uint32_t)__builtin_ctzll(places);
			return true;
		}
	}
	*from = p;
	return false;
}

/* The first fit at or behind `from`; UINT32_MAX when there is none. */
static uint32_t fit_find(struct pcpu_map *map, uint32_t nr, uint32_t align, uint32_t from)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t class = align < 16 ? (uint32_t)__builtin_ctz(align) : CLASSES - 1;
	uint32_t block;

	if (nr > LONG_MORE)
		return pcpu_bitmap_find_long(map, nr, align, from);
	for (;;) {
		block = pcpu_room_next(&bm->tree, rooms_of(bm), class, nr, from / BLOCK);
		if (block >= bm->tree.nr_blocks)
			return UINT32_MAX;
		map->nr_probes++;
		from = (uint32_t)pcpu_align_up(pcpu_max64(from, block * BLOCK), align);
		if (block_find(bm, block, nr, align, &from))
			return from;
	}
}

/* The first block with room for so few granules at so small a multiple. */
static inline uint32_t block_first(struct bitmap *bm, uint32_t nr, uint32_t class)
{
	uint64_t *rooms = rooms_of(bm);
	uint32_t block = bm->passed.block;

	if (class >= bm->passed.class && nr >= bm->passed.least &&
	    pcpu_lane(rooms[block], class) >= nr)
		return block;
	block = pcpu_room_first(&bm->tree, rooms, class, nr);
	if (block < bm->tree.nr_blocks) {
		bm->passed.block = block;
		bm->passed.class = class;
		bm->passed.least = nr;
	}
	return block;
}

/* The first fit in a block that has room for 1..64 granules at a multiple of a class: most often
   where its first free granule is. */
static inline uint32_t place_in(const struct bitmap *bm, uint32_t block, uint32_t nr,
				uint32_t class)
{
	uint32_t p = block * BLOCK;
	uint64_t places = ~bm->used[p / 64] & multiples[class];

	if (!places) {
		p += 64;
		places = ~bm->used[p / 64] & multiples[class];
	}
	PCPU_DEBUG_ASSERT(places != 0);
	p += (uint32_t)__builtin_ctzll(places);
	if (!(used_from(bm, p) << (64 - nr)))
		return p;
	p = p / 64 * 64;
	places = word_places(bm, p / 64, nr) & multiples[class];
	if (!places) {
		p += 64;
		places = word_places(bm, p / 64, nr) & multiples[class];
	}
	PCPU_DEBUG_ASSERT(places != 0 && p < (block + 1) * BLOCK); /* M1 */
	return p + (uint32_t)__builtin_ctzll(places);
}

/* Are all pages of [p, p + nr) populated? *hole: the first that is not. */
static bool pages_ready(const struct pcpu_pages *pages, uint32_t p, uint32_t nr,
			       uint32_t *hole)
{
	uint32_t end = (p + nr - 1) / PAGE + 1;

	*hole = pcpu_bits_find(pages->populated, p / PAGE, end, false);
	return *hole == end;
}

/* The first fit on populated pages. */
static uint32_t fit_populated(struct pcpu_map *map, uint32_t nr, uint32_t align,
			      const struct pcpu_pages *pages)
{
	uint32_t nr_pages = (bitmap_of(map)->nr_granules + PAGE - 1) / PAGE, page = 0, p;

	for (;;) {
		page = pcpu_bits_find(pages->populated, page, nr_pages, true);
		if (page == nr_pages)
			return UINT32_MAX;
		p = fit_find(map, nr, align, page * PAGE);
		if (p == UINT32_MAX || pages_ready(pages, p, nr, &page))
			return p;
	}
}

/* --- the engine ------------------------------------------------------------------------------- */

/* The last granule has what the covered bytes have behind whole ones (M4). */
static inline uint32_t bytes_between(const struct pcpu_map *map, uint32_t p, uint32_t t)
{
	uint32_t end = t == bitmap_of(map)->nr_granules ? map->covered_bytes : t * GRANULE_BYTES;

	return end - p * GRANULE_BYTES;
}

static void bitmap_init(struct pcpu_map *map, void *memory, uint32_t capacity, uint32_t used_bytes,
			uint32_t covered_bytes)
{
	struct bitmap *bm = memory;
	size_t words;
	uint32_t taken;

	PCPU_ASSERT(used_bytes <= covered_bytes && covered_bytes <= PCPU_MAX_UNIT_BYTES);
	*map = (struct pcpu_map){.ops = map->ops, .memory = memory, .capacity = capacity};
	map->covered_bytes = covered_bytes;
	*bm = bitmap_plan(covered_bytes, &words);
	bm->passed.least = UINT32_MAX;
	taken = (uint32_t)pcpu_min64(pcpu_round_up(used_bytes, GRANULE_BYTES) / GRANULE_BYTES,
				     bm->nr_granules);
	pcpu_bits_set(bm->used, 0, taken);
	pcpu_bits_set(bm->used, bm->nr_granules, 64 * bm->nr_words);
	pcpu_bit_set(starts_of(bm), 0);
	pcpu_bit_set(starts_of(bm), bm->nr_granules);
	if (taken == bm->nr_granules)
		return;
	if (taken == 0)
		pcpu_bit_clear(starts_of(bm), 0);
	rooms_join(bm, taken, bm->nr_granules, taken, bm->nr_granules);
	pcpu_bitmap_join_long(bm, taken, bm->nr_granules, taken, bm->nr_granules);
	map->free_bytes = bytes_between(map, taken, bm->nr_granules);
	map->hint_bytes = map->free_bytes;
}

/* Ends of a run as far as pages matter. */
static __attribute__((noinline)) void run_stretch(const struct bitmap *bm, uint32_t p, uint32_t t,
						  uint32_t *s, uint32_t *e)
{
	uint32_t first = p / PAGE * PAGE, last = (t + PAGE - 1) / PAGE * PAGE;

	if (*s > first && p - *s >= ROOM_SEEN)
		*s = p - free_before(bm, p, p - first);
	if (*e < last && *e - t >= ROOM_SEEN && (*s <= first || last - first > PAGE))
		*e = t + free_behind(bm, t, last - t);
}

/* Is the page of [p, t), one alone, not wholly in the free run [s, e), whose ends are right as far
   as ROOM_SEEN goes? Then no end of the run need be sought. */
static inline bool page_is_cut(uint32_t p, uint32_t t, uint32_t s, uint32_t e)
{
	if ((p ^ (t - 1)) >= PAGE)
		return false;
	return (p - s < ROOM_SEEN && s % PAGE != 0 && (s ^ p) < PAGE) ||
	       (e - t < ROOM_SEEN && (e ^ p) < PAGE);
}

static inline void fit_set(const struct pcpu_map *map, struct pcpu_fit *fit, uint32_t p, uint32_t t,
			   uint32_t s, uint32_t e)
{
	if (!page_is_cut(p, t, s, e))
		run_stretch(bitmap_of(map), p, t, &s, &e);
	fit->offset = p * GRANULE_BYTES;
	fit->bytes = (t - p) * GRANULE_BYTES;
	fit->run_start = s * GRANULE_BYTES;
	fit->run_end = e * GRANULE_BYTES;
	if (t == bitmap_of(map)->nr_granules) /* M4 */
		fit->bytes = (fit->run_end = map->covered_bytes) - fit->offset;
}

/* Nothing fits anywhere: a run of nr + align - 1 would have had a place. Or rooms say it. */
static __attribute__((noinline)) enum pcpu_fit_result alloc_refuse(struct pcpu_map *map,
								   uint32_t nr, uint32_t align)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t tail = map->covered_bytes % GRANULE_BYTES, largest;
	uint64_t most = ((uint64_t)nr + align - 2) * GRANULE_BYTES + tail;

	if (map->hint_bytes <= most)
		return PCPU_FIT_NONE;
	largest = pcpu_room_largest(&bm->tree, rooms_of(bm), 0);
	if (largest < ROOM_MOST)
		most = pcpu_min64(most, largest * GRANULE_BYTES + tail);
	map->hint_bytes = (uint32_t)most;
	return PCPU_FIT_NONE;
}

/* The pages of [p, t), most often one. */
static inline bool area_ready(const struct pcpu_pages *pages, uint32_t p, uint32_t t)
{
	uint32_t hole;

	if ((p ^ (t - 1)) < PAGE)
		return pcpu_bit_test(pages->populated, p / PAGE);
	return pages_ready(pages, p, t - p, &hole);
}

/* Takes [p, t) of a free run that begins at s, as far as ROOM_SEEN goes. */
static inline __attribute__((always_inline)) enum pcpu_fit_result
fit_take(struct pcpu_map *map, uint32_t p, uint32_t t, uint32_t s, const struct pcpu_pages *pages,
	 struct pcpu_fit *fit)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t e = t + free_behind(bm, t, ROOM_SEEN);

	fit_set(map, fit, p, t, s, e);
	if (pages && !area_ready(pages, p, t))
		return PCPU_FIT_UNBACKED;
	used_set(bm, p, t);
	pcpu_bit_set(starts_of(bm), p);
	map->free_bytes -= fit->bytes;
	rooms_cut(bm, p, t, s, e);
	return PCPU_FIT_TAKEN;
}

/* Requests of which rooms do not say all. */
static __attribute__((noinline)) enum pcpu_fit_result
alloc_any(struct pcpu_map *map, uint32_t size, uint32_t align, const struct pcpu_pages *pages,
	  struct pcpu_fit *fit)
{
	uint32_t nr = size / GRANULE_BYTES + (size % GRANULE_BYTES != 0), p;

	align = align < GRANULE_BYTES ? 1 : align / GRANULE_BYTES;
	p = pages && pages->only ? fit_populated(map, nr, align, pages) :
				   fit_find(map, nr, align, 0);
	if (p == UINT32_MAX)
		return pages && pages->only ? PCPU_FIT_NONE : alloc_refuse(map, nr, align);
	return fit_take(map, p, p + nr, p - free_before(bitmap_of(map), p, ROOM_SEEN), pages, fit);
}

static enum pcpu_fit_result bitmap_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					 const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t nr = (size + GRANULE_BYTES - 1) / GRANULE_BYTES, class, block, p, s;

	PCPU_ASSERT(size > 0 && align > 0 && (align & (align - 1)) == 0);
	if (size > 64 * GRANULE_BYTES || align > 16 * GRANULE_BYTES || (pages && pages->only))
		return alloc_any(map, size, align, pages, fit);
	class = align < GRANULE_BYTES ? 0 : (uint32_t)__builtin_ctz(align / GRANULE_BYTES);
	block = block_first(bm, nr, class);
	if (block >= bm->tree.nr_blocks)
		return alloc_refuse(map, nr, 1u << class);
	map->nr_probes++;
	p = place_in(bm, block, nr, class);
	s = class ? p - free_before(bm, p, 16) : p; /* or one before were the first */
	return fit_take(map, p, p + nr, s, pages, fit);
}

static bool bitmap_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t p = offset / GRANULE_BYTES, t, left, right, hint;

	if (p >= bm->nr_granules || offset % GRANULE_BYTES || !pcpu_bit_test(starts_of(bm), p))
		return false;
	t = area_end(bm, p);
	used_clear(bm, p, t);
	pcpu_bit_clear(starts_of(bm), p);
	left = free_before(bm, p, ROOM_SEEN);
	right = free_behind(bm, t, ROOM_SEEN);
	fit_set(map, fit, p, t, p - left, t + right);
	map->free_bytes += fit->bytes;
	/* An end that is out of sight may be anywhere. */
	hint = fit->bytes + (left + right) * GRANULE_BYTES + map->covered_bytes % GRANULE_BYTES;
	if (left >= ROOM_SEEN || right >= ROOM_SEEN || hint > map->free_bytes)
		hint = map->free_bytes;
	if (map->hint_bytes < hint)
		map->hint_bytes = hint;
	rooms_join(bm, p, t, p - left, t + right);
	if (left + (t - p) + right > LONG_MORE &&
	    pcpu_lane(rooms_of(bm)[p / BLOCK], LONG_LANE) < LONG_FULL)
		pcpu_bitmap_join_long(bm, p, t, p - left, t + right);
	return true;
}

static bool bitmap_next(const struct pcpu_map *map, struct pcpu_area *area)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t p = area->cursor, t;

	if (p >= bm->nr_granules)
		return false;
	area->used = pcpu_bit_test(bm->used, p);
	t = area->used ? area_end(bm, p) : run_end(bm, p);
	area->offset = p * GRANULE_BYTES;
	area->bytes = bytes_between(map, p, t);
	area->cursor = t;
	return true;
}

/* A wholly free page starts with a block that has room at every multiple. */
static bool bitmap_free_pages(const struct pcpu_map *map, struct pcpu_free_pages *pages)
{
	struct bitmap *bm = bitmap_of(map);
	uint32_t page = pages->to, block;

	for (;; page++) {
		block = pcpu_room_next(&bm->tree, rooms_of(bm), CLASSES - 1, ROOM_MOST,
				       page * (PAGE / BLOCK));
		page = (block + PAGE / BLOCK - 1) / (PAGE / BLOCK);
		if ((page + 1) * PAGE > bm->nr_granules)
			return false;
		pages->from = page;
		pages->to = page + free_behind(bm, page * PAGE, UINT32_MAX) / PAGE;
		if (pages->from < pages->to)
			return true;
	}
}

extern const struct pcpu_map_ops pcpu_map_bitmap;
const struct pcpu_map_ops pcpu_map_bitmap = {
	.granule_bytes = GRANULE_BYTES,
	.breaks = 1u << PCPU_PROMISE_RUNS,
	.capacity = bitmap_capacity,
	.memory = bitmap_memory,
	.init = bitmap_init,
	.capacity_needed = bitmap_capacity_needed,
	.move = bitmap_move,
	.alloc = bitmap_alloc,
	.free = bitmap_free,
	.next = bitmap_next,
	.free_pages = bitmap_free_pages,
	.check = pcpu_bitmap_check,
};
