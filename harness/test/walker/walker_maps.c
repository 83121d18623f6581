/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* walker_maps.c - damage to what maps say of their areas. */
#include <string.h>

#include "core/map/blocks.h"
#include "harness/test/walker/walker_rows.h"

/* The later chunk's map: [-8192][-16][-16][+rest], its first object freed when a row needs a
   hole. */
static void hole(struct test_fixture *f)
{
	uintptr_t first = walker_later(f)->base - f->pcpu->base + TEST_STATIC_START;

	pcpu_free(f->pcpu, (struct pcpu_ptr){first});
	test_fixture_check(f);
}

static void zero_entry(struct test_fixture *f)
{
	walker_records(walker_later(f))[1] = 0;
}

static void sum(struct test_fixture *f)
{
	walker_records(walker_later(f))[walker_later(f)->map.used - 1] -= 4;
}

static void free_neighbours(struct test_fixture *f)
{
	walker_records(walker_later(f))[2] = 16;
	walker_later(f)->map.skip_records = walker_later(f)->map.skip_bytes = 0;
}

static void free_bytes(struct test_fixture *f)
{
	walker_later(f)->map.free_bytes += 8;
}

static void hint(struct test_fixture *f)
{
	walker_later(f)->map.hint_bytes = 4;
}

static void hint_one_short(struct test_fixture *f)
{
	int32_t last = walker_records(walker_later(f))[walker_later(f)->map.used - 1];

	walker_later(f)->map.hint_bytes = (uint32_t)last - 1;
}

static void capacity(struct test_fixture *f)
{
	walker_later(f)->map.capacity = walker_later(f)->map.used - 1;
}

static void skip_index(struct test_fixture *f)
{
	hole(f);
	walker_later(f)->map.skip_records = 2;
	walker_later(f)->map.skip_bytes = 8192 + 16;
}

static void skip_beyond(struct test_fixture *f)
{
	walker_later(f)->map.skip_records = walker_later(f)->map.used + 1;
}

static void skip_offset(struct test_fixture *f)
{
	walker_later(f)->map.skip_records = 1;
	walker_later(f)->map.skip_bytes = 4;
}

static void offset_lookup(struct test_fixture *f)
{
	f->pcpu->first.map.covered_bytes = 0;
}

/* --- maps of blocks, and of bits ------------------------------------------------------------- */

/* The later chunk's areas in a map of blocks of the same size. */
static struct pcpu_blocks blocks_of_later(struct test_fixture *f)
{
	static uint64_t memory[8192];
	struct pcpu_map *map = &walker_later(f)->map;
	uint32_t covered_bytes = map->covered_bytes;
	struct pcpu_fit fit;

	map->ops = &pcpu_map_linux61;
	CHECK(map->ops->memory(covered_bytes, PCPU_MAP_SPARE) <= sizeof(memory));
	map->ops->init(map, memory, PCPU_MAP_SPARE, 0, covered_bytes);
	CHECK_EQ(map->ops->alloc(map, 8192, 4, NULL, &fit), PCPU_FIT_TAKEN);
	CHECK_EQ(map->ops->alloc(map, 16, 4, NULL, &fit), PCPU_FIT_TAKEN);
	CHECK_EQ(map->ops->alloc(map, 16, 4, NULL, &fit), PCPU_FIT_TAKEN);
	return pcpu_blocks_of(map);
}

static void map_edge(struct test_fixture *f)
{
	pcpu_bit_clear(blocks_of_later(f).edges, (8192 + 32) / 4);
}

static void map_record(struct test_fixture *f)
{
	blocks_of_later(f).block[0].left = 1;
}

/* The later chunk gets a bitmap instead, of which one bit is wrong. */
extern const struct pcpu_map_ops pcpu_map_bitmap;

enum { BITMAP_HEAD_WORDS = 10 }; /* core/map/bitmap.h */

static uint64_t *bitmap_words(struct test_fixture *f)
{
	static uint64_t words[(64 << 10) / sizeof(uint64_t)];
	struct pcpu_map *map = &walker_later(f)->map;
	uint32_t covered_bytes = map->covered_bytes;
	uint32_t used_bytes = covered_bytes - map->free_bytes; /* so that its slot is right */

	memset(words, 0, sizeof(words));
	CHECK(pcpu_map_bitmap.memory(covered_bytes, 0) <= sizeof(words));
	map->ops = &pcpu_map_bitmap;
	pcpu_map_bitmap.init(map, words, 0, used_bytes, covered_bytes);
	return words;
}

static void bitmap_bits(struct test_fixture *f)
{
	uint64_t *words = bitmap_words(f);

	words[BITMAP_HEAD_WORDS + walker_later(f)->map.covered_bytes / 4 / 64 - 1] = 1;
}

/* Where rooms start: behind two bits a granule, and a word more for each. */
static uint32_t bitmap_rooms_at(uint32_t covered_bytes)
{
	return BITMAP_HEAD_WORDS + 2 * (covered_bytes / 4 / 128 * 2 + 1);
}

static void bitmap_rooms(struct test_fixture *f)
{
	uint64_t *words = bitmap_words(f);

	words[bitmap_rooms_at(walker_later(f)->map.covered_bytes)] ^= 1;
}

/* The sixth lane of each block. */
static void bitmap_bounds(struct test_fixture *f)
{
	uint64_t *words = bitmap_words(f);
	uint32_t covered_bytes = walker_later(f)->map.covered_bytes;

	CHECK(walker_later(f)->map.free_bytes > 64 * 4);
	for (uint32_t i = 0; i < covered_bytes / 512; i++)
		words[bitmap_rooms_at(covered_bytes) + i] &= ~(UINT64_C(0x7f) << 40);
}

static void bitmap_room_tree(struct test_fixture *f)
{
	uint64_t *words = bitmap_words(f);
	uint32_t covered_bytes = walker_later(f)->map.covered_bytes;

	CHECK(covered_bytes % 4096 == 0); /* a room a block, no padding */
	words[bitmap_rooms_at(covered_bytes) + covered_bytes / 512] ^= 1;
}

/* --- what the first areas are ----------------------------------------------------------------- */

static void first_map(struct test_fixture *f)
{
	walker_records(&f->pcpu->first)[0] += 4;
	walker_records(&f->pcpu->first)[1] -= 4;
	f->pcpu->first.map.skip_records = 0;
	f->pcpu->first.map.skip_bytes = 0;
}

static void covered(struct test_fixture *f)
{
	struct pcpu_chunk *first = &f->pcpu->first;

	walker_records(first)[first->map.used++] = 4;
	walker_records(first)[first->map.used - 1] = -4;
	first->map.covered_bytes += 4;
}

/* Engines whose own check is content with everything, and one that shows no area at all. */
static struct pcpu_map_ops content, silent;

static enum pcpu_invariant check_nothing(const struct pcpu_map *map, uint32_t *at)
{
	return PCPU_HOLDS;
}

static bool next_of_none(const struct pcpu_map *map, struct pcpu_area *area)
{
	return false;
}

static void be_content(struct pcpu_chunk *chunk)
{
	content = silent = *chunk->map.ops;
	content.check = silent.check = check_nothing;
	silent.next = next_of_none;
	chunk->map.ops = &content;
}

static void covered_reserved(struct test_fixture *f)
{
	struct pcpu_chunk *reserved = &f->pcpu->reserved;

	walker_records(reserved)[reserved->map.used++] = -4;
	reserved->map.covered_bytes += 4;
}

static void covered_later(struct test_fixture *f)
{
	be_content(walker_later(f));
	walker_later(f)->map.covered_bytes -= 4;
}

static void start_not_shown(struct test_fixture *f)
{
	be_content(&f->pcpu->first);
	f->pcpu->first.map.ops = &silent;
}

static void start_is_free(struct test_fixture *f)
{
	be_content(&f->pcpu->first);
	walker_records(&f->pcpu->first)[0] *= -1;
}

static void start_one_byte_short(struct test_fixture *f)
{
	be_content(&f->pcpu->first);
	walker_records(&f->pcpu->first)[0]++;
}

const struct walker_row walker_maps[] = {
	WALKER_ROW(MAP_ENTRY_ZERO, zero_entry, SENTENCE),
	WALKER_ROW(MAP_SUM, sum, SENTENCE),
	WALKER_ROW(MAP_SUM, offset_lookup, SIDE),
	WALKER_ROW(MAP_FREE_NEIGHBOURS, free_neighbours, SENTENCE),
	WALKER_ROW(MAP_FREE_BYTES, free_bytes, SENTENCE),
	WALKER_ROW(MAP_HINT, hint, SENTENCE),
	WALKER_ROW(MAP_HINT, hint_one_short, CONDITION),
	WALKER_ROW(MAP_CAPACITY, capacity, SENTENCE),
	WALKER_ROW(MAP_SKIP, skip_index, SENTENCE),
	WALKER_ROW(MAP_SKIP, skip_beyond, SIDE),
	WALKER_ROW(MAP_SKIP, skip_offset, SIDE),
	WALKER_ROW(MAP_EDGES, map_edge, SENTENCE),
	WALKER_ROW(MAP_RECORD, map_record, SENTENCE),
	WALKER_ROW(MAP_BITS, bitmap_bits, SENTENCE),
	WALKER_ROW(MAP_ROOMS, bitmap_rooms, SENTENCE),
	WALKER_ROW(MAP_BOUNDS, bitmap_bounds, SENTENCE),
	WALKER_ROW(MAP_ROOM_TREE, bitmap_room_tree, SENTENCE),
	WALKER_ROW(FIRST_MAP, first_map, SENTENCE),
	WALKER_ROW(FIRST_MAP, covered, SIDE),
	WALKER_ROW(FIRST_MAP, covered_reserved, CONDITION),
	WALKER_ROW(FIRST_MAP, covered_later, CONDITION),
	WALKER_ROW(FIRST_MAP, start_not_shown, CONDITION),
	WALKER_ROW(FIRST_MAP, start_is_free, CONDITION),
	WALKER_ROW(FIRST_MAP, start_one_byte_short, CONDITION),
	{0},
};
