/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_balance.c - the runner's oracle of balance (SPEC.md 14): each of its sentences is provoked
 * behind the runner's back, at its boundary.
 */
#include <stdio.h>

#include "harness/test/balance/balance_changes.h"

/* --- a kick ---------------------------------------------------------------------------------- */

static void take_kick_away(void)
{
	CHECK(lab_take_kick(f.fixture.plat));
}

static void make_kick(void)
{
	CHECK(!lab_take_kick(f.fixture.plat));
	plat_kick(f.fixture.plat, f.fixture.pcpu);
}

static const char is_due[] = "balance is wanted where its rules are met";
static const char is_not_due[] = "balance is wanted only where its rules are met";

/* 7 empty pages: 5 go, 2 are enough; the sixth is one too many. */
TEST(a_kick_is_due_below_two_empty_pages)
{
	expect_blame(T2 "a 0 16384 4 --\na 1 4096 4 A-\n", 1, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 20480 4 --\na 1 4096 4 A-\n", 1, take_kick_away, NULL, is_due);
}

TEST(a_kick_is_due_after_an_atomic_refusal_and_no_other)
{
	expect_blame(T2 "a 0 30000 4 A-\n", 0, take_kick_away, NULL, is_due);
	expect_blame(T2 "a 0 30000 3 A-\n", 0, make_kick, NULL, is_not_due);
	expect_blame(T2 "k 0 +\na 0 30000 4 --\nk 4294967295\n", 0, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 8192 4 -R\n", 0, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 8192 4 AR\n", 0, take_kick_away, NULL, is_due);
}

/* A map of 16 records has fewer than 17 to spare, the first chunk's 128 have not. */
TEST(a_kick_is_due_where_an_atomic_caller_leaves_few_records)
{
	expect_blame(T2 "a 0 30000 4 --\na 1 8 4 A-\n", 1, make_kick, NULL, is_not_due);
	expect_blame(T2 "a 0 28672 4 --\na 1 30000 4 --\na 2 4 4 --\na 3 4 4 A-\n", 3,
		     take_kick_away, NULL, is_due);
}

static void free_both(void)
{
	struct pcpu_ptr p = pcpu_alloc(f.fixture.pcpu, 8, 8, 0);

	pcpu_free(f.fixture.pcpu, p);
	plat_kick(f.fixture.plat, f.fixture.pcpu);
}

TEST(an_ordinary_allocation_wants_no_balance)
{
	set_up(T2 "a 0 16384 4 --\na 1 8 4 --\n");
	f.at = 1;
	f.after_alloc = free_both;
	f.options.check = LAB_CHECK_MODEL;
	CHECK(!run());
	CHECK_STR(f.result.verdict.sentence, is_not_due);
	tear_down();
}

/* --- what balance leaves --------------------------------------------------------------------- */

TEST(balance_fills_up_to_four_empty_pages_for_atomic_callers)
{
	static const char text[] = FULL "a 2 4 4 A-\nb\n";

	expect_blame(text, 9, NULL, one_page_more,
		     "balance fills up to the high mark and no further");
	expect_blame(text, 9, NULL, one_page_less,
		     "balance fills up to the high mark where memory is there");
	/* Where memory is not there, so much cannot be wanted, but that what was there stays. */
	set_up(FULL "a 2 4096 4096 --\nf 2\nk 0 +\na 3 4 4 A-\nb\nk 4294967295\n");
	f.refused = true;
	f.after_balance = one_page_less;
	blame("balance fills up to the high mark and no further");
	set_up(FULL "k 0 +\na 2 4 4 A-\nk 4294967295\n");
	f.refused = true;
	CHECK(run());
	tear_down();
	set_up(FULL "k 0 +\na 2 4 4 A-\nk 4294967295\n");
	CHECK(!run());
	CHECK_STR(f.result.verdict.sentence,
		  "balance fills up to the high mark where memory is there");
	tear_down();
}

TEST(balance_leaves_pages_alone_until_an_atomic_request_came)
{
	static const char text[] = FULL "b\n";

	expect_blame(text, 9, NULL, one_page_more, "balance leaves no chunk with pages to spare");
	expect_blame(FULL "a 2 8192 4 --\nf 2\nb\n", 9, NULL, one_page_less,
		     "balance gives back no more pages than are to spare");
}

TEST(balance_makes_no_chunk_that_nobody_needs)
{
	expect_blame(FULL "b\n", 9, NULL, one_chunk_more, "balance leaves one empty chunk");
	/* Though those that are there could hold no stock: nobody asked for it. */
	expect_blame(T2 "a 0 28672 4 --\na 1 32768 4 --\na 2 32768 4 --\nb\n", 9, NULL,
		     one_chunk_more, "balance leaves one empty chunk");
	expect_blame(FULL "a 2 30000 4 --\na 3 30000 4 --\nf 3\nb\n", 9, NULL, one_chunk_less,
		     "balance keeps the first empty chunk, and those in use");
	/* Pages are stocked, and the chunks that are there have them. */
	expect_blame(FULL "a 2 4 4 A-\nb\n", 9, NULL, one_chunk_more,
		     "balance leaves one empty chunk");
}

TEST(balance_extends_what_atomic_callers_found_full_and_nothing_else)
{
	expect_blame(FULL "a 2 4 4 A-\n", 9, NULL, few_records,
		     "balance extends the maps that atomic callers found full");
	expect_blame(FULL "b\n", 9, NULL, one_map_more,
		     "balance extends maps for atomic callers only");
	set_up(FULL "a 2 4 4 A-\nb\n"); /* the atomic caller was served by the balance before */
	f.after_balance = one_map_more;
	f.balances_before = 1;
	blame("balance extends maps for atomic callers only");
}

/* So many objects of four bytes in the reserved chunk, then a balance. */
static void reserved_text(char *text, int nr, const char *flags)
{
	text += sprintf(text, T2);
	for (int i = 0; i < nr; i++)
		text += sprintf(text, "a %d 4 4 %s\n", i, flags);
	sprintf(text, "b\n");
}

/* Callers that sleep left the reserved map fewer than 34 spare records: nobody wants more. */
TEST(balance_leaves_a_map_alone_that_no_atomic_caller_met)
{
	char text[4096];

	reserved_text(text, 100, "-R");
	expect_clean(text);
}

/* And whose room they use up is extended for them, which begins a search again. */
TEST(the_reserved_map_has_room_like_any_other)
{
	char text[4096];

	reserved_text(text, 140, "-R");
	expect_clean(text);
	reserved_text(text, 140, "AR");
	expect_clean(text);
	expect_clean(FULL "a 2 4 4 AR\nb\n"); /* pages are stocked for such callers too */
}

/* Fifteen records of sixteen are used by callers that sleep: an atomic one is refused, and the map
   extended although nobody took an area of it. */
TEST(balance_extends_a_map_that_an_atomic_search_met_full)
{
	static const char text[] =
		FULL "a 2 4 4 --\na 3 4 4 --\na 4 4 4 --\na 5 4 4 --\na 6 4 4 --\na 7 4 4 --\n"
		    "a 8 4 4 --\na 9 4 4 --\na 10 4 4 --\na 11 4 4 --\na 12 4 4 --\na 13 4 4 --\n"
		    "a 14 4 4 --\na 15 4 4 A-\na 15 4 4 A-\n";
	static const char sentence[] = "balance extends the maps that atomic callers found full";
	char reserved[4096];

	set_up(text);
	CHECK(run());
	CHECK_EQ(f.result.at_end.nr_failed[PCPU_CAUSE_ATOMIC], 1);
	CHECK_EQ(f.result.at_end.nr_extensions, 1);
	CHECK_EQ(f.result.at_end.nr_restarts, 0);
	tear_down();
	expect_blame(text, 99, NULL, one_record_left, sentence);
	reserved_text(reserved, 125, "-R");
	strcpy(reserved + strlen(reserved) - 2, "a 125 4 4 AR\n");
	expect_blame(reserved, 999, NULL, one_reserved_record_left, sentence);
}
