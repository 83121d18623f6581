/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_check.c - the walker sees every broken invariant, each by its own number: one test demands a
 * row (walker_rows.h) for each line of invariants.def, others that each row breaks what it says.
 */
#include "harness/test/walker/walker_rows.h"

static void rows_check(enum walker_part part)
{
	WALKER_FOR_EACH_ROW(row) {
		struct test_fixture f;
		enum pcpu_invariant found;

		if (row->part != part)
			continue;
		walker_open(&f);
		row->damage(&f);
		found = pcpu_check(f.pcpu, NULL);
		if (found != row->invariant)
			FAIL("wanted \"%s\", the walker says \"%s\"",
			     pcpu_invariant_text(row->invariant), pcpu_invariant_text(found));
		pcpu_here = (struct pcpu_caller){0}; /* of an allocator that nobody destroys */
		sim_destroy(f.plat);
	}
}

TEST(the_walker_names_each_broken_invariant)
{
	rows_check(WALKER_SENTENCE);
}

TEST(every_invariant_has_a_row_that_breaks_it)
{
	bool seen[PCPU_NR_INVARIANTS] = {false};

	WALKER_FOR_EACH_ROW(row)
		seen[row->invariant] |= row->part == WALKER_SENTENCE;
	for (int i = 1; i < PCPU_NR_INVARIANTS; i++)
		if (!seen[i])
			FAIL("nothing breaks \"%s\"", pcpu_invariant_text((enum pcpu_invariant)i));
}

TEST(the_walker_checks_from_every_side)
{
	rows_check(WALKER_SIDE);
	CHECK_STR(pcpu_invariant_text(PCPU_HOLDS), "everything holds");
	CHECK_STR(pcpu_invariant_text(PCPU_NR_INVARIANTS), "no such invariant");
}

TEST(each_condition_is_seen_alone)
{
	rows_check(WALKER_CONDITION);
}

/* Chunk, offset in bytes and CPU of what some of the damage breaks. */
TEST(the_walker_says_where)
{
	uint32_t nr = 0;

	WALKER_FOR_EACH_ROW(row) {
		struct pcpu_broken where;
		struct test_fixture f;
		uint32_t page = row->page;

		if (!row->says_where)
			continue;
		walker_open(&f);
		if (page == WALKER_LAST_PAGE)
			page = walker_later(&f)->nr_pages - 1;
		row->damage(&f);
		CHECK_EQ(pcpu_check(f.pcpu, &where), row->invariant);
		CHECK_EQ(where.chunk_id, row->chunk_id);
		CHECK_EQ(where.offset, page * PCPU_PAGE_BYTES);
		CHECK_EQ(where.cpu, row->cpu);
		sim_destroy(f.plat);
		nr++;
	}
	CHECK(nr >= 9);
}
