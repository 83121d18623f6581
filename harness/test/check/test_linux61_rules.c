/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_rules.c - rules of SPEC.md 15.4-15.8 and 15.14 one by one, where a trace reaches
 * them too seldom: each clause of P1-P4, the scan's start (R1, R2), the walk over known runs (W),
 * the search for a start (L2, L3, X1), the missed stretches (A2, A3).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/linux61/linux61_model_parts.h"
#include "harness/test/lib/test.h"

/* "LENGTH@START LENGTH@START F L R" */
static void print_record(const struct lab_linux61_record *r, char to[96])
{
	snprintf(to, 96, "%u@%u %u@%u F%u L%u R%u", r->best.length, r->best.start,
		 r->second.length, r->second.start, r->first, r->left, r->right);
}

static struct lab_linux61_record parse_record(const char *text)
{
	struct lab_linux61_record r;

	CHECK_EQ(sscanf(text, "%u@%u %u@%u F%u L%u R%u", &r.best.length, &r.best.start,
			&r.second.length, &r.second.start, &r.first, &r.left, &r.right),
		 7);
	return r;
}

/* A stretch [s, e) is reported to a record of a block. */
static const struct {
	const char *rule, *before;
	uint32_t s, e;
	const char *after;
} reports[] = {
	{ "P1 first falls", "90@100 0@0 F100 L0 R0", 40, 41, "90@100 1@40 F40 L0 R0" },
	{ "P1 first stays", "90@100 0@0 F20 L0 R0", 40, 41, "90@100 1@40 F20 L0 R0" },
	{ "P1 left", "90@100 0@0 F100 L0 R0", 0, 7, "90@100 7@0 F0 L7 R0" },
	{ "P1 right", "90@100 0@0 F100 L0 R0", 1000, 1024, "90@100 0@0 F100 L0 R24" },
	{ "P2 behind best, best becomes second", "9@100 5@50 F50 L0 R0", 200, 210,
	  "10@200 9@100 F50 L0 R0" },
	{ "P2 behind best, no longer than second, behind it", "9@100 9@150 F50 L0 R0", 200, 210,
	  "10@200 9@150 F50 L0 R0" },
	{ "P2 behind best, no longer than second, before it", "9@100 9@250 F50 L0 R0", 200, 210,
	  "10@200 0@250 F50 L0 R0" },
	{ "P2 before best", "9@100 5@50 F50 L0 R0", 80, 90, "10@80 0@50 F50 L0 R0" },
	{ "P2 at best", "9@100 5@50 F50 L0 R0", 100, 110, "10@100 0@50 F50 L0 R0" },
	{ "P2 stale start of best", "0@100 0@50 F50 L0 R0", 80, 90, "10@80 0@50 F50 L0 R0" },
	{ "P3 better aligned", "8@101 5@50 F50 L0 R0", 200, 208, "8@200 5@50 F50 L0 R0" },
	{ "P3 better aligned, before a shorter second", "8@101 5@250 F50 L0 R0", 200, 208,
	  "8@200 0@250 F50 L0 R0" },
	{ "P3 better aligned, before an equal second", "8@101 8@250 F50 L0 R0", 200, 208,
	  "8@200 8@250 F50 L0 R0" },
	{ "P3 better aligned, where second starts (B31)", "8@101 5@48 F48 L0 R0", 48, 56,
	  "8@48 5@48 F48 L0 R0" },
	{ "P3 start 0 is the best aligned", "8@101 5@50 F50 L0 R0", 0, 8, "8@0 0@50 F0 L8 R0" },
	{ "P3 best at 0 never moves", "8@0 5@50 F0 L8 R0", 512, 520, "8@0 8@512 F0 L8 R0" },
	{ "P3 equally aligned", "8@100 5@50 F50 L0 R0", 204, 212, "8@100 8@204 F50 L0 R0" },
	{ "P3 not moved, before an equal second", "8@96 8@301 F50 L0 R0", 204, 212,
	  "8@96 8@301 F50 L0 R0" },
	{ "P3 not moved, before a shorter second", "8@96 5@301 F50 L0 R0", 204, 212,
	  "8@96 8@204 F50 L0 R0" },
	{ "P3 not moved, behind an equal second", "8@96 8@201 F50 L0 R0", 204, 212,
	  "8@96 8@204 F50 L0 R0" },
	{ "P4 longer than second", "9@100 5@50 F50 L0 R0", 20, 26, "9@100 6@20 F20 L0 R0" },
	{ "P4 as long, behind second", "9@100 5@50 F50 L0 R0", 60, 65, "9@100 5@60 F50 L0 R0" },
	{ "P4 as long, before second", "9@100 5@50 F50 L0 R0", 30, 35, "9@100 5@50 F30 L0 R0" },
	{ "P4 shorter than second", "9@100 5@50 F50 L0 R0", 60, 64, "9@100 5@50 F50 L0 R0" },
	{ "P4 behind best", "9@100 5@50 F50 L0 R0", 200, 208, "9@100 5@50 F50 L0 R0" },
};

TEST(report_clause_by_clause)
{
	for (uint32_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct lab_linux61_record r = parse_record(reports[i].before);
		char text[96];

		lab_l61_report(&r, LAB_L61_BLOCK, reports[i].s, reports[i].e);
		print_record(&r, text);
		if (strcmp(text, reports[i].after))
			FAIL("%s: %s, not %s", reports[i].rule, text, reports[i].after);
	}
}

/* A chunk of so many blocks, all of it used, records of 0: a test says what it has. */
static struct lab_l61_chunk *full_chunk(uint32_t nr_blocks)
{
	struct lab_linux61 none = { 0 };
	struct lab_l61_chunk *c = lab_l61_chunk_create(&none, 0, nr_blocks * PCPU_PAGE_BYTES);

	memset(c->used, 1, c->size);
	for (uint32_t i = 0; i < nr_blocks; i++)
		c->block[i] = parse_record("0@0 0@0 F1024 L0 R0");
	c->record = parse_record("0@0 0@0 F0 L0 R0");
	c->record.first = c->size;
	return c;
}

static void make_free(struct lab_l61_chunk *c, uint32_t from, uint32_t to)
{
	memset(c->used + from, 0, to - from);
}

static void expect_record(const struct lab_linux61_record *r, const char *expected)
{
	char text[96];

	print_record(r, text);
	CHECK_STR(text, expected);
}

/* R1: second becomes best; what lies before its end is not looked at, right is made anew. */
TEST(rescan_of_a_block_starts_behind_second)
{
	struct lab_l61_chunk *c = full_chunk(1);

	make_free(c, 4, 20);   /* not looked at */
	make_free(c, 30, 40);  /* second, of which the record knows 6 */
	make_free(c, 60, 65);
	make_free(c, 1000, 1003);
	c->block[0] = parse_record("9@100 6@30 F4 L0 R24");
	lab_l61_rescan_block(c, 0);
	expect_record(&c->block[0], "6@30 0@30 F4 L0 R0");
	lab_l61_chunk_destroy(c);
}

/* R1: without one the scan starts at first; best.start is stale until something is longer (P2). */
TEST(rescan_of_a_block_starts_at_first)
{
	struct lab_l61_chunk *c = full_chunk(1);

	make_free(c, 30, 35);
	make_free(c, 1000, 1024);
	c->block[0] = parse_record("9@100 0@30 F10 L3 R0");
	lab_l61_rescan_block(c, 0);
	expect_record(&c->block[0], "24@1000 5@30 F10 L3 R24");
	lab_l61_chunk_destroy(c);
}

/*
 * W: blocks' records alone count, here with no free granule at all.
 *	block 0: best inside, right 5 | 1: left 1024 | 2: left 3, best inside | 3: best at its end
 */
static struct lab_l61_chunk *known_chunk(void)
{
	struct lab_l61_chunk *c = full_chunk(4);

	c->block[0] = parse_record("50@100 0@0 F100 L0 R5");
	c->block[1] = parse_record("1024@0 0@0 F0 L1024 R1024");
	c->block[2] = parse_record("20@500 0@0 F0 L3 R0");
	c->block[3] = parse_record("24@1000 0@0 F10 L10 R7");
	c->record.first = 100;
	return c;
}

TEST(walk_over_known_runs)
{
	struct lab_l61_chunk *c = known_chunk();

	/* 50@100; 5 + 1024 + 3 at 1019; 20@2548; at the end 7 (W4), not 24 */
	lab_l61_rescan_chunk(c, true);
	expect_record(&c->record, "1032@1019 50@100 F100 L0 R7");
	lab_l61_chunk_destroy(c);
}

/* W1, W3: a start behind a block's best hides it. R2: short, behind second. */
TEST(walk_starts_inside_a_block)
{
	struct lab_l61_chunk *c = known_chunk();

	c->record = parse_record("2000@0 40@61 F0 L0 R0"); /* best.end of second 101 > 100 */
	c->block[1] = parse_record("0@0 0@0 F1024 L0 R0");
	c->block[2].left = 0;
	lab_l61_rescan_chunk(c, false);
	expect_record(&c->record, "40@61 0@61 F0 L0 R7");
	lab_l61_chunk_destroy(c);
}

/* R2: a full rescan keeps second and best's start. */
TEST(full_rescan_keeps_second)
{
	struct lab_l61_chunk *c = full_chunk(2);

	c->block[0] = parse_record("50@100 0@0 F100 L0 R0");
	c->record = parse_record("70@600 30@20 F20 L0 R0");
	lab_l61_rescan_chunk(c, true);
	/* 50 at 100 <= 600: second.length becomes 0 (P2) */
	expect_record(&c->record, "50@100 0@20 F20 L0 R0");
	c->record = parse_record("70@60 60@20 F20 L0 R0");
	lab_l61_rescan_chunk(c, true);
	/* behind the old start, which is of length 0 now: second stays as it was */
	expect_record(&c->record, "50@100 60@20 F20 L0 R0");
	lab_l61_chunk_destroy(c);
}

/* A find in a chunk whose own best always says yes (L1). */
static const struct {
	const char *rule, *chunk, *block[3];
	uint32_t n, a;
	bool populated_only;
	const char *populated; /* a letter a page */
	int64_t t;
} finds[] = {
	{ "L1 alignment of best's start", "100@1 0@0 F0 L0 R0", { "100@1 0@0 F1 L0 R0" },
	  100, 2, false, "yyy", -1 },
	{ "L2 behind second", "900@2000 9@10 F5 L0 R0",
	  { "20@30 9@10 F5 L0 R0", "0@0 0@0 F1024 L0 R0" }, 10, 1, false, "yyy", 19 },
	{ "L2 not behind one that is long enough", "900@2000 9@10 F5 L0 R0",
	  { "20@30 9@10 F5 L0 R0" }, 9, 1, false, "yyy", 5 },
	{ "L2 second behind best", "900@20 9@100 F5 L0 R0", { "20@30 9@90 F5 L0 R0" }, 10, 1,
	  false, "yyy", 5 },
	{ "L2 second of length 0", "900@2000 0@10 F5 L0 R0", { "20@30 0@10 F5 L0 R0" }, 10, 1,
	  false, "yyy", 5 },
	{ "L3.1 over two edges", "2000@1000 0@0 F0 L0 R0",
	  { "20@1004 0@0 F0 L0 R20", "1024@0 0@0 F0 L1024 R1024", "8@0 0@0 F0 L8 R0" }, 1052, 1,
	  false, "yyy", 1004 },
	{ "L3.1 too short, then that block's best", "2000@1000 0@0 F0 L0 R0",
	  { "4@500 0@0 F0 L0 R20", "30@7 0@0 F0 L8 R0" }, 29, 1, false, "yyy", 1024 },
	{ "L3.2 o hides best", "2000@31 0@0 F31 L0 R0",
	  { "20@30 0@0 F5 L0 R0", "20@40 0@0 F9 L0 R0" }, 10, 1, false, "yyy", 1033 },
	{ "L3.3 aligned", "2000@1000 0@0 F0 L0 R0", { "0@0 0@0 F0 L0 R23" }, 16, 8, false, "yyy",
	  1008 },
	{ "L3.3 aligned, one short", "2000@1000 0@0 F0 L0 R0", { "0@0 0@0 F0 L0 R23" }, 17, 8,
	  false, "yyy", -1 },
	{ "L4", "2000@0 0@0 F0 L0 R0", { "9@0 0@0 F0 L9 R0" }, 10, 1, false, "yyy", -1 },
	{ "X1 best's page", "2000@0 0@0 F0 L0 R0",
	  { "20@30 0@0 F5 L0 R0", "20@40 0@0 F9 L0 R0" }, 10, 1, true, "nyn", 1033 },
	{ "X1 a run over an edge", "2000@0 0@0 F0 L0 R0",
	  { "0@0 0@0 F5 L0 R20", "900@0 0@0 F0 L900 R0" }, 30, 1, true, "nyn", 1024 },
	{ "X1 the whole open run counts", "2000@0 0@0 F0 L0 R0",
	  { "0@0 0@0 F5 L0 R20", "1024@0 0@0 F0 L1024 R1024", "9@0 0@0 F0 L9 R0" }, 1050, 1, true,
	  "yyn", -1 },
	{ "X1 goes on at the first populated page behind the missing one", "3000@0 0@0 F0 L0 R0",
	  { "0@0 0@0 F5 L0 R20", "1024@0 0@0 F0 L1024 R1024", "90@0 0@0 F0 L90 R0" }, 1050, 1, true,
	  "nyy", 1024 },
};

TEST(find_clause_by_clause)
{
	for (uint32_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct lab_l61_chunk *c = full_chunk(3);
		struct lab_l61_request q = { .n = finds[i].n, .a = finds[i].a };
		uint32_t t = 0;
		int64_t found;

		q.populated_only = finds[i].populated_only;
		c->record = parse_record(finds[i].chunk);
		for (uint32_t k = 0; k < 3; k++) {
			if (finds[i].block[k])
				c->block[k] = parse_record(finds[i].block[k]);
			c->populated[k] = finds[i].populated[k] == 'y';
		}
		found = lab_l61_find(c, &q, &t) ? (int64_t)t : -1;
		lab_l61_chunk_destroy(c);
		if (found != finds[i].t)
			FAIL("%s: %lld, not %lld", finds[i].rule, (long long)found,
			     (long long)finds[i].t);
	}
}

/* A1, A2: the longest missed stretch; among equals the better aligned one that comes later. */
TEST(place_remembers_a_missed_stretch)
{
	struct lab_l61_chunk *c = full_chunk(2);
	struct lab_l61_request q = { .n = 10, .a = 1 };
	struct lab_l61_missed missed;
	uint32_t p;

	make_free(c, 3, 8);
	make_free(c, 20, 25);  /* as long, better aligned */
	make_free(c, 36, 41);  /* as long, as well aligned: not taken */
	make_free(c, 50, 53);
	make_free(c, 100, 110);
	CHECK(lab_l61_place(c, &q, 0, &p, &missed));
	CHECK_EQ(p, 100);
	CHECK_EQ(missed.c, 20);
	CHECK_EQ(missed.u, 25);
	q.a = 16; /* 96, 112: never all of it */
	CHECK(!lab_l61_place(c, &q, 0, &p, &missed));
	lab_l61_chunk_destroy(c);
}

/* A1: no further than t + n + a block. */
TEST(place_has_a_limit)
{
	struct lab_l61_chunk *c = full_chunk(3);
	struct lab_l61_request q = { .n = 10, .a = 1 };
	struct lab_l61_missed missed;
	uint32_t p;

	make_free(c, 7 + 1024, 7 + 1024 + 10);
	CHECK(lab_l61_place(c, &q, 7, &p, &missed));
	CHECK_EQ(p, 7 + 1024);
	CHECK(!lab_l61_place(c, &q, 6, &p, &missed));
	lab_l61_chunk_destroy(c);
}

/* A3: down to the start of the stretch, not below the block; not over a block's end. */
TEST(missed_stretch_is_reported_to_its_block)
{
	struct lab_l61_chunk *c = full_chunk(2);

	make_free(c, 1000, 1060);
	c->block[1] = parse_record("0@0 0@0 F0 L36 R0");
	lab_l61_report_missed(c, (struct lab_l61_missed){ 1040, 1060 });
	expect_record(&c->block[1], "36@0 0@0 F0 L36 R0");
	c->block[1] = parse_record("0@0 0@0 F0 L36 R0");
	lab_l61_report_missed(c, (struct lab_l61_missed){ 1010, 1060 });
	expect_record(&c->block[1], "0@0 0@0 F0 L36 R0");
	expect_record(&c->block[0], "0@0 0@0 F1024 L0 R0");
	lab_l61_report_missed(c, (struct lab_l61_missed){ 1010, 1024 });
	expect_record(&c->block[0], "24@1000 0@0 F1000 L0 R24");
	lab_l61_chunk_destroy(c);
}

/* An area is taken from, or given back to, two blocks whose records are as a row says. */
static const struct {
	const char *rule, *before[2];
	uint32_t p, n;
	bool is_free;
	uint32_t free_from, free_to; /* of the bits, before; the rest is used */
	const char *after[2];
} areas[] = {
	{ "T2 neither meets; left and right fall", { "50@600 8@500 F10 L20 R30" }, 10, 4, false,
	  10, 30, { "50@600 8@500 F14 L10 R30" } },
	{ "T2 right, behind", { "50@600 8@500 F10 L20 R30" }, 1000, 4, false, 994, 1024,
	  { "50@600 8@500 F10 L20 R20" } },
	{ "T2 second is met at its end", { "50@600 8@500 F10 L0 R0" }, 507, 1, false, 507, 508,
	  { "50@600 0@500 F10 L0 R0" } },
	{ "T2 second ends before", { "50@600 8@500 F10 L0 R0" }, 508, 1, false, 508, 509,
	  { "50@600 8@500 F10 L0 R0" } },
	{ "T3 second starts at y", { "9@1000 0@0 F1000 L0 R24", "50@600 5@20 F3 L20 R4" }, 1000,
	  44, false, 1000, 1064, { "0@1000 0@0 F1024 L0 R0", "50@600 5@20 F20 L0 R4" } },
	{ "T3 second starts before y", { "9@1000 0@0 F1000 L0 R24", "50@600 5@19 F3 L20 R4" }, 1000,
	  44, false, 1000, 1064, { "0@1000 0@0 F1024 L0 R0", "50@600 0@19 F20 L0 R4" } },
	{ "T3 best starts before y", { "9@1000 0@0 F1000 L0 R24", "50@19 0@7 F3 L20 R4" }, 1000,
	  44, false, 1000, 1064, { "0@1000 0@0 F1024 L0 R0", "20@20 0@7 F20 L0 R0" } },
	{ "T3 to the block's end", { "9@1000 0@0 F1000 L0 R24", "900@19 7@9 F3 L20 R4" }, 1000,
	  1048, false, 1000, 2048, { "0@1000 0@0 F1024 L0 R0", "0@19 0@9 F1024 L0 R0" } },
	{ "G1 starts at best, short of the stretch", { "6@30 0@0 F20 L0 R0" }, 36, 4, true, 20, 36,
	  { "10@30 0@0 F20 L0 R0" } },
	{ "G1 starts at a stale start of best", { "0@36 0@0 F20 L0 R0" }, 36, 4, true, 20, 36,
	  { "4@36 0@0 F20 L0 R0" } },
	{ "G1 starts where the bits say", { "6@29 0@0 F20 L0 R0" }, 36, 4, true, 20, 36,
	  { "20@20 0@0 F20 L0 R0" } },
	{ "G1 ends at best's end, short of the stretch", { "6@40 0@0 F40 L0 R0" }, 30, 10, true,
	  40, 60, { "16@30 0@0 F30 L0 R0" } },
	{ "G1 ends where the bits say", { "6@41 0@0 F40 L0 R0" }, 30, 10, true, 40, 60,
	  { "30@30 0@0 F30 L0 R0" } },
	{ "G2 two blocks", { "5@20 0@0 F20 L0 R0", "5@80 0@0 F80 L0 R0" }, 1000, 44, true, 1044,
	  1050, { "24@1000 5@20 F20 L0 R24", "26@0 0@0 F0 L26 R0" } },
};

TEST(areas_clause_by_clause)
{
	for (uint32_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		struct lab_l61_chunk *c = full_chunk(2);
		char text[96];

		make_free(c, areas[i].free_from, areas[i].free_to);
		for (uint32_t k = 0; k < 2; k++)
			if (areas[i].before[k])
				c->block[k] = parse_record(areas[i].before[k]);
		if (areas[i].is_free)
			lab_l61_give(c, areas[i].p, areas[i].n, false);
		else
			lab_l61_take(c, areas[i].p, areas[i].n, false);
		for (uint32_t k = 0; k < 2; k++) {
			print_record(&c->block[k], text);
			if (areas[i].after[k] && strcmp(text, areas[i].after[k]))
				FAIL("%s, block %u: %s, not %s", areas[i].rule, k, text,
				     areas[i].after[k]);
		}
		lab_l61_chunk_destroy(c);
	}
}

/* T4, G2: a block that is swallowed keeps its starts, and its first when it is taken. */
TEST(block_between_keeps_its_starts)
{
	struct lab_l61_chunk *c = full_chunk(3);

	make_free(c, 1000, 2100);
	c->block[1] = parse_record("1024@8 3@7 F5 L1024 R1024");
	lab_l61_take(c, 1000, 1100, false);
	expect_record(&c->block[1], "0@8 0@7 F5 L0 R0");
	lab_l61_give(c, 1000, 1100, false);
	expect_record(&c->block[1], "1024@0 0@7 F0 L1024 R1024");
	lab_l61_chunk_destroy(c);
}

/* G4, B20: inside one block other than 0 the chunk's record stays; a whole block rescans it. */
TEST(free_reaches_the_chunk_in_block_0_alone)
{
	struct lab_l61_chunk *c = full_chunk(2);

	lab_l61_give(c, 1030, 10, false);
	expect_record(&c->record, "0@0 0@0 F1030 L0 R0");
	lab_l61_give(c, 30, 9, false);
	expect_record(&c->record, "9@30 0@0 F30 L0 R0");
	lab_l61_give(c, 1024, 6, false);
	lab_l61_give(c, 1040, 1008, false);
	expect_record(&c->record, "1024@1024 9@30 F30 L0 R1024");
	lab_l61_chunk_destroy(c);
}

/* H1: the best-aligned of the longest, the lowest among those; the last of the longest before. */
TEST(exact_record_has_the_ties_of_the_text)
{
	struct lab_l61_chunk *c = full_chunk(2);

	make_free(c, 10, 14);
	make_free(c, 21, 25);
	make_free(c, 33, 41);
	make_free(c, 56, 64); /* as long, better aligned */
	make_free(c, 72, 80); /* as long, as well aligned */
	lab_l61_make_exact(c, 0, 1);
	expect_record(&c->block[0], "8@56 8@33 F10 L0 R0");
	memset(c->used + 33, 1, 8);
	lab_l61_make_exact(c, 0, 1);
	expect_record(&c->record, "8@56 4@21 F10 L0 R0");
	lab_l61_chunk_destroy(c);
}
