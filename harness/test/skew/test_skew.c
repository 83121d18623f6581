/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_skew.c - a skewed stride: where copies lie, which alignments are kept, which pages are
 * backed, and what they hold.
 *
 *	unit 0  |copies.......|edge|	skew 0
 *	unit 1  | copies.......edge|	skew 64
 *	unit 2  |  copies......edge|	skew 128
 */
#include <string.h>

#include <pcpu/front.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

#define MANY_CPUS "000000000000000011111111111111112222222222222222333333333333.444"

static void skewed_init(struct test_fixture *f, const char *nodes)
{
	test_fixture_init(f, nodes);
	f->config.sizes.stride = PCPU_STRIDE_SKEWED;
	f->config.engine = pcpu_engine_find("bitmap");
}

static uint32_t nr_cpus_of(struct test_fixture *f)
{
	return pcpu_layout(f->pcpu)->nr_possible;
}

static uint64_t populated_pages(struct test_fixture *f)
{
	struct pcpu_stats stats;

	pcpu_stats(f->pcpu, &stats);
	CHECK_EQ(stats.populated_bytes % PCPU_PAGE_BYTES, 0);
	return stats.populated_bytes / PCPU_PAGE_BYTES;
}

/* --- the layout ------------------------------------------------------------------------------ */

TEST(a_unit_is_odd_and_holds_a_page_more)
{
	struct test_fixture f;
	const struct pcpu_layout *l;

	skewed_init(&f, "0011");
	test_fixture_open(&f);
	l = pcpu_layout(f.pcpu);
	CHECK_EQ(l->skew_bytes, 64);
	CHECK_EQ(l->upa, 1);
	CHECK_EQ(l->unit_bytes,
		 ((l->size_sum_bytes / PCPU_PAGE_BYTES + 1) | 1) * PCPU_PAGE_BYTES);
	CHECK_EQ(pcpu_layout_covers(l), l->unit_bytes - PCPU_PAGE_BYTES);
	CHECK(pcpu_layout_covers(l) >= l->size_sum_bytes);
	CHECK_EQ(pcpu_layout_align_max(l), 64);
	test_fixture_close(&f);
}

TEST(a_forced_unit_stays_as_it_is_and_has_room_for_the_edge)
{
	struct test_fixture f;
	uint32_t sum;

	skewed_init(&f, "0011");
	test_fixture_open(&f);
	sum = pcpu_layout(f.pcpu)->size_sum_bytes;
	test_fixture_close(&f);
	f.config.sizes.unit_bytes = sum + PCPU_PAGE_BYTES;
	test_fixture_open(&f);
	CHECK_EQ(pcpu_layout(f.pcpu)->unit_bytes, sum + PCPU_PAGE_BYTES);
	CHECK_EQ(pcpu_layout_covers(pcpu_layout(f.pcpu)), sum);
	test_fixture_close(&f);
	f.config.sizes.unit_bytes = sum;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_EINVAL);
	sim_destroy(f.plat);
}

/* An object of the largest size fits in the smallest unit. */
TEST(the_smallest_unit_holds_the_largest_object)
{
	struct test_fixture f;

	skewed_init(&f, "01");
	f.config.sizes = (struct pcpu_sizes){.static_bytes = 64,
					     .atom_bytes = PCPU_PAGE_BYTES,
					     .stride = PCPU_STRIDE_SKEWED};
	test_fixture_open(&f);
	CHECK(pcpu_layout_covers(pcpu_layout(f.pcpu)) >= PCPU_MIN_UNIT_BYTES);
	CHECK(pcpu_layout(f.pcpu)->unit_bytes < PCPU_MIN_UNIT_BYTES + 3 * PCPU_PAGE_BYTES);
	CHECK(pcpu_alloc(f.pcpu, PCPU_MIN_UNIT_BYTES, 64, 0).value);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* --- where copies lie ------------------------------------------------------------------------ */

/* From the lowest address up: each group's units in a row, the numbers of its units counted on. */
static void check_offsets(struct test_fixture *f)
{
	const struct pcpu_layout *l = pcpu_layout(f->pcpu);
	const uintptr_t *offset = pcpu_offsets(f->pcpu);
	uint32_t base_unit = UINT32_MAX;

	for (uint32_t g = 0; g < l->nr_groups; g++)
		if (l->group[g].base_offset == 0)
			base_unit = l->group[g].first_unit;
	for (uint32_t g = 0; g < l->nr_groups; g++) {
		for (uint32_t i = 0; i < l->group[g].nr_cpus; i++) {
			uint32_t unit = l->group[g].first_unit + i;
			uint64_t skew = 64 * (PCPU_PAGE_BYTES + unit - base_unit) % PCPU_PAGE_BYTES;

			CHECK_EQ(offset[l->cpu_map[unit]] + TEST_STATIC_START,
				 pcpu_base(f->pcpu) + l->group[g].base_offset +
					 (uint64_t)i * l->unit_bytes + skew);
		}
	}
	CHECK_EQ(offset[pcpu_lowest_cpu(f->pcpu)] + TEST_STATIC_START, pcpu_base(f->pcpu));
}

TEST(each_units_copies_lie_a_cache_line_behind_those_of_the_one_before)
{
	for (uint32_t i = 0; i < 4; i++) {
		struct test_fixture f;

		skewed_init(&f, i == 3 ? MANY_CPUS : "00.11022");
		f.sim.backwards = i == 1;
		f.config.choice = i == 2 ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_fixture_open(&f);
		check_offsets(&f);
		CHECK_EQ(pcpu_layout_base_unit(pcpu_layout(f.pcpu)) != 0, i == 1);
		test_fixture_close(&f);
	}
}

/* Set indices of a first-level cache with 64 sets. */
TEST(copies_of_64_cpus_are_in_64_sets)
{
	struct test_fixture f;
	uint64_t sets = 0;
	struct pcpu_ptr p;

	skewed_init(&f, MANY_CPUS);
	test_fixture_open(&f);
	p = pcpu_alloc(f.pcpu, 8, 8, 0);
	for (uint32_t cpu = 0; cpu < f.topology.nr_cpu_ids; cpu++)
		if (f.cpu_node[cpu] != PCPU_NO_NODE)
			sets |= UINT64_C(1) << (pcpu_address(f.pcpu, p, cpu) / 64 % 64);
	CHECK_EQ((uint32_t)__builtin_popcountll(sets), nr_cpus_of(&f));
	test_fixture_close(&f);
}

static void check_way_back(struct test_fixture *f, struct pcpu_ptr p, uint32_t bytes)
{
	for (uint32_t cpu = 0; cpu < f->topology.nr_cpu_ids; cpu++) {
		struct pcpu_ptr found;
		uint32_t by;

		if (f->cpu_node[cpu] == PCPU_NO_NODE)
			continue;
		for (uint32_t i = 0; i < bytes; i += bytes - 1) {
			CHECK(pcpu_from_address(f->pcpu, pcpu_address(f->pcpu, p, cpu) + i, &found,
						&by));
			CHECK_EQ(found.value, p.value + i);
			CHECK_EQ(by, cpu);
		}
	}
}

TEST(addresses_lead_back_from_every_copy)
{
	struct test_fixture f;
	uint32_t covers;

	skewed_init(&f, MANY_CPUS);
	test_fixture_open(&f);
	covers = pcpu_layout_covers(pcpu_layout(f.pcpu));
	for (uint32_t i = 0; i < 40; i++) {
		struct pcpu_ptr p = pcpu_alloc(f.pcpu, covers / 8, 8, 0);

		CHECK(p.value);
		check_way_back(&f, p, covers / 8);
	}
	test_fixture_check(&f);
	test_fixture_close(&f);
}

TEST(static_addresses_end_with_the_static_part_of_each_copy)
{
	struct test_fixture f;

	skewed_init(&f, MANY_CPUS);
	test_fixture_open(&f);
	for (uint32_t cpu = 0; cpu < f.topology.nr_cpu_ids; cpu++) {
		uintptr_t at = pcpu_offsets(f.pcpu)[cpu] + TEST_STATIC_START;

		if (f.cpu_node[cpu] == PCPU_NO_NODE)
			continue;
		CHECK(!pcpu_is_static_address(f.pcpu, at - 1));
		CHECK(pcpu_is_static_address(f.pcpu, at));
		CHECK(pcpu_is_static_address(f.pcpu, at + f.config.sizes.static_bytes - 1));
		CHECK(!pcpu_is_static_address(f.pcpu, at + f.config.sizes.static_bytes));
	}
	test_fixture_close(&f);
}

/* --- alignment ------------------------------------------------------------------------------- */

TEST(alignments_over_a_cache_line_are_refused)
{
	for (int front = 0; front < 2; front++) {
		struct test_fixture f;
		struct pcpu_stats stats;

		skewed_init(&f, "00.11");
		f.config.front = front;
		test_fixture_open(&f);
		for (size_t align = 1; align <= 64; align *= 2) {
			struct pcpu_ptr p = pcpu_alloc(f.pcpu, 100, align, 0);

			for (uint32_t cpu = 0; cpu < 5; cpu += 1 + (cpu == 1))
				CHECK_EQ(pcpu_address(f.pcpu, p, cpu) % align, 0);
		}
		for (size_t align = 128; align <= PCPU_PAGE_BYTES; align *= 2)
			CHECK_EQ(pcpu_alloc(f.pcpu, 100, align, 0).value, 0);
		pcpu_stats(f.pcpu, &stats);
		CHECK_EQ(stats.nr_failed[PCPU_CAUSE_ILLEGAL],
			 __builtin_ctz(PCPU_PAGE_BYTES) - 6);
		CHECK_EQ(test_fixture_event(&f, PCPU_EV_ALLOC_REFUSED).b, PCPU_PAGE_BYTES);
		test_fixture_close(&f);
	}
}

/* --- pages ----------------------------------------------------------------------------------- */

TEST(a_first_chunk_keeps_a_page_more_of_each_unit)
{
	for (int page = 0; page < 2; page++) {
		struct test_fixture f;
		struct sim_ledger ledger;
		uint64_t kept;

		skewed_init(&f, "00.11");
		f.config.choice = page ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_fixture_open(&f);
		sim_ledger(f.plat, &ledger);
		kept = pcpu_layout(f.pcpu)->size_sum_bytes / PCPU_PAGE_BYTES + 1;
		CHECK_EQ(ledger.pages + ledger.area_pages, 4 * kept);
		CHECK_EQ(populated_pages(&f), kept);
		test_fixture_close(&f);
	}
}

#define NR_PAGES 24

/* Objects of a page each, one behind the other in a later chunk. */
static void pages_take(struct test_fixture *f, struct pcpu_ptr p[NR_PAGES])
{
	uint32_t chunk;

	do
		p[0] = pcpu_alloc(f->pcpu, PCPU_PAGE_BYTES, 64, 0);
	while (test_fixture_place(f, p[0]).kind != PCPU_CHUNK_LATER);
	chunk = test_fixture_place(f, p[0]).chunk_id;
	for (uint32_t i = 1; i < NR_PAGES; i++) {
		p[i] = pcpu_alloc(f->pcpu, PCPU_PAGE_BYTES, 64, 0);
		CHECK_EQ(test_fixture_place(f, p[i]).chunk_id, chunk);
		CHECK_EQ(test_fixture_place(f, p[i]).offset, i * PCPU_PAGE_BYTES);
	}
}

static void pages_open(struct test_fixture *f, const char *nodes)
{
	skewed_init(f, nodes);
	f->config.sizes.unit_bytes = 33 * PCPU_PAGE_BYTES;
	f->sim.pages_zeroed = true;
	f->config.front = true;
	test_fixture_open(f);
}

/* What is held is what the statistics say, of every CPU. */
static void check_held(struct test_fixture *f)
{
	test_fixture_check(f);
	CHECK_EQ(plat_pages_held(f->plat), populated_pages(f) * nr_cpus_of(f));
}

TEST(a_run_of_pages_has_one_edge)
{
	struct pcpu_ptr p[NR_PAGES];
	struct test_fixture f;
	uint64_t first, before;

	pages_open(&f, "00.11");
	first = populated_pages(&f);
	pages_take(&f, p);
	check_held(&f);
	CHECK_EQ(populated_pages(&f), first + NR_PAGES + 1);
	before = populated_pages(&f);
	CHECK(pcpu_alloc(f.pcpu, PCPU_PAGE_BYTES, 8, 0).value); /* takes the edge over */
	check_held(&f);
	CHECK_EQ(populated_pages(&f), before + 1);
	test_fixture_close(&f);
}

/* The page n pages behind a page of the base unit, whose copies lie at its start. */
static uintptr_t page_behind(struct test_fixture *f, struct pcpu_ptr p, uint32_t n)
{
	return pcpu_address(f->pcpu, p, pcpu_lowest_cpu(f->pcpu)) + n * PCPU_PAGE_BYTES;
}

/* Unmapped or mapped behind the core's back, in one unit. */
TEST(the_walker_sees_a_missing_edge_and_one_too_many)
{
	for (int more = 0; more < 2; more++) {
		struct pcpu_ptr p[NR_PAGES];
		struct test_fixture f;
		uintptr_t at;

		pages_open(&f, "00.11");
		pages_take(&f, p);
		at = page_behind(&f, p[NR_PAGES - 1], more ? 2 : 1);
		plat_lock(f.plat, PLAT_LOCK_OUTER);
		if (more)
			CHECK_EQ(plat_pages_map(f.plat, 0, at, 1), 1);
		else
			plat_pages_unmap(f.plat, at, 1);
		plat_tlb_flush(f.plat, at, PCPU_PAGE_BYTES);
		plat_unlock(f.plat, PLAT_LOCK_OUTER);
		CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_INV_POPULATED_BACKED);
		sim_destroy(f.plat);
	}
}

/* The edges behind the last pages: of the first chunk, and of a chunk that is full. */
TEST(the_walker_sees_that_a_chunk_has_lost_its_last_page)
{
	struct test_fixture f;
	struct pcpu_place place;
	struct pcpu_ptr p;

	skewed_init(&f, "00.11");
	f.config.sizes.reserved_bytes = 0;
	test_fixture_open(&f);
	plat_region_free(f.plat, pcpu_base(f.pcpu) + pcpu_layout(f.pcpu)->size_sum_bytes,
			 PCPU_PAGE_BYTES);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_INV_POPULATED_BACKED);
	sim_destroy(f.plat);
	test_fixture_open(&f);
	do {
		p = pcpu_alloc(f.pcpu, PCPU_PAGE_BYTES, 64, 0);
		place = test_fixture_place(&f, p);
	} while (place.kind != PCPU_CHUNK_LATER ||
		 place.offset + PCPU_PAGE_BYTES < pcpu_layout_covers(pcpu_layout(f.pcpu)));
	check_held(&f);
	plat_lock(f.plat, PLAT_LOCK_OUTER);
	plat_pages_unmap(f.plat, page_behind(&f, p, 1), 1);
	plat_tlb_flush(f.plat, page_behind(&f, p, 1), PCPU_PAGE_BYTES);
	plat_unlock(f.plat, PLAT_LOCK_OUTER);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_INV_POPULATED_BACKED);
	sim_destroy(f.plat);
}

/* Gives all pages back but every `kept`th, and has small objects of the front in their place: their
   spans are as long as the holes. */
static void pages_replace(struct test_fixture *f, const struct pcpu_ptr p[NR_PAGES], uint32_t kept)
{
	uint32_t bytes = kept == 2 ? 128 : 384;
	struct pcpu_stats stats;

	for (uint32_t i = 0; i < NR_PAGES; i++)
		if (i % kept)
			pcpu_free(f->pcpu, p[i]);
	pcpu_balance(f->pcpu);
	check_held(f);
	pcpu_stats(f->pcpu, &stats);
	CHECK(stats.nr_pages_depopulated > NR_PAGES / 4);
	for (uint32_t i = 0; i < NR_PAGES * PCPU_PAGE_BYTES / bytes; i++) {
		struct pcpu_ptr small = pcpu_alloc(f->pcpu, bytes, 8, 0);

		for (uint32_t cpu = 0; cpu < 5; cpu += 1 + (cpu == 1))
			CHECK(lab_holds(f->plat, pcpu_address(f->pcpu, small, cpu), NULL, bytes));
	}
	check_held(f);
}

/* What stays backed as the edge of the page before, or because of the page behind, keeps what it
   held. */
TEST(a_page_that_was_an_edge_meanwhile_is_cleared)
{
	static uint8_t dirt[PCPU_PAGE_BYTES];

	memset(dirt, 0xee, sizeof(dirt));
	for (uint32_t kept = 2; kept <= 3; kept++) {
		struct pcpu_ptr p[NR_PAGES];
		struct test_fixture f;

		pages_open(&f, "00.11");
		pages_take(&f, p);
		for (uint32_t i = 0; i < NR_PAGES; i++)
			for (uint32_t cpu = 0; cpu < 5; cpu += 1 + (cpu == 1))
				plat_copy(f.plat, pcpu_address(f.pcpu, p[i], cpu), dirt,
					  sizeof(dirt));
		pages_replace(&f, p, kept);
		test_fixture_close(&f);
	}
}

/* A page that comes zeroed, its edge too, is not cleared again. */
TEST(a_fresh_page_behind_an_edge_is_not_cleared_again)
{
	struct pcpu_ptr p[NR_PAGES];
	struct test_fixture f;
	struct sim_ledger before, after;
	uint32_t nr = 8 * PCPU_PAGE_BYTES / 64;

	pages_open(&f, "00.11");
	pages_take(&f, p);
	sim_ledger(f.plat, &before);
	for (uint32_t i = 0; i < nr; i++)
		CHECK(pcpu_alloc(f.pcpu, 64, 8, 0).value);
	sim_ledger(f.plat, &after);
	CHECK_EQ(after.zeroed_bytes - before.zeroed_bytes, 0);
	test_fixture_close(&f);
}

/* A chunk of the km backing is one block; it is backed as a whole. */
TEST(the_km_backing_takes_skewed_units)
{
	for (uint32_t guard = 0; guard < 2; guard++) {
		struct test_fixture f;
		struct pcpu_ptr p;

		skewed_init(&f, "0000");
		f.sim.guard_bytes = guard * PCPU_PAGE_BYTES;
		f.config.backing = PCPU_BACKING_KM;
		test_fixture_open(&f);
		do
			p = pcpu_alloc(f.pcpu, 20000, 64, 0);
		while (test_fixture_place(&f, p).kind != PCPU_CHUNK_LATER);
		while (test_fixture_place(&f, p).chunk_id == 1)
			p = pcpu_alloc(f.pcpu, 3000, 64, 0);
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}
