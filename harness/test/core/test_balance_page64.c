/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_balance_page64.c - balance where a unit has few pages (SPEC.md 14, Balance), built for 64
 * KiB pages: a unit is one page there, two with 16 KiB pages, and never below eight with 4 KiB
 * pages.
 *
 *	first chunk: one page, in use	stock: the pages of one empty chunk, at most 4
 */
#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/platform/sim/sim.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

#define MOST_PAGES 5 /* of a unit: one more than the high mark */

_Static_assert(PCPU_MIN_UNIT_AT(1u << 12) == 8u << 12, "4 KiB pages: 8 in a unit");
_Static_assert(PCPU_MIN_UNIT_AT(1u << 14) == 2u << 14, "16 KiB pages: 2 in a unit");
_Static_assert(PCPU_MIN_UNIT_BYTES == PCPU_PAGE_BYTES, "built for units of one page");

static void set_up(struct test_fixture *w, uint32_t nr_pages, enum pcpu_backing_kind backing)
{
	test_fixture_init(w, "00");
	w->config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	w->config.sizes.unit_bytes = nr_pages * PCPU_PAGE_BYTES;
	w->config.backing = backing;
	test_fixture_open(w);
}

static struct pcpu_stats stats_of(const struct test_fixture *w)
{
	struct pcpu_stats stats;

	pcpu_stats(w->pcpu, &stats);
	return stats;
}

static struct pcpu_ptr alloc_atomic(struct test_fixture *w)
{
	struct pcpu_ptr p;

	sim_set_atomic(w->plat, true);
	p = pcpu_alloc(w->pcpu, 8, 8, PCPU_ATOMIC);
	sim_set_atomic(w->plat, false);
	return p;
}

/* A chunk more, by `nr_empty` pages; the next balance finds nothing to do. */
static void expect_stock(struct test_fixture *w, uint64_t nr_chunks, uint64_t nr_empty)
{
	for (int i = 0; i < 2; i++) {
		struct pcpu_stats stats;

		pcpu_balance(w->pcpu);
		stats = stats_of(w);
		CHECK_EQ(stats.nr_chunks, nr_chunks);
		CHECK_EQ(stats.nr_chunks_created, nr_chunks - 1);
		CHECK_EQ(stats.nr_chunks_destroyed, 0);
		CHECK_EQ(stats.nr_empty_pages, nr_empty);
		test_fixture_check(w);
	}
}

static void stock(uint32_t nr_pages, enum pcpu_backing_kind backing, uint64_t nr_empty)
{
	struct pcpu_ptr p, filler[MOST_PAGES];
	struct test_fixture w;

	set_up(&w, nr_pages, backing);
	pcpu_balance(w.pcpu);
	CHECK_EQ(stats_of(&w).nr_chunks, 1); /* nobody is atomic yet */
	p = alloc_atomic(&w);
	CHECK(p.value);
	CHECK(lab_take_kick(w.plat));
	expect_stock(&w, 2, nr_empty);
	for (uint32_t i = 0; i < nr_pages; i++) /* none is left to stock */
		filler[i] = pcpu_alloc(w.pcpu, PCPU_PAGE_BYTES, 8, 0);
	expect_stock(&w, 3, nr_empty);
	for (uint32_t i = 0; i < nr_pages; i++)
		pcpu_free(w.pcpu, filler[i]);
	pcpu_free(w.pcpu, p);
	pcpu_balance(w.pcpu);
	CHECK_EQ(stats_of(&w).nr_chunks, 2);
	test_fixture_check(&w);
	test_fixture_close(&w);
}

TEST(stock_is_at_most_one_wholly_free_chunk)
{
	for (uint32_t nr_pages = 1; nr_pages <= MOST_PAGES; nr_pages++) {
		stock(nr_pages, PCPU_BACKING_VM, nr_pages < 4 ? nr_pages : 4);
		stock(nr_pages, PCPU_BACKING_KM, nr_pages);
	}
}

/* --- the runner's oracle -------------------------------------------------------------------- */

static struct {
	struct run_fixture fixture;
	void (*after_balance)(void); /* the first one */
	uint32_t nr_questions;
} f;

static bool was_refused(void *context)
{
	if (++f.nr_questions == 2 && f.after_balance)
		f.after_balance();
	return false;
}

/* NULL: nothing is wrong. */
static const char *run(uint32_t nr_pages, void (*after_balance)(void))
{
	static const char text[] = "# pcpu-trace-ops 1\na 0 8 8 A-\nb\na 1 65536 8 --\na 2 8 8 A-\n"
				   "f 1\nb\na 3 65536 8 --\na 4 65536 8 --\na 5 8 8 A-\nf 3\nf 4\n";
	const struct pcpu_sizes sizes = {
		.static_bytes = 5000, .dyn_bytes = 20480, .atom_bytes = PCPU_PAGE_BYTES,
		.unit_bytes = nr_pages * PCPU_PAGE_BYTES,
	};
	struct lab_run_options options = { .check = LAB_CHECK_ALL, .honour_atomic = true,
					   .was_refused = was_refused };
	static struct lab_result result;
	struct run_trace recorded;
	bool is_clean;

	memset(&f, 0, sizeof(f));
	f.after_balance = after_balance;
	run_fixture_open(&f.fixture, "# pcpu-topology 1\nnode 0 cpus 0-1\n", &sizes,
			 pcpu_engine_find("area"));
	run_trace_parse(&recorded, text, strlen(text));
	is_clean = run_fixture_run(&f.fixture, &recorded.trace, &options, true, &result);
	run_trace_free(&recorded);
	if (is_clean) {
		run_fixture_close(&f.fixture);
		return NULL;
	}
	sim_destroy(f.fixture.plat); /* what was done to the allocator stays */
	free(f.fixture.topology);
	return result.verdict.sentence;
}

static void one_chunk_more(void)
{
	plat_lock(f.fixture.plat, PLAT_LOCK_OUTER);
	CHECK(pcpu_chunk_create(f.fixture.pcpu));
	plat_unlock(f.fixture.plat, PLAT_LOCK_OUTER);
}

static void no_empty_page(void)
{
	struct pcpu_list *last = &f.fixture.pcpu->slots[f.fixture.pcpu->nr_slots - 1];
	struct pcpu_chunk *chunk = PCPU_CHUNK_OF(last->next);

	plat_lock(f.fixture.plat, PLAT_LOCK_OUTER);
	pcpu_chunk_depopulate(f.fixture.pcpu, chunk, chunk->nr_pages - 1, chunk->nr_pages);
	plat_unlock(f.fixture.plat, PLAT_LOCK_OUTER);
}

TEST(the_oracle_wants_that_stock_and_no_more)
{
	for (uint32_t nr_pages = 1; nr_pages <= MOST_PAGES; nr_pages++) {
		const char *wrong = run(nr_pages, NULL);

		if (wrong)
			FAIL("%u pages: %s", nr_pages, wrong);
	}
	for (uint32_t nr_pages = 1; nr_pages <= 3; nr_pages++) {
		CHECK_STR(run(nr_pages, one_chunk_more), "balance leaves one empty chunk");
		CHECK_STR(run(nr_pages, no_empty_page),
			  "balance fills up to the high mark where memory is there");
	}
}
