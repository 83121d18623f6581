/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_check.c - the walker sees every broken invariant, each by its own number.
 *
 * Each row of `breaks` damages one healthy allocator through the core's private header; the walker
 * must name exactly that sentence. A test demands a row for each line of invariants.def.
 */
#include <string.h>

#include "core/map/blocks.h"
#include "core/front/front_calls.h"
#include "core/policy.h"
#include "harness/check/map_bytes.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

/* Calls of the core's own functions: a lock that they demand is held. */
#define WITH_LOCK(plat, lock, call)        \
	do {                               \
		plat_lock(plat, lock);     \
		call;                      \
		plat_unlock(plat, lock);   \
	} while (0)

static struct pcpu_chunk *later(struct test_fixture *f)
{
	for (uint32_t slot = 0; slot < f->pcpu->nr_slots; slot++) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &f->pcpu->slots[slot])
			if (PCPU_CHUNK_OF(l)->kind == PCPU_CHUNK_LATER)
				return PCPU_CHUNK_OF(l);
	}
	FAIL("the fixture has no later chunk");
}

static int32_t *records(struct pcpu_chunk *chunk)
{
	return chunk->map.memory;
}

/* The later chunk's map: [-8192][-16][-16][+rest], its first object freed when a row needs a
   hole. */
static void hole(struct test_fixture *f)
{
	pcpu_free(f->pcpu, (struct pcpu_ptr){later(f)->base - f->pcpu->base + TEST_STATIC_START});
	test_fixture_check(f);
}

static void zero_entry(struct test_fixture *f)
{
	records(later(f))[1] = 0;
}

static void sum(struct test_fixture *f)
{
	records(later(f))[later(f)->map.used - 1] -= 4;
}

static void free_neighbours(struct test_fixture *f)
{
	records(later(f))[2] = 16;
	later(f)->map.skip_records = later(f)->map.skip_bytes = 0;
}

static void free_bytes(struct test_fixture *f)
{
	later(f)->map.free_bytes += 8;
}

static void hint(struct test_fixture *f)
{
	later(f)->map.hint_bytes = 4;
}

static void capacity(struct test_fixture *f)
{
	later(f)->map.capacity = later(f)->map.used - 1;
}

static void skip_index(struct test_fixture *f)
{
	hole(f);
	later(f)->map.skip_records = 2;
	later(f)->map.skip_bytes = 8192 + 16;
}

/* The later chunk's areas in a map of blocks of the same size. */
static struct pcpu_blocks blocks_of_later(struct test_fixture *f)
{
	static uint64_t memory[8192];
	struct pcpu_map *map = &later(f)->map;
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
	struct pcpu_map *map = &later(f)->map;
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

	words[BITMAP_HEAD_WORDS + later(f)->map.covered_bytes / 4 / 64 - 1] = 1;
}

/* Where rooms start: behind two bits a granule, and a word more for each. */
static uint32_t bitmap_rooms_at(uint32_t covered_bytes)
{
	return BITMAP_HEAD_WORDS + 2 * (covered_bytes / 4 / 128 * 2 + 1);
}

static void bitmap_rooms(struct test_fixture *f)
{
	uint64_t *words = bitmap_words(f);

	words[bitmap_rooms_at(later(f)->map.covered_bytes)] ^= 1;
}

static void bitmap_room_tree(struct test_fixture *f)
{
	uint64_t *words = bitmap_words(f);
	uint32_t covered_bytes = later(f)->map.covered_bytes;

	CHECK(covered_bytes % 4096 == 0); /* a room a block, no padding */
	words[bitmap_rooms_at(covered_bytes) + covered_bytes / 512] ^= 1;
}

static void slot(struct test_fixture *f)
{
	later(f)->slot++;
}

static void slot_links(struct test_fixture *f)
{
	later(f)->link.prev = &f->pcpu->reserved.link;
}

/* Each new chunk is put at the head. */
static void slot_order(struct test_fixture *f)
{
	static struct pcpu_policy by_age;

	by_age = *f->pcpu->policy;
	by_age.by_age = true;
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, CHECK(pcpu_chunk_create(f->pcpu)));
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, CHECK(pcpu_chunk_create(f->pcpu)));
	CHECK_EQ(pcpu_check(f->pcpu, NULL), PCPU_HOLDS);
	f->pcpu->policy = &by_age;
}

static void slot_not_filled(struct test_fixture *f)
{
	f->pcpu->slots_filled &= ~(1u << later(f)->slot);
}

static void reserved_slot(struct test_fixture *f)
{
	f->pcpu->reserved.slot = 1;
}

static void chunk_count(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks++;
}

static void immutable(struct test_fixture *f)
{
	pcpu_bit_clear(f->pcpu->first.populated, 1);
	f->pcpu->first.nr_populated--;
}

static void populated_backed(struct test_fixture *f)
{
	uint32_t last = later(f)->nr_pages - 1;

	pcpu_bit_set(later(f)->populated, last);
	later(f)->nr_populated++;
}

/* Unmapped behind the core's back, consistently on all units. */
static void used_populated(struct test_fixture *f)
{
	struct pcpu_chunk *chunk = later(f);

	pcpu_bit_clear(chunk->populated, 0);
	chunk->nr_populated--;
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, pcpu_units_unmap(f->pcpu, chunk->base, 0, 1));
}

static void pages_conserved(struct test_fixture *f)
{
	uintptr_t address;
	bool local;

	CHECK(plat_region_alloc(f->plat, 0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &address, &local));
}

static void empty_pages(struct test_fixture *f)
{
	f->pcpu->nr_empty_pages++;
}

static void unit_every_cpu(struct test_fixture *f)
{
	f->pcpu->cpu_unit[1] = f->pcpu->cpu_unit[0];
}

static void unit_overlap(struct test_fixture *f)
{
	f->pcpu->layout.group[1].base_offset = f->pcpu->layout.unit_bytes;
}

static void unit_node(struct test_fixture *f)
{
	f->pcpu->layout.group[1].node = 0;
}

static void offsets(struct test_fixture *f)
{
	f->pcpu->offset[2] += PCPU_PAGE_BYTES;
}

static void lookup(struct test_fixture *f)
{
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, pcpu_index_remove(f->pcpu, later(f)));
}

/* As if the static part were linked elsewhere: the pointer 0 is that of `address`. */
static void null_at(struct test_fixture *f, uintptr_t address)
{
	uintptr_t old = f->pcpu->static_start, start = f->pcpu->base - address;

	for (uint32_t cpu = 0; cpu < f->pcpu->layout.nr_cpu_ids; cpu++)
		f->pcpu->offset[cpu] += old - start;
	f->pcpu->static_start = start;
}

static void null_object(struct test_fixture *f)
{
	null_at(f, later(f)->base);
}

static void null_in_reserved(struct test_fixture *f)
{
	null_at(f, f->pcpu->base + f->pcpu->reserved.map.covered_bytes - 1);
}

static void null_in_first(struct test_fixture *f)
{
	null_at(f, f->pcpu->base + f->pcpu->first.map.covered_bytes - 1);
}

static void null_at_the_end(struct test_fixture *f)
{
	null_at(f, later(f)->base + later(f)->map.covered_bytes - 1);
}

/* Beside all objects: nothing is broken. */
static void null_in_static(struct test_fixture *f)
{
	null_at(f, f->pcpu->base + f->pcpu->layout.static_bytes - 1);
}

static void null_behind_later(struct test_fixture *f)
{
	null_at(f, later(f)->base + later(f)->map.covered_bytes);
}

static void first_map(struct test_fixture *f)
{
	records(&f->pcpu->first)[0] += 4;
	records(&f->pcpu->first)[1] -= 4;
	f->pcpu->first.map.skip_records = 0;
	f->pcpu->first.map.skip_bytes = 0;
}

static void stats(struct test_fixture *f)
{
	f->pcpu->stats.nr_live++;
}

/* --- the front: an allocator of its own, with one object live, one dirty, others clean -------- */

/* The one span of 64-byte objects; CPU 0 has a magazine of them. */
static struct pcpu_span *front_open(struct test_fixture *f)
{
	struct pcpu_front *front;
	struct pcpu_ptr p;

	pcpu_destroy(f->pcpu);
	f->config.engine = pcpu_engine_find("bitmap");
	f->config.front = true;
	CHECK_EQ(pcpu_create(&f->config, &f->pcpu), PCPU_OK);
	pcpu_cpu_enter(f->pcpu, 0);
	CHECK(pcpu_alloc(f->pcpu, 64, 64, 0).value);
	p = pcpu_alloc(f->pcpu, 64, 64, 0);
	pcpu_free(f->pcpu, p);
	test_fixture_check(f);
	front = f->pcpu->front;
	return PCPU_SPAN_OF(front->partial[pcpu_class_of[64]].next);
}

static struct pcpu_magazine *magazine(struct test_fixture *f)
{
	return f->pcpu->front->cpu[0].magazine[pcpu_class_of[64]];
}

static void front_pages(struct test_fixture *f)
{
	struct pcpu_span *span = front_open(f);

	span->chunk->pages[span->offset / PCPU_PAGE_BYTES].limit--;
}

static void front_span(struct test_fixture *f)
{
	front_open(f)->nr_free--;
}

static void front_place(struct test_fixture *f)
{
	front_open(f);
	magazine(f)->top--; /* a clean object is lost */
}

static void front_clean(struct test_fixture *f)
{
	struct pcpu_span *span = front_open(f);

	pcpu_bit_clear(span->dirty, span->nr_objects - 1);
	plat_copy(f->plat, span->chunk->base + span->offset + 64 * span->nr_objects - 1, "x", 1);
}

static void front_books(struct test_fixture *f)
{
	front_open(f);
	magazine(f)->nr_loaded++;
}

static void lock_held(struct test_fixture *f)
{
	plat_lock(f->plat, PLAT_LOCK_OUTER);
}

static const struct {
	enum pcpu_invariant invariant;
	void (*damage)(struct test_fixture *f);
} breaks[] = {
	{PCPU_INV_MAP_ENTRY_ZERO, zero_entry},
	{PCPU_INV_MAP_SUM, sum},
	{PCPU_INV_MAP_FREE_NEIGHBOURS, free_neighbours},
	{PCPU_INV_MAP_FREE_BYTES, free_bytes},
	{PCPU_INV_MAP_HINT, hint},
	{PCPU_INV_MAP_CAPACITY, capacity},
	{PCPU_INV_MAP_SKIP, skip_index},
	{PCPU_INV_MAP_EDGES, map_edge},
	{PCPU_INV_MAP_RECORD, map_record},
	{PCPU_INV_MAP_BITS, bitmap_bits},
	{PCPU_INV_MAP_ROOMS, bitmap_rooms},
	{PCPU_INV_MAP_ROOM_TREE, bitmap_room_tree},
	{PCPU_INV_SLOT, slot},
	{PCPU_INV_SLOT_LINKS, slot_links},
	{PCPU_INV_SLOT_FILLED, slot_not_filled},
	{PCPU_INV_SLOT_ORDER, slot_order},
	{PCPU_INV_RESERVED_SLOT, reserved_slot},
	{PCPU_INV_CHUNK_COUNT, chunk_count},
	{PCPU_INV_IMMUTABLE_POPULATED, immutable},
	{PCPU_INV_POPULATED_BACKED, populated_backed},
	{PCPU_INV_USED_POPULATED, used_populated},
	{PCPU_INV_PAGES_CONSERVED, pages_conserved},
	{PCPU_INV_EMPTY_PAGES, empty_pages},
	{PCPU_INV_UNIT_EVERY_CPU, unit_every_cpu},
	{PCPU_INV_UNIT_OVERLAP, unit_overlap},
	{PCPU_INV_UNIT_NODE, unit_node},
	{PCPU_INV_OFFSETS, offsets},
	{PCPU_INV_LOOKUP, lookup},
	{PCPU_INV_NULL_OBJECT, null_object},
	{PCPU_INV_FIRST_MAP, first_map},
	{PCPU_INV_FRONT_PAGES, front_pages},
	{PCPU_INV_FRONT_SPAN, front_span},
	{PCPU_INV_FRONT_PLACE, front_place},
	{PCPU_INV_FRONT_CLEAN, front_clean},
	{PCPU_INV_FRONT_BOOKS, front_books},
	{PCPU_INV_STATS, stats},
	{PCPU_INV_LOCK_HELD, lock_held},
};

#define NR_BREAKS (sizeof(breaks) / sizeof(breaks[0]))

/* A healthy allocator with one later chunk that holds three objects. */
static void healthy_open(struct test_fixture *f)
{
	struct pcpu_ptr p;

	test_fixture_init(f, "0011");
	f->config.engine = pcpu_engine_find("area");
	f->config.sizes.dyn_bytes = 5 * PCPU_PAGE_BYTES; /* several pages in every chunk */
	f->config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
	test_fixture_open(f);
	do
		p = pcpu_alloc(f->pcpu, 8192, 4, 0);
	while (test_fixture_place(f, p).kind != PCPU_CHUNK_LATER);
	/* The first chunk's rest takes some of the small ones before two lie behind the large
	   one. */
	while (test_fixture_place(f, pcpu_alloc(f->pcpu, 16, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	CHECK_EQ(test_fixture_place(f, pcpu_alloc(f->pcpu, 16, 4, 0)).offset, 8192 + 16);
	test_fixture_check(f);
}

TEST(the_walker_names_each_broken_invariant)
{
	for (size_t i = 0; i < NR_BREAKS; i++) {
		struct test_fixture f;
		struct pcpu_broken where;
		enum pcpu_invariant found;

		healthy_open(&f);
		breaks[i].damage(&f);
		found = pcpu_check(f.pcpu, &where);
		if (found != breaks[i].invariant)
			FAIL("wanted \"%s\", the walker says \"%s\"",
			     pcpu_invariant_text(breaks[i].invariant), pcpu_invariant_text(found));
		pcpu_here = (struct pcpu_caller){0}; /* of an allocator that nobody destroys */
		sim_destroy(f.plat);
	}
}

TEST(every_invariant_has_a_row_that_breaks_it)
{
	bool seen[PCPU_NR_INVARIANTS] = {false};

	for (size_t i = 0; i < NR_BREAKS; i++)
		seen[breaks[i].invariant] = true;
	for (int i = 1; i < PCPU_NR_INVARIANTS; i++)
		if (!seen[i])
			FAIL("nothing breaks \"%s\"", pcpu_invariant_text((enum pcpu_invariant)i));
}

/* The platform may put a later chunk where the first unit's tail was given back. */
TEST(a_chunk_in_the_first_units_tail_is_found)
{
	struct pcpu_chunk *chunk;
	struct test_fixture f;
	uintptr_t base;
	uint32_t offset;

	test_fixture_init(&f, "0");
	f.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	f.config.sizes.unit_bytes = 1 << 20;
	test_fixture_open(&f);
	while (test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	chunk = later(&f);
	base = chunk->base;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, pcpu_index_remove(f.pcpu, chunk));
	chunk->base = f.pcpu->base + f.pcpu->layout.size_sum_bytes;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(f.pcpu, chunk)));
	CHECK(pcpu_find(f.pcpu,
			(struct pcpu_ptr){chunk->base - f.pcpu->base + TEST_STATIC_START + 8},
			&offset) == chunk);
	CHECK_EQ(offset, 8);
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, pcpu_index_remove(f.pcpu, chunk));
	chunk->base = base;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(f.pcpu, chunk)));
	test_fixture_close(&f);
}

/* Variants of the same sentences, reached by other checks of the walker. */
static void variant(enum pcpu_invariant invariant, void (*damage)(struct test_fixture *f))
{
	struct test_fixture f;

	healthy_open(&f);
	damage(&f);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), invariant);
	sim_destroy(f.plat);
}

static void reserved_on_a_list(struct test_fixture *f)
{
	pcpu_list_add_head(&f->pcpu->slots[1], &f->pcpu->reserved.link);
	f->pcpu->stats.nr_chunks++;
}

static void slot_filled_by_none(struct test_fixture *f)
{
	f->pcpu->slots_filled |= 1u << f->pcpu->empty_slot;
}

static void chunk_twice(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks = 1;
}

static void populated_count(struct test_fixture *f)
{
	later(f)->nr_populated++;
}

static void empty_pages_of_chunk(struct test_fixture *f)
{
	later(f)->nr_empty_pages++;
}

static void pages_count(struct test_fixture *f)
{
	f->pcpu->stats.nr_pages_populated++;
}

/* An edge where copies are not skewed; a copy in the wrong place by a skew. */
static void edge_of_none(struct test_fixture *f)
{
	later(f)->nr_edges++;
}

static void offset_and_unit_skewed(struct test_fixture *f)
{
	f->pcpu->unit_offset[2] += PCPU_SKEW_BYTES;
	f->pcpu->offset[2] += PCPU_SKEW_BYTES;
}

static void skip_beyond(struct test_fixture *f)
{
	later(f)->map.skip_records = later(f)->map.used + 1;
}

static void covered(struct test_fixture *f)
{
	struct pcpu_chunk *first = &f->pcpu->first;

	records(first)[first->map.used++] = 4;
	records(first)[first->map.used - 1] = -4;
	first->map.covered_bytes += 4;
}

static void unit_lost(struct test_fixture *f)
{
	f->pcpu->cpu_unit[3] = PCPU_NO_CPU;
}

static void units_too_long(struct test_fixture *f)
{
	f->pcpu->layout.group[0].area_bytes = PCPU_PAGE_BYTES;
}

static void skip_offset(struct test_fixture *f)
{
	later(f)->map.skip_records = 1;
	later(f)->map.skip_bytes = 4;
}

static void offset_lookup(struct test_fixture *f)
{
	f->pcpu->first.map.covered_bytes = 0;
}

/* --- each condition of a sentence, alone ----------------------------------------------------- */

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

	records(reserved)[reserved->map.used++] = -4;
	reserved->map.covered_bytes += 4;
}

static void covered_later(struct test_fixture *f)
{
	be_content(later(f));
	later(f)->map.covered_bytes -= 4;
}

static void start_not_shown(struct test_fixture *f)
{
	be_content(&f->pcpu->first);
	f->pcpu->first.map.ops = &silent;
}

static void start_is_free(struct test_fixture *f)
{
	be_content(&f->pcpu->first);
	records(&f->pcpu->first)[0] *= -1;
}

static void start_one_byte_short(struct test_fixture *f)
{
	be_content(&f->pcpu->first);
	records(&f->pcpu->first)[0]++;
}

/* On another list than its free size demands, and it says so itself. */
static void on_a_wrong_list(struct test_fixture *f)
{
	struct pcpu_chunk *chunk = later(f);

	WITH_LOCK(f->plat, PLAT_LOCK_INNER, pcpu_chunk_dequeue(f->pcpu, chunk));
	chunk->slot = 3;
	pcpu_list_add_head(&f->pcpu->slots[3], &chunk->link);
	f->pcpu->slots_filled |= 1u << 3;
}

static void reserved_kind_on_a_list(struct test_fixture *f)
{
	later(f)->kind = PCPU_CHUNK_RESERVED;
}

static void list_head_broken(struct test_fixture *f)
{
	f->pcpu->slots[later(f)->slot].prev = &f->pcpu->reserved.link;
}

static void reserved_immutable(struct test_fixture *f)
{
	pcpu_bit_clear(f->pcpu->reserved.populated, 0);
	f->pcpu->reserved.nr_populated--;
}

static void backed_not_populated(struct test_fixture *f)
{
	uint32_t last = later(f)->nr_pages - 1;

	WITH_LOCK(f->plat, PLAT_LOCK_OUTER,
		  CHECK(pcpu_units_map(f->pcpu, later(f)->base, last, last + 1)));
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER,
		  pcpu_units_flush(f->pcpu, later(f)->base, last, last + 1));
}

static void one_copy_not_backed(struct test_fixture *f)
{
	uintptr_t at = later(f)->base + (uintptr_t)f->pcpu->unit_offset[3];

	plat_pages_unmap(f->plat, at, 1);
	plat_tlb_flush(f->plat, at, PCPU_PAGE_BYTES);
}

static void used_last_page(struct test_fixture *f)
{
	uint32_t last = (8192 - 1) / PCPU_PAGE_BYTES; /* of the first object */

	pcpu_bit_clear(later(f)->populated, last);
	later(f)->nr_populated--;
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER,
		  pcpu_units_unmap(f->pcpu, later(f)->base, last, last + 1));
}

/* The chunk is found, and an offset in it that is another. */
static void base_moved(struct test_fixture *f)
{
	f->pcpu->first.base += 16;
}

static void live_bytes(struct test_fixture *f)
{
	f->pcpu->stats.live_bytes++;
}

static void chunks_created(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks_created++;
}

static void chunks_destroyed(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks_destroyed++;
}

static void pages_given_back(struct test_fixture *f)
{
	f->pcpu->stats.nr_pages_depopulated++;
}

static void frees(struct test_fixture *f)
{
	f->pcpu->stats.nr_frees++;
}

/* A unit behind the last, whose entry says what is wanted. */
static void unit_behind_the_last(struct test_fixture *f)
{
	uint32_t nr = f->pcpu->layout.nr_units;

	f->pcpu->layout.cpu_map[nr] = 3;
	f->pcpu->cpu_unit[3] = nr;
}

static void overlap_by_a_page(struct test_fixture *f)
{
	const struct pcpu_group *a = &f->pcpu->layout.group[0];

	f->pcpu->layout.group[1].base_offset = a->base_offset + a->area_bytes - PCPU_PAGE_BYTES;
}

static void overlap_from_below(struct test_fixture *f)
{
	struct pcpu_group *group = f->pcpu->layout.group;

	group[0].base_offset = group[1].area_bytes - PCPU_PAGE_BYTES;
	group[1].base_offset = 0;
}

static void inner_lock_held(struct test_fixture *f)
{
	plat_lock(f->plat, PLAT_LOCK_INNER);
}

/* On a list that no slot has. */
static void reserved_on_a_foreign_list(struct test_fixture *f)
{
	static struct pcpu_list foreign;

	pcpu_list_init(&foreign);
	pcpu_list_add_head(&foreign, &f->pcpu->reserved.link);
}

/* As wrong in the sum over all chunks. */
static void empty_pages_of_both(struct test_fixture *f)
{
	later(f)->nr_empty_pages++;
	f->pcpu->nr_empty_pages++;
}

static void hint_one_short(struct test_fixture *f)
{
	int32_t last = records(later(f))[later(f)->map.used - 1];

	later(f)->map.hint_bytes = (uint32_t)last - 1;
}

TEST(each_condition_is_seen_alone)
{
	variant(PCPU_INV_FIRST_MAP, covered_reserved);
	variant(PCPU_INV_FIRST_MAP, covered_later);
	variant(PCPU_INV_FIRST_MAP, start_not_shown);
	variant(PCPU_INV_FIRST_MAP, start_is_free);
	variant(PCPU_INV_FIRST_MAP, start_one_byte_short);
	variant(PCPU_INV_SLOT, on_a_wrong_list);
	variant(PCPU_INV_RESERVED_SLOT, reserved_kind_on_a_list);
	variant(PCPU_INV_SLOT_LINKS, list_head_broken);
	variant(PCPU_INV_IMMUTABLE_POPULATED, reserved_immutable);
	variant(PCPU_INV_POPULATED_BACKED, backed_not_populated);
	variant(PCPU_INV_POPULATED_BACKED, one_copy_not_backed);
	variant(PCPU_INV_USED_POPULATED, used_last_page);
	variant(PCPU_INV_LOOKUP, base_moved);
	variant(PCPU_INV_STATS, live_bytes);
	variant(PCPU_INV_STATS, chunks_created);
	variant(PCPU_INV_STATS, chunks_destroyed);
	variant(PCPU_INV_STATS, pages_given_back);
	variant(PCPU_INV_STATS, frees);
	variant(PCPU_INV_UNIT_EVERY_CPU, unit_behind_the_last);
	variant(PCPU_INV_UNIT_OVERLAP, overlap_by_a_page);
	variant(PCPU_INV_UNIT_OVERLAP, overlap_from_below);
	variant(PCPU_INV_LOCK_HELD, inner_lock_held);
	variant(PCPU_INV_MAP_HINT, hint_one_short);
	variant(PCPU_INV_RESERVED_SLOT, reserved_on_a_foreign_list);
	variant(PCPU_INV_EMPTY_PAGES, empty_pages_of_both);
}

/* The chunk's first atom leads to it, its last one does not. */
TEST(the_last_byte_of_a_chunk_is_looked_up_too)
{
	struct pcpu_layout *layout;
	struct pcpu_broken where;
	struct test_fixture f;

	test_fixture_init(&f, "0011");
	f.config.sizes.unit_bytes = 2 * 65536;
	test_fixture_open(&f);
	while (test_fixture_place(&f, pcpu_alloc(f.pcpu, 8192, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	layout = &f.pcpu->layout;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, pcpu_index_remove(f.pcpu, later(&f)));
	layout->unit_bytes = 65536;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(f.pcpu, later(&f))));
	layout->unit_bytes = 2 * 65536;
	CHECK_EQ(pcpu_check(f.pcpu, &where), PCPU_INV_LOOKUP);
	CHECK_EQ(where.offset, layout->unit_bytes - 1);
	sim_destroy(f.plat);
}

/* Groups may lie in any order, and touch. */
TEST(groups_that_touch_do_not_overlap)
{
	struct test_fixture f;
	struct pcpu_group *group;

	test_fixture_init(&f, "0011");
	f.sim.backwards = true;
	test_fixture_open(&f);
	group = f.pcpu->layout.group;
	CHECK(group[1].base_offset < group[0].base_offset);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	group[0].base_offset = group[1].base_offset + group[1].area_bytes;
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	group[0].base_offset -= PCPU_PAGE_BYTES;
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_INV_UNIT_OVERLAP);
	sim_destroy(f.plat);
}

/* By the CPU with page, by the group with embed; far ones and unknown pages are let pass. */
TEST(a_units_node_is_that_of_its_cpu_or_its_group)
{
	struct pcpu_broken where;
	struct test_fixture f;

	test_fixture_init(&f, "0011");
	f.config.choice = PCPU_CHOICE_PAGE;
	test_fixture_open(&f);
	f.pcpu->cpu_node[3] = 0;
	CHECK_EQ(pcpu_check(f.pcpu, &where), PCPU_INV_UNIT_NODE);
	CHECK_EQ(where.cpu, 3);
	pcpu_bit_set(f.pcpu->cpu_is_far, 3);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	sim_destroy(f.plat);
	test_fixture_init(&f, "0011");
	f.sim.page_nodes_unknown = true;
	test_fixture_open(&f);
	f.pcpu->layout.group[1].node = 0;
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	sim_destroy(f.plat);
}

TEST(a_map_that_is_all_used_has_its_skip_index_at_the_end)
{
	const struct pcpu_map_ops *engine = pcpu_engine_find("area")->map;
	struct pcpu_map map = {.ops = engine};
	int32_t memory[16] = {0};
	uint32_t at;

	engine->init(&map, memory, 16, 64, 64);
	map.skip_records = 1;
	map.skip_bytes = 60;
	CHECK_EQ(engine->check(&map, &at), PCPU_INV_MAP_SKIP);
	map.skip_bytes = 64;
	CHECK_EQ(engine->check(&map, &at), PCPU_HOLDS);
	map.skip_records = 2;
	CHECK_EQ(engine->check(&map, &at), PCPU_INV_MAP_SKIP);
	map.skip_records = 1;
	map.capacity = map.used;
	CHECK_EQ(engine->check(&map, &at), PCPU_HOLDS);
}

/* The lab's own map of single bytes, by one byte either way. */
TEST(the_map_of_bytes_checks_itself)
{
	static uint64_t memory[64];
	struct pcpu_map map = {.ops = &lab_map_bytes};
	struct pcpu_fit fit;
	uint32_t at;

	lab_map_bytes.init(&map, memory, 256, 64, 256);
	CHECK_EQ(lab_map_bytes.alloc(&map, 32, 4, NULL, &fit), PCPU_FIT_TAKEN);
	CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_HOLDS);
	for (int by = -1; by <= 1; by += 2) {
		map.free_bytes += (uint32_t)by;
		CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_INV_MAP_FREE_BYTES);
		map.free_bytes -= (uint32_t)by;
	}
	map.hint_bytes = 159;
	CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_INV_MAP_HINT);
	map.hint_bytes = 160;
	CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_HOLDS);
}

TEST(the_walker_checks_from_every_side)
{
	variant(PCPU_INV_RESERVED_SLOT, reserved_on_a_list);
	variant(PCPU_INV_SLOT_FILLED, slot_filled_by_none);
	variant(PCPU_INV_CHUNK_COUNT, chunk_twice);
	variant(PCPU_INV_STATS, populated_count);
	variant(PCPU_INV_EMPTY_PAGES, empty_pages_of_chunk);
	variant(PCPU_INV_STATS, pages_count);
	variant(PCPU_INV_STATS, edge_of_none);
	variant(PCPU_INV_OFFSETS, offset_and_unit_skewed);
	variant(PCPU_INV_MAP_SKIP, skip_beyond);
	variant(PCPU_INV_FIRST_MAP, covered);
	variant(PCPU_INV_UNIT_EVERY_CPU, unit_lost);
	variant(PCPU_INV_UNIT_OVERLAP, units_too_long);
	variant(PCPU_INV_MAP_SKIP, skip_offset);
	variant(PCPU_INV_MAP_SUM, offset_lookup);
	variant(PCPU_INV_NULL_OBJECT, null_in_reserved);
	variant(PCPU_INV_NULL_OBJECT, null_in_first);
	variant(PCPU_INV_NULL_OBJECT, null_at_the_end);
	variant(PCPU_HOLDS, null_in_static);
	variant(PCPU_HOLDS, null_behind_later);
	CHECK_STR(pcpu_invariant_text(PCPU_HOLDS), "everything holds");
	CHECK_STR(pcpu_invariant_text(PCPU_NR_INVARIANTS), "no such invariant");
}

/* Where it is: chunk, offset in bytes and CPU of what some of the damage above broke. */
TEST(the_walker_says_where)
{
	static const struct {
		void (*damage)(struct test_fixture *f);
		uint32_t chunk_id, page, cpu;
	} rows[] = {
		{populated_backed, 1, UINT32_MAX, 0}, /* the last page */
		{one_copy_not_backed, 1, 0, 3},
		{used_populated, 1, 0, PCPU_NO_CPU},
		{immutable, 0, 0, PCPU_NO_CPU},
		{reserved_slot, PCPU_NO_CHUNK, 0, PCPU_NO_CPU},
		{offsets, PCPU_NO_CHUNK, 0, 2},
		{unit_every_cpu, PCPU_NO_CHUNK, 0, 1},
		{unit_node, PCPU_NO_CHUNK, 0, 2},
		{pages_conserved, PCPU_NO_CHUNK, 0, PCPU_NO_CPU},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pcpu_broken where;
		struct test_fixture f;
		uint32_t page = rows[i].page;

		healthy_open(&f);
		if (page == UINT32_MAX)
			page = later(&f)->nr_pages - 1;
		rows[i].damage(&f);
		CHECK(pcpu_check(f.pcpu, &where) != PCPU_HOLDS);
		CHECK_EQ(where.chunk_id, rows[i].chunk_id);
		CHECK_EQ(where.offset, page * PCPU_PAGE_BYTES);
		CHECK_EQ(where.cpu, rows[i].cpu);
		sim_destroy(f.plat);
	}
}
