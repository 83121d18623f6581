/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_bitmap_map.c - engine "bitmap" beside the map of single bytes, and every state of a window.
 *
 *	random	bitmap | bytes: the same places, free bytes, areas; hints no smaller than the
 *		longest run; fits that cover the same whole pages
 *	window	####|.#..##.#.|####   ....|.#..##.#.|....	every pattern of 9 granules across
 *		an edge of a word, a block, the map; from each state every request, and back again
 */
#include "harness/test/lib/test.h"

#include <pcpu/bits.h>
#include <pcpu/invariants.h>
#include <pcpu/map.h>
#include "harness/check/map_bytes.h"

#include <stdlib.h>
#include <string.h>

extern const struct pcpu_map_ops pcpu_map_bitmap;

enum { GRANULE = 4, MAX_LIVE = 4096, MOST_PAGES = 256, BITMAP_WORDS = 10 };

static const struct pcpu_map_ops *const bitmap = &pcpu_map_bitmap;

static bool is_full_run(void)
{
	return getenv("LAB_FULL") != NULL;
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)((*seed >> 32) * below >> 32);
}

static void check_map(const struct pcpu_map *map)
{
	uint32_t at = 0;
	enum pcpu_invariant broken = map->ops->check(map, &at);

	if (broken != PCPU_HOLDS)
		FAIL("broken at %u: %s", at, pcpu_invariant_text(broken));
}

/* --- beside the map of bytes ----------------------------------------------------------------- */

struct pair {
	struct pcpu_map map, oracle;
	void *memory, *fresh, *bytes;
	size_t memory_bytes;
	uint32_t used_bytes;
	uint64_t populated[PCPU_BITS_WORDS(MOST_PAGES)];
	uint32_t nr_pages;
	uint32_t offset[MAX_LIVE];
	uint32_t nr_live;
	uint64_t seed;
};

static void pair_init(struct pair *pair, uint32_t used_bytes, uint32_t covered_bytes, uint64_t seed)
{
	uint32_t capacity = bitmap->capacity(covered_bytes, 16);

	memset(pair, 0, sizeof(*pair));
	pair->seed = seed;
	pair->used_bytes = used_bytes;
	pair->nr_pages = (covered_bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;
	CHECK(pair->nr_pages <= MOST_PAGES);
	pcpu_bits_set(pair->populated, 0, pair->nr_pages);
	pair->memory_bytes = bitmap->memory(covered_bytes, capacity);
	pair->memory = calloc(1, pair->memory_bytes);
	pair->map.ops = bitmap;
	bitmap->init(&pair->map, pair->memory, capacity, used_bytes, covered_bytes);
	pair->fresh = malloc(pair->memory_bytes);
	memcpy(pair->fresh, pair->memory, pair->memory_bytes);
	pair->bytes = calloc(1, lab_map_bytes.memory(covered_bytes, covered_bytes));
	pair->oracle.ops = &lab_map_bytes;
	lab_map_bytes.init(&pair->oracle, pair->bytes, covered_bytes, used_bytes, covered_bytes);
}

/* Blocks of 128 granules, each a word of the rooms that begin at word rooms_at. */
static uint32_t nr_blocks_of(const struct pcpu_map *map)
{
	return (map->covered_bytes / GRANULE + 127) / 128;
}

static uint32_t rooms_at(const struct pcpu_map *map)
{
	return BITMAP_WORDS + 2 * (2 * nr_blocks_of(map) + 1);
}

/* Which bits of a word may say more than there is: lane 5 of each block, byte 5 of each node. */
static uint64_t bounds_of(const struct pcpu_map *map, size_t word)
{
	size_t from = rooms_at(map), tree = from + (nr_blocks_of(map) + 7) / 8 * 8;
	uint64_t bits = 0;

	if (word >= from && word < tree)
		return UINT64_C(0x7f) << 40;
	for (uint32_t i = 0; word >= tree && i < 8; i++)
		bits |= (8 * (word - tree) + i) % 6 == 5 ? UINT64_C(0x7f) << (8 * i) : 0;
	return bits;
}

/* The same records but for what a search remembers, and bounds. */
static void check_alike(const struct pcpu_map *map, const uint64_t *memory, const uint64_t *before,
			size_t bytes)
{
	if (memcmp(memory + BITMAP_WORDS, before + BITMAP_WORDS,
		   bytes - BITMAP_WORDS * sizeof(*memory)) == 0)
		return;
	for (size_t i = BITMAP_WORDS; i < bytes / sizeof(*memory); i++)
		CHECK_EQ(memory[i] & ~bounds_of(map, i), before[i] & ~bounds_of(map, i));
}

/* All is free that was: the records are those of the start. */
static void check_fresh(const struct pair *pair)
{
	check_alike(&pair->map, pair->memory, pair->fresh, pair->memory_bytes);
}

static void pair_finish(struct pair *pair)
{
	free(pair->memory);
	free(pair->fresh);
	free(pair->bytes);
}

static void compare_counts(const struct pair *pair)
{
	CHECK_EQ(pair->map.free_bytes, pair->oracle.free_bytes);
	CHECK(pair->map.hint_bytes <= pair->map.covered_bytes);
}

static enum pcpu_fit_result pair_alloc(struct pair *pair, uint32_t size, uint32_t align,
				       const struct pcpu_pages *pages)
{
	struct pcpu_fit fit = {0}, due_fit = {0};
	enum pcpu_fit_result due, result;

	due = lab_map_bytes.alloc(&pair->oracle, size, align, pages, &due_fit);
	result = bitmap->alloc(&pair->map, size, align, pages, &fit);
	CHECK_EQ(result, due);
	compare_counts(pair);
	if (due == PCPU_FIT_NONE)
		return due;
	CHECK(lab_same_fit(&pair->map, &fit, &due_fit));
	if (due == PCPU_FIT_TAKEN && pair->nr_live < MAX_LIVE)
		pair->offset[pair->nr_live++] = fit.offset;
	return due;
}

static void pair_free_at(struct pair *pair, uint32_t offset, bool due)
{
	struct pcpu_fit fit = {0}, due_fit = {0};

	CHECK_EQ(bitmap->free(&pair->map, offset, &fit), due);
	CHECK_EQ(lab_map_bytes.free(&pair->oracle, offset, &due_fit), due);
	if (due)
		CHECK(lab_same_fit(&pair->map, &fit, &due_fit));
	compare_counts(pair);
}

static void pair_free(struct pair *pair, uint32_t i)
{
	pair_free_at(pair, pair->offset[i], true);
	pair->offset[i] = pair->offset[--pair->nr_live];
}

/* All areas, and free pages beside what the areas say of them. */
static void compare_areas(struct pair *pair)
{
	struct pcpu_area area = {0}, due = {0};
	struct pcpu_free_pages pages = {.area = pcpu_map_skip(&pair->map)};
	struct pcpu_free_pages due_pages = {.area = pcpu_map_skip(&pair->oracle)};

	check_map(&pair->map);
	while (lab_map_bytes.next(&pair->oracle, &due)) {
		CHECK(bitmap->next(&pair->map, &area));
		CHECK_EQ(area.offset, due.offset);
		CHECK_EQ(area.bytes, due.bytes);
		CHECK_EQ(area.used, due.used);
	}
	CHECK(!bitmap->next(&pair->map, &area));
	while (pcpu_free_pages_by_area(&pair->oracle, &due_pages)) {
		CHECK(bitmap->free_pages(&pair->map, &pages));
		CHECK_EQ(pages.from, due_pages.from);
		CHECK_EQ(pages.to, due_pages.to);
	}
	CHECK(!bitmap->free_pages(&pair->map, &pages));
}

/* Sizes in granules: mostly small ones, about a word, a block, the clip; anything. */
static uint32_t draw_size(struct pair *pair, uint32_t kind)
{
	static const uint32_t about[] = {16,  32,  63,	64,  65,   111,	 112,  113, 126,
					 127, 128, 129, 256, 1025, 2016, 2017, 2033};

	switch (kind == 3 ? draw(&pair->seed, 3) : kind) {
	case 0:
		return GRANULE * (1 + draw(&pair->seed, 3));
	case 1:
		return GRANULE * (1 + draw(&pair->seed, 20));
	default:
		if (draw(&pair->seed, 8) == 0)
			return GRANULE * (1 + draw(&pair->seed, PCPU_MIN_UNIT_BYTES / GRANULE));
		return GRANULE * about[draw(&pair->seed, sizeof(about) / sizeof(about[0]))];
	}
}

static uint32_t draw_align(struct pair *pair)
{
	if (draw(&pair->seed, 16) == 0)
		return GRANULE << draw(&pair->seed, 14);
	return GRANULE << draw(&pair->seed, 5);
}

static void random_step(struct pair *pair, uint32_t kind, uint32_t percent_alloc)
{
	uint32_t draws = draw(&pair->seed, 100);
	struct pcpu_pages pages = {pair->populated, draws % 2 == 0};

	if (draws == 0) {
		pair->populated[0] ^= UINT64_C(1) << draw(&pair->seed, pair->nr_pages % 64);
		return;
	}
	if (draws >= percent_alloc && pair->nr_live > 0)
		pair_free(pair, draw(&pair->seed, pair->nr_live));
	else if (pair->nr_live < MAX_LIVE)
		pair_alloc(pair, draw_size(pair, kind), draw_align(pair),
			   draws % 8 < 4 ? &pages : NULL);
}

static void random_walk(uint32_t used_bytes, uint32_t covered_bytes, uint32_t nr_steps,
			uint64_t seed)
{
	static struct pair pair;
	uint32_t kind = seed % 4, percent = 50;

	pair_init(&pair, used_bytes, covered_bytes, seed * UINT64_C(0x9e3779b97f4a7c15));
	for (uint32_t i = 0; i < nr_steps; i++) {
		if (i % 256 == 0)
			percent = 20 + 10 * draw(&pair.seed, 8);
		random_step(&pair, kind, percent);
		if (i % 512 == 0)
			compare_areas(&pair);
	}
	while (pair.nr_live > 0)
		pair_free(&pair, draw(&pair.seed, pair.nr_live));
	compare_areas(&pair);
	check_fresh(&pair);
	pair_finish(&pair);
}

TEST(bitmap_map_places_as_bytes_do)
{
	uint32_t nr = is_full_run() ? 400000 : 12000;

	for (uint64_t seed = 1; seed <= 8; seed++)
		random_walk(seed % 2 ? 0 : 4 * (uint32_t)seed, 32 << 10, nr, seed);
	for (uint64_t seed = 9; seed <= 12; seed++) {
		random_walk(0, 64 << 10, nr / 2, seed);
		random_walk(4100, (40 << 10) + 4 * (uint32_t)seed, nr / 2, seed);
	}
	random_walk(0, 1 << 20, nr / 16, 13);
	random_walk(0, 1 << 20, nr / 16, 14);
}

/* Levels of the tree: every number of words at its top. */
TEST(bitmap_map_of_every_height)
{
	for (uint32_t kib = 1; kib <= 1024; kib = kib * 3 / 2 + 1)
		random_walk(0, kib << 10, 200, kib);
}

/* Full of small ones, then from one end to the other, as the benches do it. */
static void fill_and_drain(uint32_t size, uint32_t align, int order)
{
	static struct pair pair;
	uint32_t nr;

	pair_init(&pair, 0, 16 << 10, 1);
	while (pair_alloc(&pair, size, align, NULL) == PCPU_FIT_TAKEN)
		;
	check_map(&pair.map);
	nr = pair.nr_live;
	CHECK_EQ(nr, (16u << 10) / (size > align ? size : align));
	for (uint32_t i = 0; i < nr; i++) {
		uint32_t at = order == 0 ? i : order == 1 ? nr - 1 - i : 2 * i % nr + (2 * i >= nr);

		pair_free_at(&pair, pair.offset[at], true);
		pair_free_at(&pair, pair.offset[at], false);
		if (i % 64 == 63)
			compare_areas(&pair);
	}
	check_fresh(&pair);
	pair_finish(&pair);
}

TEST(bitmap_map_fills_and_drains)
{
	for (int order = 0; order < 3; order++) {
		fill_and_drain(4, 4, order);
		fill_and_drain(4, 8, order);
		fill_and_drain(64, 8, order);
	}
}

/* --- every state of a window ----------------------------------------------------------------- */

enum { WINDOW = 9, WINDOW_FULL = 12, MOST_GRANULES = 400, MOST_WORDS = 500 };

struct window {
	struct pcpu_map map;
	uint64_t memory[MOST_WORDS], before[MOST_WORDS];
	size_t bytes;
	uint32_t nr; /* granules */
	bool used[MOST_GRANULES];
};

/* All granules are areas of their own. */
static void window_init(struct window *w, uint32_t nr)
{
	uint32_t capacity = bitmap->capacity(GRANULE * nr, 16);
	struct pcpu_fit fit;

	memset(w, 0, sizeof(*w));
	w->nr = nr;
	w->bytes = bitmap->memory(GRANULE * nr, capacity);
	CHECK(w->bytes <= sizeof(w->memory));
	w->map.ops = bitmap;
	bitmap->init(&w->map, w->memory, capacity, 0, GRANULE * nr);
	for (uint32_t p = 0; p < nr; p++) {
		w->used[p] = bitmap->alloc(&w->map, GRANULE, GRANULE, NULL, &fit) == PCPU_FIT_TAKEN;
		CHECK_EQ(fit.offset, GRANULE * p);
	}
}

static void window_free(struct window *w, uint32_t p)
{
	struct pcpu_fit fit;

	CHECK(bitmap->free(&w->map, GRANULE * p, &fit));
	w->used[p] = false;
}

/* By counting; w->nr: none. */
static uint32_t due_place(const struct window *w, uint32_t nr, uint32_t align)
{
	for (uint32_t p = 0; p + nr <= w->nr; p += align) {
		uint32_t i = 0;

		while (i < nr && !w->used[p + i])
			i++;
		if (i == nr)
			return p;
	}
	return w->nr;
}

/* One request and its free: the place is right, records hold, and are back afterwards. */
static void window_request(struct window *w, uint32_t nr, uint32_t align)
{
	uint32_t place = due_place(w, nr, align);
	struct pcpu_map map = w->map;
	struct pcpu_fit fit;
	enum pcpu_fit_result result =
		bitmap->alloc(&map, GRANULE * nr, GRANULE * align, NULL, &fit);

	CHECK_EQ(result, place < w->nr ? PCPU_FIT_TAKEN : PCPU_FIT_NONE);
	check_map(&map);
	if (result == PCPU_FIT_NONE)
		return;
	CHECK_EQ(fit.offset, GRANULE * place);
	CHECK_EQ(fit.bytes, GRANULE * nr);
	CHECK(bitmap->free(&map, fit.offset, &fit));
	CHECK_EQ(map.free_bytes, w->map.free_bytes);
	check_alike(&w->map, w->memory, w->before, w->bytes);
}

static void window_requests(struct window *w)
{
	static const uint32_t nrs[] = {1, 2, 3, 4, 7, 9, 113};

	check_map(&w->map);
	memcpy(w->before, w->memory, w->bytes);
	for (size_t i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++)
		for (uint32_t align = 1; align <= 16; align *= 2)
			window_request(w, nrs[i], align);
}

/* Granules [at, at + width) as the bits of each pattern have it, the others used or free. */
static void every_pattern(uint32_t nr, uint32_t at, uint32_t width, bool others_free)
{
	static struct window start, w;

	window_init(&start, nr);
	for (uint32_t p = 0; p < nr; p++)
		if (others_free && (p < at || p >= at + width))
			window_free(&start, p);
	for (uint32_t pattern = 0; pattern < 1u << width; pattern++) {
		w = start;
		w.map.memory = w.memory;
		for (uint32_t i = 0; i < width; i++)
			if (pattern >> i & 1)
				window_free(&w, at + i);
		window_requests(&w);
	}
}

TEST(bitmap_map_every_state_of_a_window)
{
	uint32_t width = is_full_run() ? WINDOW_FULL : WINDOW;

	for (int others_free = 0; others_free < 2; others_free++) {
		every_pattern(150, 0, width, others_free);
		every_pattern(150, 60, width, others_free);
		every_pattern(270, 123, width, others_free);
		every_pattern(300, 251, width, others_free);
		every_pattern(300, 300 - width, width, others_free);
		every_pattern(256, 256 - width, width, others_free);
	}
}

/* --- edges ------------------------------------------------------------------------------------ */

/* In per cent of what is covered, and for very small maps some words. */
TEST(bitmap_map_metadata)
{
	for (uint64_t covered = 4096; covered <= PCPU_MAX_UNIT_BYTES; covered *= 2) {
		size_t bytes = bitmap->memory((uint32_t)covered, 16);

		CHECK(bytes * 100 <= covered * 8 + 256 * 100);
		if (covered >= 32 << 10)
			CHECK((bytes - 256) * 100 <= covered * 8);
	}
}

/* A tail of less than a granule goes with the last one; a start of less counts as a whole one. */
TEST(bitmap_map_of_odd_bytes)
{
	for (uint32_t covered = 1; covered < 600; covered += 7) {
		for (uint32_t used = 0; used <= covered; used += 5) {
			uint64_t memory[128] = {0};
			struct pcpu_map map = {.ops = bitmap};
			struct pcpu_area area = {0};
			struct pcpu_fit fit;
			uint32_t sum = 0;

			CHECK(bitmap->memory(covered, 16) <= sizeof(memory));
			bitmap->init(&map, memory, 16, used, covered);
			check_map(&map);
			while (bitmap->alloc(&map, 1, 1, NULL, &fit) == PCPU_FIT_TAKEN) {
				CHECK(fit.offset >= used && fit.offset + fit.bytes <= covered);
				check_map(&map);
			}
			CHECK_EQ(map.free_bytes, 0);
			CHECK(map.hint_bytes < GRANULE); /* after a refusal */
			while (bitmap->next(&map, &area)) {
				CHECK_EQ(area.offset, sum);
				CHECK(area.used);
				sum += area.bytes;
			}
			CHECK_EQ(sum, covered < GRANULE ? 0 : covered);
		}
	}
}

TEST(bitmap_map_refuses_what_starts_nowhere)
{
	static struct pair pair;
	struct pcpu_fit fit;

	pair_init(&pair, 16, 8192, 1);
	CHECK_EQ(pair_alloc(&pair, 24, 8, NULL), PCPU_FIT_TAKEN);
	for (uint32_t offset = 1; offset < 8200; offset++)
		if (offset != 16)
			CHECK(!bitmap->free(&pair.map, offset, &fit));
	CHECK(!bitmap->free(&pair.map, UINT32_MAX, &fit));
	CHECK_EQ(bitmap->alloc(&pair.map, UINT32_MAX, 4, NULL, &fit), PCPU_FIT_NONE);
	CHECK_EQ(bitmap->alloc(&pair.map, 4, 1u << 31, NULL, &fit), PCPU_FIT_NONE);
	compare_areas(&pair);
	pair_finish(&pair);
}

/* The hint after a refusal is the longest run, up to where rooms are clipped and beyond. */
TEST(bitmap_map_hint_after_refusal)
{
	for (uint32_t run = 1; run < 400; run += 3) {
		static struct pair pair;
		uint32_t nr = 0;

		pair_init(&pair, 0, 32 << 10, 1);
		while (pair_alloc(&pair, GRANULE * run, GRANULE, NULL) == PCPU_FIT_TAKEN &&
		       pair_alloc(&pair, GRANULE, GRANULE, NULL) == PCPU_FIT_TAKEN)
			nr++;
		while (pair_alloc(&pair, GRANULE, GRANULE, NULL) == PCPU_FIT_TAKEN)
			;
		for (uint32_t i = 0; i < 2 * nr && i < MAX_LIVE; i += 4)
			pair_free_at(&pair, pair.offset[i], true);
		CHECK_EQ(pair_alloc(&pair, GRANULE * (run + 1), GRANULE, NULL), PCPU_FIT_NONE);
		CHECK_EQ(pair.map.hint_bytes, GRANULE * run);
		check_map(&pair.map);
		pair_finish(&pair);
	}
}

/* What was moved is the map; the old memory is not read again. */
TEST(bitmap_map_moves)
{
	static struct pair pair;
	void *memory;

	pair_init(&pair, 0, 32 << 10, 1);
	CHECK_EQ(pair_alloc(&pair, 24, 8, NULL), PCPU_FIT_TAKEN);
	CHECK_EQ(bitmap->capacity_needed(&pair.map, PCPU_MAP_SPARE), 0);
	memory = calloc(1, pair.memory_bytes);
	bitmap->move(&pair.map, memory, pair.map.capacity);
	memset(pair.memory, 0xff, pair.memory_bytes);
	free(pair.memory);
	pair.memory = memory;
	CHECK_EQ(pair_alloc(&pair, 64, 64, NULL), PCPU_FIT_TAKEN);
	compare_areas(&pair);
	pair_finish(&pair);
}

/* --- what is broken is found ------------------------------------------------------------------ */

/* One area, or two of the same bytes: no record says which. */
static bool start_is_open(const struct pcpu_map *map, uint32_t p)
{
	const uint64_t *used = (const uint64_t *)map->memory + BITMAP_WORDS;

	return p > 0 && p < map->covered_bytes / GRANULE && pcpu_bit_test(used, p) &&
	       pcpu_bit_test(used, p - 1);
}

/* Each bit of the records but those of numbers that never change. */
TEST(bitmap_map_check_sees_every_bit)
{
	static struct pair pair;
	uint32_t at, words, starts, tree;
	uint64_t *memory;

	pair_init(&pair, 16, 40 << 10, 1);
	tree = rooms_at(&pair.map) + (nr_blocks_of(&pair.map) + 7) / 8 * 8;
	for (uint32_t i = 0; i < 600; i++)
		pair_alloc(&pair, GRANULE * (1 + i % 9), GRANULE, NULL);
	for (uint32_t i = 0; i < 250; i++)
		pair_free(&pair, draw(&pair.seed, pair.nr_live));
	check_map(&pair.map);
	memory = pair.memory;
	words = (uint32_t)(pair.memory_bytes / sizeof(*memory));
	starts = BITMAP_WORDS + (40 << 10) / GRANULE / 64 + 1;
	for (uint32_t word = BITMAP_WORDS; word < words; word++) {
		for (uint32_t bit = 0; bit < 64; bit++) {
			enum pcpu_invariant broken;

			if (word >= starts && start_is_open(&pair.map, 64 * (word - starts) + bit))
				continue;
			if (word < tree && bounds_of(&pair.map, word) >> bit & 1)
				continue;
			memory[word] ^= UINT64_C(1) << bit;
			broken = bitmap->check(&pair.map, &at);
			memory[word] ^= UINT64_C(1) << bit;
			if (broken == PCPU_HOLDS)
				FAIL("bit %u of word %u of %u", bit, word, words);
		}
	}
	pair_finish(&pair);
}

/* A bound below a long run that begins in the block; in the tree, one that no block has. */
TEST(bitmap_map_check_sees_bounds)
{
	static struct pair pair;
	uint64_t *rooms;
	uint32_t at, tree;

	pair_init(&pair, 0, 40 << 10, 1);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 300, GRANULE, NULL), PCPU_FIT_TAKEN);
	rooms = (uint64_t *)pair.memory + rooms_at(&pair.map);
	CHECK_EQ(rooms[2] >> 40, 127);
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_HOLDS);
	rooms[2] -= UINT64_C(1) << 40;
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_INV_MAP_BOUNDS);
	CHECK_EQ(at, 2 * 128 * GRANULE);
	rooms[2] += UINT64_C(1) << 40;
	tree = (nr_blocks_of(&pair.map) + 7) / 8 * 8;
	rooms[3] |= UINT64_C(126) << 40; /* too large is no mistake */
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_HOLDS);
	((uint8_t *)(rooms + tree))[5]--;
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_INV_MAP_ROOM_TREE);
	((uint8_t *)(rooms + tree))[5]++;
	pair_finish(&pair);
}

/* A bound that misleads a search is right behind it: each hole is looked at in vain once, and when
   nothing fits, none the second time. */
TEST(bitmap_map_searches_in_vain_once)
{
	static struct pair pair;
	uint64_t probes;
	uint32_t nr;

	pair_init(&pair, 0, 256 << 10, 1);
	while (pair_alloc(&pair, GRANULE * 100, GRANULE, NULL) == PCPU_FIT_TAKEN)
		;
	nr = pair.nr_live;
	for (uint32_t i = 0; i + 4 < nr; i += 4) {
		pair_free_at(&pair, pair.offset[i], true);
		pair_free_at(&pair, pair.offset[i + 1], true);
	}
	probes = pair.map.nr_probes;
	for (uint32_t i = 0; i + 4 < nr; i += 4)
		CHECK_EQ(pair_alloc(&pair, GRANULE * 120, GRANULE, NULL), PCPU_FIT_TAKEN);
	CHECK(pair.map.nr_probes - probes >= nr / 4);
	CHECK(pair.map.nr_probes - probes < nr);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 190, GRANULE, NULL), PCPU_FIT_NONE);
	probes = pair.map.nr_probes;
	CHECK_EQ(pair_alloc(&pair, GRANULE * 190, GRANULE, NULL), PCPU_FIT_NONE);
	CHECK_EQ(pair.map.nr_probes, probes);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 80, GRANULE, NULL), PCPU_FIT_TAKEN);
	check_map(&pair.map);
	pair_finish(&pair);
}

/* A search in vain makes the bound that of the longer one, which is in front. */
TEST(bitmap_map_two_long_runs_in_a_block)
{
	static struct pair pair;

	pair_init(&pair, 0, 4096, 1);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 162, GRANULE, NULL), PCPU_FIT_TAKEN);
	CHECK_EQ(pair_alloc(&pair, 4096 - GRANULE * 162, GRANULE, NULL), PCPU_FIT_TAKEN);
	pair_free_at(&pair, 0, true);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 96, GRANULE, NULL), PCPU_FIT_TAKEN);
	CHECK_EQ(pair_alloc(&pair, GRANULE, GRANULE, NULL), PCPU_FIT_TAKEN);
	pair_free_at(&pair, 0, true);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 100, GRANULE, NULL), PCPU_FIT_NONE);
	check_map(&pair.map);
	CHECK_EQ(pair_alloc(&pair, GRANULE * 96, GRANULE, NULL), PCPU_FIT_TAKEN);
	pair_finish(&pair);
}

TEST(bitmap_map_check_sees_sizes)
{
	static struct pair pair;
	uint32_t at;

	pair_init(&pair, 16, 4096, 1);
	pair.map.free_bytes += 4;
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_INV_MAP_FREE_BYTES);
	pair.map.free_bytes -= 4;
	pair.map.hint_bytes = 4096 - 16 - 1;
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_INV_MAP_HINT);
	pair.map.hint_bytes++;
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_HOLDS);
	pair.map.covered_bytes += 4;
	CHECK_EQ(bitmap->check(&pair.map, &at), PCPU_INV_MAP_SUM);
	pair_finish(&pair);
}
