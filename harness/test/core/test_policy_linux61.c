/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_policy_linux61.c - the lists of isolated chunks where several wait at once: replays balance
 * after each call, so that there is never more than one.
 *
 *	chunks of 16 pages, all used	1 ....############  4 pages are enough for the others
 *	1: 8 pages empty		2 ....############  isolated
 *	2, then 3: 4 pages empty	3 ....############  isolated, so at the head (C3)
 */
#include "core/chunk.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

enum { UNIT_PAGES = 16, CHUNKS = 4, MAX_SEEN = 8 };

struct fixture {
	struct test_fixture base;
	struct pcpu_ptr page[CHUNKS][UNIT_PAGES]; /* an object a page of later chunks */
	uint32_t seen[MAX_SEEN], nr_seen;	  /* isolated chunks, in the order of their lists */
	int slot[MAX_SEEN];
};

static bool see_isolated(void *context, const struct pcpu_chunk_view *view)
{
	struct fixture *f = context;

	if (!view->isolated)
		return true;
	CHECK(f->nr_seen < MAX_SEEN);
	f->slot[f->nr_seen] = view->slot;
	f->seen[f->nr_seen++] = view->id;
	return true;
}

/* Three later chunks, all of their pages in use. */
static void fixture_open(struct fixture *f, const char *engine)
{
	uint32_t nr = 0;

	test_fixture_init(&f->base, "00");
	f->base.config.engine = pcpu_engine_find(engine);
	f->base.config.sizes.unit_bytes = UNIT_PAGES * PCPU_PAGE_BYTES;
	f->base.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	test_fixture_open(&f->base);
	while (nr < (CHUNKS - 1) * UNIT_PAGES) {
		struct pcpu_ptr p = pcpu_alloc(f->base.pcpu, PCPU_PAGE_BYTES, 8, 0);
		struct pcpu_place place;

		CHECK(p.value);
		place = test_fixture_place(&f->base, p);
		if (place.kind != PCPU_CHUNK_LATER)
			continue;
		f->page[place.chunk_id][place.offset / PCPU_PAGE_BYTES] = p;
		nr++;
	}
}

static void pages_free(struct fixture *f, uint32_t chunk, uint32_t nr)
{
	for (uint32_t page = 0; page < nr; page++)
		pcpu_free(f->base.pcpu, f->page[chunk][page]);
}

static void isolated_are(struct fixture *f, uint32_t a, uint32_t b)
{
	f->nr_seen = 0;
	pcpu_visit(f->base.pcpu, see_isolated, f);
	CHECK_EQ(f->nr_seen, 2);
	CHECK_EQ(f->slot[0], f->slot[1]);
	CHECK_EQ(f->seen[0], a);
	CHECK_EQ(f->seen[1], b);
	test_fixture_check(&f->base);
}

static void isolate_two(const char *engine)
{
	struct fixture f = {0};
	int waiting;

	fixture_open(&f, engine);
	pages_free(&f, 1, UNIT_PAGES / 2);
	pages_free(&f, 2, UNIT_PAGES / 4);
	pages_free(&f, 3, UNIT_PAGES / 4);
	isolated_are(&f, 3, 2); /* C3: to the head */
	waiting = f.slot[0];
	pcpu_balance(f.base.pcpu);
	isolated_are(&f, 3, 2); /* K2: from the head, to the tail of the sidelined */
	CHECK_EQ(f.slot[0], waiting - 2);
	pcpu_free(f.base.pcpu, f.page[2][UNIT_PAGES / 2]);
	pcpu_balance(f.base.pcpu);
	isolated_are(&f, 3, 2); /* it went and came back */
	test_fixture_close(&f.base);
}

TEST(last_isolated_is_the_first_to_be_depopulated)
{
	isolate_two("linux61");
	isolate_two("linux61-exact");
}

/* Pages are there, and more of them can only be had with a whole chunk: each failure would make
   one. */
TEST(a_refused_atomic_request_makes_no_chunk_where_all_is_backed)
{
	static const char *const engines[] = {"linux61", "linux61-exact"};

	for (int e = 0; e < 2; e++) {
		struct test_fixture f;
		uint32_t nr_chunks;

		test_fixture_init(&f, "00");
		f.config.engine = pcpu_engine_find(engines[e]);
		f.config.backing = PCPU_BACKING_KM;
		f.config.sizes.unit_bytes = UNIT_PAGES * PCPU_PAGE_BYTES;
		f.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
		test_fixture_open(&f);
		while (f.pcpu->stats.nr_chunks == 1 || f.pcpu->nr_empty_pages > 5)
			CHECK(pcpu_alloc(f.pcpu, PCPU_PAGE_BYTES, 8, 0).value);
		CHECK_EQ(f.pcpu->nr_empty_pages, 5);
		nr_chunks = f.pcpu->stats.nr_chunks;
		CHECK(!pcpu_alloc(f.pcpu, 8 * PCPU_PAGE_BYTES, 8, PCPU_ATOMIC).value);
		pcpu_balance(f.pcpu);
		CHECK_EQ(f.pcpu->stats.nr_chunks, nr_chunks);
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}
