/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_dense.c - chunk policy "dense", rule by rule (SPEC.md 16): which chunk takes an object, when
 * balance is wanted, and which pages it gives back.
 *
 * The fixture: 2 CPUs, units of 64 KiB (16 pages), a first chunk of 20 KiB of which each test takes
 * what it does not want to be there.
 */
#include "core/policy.h"
#include "harness/platform/lab_plat.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

#define UNIT  65536u
#define PAGES (UNIT / PCPU_PAGE_BYTES)
#define KEPT  4u
#define BATCH 4u
#define LATER 3u /* chunks, and where more are needed to see it */
#define MANY  9u

static struct test_fixture f;

static struct pcpu_ptr take(uint32_t size, uint32_t align)
{
	struct pcpu_ptr p = pcpu_alloc(f.pcpu, size, align, 0);

	CHECK(p.value);
	test_fixture_check(&f);
	return p;
}

static void give(struct pcpu_ptr p)
{
	pcpu_free(f.pcpu, p);
	test_fixture_check(&f);
}

static uint32_t chunk_of(struct pcpu_ptr p)
{
	return test_fixture_place(&f, p).chunk_id;
}

static uint32_t empty_pages(void)
{
	struct pcpu_stats stats;

	pcpu_stats(f.pcpu, &stats);
	return stats.nr_empty_pages;
}

static void balance(void)
{
	pcpu_balance(f.pcpu);
	test_fixture_check(&f);
}

static void open_with(enum pcpu_backing_kind backing, uint32_t dyn_bytes)
{
	test_fixture_init(&f, "00");
	f.config.engine = pcpu_engine_find("bitmap");
	f.config.backing = backing;
	f.config.sizes.static_bytes = PCPU_PAGE_BYTES;
	f.config.sizes.reserved_bytes = 0;
	f.config.sizes.dyn_bytes = dyn_bytes;
	f.config.sizes.unit_bytes = UNIT;
	test_fixture_open(&f);
}

/* The first chunk is full, to the last byte. */
static void open_full(enum pcpu_backing_kind backing)
{
	open_with(backing, 5 * PCPU_PAGE_BYTES);
	while (f.pcpu->first.map.free_bytes)
		(void)take(PCPU_PAGE_BYTES, 4);
	CHECK_EQ(f.pcpu->stats.nr_chunks, 1);
}

/* Nothing left in the first chunk; later ones, which 32 KiB objects fill: [chunk][half]. */
static struct pcpu_ptr half[MANY + 1][2];

static void open_halves(uint32_t nr_later)
{
	open_full(PCPU_BACKING_VM);
	for (uint32_t chunk = 1; chunk <= nr_later; chunk++) {
		for (int i = 0; i < 2; i++) {
			half[chunk][i] = take(UNIT / 2, 4);
			CHECK_EQ(chunk_of(half[chunk][i]), chunk);
		}
	}
}

/* --- D1, D2: which chunk ---------------------------------------------------------------------- */

/* Freed youngest first and in the middle: the oldest takes the next object all the same. */
TEST(of_one_class_the_oldest_chunk_is_tried)
{
	static const uint32_t orders[][LATER] = {{1, 2, 3}, {3, 2, 1}, {2, 3, 1}, {2, 1, 3},
						 {3, 1, 2}, {1, 3, 2}};

	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		open_halves(LATER);
		for (uint32_t i = 0; i < LATER; i++)
			give(half[orders[o][i]][1]);
		for (uint32_t chunk = 1; chunk <= LATER; chunk++)
			CHECK_EQ(chunk_of(take(UNIT / 2, 4)), chunk);
		test_fixture_close(&f);
	}
}

/* Also where a hole is as small as can be. */
TEST(chunks_with_the_smallest_holes_are_in_order_of_age)
{
	struct pcpu_ptr small[LATER + 1];

	open_halves(LATER);
	for (uint32_t chunk = 1; chunk <= LATER; chunk++) {
		give(half[chunk][1]);
		CHECK_EQ(chunk_of(take(UNIT / 2 - 4, 4)), chunk);
	}
	CHECK_EQ(chunk_of(take(8, 4)), LATER + 1); /* tried in all: their hints are right now */
	for (uint32_t chunk = 1; chunk <= LATER; chunk++) {
		small[chunk] = take(4, 4);
		CHECK_EQ(chunk_of(small[chunk]), chunk);
	}
	give(small[3]);
	give(small[1]);
	give(small[2]);
	for (uint32_t chunk = 1; chunk <= LATER; chunk++)
		CHECK_EQ(chunk_of(take(4, 4)), chunk);
	test_fixture_close(&f);
}

/* Some steps from either end of the list. */
TEST(many_chunks_are_in_order_of_age)
{
	static const uint32_t orders[][MANY] = {{1, 8, 9, 6, 7, 2, 3, 5, 4},
						{9, 1, 2, 4, 3, 8, 5, 7, 6},
						{5, 4, 6, 3, 7, 2, 8, 1, 9}};

	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		open_halves(MANY);
		for (uint32_t i = 0; i < MANY; i++)
			give(half[orders[o][i]][1]);
		for (uint32_t chunk = 1; chunk <= MANY; chunk++)
			CHECK_EQ(chunk_of(take(UNIT / 2, 4)), chunk);
		test_fixture_close(&f);
	}
}

/* A small hole of a young chunk goes before the large one of an old chunk. */
TEST(the_smallest_class_that_fits_comes_first)
{
	open_halves(LATER);
	give(half[3][1]);
	(void)take(UNIT / 2 - 64, 4);
	CHECK_EQ(chunk_of(take(128, 4)), LATER + 1); /* tried in chunk 3, whose hint is right now */
	give(half[1][0]);
	CHECK_EQ(chunk_of(take(64, 4)), 3);
	CHECK_EQ(chunk_of(take(8, 4)), 1);
	test_fixture_close(&f);
}

/* Many free bytes in small pieces: the class is the piece's. */
TEST(free_bytes_do_not_count_where_no_run_is_long)
{
	static struct pcpu_ptr piece[UNIT / 2048];
	struct pcpu_ptr p;

	open_halves(LATER);
	give(half[1][0]);
	give(half[1][1]);
	for (uint32_t i = 0; i < UNIT / 2048; i++)
		piece[i] = take(2048, 4);
	for (uint32_t i = 0; i < UNIT / 2048; i += 2)
		give(piece[i]);
	give(half[2][0]);
	p = take(4096, 4);
	CHECK_EQ(chunk_of(p), 2);
	CHECK_EQ(test_fixture_place(&f, p).offset, 0);
	p = take(2048, 4);
	CHECK_EQ(chunk_of(p), 1);
	CHECK_EQ(test_fixture_place(&f, p).offset, 0);
	test_fixture_close(&f);
}

/* A chunk of which a little is used is no empty one, though its hint is the whole unit's. */
TEST(only_an_empty_chunk_is_on_the_last_list)
{
	struct pcpu_ptr p;

	open_full(PCPU_BACKING_VM);
	p = take(4, 4);
	CHECK(f.pcpu->slots_filled >> f.pcpu->empty_slot == 0);
	give(p);
	CHECK(f.pcpu->slots_filled >> f.pcpu->empty_slot == 1);
	test_fixture_close(&f);
}

/* --- D4: when balance is wanted, and what it leaves ------------------------------------------ */

static struct pcpu_ptr page[2 * PAGES];

static bool is_backed(struct pcpu_ptr p)
{
	return plat_page_backed(f.plat, f.pcpu->base + p.value - TEST_STATIC_START);
}

/* So many empty pages in the first chunk, and all pages of chunk 1 used by objects of a page, of
   which those up to `later` are freed: the last of them is the first to want balance. */
static void expect_kick_at(uint32_t in_first, uint32_t later)
{
	struct pcpu_ptr first[PAGES];
	uint32_t nr = 0, kept = in_first > KEPT ? in_first : KEPT;

	open_with(PCPU_BACKING_VM, 9 * PCPU_PAGE_BYTES);
	while (f.pcpu->first.map.free_bytes)
		first[nr++] = take(PCPU_PAGE_BYTES, 4);
	for (uint32_t i = 0; i < PAGES; i++)
		page[i] = take(PCPU_PAGE_BYTES, 4);
	while (empty_pages() < in_first)
		give(first[--nr]);
	for (uint32_t i = 0; i < later; i++) {
		CHECK(!lab_take_kick(f.plat));
		give(page[i]);
	}
	CHECK(lab_take_kick(f.plat));
	CHECK_EQ(empty_pages(), in_first + later);
	balance();
	CHECK(!lab_take_kick(f.plat));
	CHECK_EQ(empty_pages(), kept);
	for (uint32_t i = 0; i < PAGES; i++) /* the lowest stay */
		CHECK_EQ(is_backed(page[i]), i < kept - in_first || i >= later);
	test_fixture_close(&f);
}

TEST(balance_is_wanted_for_a_batch_of_pages)
{
	expect_kick_at(0, KEPT + BATCH + 1);
	expect_kick_at(2, KEPT + BATCH + 1 - 2);
	expect_kick_at(KEPT, BATCH + 1);
	expect_kick_at(6, BATCH + 1); /* kept: the first chunk's, which cannot go */
}

/* They are many there, and none can be given back. */
TEST(pages_of_the_first_chunk_want_no_balance)
{
	struct pcpu_ptr p[PAGES];
	uint32_t nr = 0;

	open_with(PCPU_BACKING_VM, 14 * PCPU_PAGE_BYTES);
	while (f.pcpu->first.map.free_bytes)
		p[nr++] = take(PCPU_PAGE_BYTES, 4);
	(void)take(PCPU_PAGE_BYTES, 4);
	while (nr)
		give(p[--nr]);
	CHECK(empty_pages() > KEPT + BATCH);
	CHECK(!lab_take_kick(f.plat));
	balance();
	CHECK(empty_pages() > KEPT + BATCH);
	test_fixture_close(&f);
}

TEST(pages_that_stay_backed_want_no_balance)
{
	open_full(PCPU_BACKING_KM);
	for (uint32_t i = 0; i < PAGES; i++)
		page[i] = take(PCPU_PAGE_BYTES, 4);
	for (uint32_t i = 0; i + 1 < PAGES; i++)
		give(page[i]);
	CHECK(!lab_take_kick(f.plat));
	balance();
	CHECK_EQ(empty_pages(), PAGES - 1);
	test_fixture_close(&f);
}

/* So many pages are freed in chunk 1, each between two used ones, and so many in a row in chunk 2,
   of which the lowest `stay` keep their memory: those with most room give theirs first. */
static void expect_left(uint32_t nr_single, uint32_t nr_row, uint32_t row_stay)
{
	uint32_t single_stay = KEPT - row_stay;

	open_full(PCPU_BACKING_VM);
	for (uint32_t i = 0; i < 2 * PAGES; i++)
		page[i] = take(PCPU_PAGE_BYTES, 4);
	for (uint32_t i = 0; i < nr_single; i++)
		give(page[2 * i + 1]);
	CHECK_EQ(chunk_of(take(2 * PCPU_PAGE_BYTES, 4)), 3); /* chunk 1's hint says so now */
	for (uint32_t i = PAGES; i < PAGES + nr_row; i++)
		give(page[i]);
	CHECK(lab_take_kick(f.plat));
	balance();
	CHECK_EQ(empty_pages(), KEPT);
	for (uint32_t i = 0; i < nr_single; i++)
		CHECK_EQ(is_backed(page[2 * i + 1]), i < single_stay);
	for (uint32_t i = 0; i < nr_row; i++)
		CHECK_EQ(is_backed(page[PAGES + i]), i < row_stay);
	test_fixture_close(&f);
}

TEST(balance_leaves_as_many_pages_as_are_kept)
{
	expect_left(3, 7, 1);
	expect_left(6, 3, 0); /* the first chunk's share is not all */
}

/* --- D5 --------------------------------------------------------------------------------------- */

TEST(the_oldest_of_the_empty_chunks_stays)
{
	static const uint32_t orders[][2] = {{1, 2}, {2, 1}};

	for (size_t o = 0; o < 2; o++) {
		open_halves(LATER);
		for (uint32_t i = 0; i < 2; i++) {
			give(half[orders[o][i]][0]);
			give(half[orders[o][i]][1]);
		}
		CHECK(lab_take_kick(f.plat));
		balance();
		CHECK_EQ(f.pcpu->stats.nr_chunks, 3); /* the first, the empty, the full one */
		CHECK_EQ(chunk_of(take(8, 4)), 1);
		test_fixture_close(&f);
	}
}

/* Where no pages go, only that brings balance. */
TEST(a_second_empty_chunk_wants_balance)
{
	struct pcpu_ptr p[3];

	open_full(PCPU_BACKING_KM);
	for (int i = 0; i < 3; i++)
		p[i] = take(UNIT / 2, 4);
	give(p[0]);
	give(p[1]);
	CHECK(!lab_take_kick(f.plat));
	give(p[2]);
	CHECK(lab_take_kick(f.plat));
	balance();
	CHECK_EQ(f.pcpu->stats.nr_chunks, 2);
	test_fixture_close(&f);
}

/* An atomic caller finds nothing, is refused, and finds pages next time. */
TEST(atomic_callers_find_pages_after_a_refusal)
{
	open_full(PCPU_BACKING_VM);
	CHECK_EQ(pcpu_alloc(f.pcpu, 8, 8, PCPU_ATOMIC).value, 0);
	CHECK(lab_take_kick(f.plat));
	balance();
	CHECK_EQ(empty_pages(), KEPT);
	CHECK(pcpu_alloc(f.pcpu, 8, 8, PCPU_ATOMIC).value != 0);
	CHECK(!lab_take_kick(f.plat));
	test_fixture_close(&f);
}

/* Single pages between used ones are stocked before a chunk is made. */
TEST(single_pages_are_stocked)
{
	open_full(PCPU_BACKING_VM);
	for (uint32_t i = 0; i < PAGES; i++)
		page[i] = take(PCPU_PAGE_BYTES, 4);
	for (uint32_t i = 0; i < PAGES / 2; i++)
		give(page[2 * i]);
	(void)take(PCPU_MIN_UNIT_BYTES, 4); /* chunk 1's hint is right now */
	(void)take(PCPU_MIN_UNIT_BYTES, 4);
	balance();
	while (empty_pages())
		(void)take(PCPU_PAGE_BYTES, 4);
	CHECK_EQ(pcpu_alloc(f.pcpu, PCPU_PAGE_BYTES, 4, PCPU_ATOMIC).value, 0);
	balance();
	CHECK_EQ(empty_pages(), KEPT);
	CHECK_EQ(f.pcpu->stats.nr_chunks, 3);
	CHECK_EQ(chunk_of(pcpu_alloc(f.pcpu, PCPU_PAGE_BYTES, 4, PCPU_ATOMIC)), 1);
	test_fixture_close(&f);
}
