/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_check.c - the walker sees every broken invariant, each by its own number.
 *
 * Each row of `breaks` damages one healthy allocator through the core's private header; the walker
 * must name exactly that sentence. A test demands a row for each line of invariants.def.
 */
#include <string.h>

#include "core/chunk.h"
#include "harness/check/map_bytes.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_world.h"

/* Calls of the core's own functions: a lock that they demand is held. */
#define WITH_LOCK(plat, lock, call)        \
	do {                               \
		plat_lock(plat, lock);     \
		call;                      \
		plat_unlock(plat, lock);   \
	} while (0)

static struct pcpu_chunk *later(struct test_world *w)
{
	for (uint32_t slot = 0; slot < w->pcpu->nr_slots; slot++) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &w->pcpu->slots[slot])
			if (PCPU_CHUNK_OF(l)->kind == PCPU_CHUNK_LATER)
				return PCPU_CHUNK_OF(l);
	}
	FAIL("the world has no later chunk");
}

static int32_t *records(struct pcpu_chunk *chunk)
{
	return chunk->map.memory;
}

/* The later chunk's map: [-8192][-16][-16][+rest], its first object freed when a row needs a
   hole. */
static void hole(struct test_world *w)
{
	pcpu_free(w->pcpu, (struct pcpu_ptr){later(w)->base - w->pcpu->base + TEST_STATIC_START});
	test_world_check(w);
}

static void zero_entry(struct test_world *w)
{
	records(later(w))[1] = 0;
}

static void sum(struct test_world *w)
{
	records(later(w))[later(w)->map.used - 1] -= 4;
}

static void free_neighbours(struct test_world *w)
{
	records(later(w))[2] = 16;
	later(w)->map.skip_records = later(w)->map.skip_bytes = 0;
}

static void free_bytes(struct test_world *w)
{
	later(w)->map.free_bytes += 8;
}

static void hint(struct test_world *w)
{
	later(w)->map.hint_bytes = 4;
}

static void capacity(struct test_world *w)
{
	later(w)->map.capacity = later(w)->map.used - 1;
}

static void skip_index(struct test_world *w)
{
	hole(w);
	later(w)->map.skip_records = 2;
	later(w)->map.skip_bytes = 8192 + 16;
}

static void slot(struct test_world *w)
{
	later(w)->slot++;
}

static void slot_links(struct test_world *w)
{
	later(w)->link.prev = &w->pcpu->reserved.link;
}

static void slot_not_filled(struct test_world *w)
{
	w->pcpu->slots_filled &= ~(1u << later(w)->slot);
}

static void reserved_slot(struct test_world *w)
{
	w->pcpu->reserved.slot = 1;
}

static void chunk_count(struct test_world *w)
{
	w->pcpu->stats.nr_chunks++;
}

static void immutable(struct test_world *w)
{
	pcpu_bit_clear(w->pcpu->first.populated, 1);
	w->pcpu->first.nr_populated--;
}

static void populated_backed(struct test_world *w)
{
	uint32_t last = later(w)->nr_pages - 1;

	pcpu_bit_set(later(w)->populated, last);
	later(w)->nr_populated++;
}

/* Unmapped behind the core's back, consistently on all units. */
static void used_populated(struct test_world *w)
{
	struct pcpu_chunk *chunk = later(w);

	pcpu_bit_clear(chunk->populated, 0);
	chunk->nr_populated--;
	WITH_LOCK(w->plat, PLAT_LOCK_OUTER, pcpu_units_unmap(w->pcpu, chunk->base, 0, 1));
}

static void pages_conserved(struct test_world *w)
{
	uintptr_t address;
	bool local;

	CHECK(plat_region_alloc(w->plat, 0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &address, &local));
}

static void empty_pages(struct test_world *w)
{
	w->pcpu->nr_empty_pages++;
}

static void unit_every_cpu(struct test_world *w)
{
	w->pcpu->cpu_unit[1] = w->pcpu->cpu_unit[0];
}

static void unit_overlap(struct test_world *w)
{
	w->pcpu->layout.group[1].base_offset = w->pcpu->layout.unit_bytes;
}

static void unit_node(struct test_world *w)
{
	w->pcpu->layout.group[1].node = 0;
}

static void offsets(struct test_world *w)
{
	w->pcpu->offset[2] += PCPU_PAGE_BYTES;
}

static void lookup(struct test_world *w)
{
	WITH_LOCK(w->plat, PLAT_LOCK_OUTER, pcpu_index_remove(w->pcpu, later(w)));
}

/* As if the static part were linked elsewhere: the pointer 0 is that of `address`. */
static void null_at(struct test_world *w, uintptr_t address)
{
	uintptr_t old = w->pcpu->static_start, start = w->pcpu->base - address;

	for (uint32_t cpu = 0; cpu < w->pcpu->layout.nr_cpu_ids; cpu++)
		w->pcpu->offset[cpu] += old - start;
	w->pcpu->static_start = start;
}

static void null_object(struct test_world *w)
{
	null_at(w, later(w)->base);
}

static void null_in_reserved(struct test_world *w)
{
	null_at(w, w->pcpu->base + w->pcpu->reserved.map.covered_bytes - 1);
}

static void null_in_first(struct test_world *w)
{
	null_at(w, w->pcpu->base + w->pcpu->first.map.covered_bytes - 1);
}

static void null_at_the_end(struct test_world *w)
{
	null_at(w, later(w)->base + later(w)->map.covered_bytes - 1);
}

/* Beside all objects: nothing is broken. */
static void null_in_static(struct test_world *w)
{
	null_at(w, w->pcpu->base + w->pcpu->layout.static_bytes - 1);
}

static void null_behind_later(struct test_world *w)
{
	null_at(w, later(w)->base + later(w)->map.covered_bytes);
}

static void first_map(struct test_world *w)
{
	records(&w->pcpu->first)[0] += 4;
	records(&w->pcpu->first)[1] -= 4;
	w->pcpu->first.map.skip_records = 0;
	w->pcpu->first.map.skip_bytes = 0;
}

static void stats(struct test_world *w)
{
	w->pcpu->stats.nr_live++;
}

static void lock_held(struct test_world *w)
{
	plat_lock(w->plat, PLAT_LOCK_OUTER);
}

static const struct {
	enum pcpu_invariant invariant;
	void (*damage)(struct test_world *w);
} breaks[] = {
	{PCPU_INV_MAP_ENTRY_ZERO, zero_entry},
	{PCPU_INV_MAP_SUM, sum},
	{PCPU_INV_MAP_FREE_NEIGHBOURS, free_neighbours},
	{PCPU_INV_MAP_FREE_BYTES, free_bytes},
	{PCPU_INV_MAP_HINT, hint},
	{PCPU_INV_MAP_CAPACITY, capacity},
	{PCPU_INV_MAP_SKIP, skip_index},
	{PCPU_INV_SLOT, slot},
	{PCPU_INV_SLOT_LINKS, slot_links},
	{PCPU_INV_SLOT_FILLED, slot_not_filled},
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
	{PCPU_INV_STATS, stats},
	{PCPU_INV_LOCK_HELD, lock_held},
};

#define NR_BREAKS (sizeof(breaks) / sizeof(breaks[0]))

/* A healthy allocator with one later chunk that holds three objects. */
static void healthy_open(struct test_world *w)
{
	struct pcpu_ptr p;

	test_world_init(w, "0011");
	w->config.engine = pcpu_engine_find("area");
	w->config.sizes.dyn_bytes = 5 * PCPU_PAGE_BYTES; /* several pages in every chunk */
	w->config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
	test_world_open(w);
	do
		p = pcpu_alloc(w->pcpu, 8192, 4, 0);
	while (test_world_place(w, p).kind != PCPU_CHUNK_LATER);
	/* The first chunk's rest takes some of the small ones before two lie behind the large
	   one. */
	while (test_world_place(w, pcpu_alloc(w->pcpu, 16, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	CHECK_EQ(test_world_place(w, pcpu_alloc(w->pcpu, 16, 4, 0)).offset, 8192 + 16);
	test_world_check(w);
}

TEST(the_walker_names_each_broken_invariant)
{
	for (size_t i = 0; i < NR_BREAKS; i++) {
		struct test_world w;
		struct pcpu_broken where;
		enum pcpu_invariant found;

		healthy_open(&w);
		breaks[i].damage(&w);
		found = pcpu_check(w.pcpu, &where);
		if (found != breaks[i].invariant)
			FAIL("wanted \"%s\", the walker says \"%s\"",
			     pcpu_invariant_text(breaks[i].invariant), pcpu_invariant_text(found));
		sim_destroy(w.plat);
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
	struct test_world w;
	uintptr_t base;
	uint32_t offset;

	test_world_init(&w, "0");
	w.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	w.config.sizes.unit_bytes = 1 << 20;
	test_world_open(&w);
	while (test_world_place(&w, pcpu_alloc(w.pcpu, 4096, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	chunk = later(&w);
	base = chunk->base;
	WITH_LOCK(w.plat, PLAT_LOCK_OUTER, pcpu_index_remove(w.pcpu, chunk));
	chunk->base = w.pcpu->base + w.pcpu->layout.size_sum_bytes;
	WITH_LOCK(w.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(w.pcpu, chunk)));
	CHECK(pcpu_find(w.pcpu,
			(struct pcpu_ptr){chunk->base - w.pcpu->base + TEST_STATIC_START + 8},
			&offset) == chunk);
	CHECK_EQ(offset, 8);
	WITH_LOCK(w.plat, PLAT_LOCK_OUTER, pcpu_index_remove(w.pcpu, chunk));
	chunk->base = base;
	WITH_LOCK(w.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(w.pcpu, chunk)));
	test_world_close(&w);
}

/* Variants of the same sentences, reached by other checks of the walker. */
static void variant(enum pcpu_invariant invariant, void (*damage)(struct test_world *w))
{
	struct test_world w;

	healthy_open(&w);
	damage(&w);
	CHECK_EQ(pcpu_check(w.pcpu, NULL), invariant);
	sim_destroy(w.plat);
}

static void reserved_on_a_list(struct test_world *w)
{
	pcpu_list_add_head(&w->pcpu->slots[1], &w->pcpu->reserved.link);
	w->pcpu->stats.nr_chunks++;
}

static void slot_filled_by_none(struct test_world *w)
{
	w->pcpu->slots_filled |= 1u << pcpu_last_slot(w->pcpu);
}

static void chunk_twice(struct test_world *w)
{
	w->pcpu->stats.nr_chunks = 1;
}

static void populated_count(struct test_world *w)
{
	later(w)->nr_populated++;
}

static void empty_pages_of_chunk(struct test_world *w)
{
	later(w)->nr_empty_pages++;
}

static void pages_count(struct test_world *w)
{
	w->pcpu->stats.nr_pages_populated++;
}

static void skip_beyond(struct test_world *w)
{
	later(w)->map.skip_records = later(w)->map.used + 1;
}

static void covered(struct test_world *w)
{
	struct pcpu_chunk *first = &w->pcpu->first;

	records(first)[first->map.used++] = 4;
	records(first)[first->map.used - 1] = -4;
	first->map.covered_bytes += 4;
}

static void unit_lost(struct test_world *w)
{
	w->pcpu->cpu_unit[3] = PCPU_NO_CPU;
}

static void units_too_long(struct test_world *w)
{
	w->pcpu->layout.group[0].area_bytes = PCPU_PAGE_BYTES;
}

static void skip_offset(struct test_world *w)
{
	later(w)->map.skip_records = 1;
	later(w)->map.skip_bytes = 4;
}

static void offset_lookup(struct test_world *w)
{
	w->pcpu->first.map.covered_bytes = 0;
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

static void covered_reserved(struct test_world *w)
{
	struct pcpu_chunk *reserved = &w->pcpu->reserved;

	records(reserved)[reserved->map.used++] = -4;
	reserved->map.covered_bytes += 4;
}

static void covered_later(struct test_world *w)
{
	be_content(later(w));
	later(w)->map.covered_bytes -= 4;
}

static void start_not_shown(struct test_world *w)
{
	be_content(&w->pcpu->first);
	w->pcpu->first.map.ops = &silent;
}

static void start_is_free(struct test_world *w)
{
	be_content(&w->pcpu->first);
	records(&w->pcpu->first)[0] *= -1;
}

static void start_one_byte_short(struct test_world *w)
{
	be_content(&w->pcpu->first);
	records(&w->pcpu->first)[0]++;
}

/* On another list than its free size demands, and it says so itself. */
static void on_a_wrong_list(struct test_world *w)
{
	struct pcpu_chunk *chunk = later(w);

	WITH_LOCK(w->plat, PLAT_LOCK_INNER, pcpu_chunk_dequeue(w->pcpu, chunk));
	chunk->slot = 3;
	pcpu_list_add_head(&w->pcpu->slots[3], &chunk->link);
	w->pcpu->slots_filled |= 1u << 3;
}

static void reserved_kind_on_a_list(struct test_world *w)
{
	later(w)->kind = PCPU_CHUNK_RESERVED;
}

static void list_head_broken(struct test_world *w)
{
	w->pcpu->slots[later(w)->slot].prev = &w->pcpu->reserved.link;
}

static void reserved_immutable(struct test_world *w)
{
	pcpu_bit_clear(w->pcpu->reserved.populated, 0);
	w->pcpu->reserved.nr_populated--;
}

static void backed_not_populated(struct test_world *w)
{
	uint32_t last = later(w)->nr_pages - 1;

	WITH_LOCK(w->plat, PLAT_LOCK_OUTER,
		  CHECK(pcpu_units_map(w->pcpu, later(w)->base, last, last + 1)));
	WITH_LOCK(w->plat, PLAT_LOCK_OUTER,
		  pcpu_units_flush(w->pcpu, later(w)->base, last, last + 1));
}

static void one_copy_not_backed(struct test_world *w)
{
	uintptr_t at = later(w)->base + (uintptr_t)w->pcpu->unit_offset[3];

	plat_pages_unmap(w->plat, at, 1);
	plat_tlb_flush(w->plat, at, PCPU_PAGE_BYTES);
}

static void used_last_page(struct test_world *w)
{
	uint32_t last = (8192 - 1) / PCPU_PAGE_BYTES; /* of the first object */

	pcpu_bit_clear(later(w)->populated, last);
	later(w)->nr_populated--;
	WITH_LOCK(w->plat, PLAT_LOCK_OUTER,
		  pcpu_units_unmap(w->pcpu, later(w)->base, last, last + 1));
}

/* The chunk is found, and an offset in it that is another. */
static void base_moved(struct test_world *w)
{
	w->pcpu->first.base += 16;
}

static void live_bytes(struct test_world *w)
{
	w->pcpu->stats.live_bytes++;
}

static void chunks_created(struct test_world *w)
{
	w->pcpu->stats.nr_chunks_created++;
}

static void chunks_destroyed(struct test_world *w)
{
	w->pcpu->stats.nr_chunks_destroyed++;
}

static void pages_given_back(struct test_world *w)
{
	w->pcpu->stats.nr_pages_depopulated++;
}

static void frees(struct test_world *w)
{
	w->pcpu->stats.nr_frees++;
}

/* A unit behind the last, whose entry says what is wanted. */
static void unit_behind_the_last(struct test_world *w)
{
	uint32_t nr = w->pcpu->layout.nr_units;

	w->pcpu->layout.cpu_map[nr] = 3;
	w->pcpu->cpu_unit[3] = nr;
}

static void overlap_by_a_page(struct test_world *w)
{
	const struct pcpu_group *a = &w->pcpu->layout.group[0];

	w->pcpu->layout.group[1].base_offset = a->base_offset + a->area_bytes - PCPU_PAGE_BYTES;
}

static void overlap_from_below(struct test_world *w)
{
	struct pcpu_group *group = w->pcpu->layout.group;

	group[0].base_offset = group[1].area_bytes - PCPU_PAGE_BYTES;
	group[1].base_offset = 0;
}

static void inner_lock_held(struct test_world *w)
{
	plat_lock(w->plat, PLAT_LOCK_INNER);
}

/* On a list that no slot has. */
static void reserved_on_a_foreign_list(struct test_world *w)
{
	static struct pcpu_list foreign;

	pcpu_list_init(&foreign);
	pcpu_list_add_head(&foreign, &w->pcpu->reserved.link);
}

/* As wrong in the sum over all chunks. */
static void empty_pages_of_both(struct test_world *w)
{
	later(w)->nr_empty_pages++;
	w->pcpu->nr_empty_pages++;
}

static void hint_one_short(struct test_world *w)
{
	int32_t last = records(later(w))[later(w)->map.used - 1];

	later(w)->map.hint_bytes = (uint32_t)last - 1;
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
	struct test_world w;

	test_world_init(&w, "0011");
	w.config.sizes.unit_bytes = 2 * 65536;
	test_world_open(&w);
	while (test_world_place(&w, pcpu_alloc(w.pcpu, 8192, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	layout = &w.pcpu->layout;
	WITH_LOCK(w.plat, PLAT_LOCK_OUTER, pcpu_index_remove(w.pcpu, later(&w)));
	layout->unit_bytes = 65536;
	WITH_LOCK(w.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(w.pcpu, later(&w))));
	layout->unit_bytes = 2 * 65536;
	CHECK_EQ(pcpu_check(w.pcpu, &where), PCPU_INV_LOOKUP);
	CHECK_EQ(where.offset, layout->unit_bytes - 1);
	sim_destroy(w.plat);
}

/* Groups may lie in any order, and touch. */
TEST(groups_that_touch_do_not_overlap)
{
	struct test_world w;
	struct pcpu_group *group;

	test_world_init(&w, "0011");
	w.sim.backwards = true;
	test_world_open(&w);
	group = w.pcpu->layout.group;
	CHECK(group[1].base_offset < group[0].base_offset);
	CHECK_EQ(pcpu_check(w.pcpu, NULL), PCPU_HOLDS);
	group[0].base_offset = group[1].base_offset + group[1].area_bytes;
	CHECK_EQ(pcpu_check(w.pcpu, NULL), PCPU_HOLDS);
	group[0].base_offset -= PCPU_PAGE_BYTES;
	CHECK_EQ(pcpu_check(w.pcpu, NULL), PCPU_INV_UNIT_OVERLAP);
	sim_destroy(w.plat);
}

/* By the CPU with page, by the group with embed; far ones and unknown pages are let pass. */
TEST(a_units_node_is_that_of_its_cpu_or_its_group)
{
	struct pcpu_broken where;
	struct test_world w;

	test_world_init(&w, "0011");
	w.config.choice = PCPU_CHOICE_PAGE;
	test_world_open(&w);
	w.pcpu->cpu_node[3] = 0;
	CHECK_EQ(pcpu_check(w.pcpu, &where), PCPU_INV_UNIT_NODE);
	CHECK_EQ(where.cpu, 3);
	pcpu_bit_set(w.pcpu->cpu_is_far, 3);
	CHECK_EQ(pcpu_check(w.pcpu, NULL), PCPU_HOLDS);
	sim_destroy(w.plat);
	test_world_init(&w, "0011");
	w.sim.page_nodes_unknown = true;
	test_world_open(&w);
	w.pcpu->layout.group[1].node = 0;
	CHECK_EQ(pcpu_check(w.pcpu, NULL), PCPU_HOLDS);
	sim_destroy(w.plat);
}

TEST(a_map_that_is_all_used_has_its_skip_index_at_the_end)
{
	const struct pcpu_map_ops *engine = pcpu_engine_find("area");
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
		void (*damage)(struct test_world *w);
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
		struct test_world w;
		uint32_t page = rows[i].page;

		healthy_open(&w);
		if (page == UINT32_MAX)
			page = later(&w)->nr_pages - 1;
		rows[i].damage(&w);
		CHECK(pcpu_check(w.pcpu, &where) != PCPU_HOLDS);
		CHECK_EQ(where.chunk_id, rows[i].chunk_id);
		CHECK_EQ(where.offset, page * PCPU_PAGE_BYTES);
		CHECK_EQ(where.cpu, rows[i].cpu);
		sim_destroy(w.plat);
	}
}
