/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_shrink.c - the shrinker alone, on inputs of letters: a head up to '|', then operations,
 * each a capital with small letters and digits behind it.
 *
 *	"head|AxxByCzzDAx"	operations Axx, By, Czz, D, Ax
 */
#include "fuzz/crash/shrink.h"
#include "harness/test/lib/test.h"

#include <stdlib.h>
#include <string.h>

struct query_log {
	bool (*breaks)(const char *text);
	struct shrink how;
	size_t longest, nr_yes;
	uint64_t hash;			   /* of all questions, in order */
	char last_yes[FUZZ_MAX_BYTES + 1]; /* what it may end with */
};

static bool query(void *context, const uint8_t *bytes, size_t nr)
{
	struct query_log *query_log = context;
	char text[FUZZ_MAX_BYTES + 1];

	memcpy(text, bytes, nr);
	text[nr] = 0;
	for (size_t i = 0; i <= nr; i++)
		query_log->hash = (query_log->hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	if (nr > query_log->longest)
		query_log->longest = nr;
	if (strlen(text) != nr || !query_log->breaks(text))
		return false;
	query_log->nr_yes++;
	strcpy(query_log->last_yes, text);
	return true;
}

static size_t pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	const uint8_t *bar = memchr(bytes, '|', nr);
	size_t nr_pieces = 0;

	for (size_t i = bar ? (size_t)(bar - bytes) + 1 : nr; i < nr && nr_pieces < capacity; i++)
		if (bytes[i] >= 'A' && bytes[i] <= 'Z')
			starts[nr_pieces++] = i;
	return nr_pieces;
}

/* Shrinks text[room of FUZZ_MAX_BYTES + 1] in place, with all rules of shrink.h held against it. */
static void shrink_text(struct query_log *query_log, bool (*breaks)(const char *),
			size_t max_attempts, char *text)
{
	size_t nr_before = strlen(text), nr;

	*query_log = (struct query_log){.breaks = breaks};
	query_log->how = (struct shrink){.still = query,
					 .pieces = pieces,
					 .context = query_log,
					 .floor = '0',
					 .max_attempts = max_attempts};
	strcpy(query_log->last_yes, text);
	nr = shrink(&query_log->how, (uint8_t *)text, nr_before);
	CHECK(nr <= nr_before);
	CHECK(query_log->longest <= nr_before);
	text[nr] = 0;
	CHECK_STR(text, query_log->last_yes); /* R1 */
	CHECK(breaks(text));
	CHECK(query_log->how.nr_attempts <= max_attempts);
}

/* Checks that no single cut and no lowered byte still fails, and that all were tried (R4). */
static void check_minimal(bool (*breaks)(const char *), const char *text)
{
	size_t nr = strlen(text), starts[FUZZ_MAX_BYTES + 1];
	size_t nr_pieces = pieces((const uint8_t *)text, nr, starts, FUZZ_MAX_BYTES);
	char other[FUZZ_MAX_BYTES + 1];

	starts[nr_pieces] = nr;
	for (size_t i = 0; i < nr_pieces; i++) {
		strcpy(other, text);
		memmove(other + starts[i], other + starts[i + 1], nr - starts[i + 1] + 1);
		CHECK(!breaks(other));
	}
	for (size_t i = 0; i < nr; i++) {
		strcpy(other, text);
		memmove(other + i, other + i + 1, nr - i);
		CHECK(!breaks(other));
		for (int lower = 0; lower < 2; lower++) {
			strcpy(other, text);
			other[i] = (char)(lower ? other[i] - 1 : '0');
			if (text[i] > '0' && other[i] >= '0' && other[i] != text[i])
				CHECK(!breaks(other));
		}
	}
}

/* --- predicates ------------------------------------------------------------------------------- */

/* These operations in this order, after any head. */
static bool breaks_by_order(const char *text)
{
	const char *bar = strchr(text, '|'), *a = bar ? strchr(bar, 'A') : NULL;
	const char *b = a ? strchr(a, 'B') : NULL;

	return b && strchr(b, 'C');
}

/* Two of a kind: neither half alone has them. */
static bool breaks_by_two(const char *text)
{
	const char *first = strstr(text, "X7");

	return first && strstr(first + 1, "X7");
}

/* As many Ps as Qs, at least three: no single operation can go, pairs can. */
static bool breaks_by_pairs(const char *text)
{
	size_t nr_p = 0, nr_q = 0;

	for (; *text; text++) {
		nr_p += *text == 'P';
		nr_q += *text == 'Q';
	}
	return nr_p == nr_q && nr_p >= 3;
}

/* A size of at least 5 in the head. */
static bool breaks_by_size(const char *text)
{
	return text[0] >= '5' && text[0] <= '9' && strchr(text, '|');
}

/* Nothing can be cut, the digit may be any. */
static bool breaks_by_any_digit(const char *text)
{
	return strlen(text) == 2 && text[0] >= '0' && text[0] <= '9' && text[1] == '|';
}

/* No byte can be cut before the digit is lowered. */
static bool breaks_by_lowered_digit(const char *text)
{
	return text[0] == '9' ? strlen(text) == 7 : text[0] >= '0' && text[0] < '9';
}

static bool breaks_always(const char *text)
{
	return true;
}

static bool breaks_never(const char *text)
{
	return false;
}

/* --- tests ------------------------------------------------------------------------------------ */

TEST(cuts_operations_and_the_rest)
{
	char text[FUZZ_MAX_BYTES + 1] = "head|XxxAaaYyBbBbbZCccAaDdddddB";
	struct query_log query_log;

	shrink_text(&query_log, breaks_by_order, 10000, text);
	CHECK_STR(text, "|ABC");
	CHECK(!query_log.how.stopped);
}

TEST(long_inputs)
{
	char text[FUZZ_MAX_BYTES + 1];
	struct query_log query_log;

	memset(text, 'x', FUZZ_MAX_BYTES);
	text[FUZZ_MAX_BYTES] = 0;
	text[0] = '|';
	for (size_t i = 1; i < FUZZ_MAX_BYTES; i += 3)
		text[i] = 'D';
	text[100] = 'A';
	text[500] = 'B';
	text[1023] = 'C';
	shrink_text(&query_log, breaks_by_order, 10000, text);
	CHECK_STR(text, "|ABC");
	CHECK(query_log.how.nr_attempts < 400); /* by halves: all the single ones were 1023 */
}

TEST(what_belongs_together_stays)
{
	char text[FUZZ_MAX_BYTES + 1] = "9|ErX7DdX7EeFX7";
	struct query_log query_log;

	shrink_text(&query_log, breaks_by_two, 10000, text);
	CHECK_STR(text, "X7X7");
	check_minimal(breaks_by_two, text);
}

TEST(no_single_one_can_go)
{
	char text[FUZZ_MAX_BYTES + 1] = "|PQPPQQPQZPQQPPQ";
	struct query_log query_log;

	shrink_text(&query_log, breaks_by_pairs, 10000, text);
	check_minimal(breaks_by_pairs, text);
	CHECK(strlen(text) < 16);
}

TEST(bytes_are_lowered_as_far_as_it_breaks)
{
	char text[FUZZ_MAX_BYTES + 1] = "9zz|AaaB";
	struct query_log query_log;

	shrink_text(&query_log, breaks_by_size, 10000, text);
	CHECK_STR(text, "5|");
}

TEST(the_floor_is_reached)
{
	char text[FUZZ_MAX_BYTES + 1] = "9|";
	struct query_log query_log;

	shrink_text(&query_log, breaks_by_any_digit, 10000, text);
	CHECK_STR(text, "0|");
	check_minimal(breaks_by_any_digit, text);
}

TEST(what_lowering_allows_is_cut)
{
	char text[FUZZ_MAX_BYTES + 1] = "9|AaBbC";
	struct query_log query_log;

	shrink_text(&query_log, breaks_by_lowered_digit, 10000, text);
	CHECK_STR(text, "0");
}

TEST(nothing_left_and_nothing_to_do)
{
	char text[FUZZ_MAX_BYTES + 1] = "head|AaBb";
	struct query_log query_log;

	shrink_text(&query_log, breaks_always, 10000, text);
	CHECK_STR(text, "");
	CHECK_EQ(query_log.nr_yes, 2); /* all operations; then all bytes */
	shrink_text(&query_log, breaks_always, 10000, text);
	CHECK_EQ(query_log.how.nr_attempts, 0);
}

/* Nothing is taken that was answered no to. */
TEST(never_loses_it)
{
	char text[FUZZ_MAX_BYTES + 1] = "head|AaBb";
	struct query_log query_log = {.breaks = breaks_never};
	size_t nr;

	query_log.how = (struct shrink){
		.still = query, .pieces = pieces, .context = &query_log, .max_attempts = 10000};
	nr = shrink(&query_log.how, (uint8_t *)text, strlen(text));
	CHECK_EQ(nr, 9);
	CHECK_STR(text, "head|AaBb");
	CHECK(!query_log.how.stopped);
}

TEST(the_bound_is_kept)
{
	const char *const start = "head|XxxAaaYyBbBbbZCccAaDdddddB";
	size_t nr_last = strlen(start);
	char text[FUZZ_MAX_BYTES + 1];
	struct query_log query_log;

	for (size_t bound = 0; bound < 200; bound++) {
		strcpy(text, start);
		shrink_text(&query_log, breaks_by_order, bound, text);
		CHECK(strlen(text) <= nr_last); /* more attempts, never a longer one */
		CHECK(query_log.how.stopped ==
			      (query_log.how.nr_attempts == bound && bound < 199) ||
		      !query_log.how.stopped);
		nr_last = strlen(text);
		if (bound == 0) {
			CHECK_STR(text, start);
			CHECK(query_log.how.stopped);
		}
	}
	CHECK_STR(text, "|ABC");
}

TEST(the_same_again)
{
	char one[FUZZ_MAX_BYTES + 1] = "head|XxxAaaYyBbBbbZCccAaDdddddB";
	char two[FUZZ_MAX_BYTES + 1] = "head|XxxAaaYyBbBbbZCccAaDdddddB";
	struct query_log a, b;

	shrink_text(&a, breaks_by_order, 10000, one);
	shrink_text(&b, breaks_by_order, 10000, two);
	CHECK_STR(one, two);
	CHECK_EQ(a.how.nr_attempts, b.how.nr_attempts);
	CHECK_EQ(a.hash, b.hash);
}

/* Pieces of no bytes, and pieces behind the end: a target's fault, not a reason to go on for
   ever. */
static size_t odd_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	starts[0] = 0;
	starts[1] = 0;
	starts[2] = nr;
	starts[3] = nr;
	return 4;
}

TEST(odd_pieces_end)
{
	char text[FUZZ_MAX_BYTES + 1] = "|PQPQPQ";
	struct query_log query_log = {.breaks = breaks_by_pairs};
	size_t nr;

	query_log.how = (struct shrink){.still = query,
					.pieces = odd_pieces,
					.context = &query_log,
					.floor = '0',
					.max_attempts = 10000};
	nr = shrink(&query_log.how, (uint8_t *)text, strlen(text));
	CHECK(!query_log.how.stopped);
	CHECK_EQ(nr, 6);
}

TEST(without_pieces)
{
	char text[FUZZ_MAX_BYTES + 1] = "head|XxxAaaYyBbBbbZCccAaDdddddB";
	struct query_log query_log = {.breaks = breaks_by_order};
	size_t nr;

	query_log.how =
		(struct shrink){.still = query, .context = &query_log, .max_attempts = 10000};
	nr = shrink(&query_log.how, (uint8_t *)text, strlen(text));
	text[nr] = 0;
	CHECK_STR(text, "|ABC");
}
