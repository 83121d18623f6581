/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_trace.c - traces as text both ways, and every refusal. */
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/text/trace_oracle.h"
#include "harness/test/text/trace_fixture.h"

/* --- good traces ----------------------------------------------------------------------------- */

TEST(trace_of_every_kind_of_line)
{
	const struct lab_op *op = trace_ops;

	CHECK(trace_parse("# pcpu-trace-ops 1\n"
		    "# why this file exists\n"
		    "a 5 16 8 AR mm_init\n"
		    "f 6\n"
		    "w 5 8191\n"
		    "x 5 4294967295\n"
		    "k 3\n"
		    "k 4294967295 +\n"
		    "b\nc\ns 65535"));
	CHECK(trace_parsed.ops_form);
	CHECK_EQ(trace_parsed.nr_ops, 9);
	CHECK_EQ(trace_parsed.nr_ids, 7);
	CHECK_EQ(trace_parsed.nr_allocs, 1);
	CHECK(op[0].kind == LAB_OP_ALLOC && op[0].id == 5 && op[0].size == 16 &&
	      op[0].align == 8 && op[0].flags == (LAB_OP_ATOMIC | LAB_OP_RESERVED));
	CHECK_EQ(op[0].site_bytes, 7);
	CHECK(memcmp(trace_parsed.text + op[0].site, "mm_init", 7) == 0);
	CHECK(op[1].kind == LAB_OP_FREE && op[1].id == 6);
	CHECK(op[2].kind == LAB_OP_WRITE && op[2].id == 5 && op[2].cpu == 8191);
	CHECK(op[3].kind == LAB_OP_WILD && op[3].id == 5 && op[3].size == UINT32_MAX);
	CHECK(op[4].kind == LAB_OP_FAIL && op[4].id == 3 && op[4].flags == 0);
	CHECK(op[5].id == UINT32_MAX && op[5].flags == LAB_OP_LASTING);
	CHECK(op[6].kind == LAB_OP_BALANCE && op[7].kind == LAB_OP_CHECK);
	CHECK(op[8].kind == LAB_OP_SWITCH && op[8].cpu == 65535);
}

TEST(trace_with_cr_lf_blanks_and_no_last_newline)
{
	CHECK(trace_parse("# pcpu-trace 1\r\na 0 16\t8  -- \r\na 1 4294967295 0 -R\r\nf 0"));
	CHECK(!trace_parsed.ops_form);
	CHECK_EQ(trace_parsed.nr_ops, 3);
	CHECK_EQ(trace_parsed.nr_ids, 2);
	CHECK_EQ(trace_parsed.nr_allocs, 2);
	CHECK_EQ(trace_ops[1].size, UINT32_MAX);
	CHECK_EQ(trace_ops[1].flags, LAB_OP_RESERVED);
	CHECK_EQ(trace_ops[0].site_bytes, 0);
}

TEST(trace_without_events_is_a_trace)
{
	CHECK(trace_parse("# pcpu-trace 1"));
	CHECK_EQ(trace_parsed.nr_ops, 0);
	CHECK_EQ(trace_parsed.nr_ids, 0);
	CHECK(trace_parse("# pcpu-trace-ops 1\n"));
}

TEST(trace_with_places)
{
	const struct lab_op *op = trace_ops;

	CHECK(trace_parse(TP "u 3\na 0 16 8 -- mm_init 3 402176\nf 0\na 1 4 4 AR - - -\n"
			     "a 2 4 4 -- - 4294967295 -\na 3 4 4 -- x - 4294967295\n"));
	CHECK(trace_parsed.has_places && !trace_parsed.ops_form);
	CHECK_EQ(trace_parsed.nr_ops, 5);
	CHECK_EQ(trace_parsed.nr_allocs, 4);
	CHECK_EQ(op[0].flags, LAB_OP_UNKNOWN | LAB_OP_CHUNK | LAB_OP_OFFSET);
	CHECK(op[0].chunk == 3 && op[0].offset == 402176 && op[0].site_bytes == 7);
	CHECK(op[1].kind == LAB_OP_FREE && op[1].flags == 0);
	CHECK_EQ(op[2].flags, LAB_OP_ATOMIC | LAB_OP_RESERVED);
	CHECK(op[2].chunk == 0 && op[2].offset == 0 && op[2].site_bytes == 0);
	CHECK(op[3].flags == LAB_OP_CHUNK && op[3].chunk == UINT32_MAX && op[3].site_bytes == 0);
	CHECK(op[4].flags == LAB_OP_OFFSET && op[4].offset == UINT32_MAX);
	CHECK(trace_parse(T1));
	CHECK(!trace_parsed.has_places);
}

/* --- refusals -------------------------------------------------------------------------------- */



#define HEAD	 "# pcpu-trace 1, # pcpu-trace 2 or # pcpu-trace-ops 1"
#define A_LINE	 "an `a` line: a ID SIZE ALIGN FLAGS [SITE]"
#define NUMBER	 "a number below 4294967296"
#define FLAGS	 "FLAGS of two characters: A or -, then R or -"
#define KINDS	 "a line of kind a or f"
#define P_LINE	 "an `a` line: a ID SIZE ALIGN FLAGS SITE|- CHUNK|- OFFSET|-"
#define P_KINDS	 "a line of kind a f or u"
#define OPS_KINDS "a line of kind a f w x k b c or s"

static const struct {
	const char *text;
	uint32_t line;
	const char *expected;
} refused[] = {
	/* The head. */
	{ "", 1, HEAD },
	{ "\n", 1, HEAD },
	{ "# pcpu-trace 3\n", 1, HEAD },
	{ "# pcpu-trace 2 \n", 1, HEAD },
	{ "# pcpu-trace-ops 2\n", 1, HEAD },
	{ "# pcpu-trace 1 \n", 1, HEAD },
	{ " # pcpu-trace 1\n", 1, HEAD },
	{ "# pcpu-trace", 1, HEAD },
	{ "# pcpu-topology 1\n", 1, HEAD },
	{ "a 0 16 8 --\n", 1, HEAD },
	/* Kinds. */
	{ T1 "\n", 2, KINDS },
	{ T1 "g 0\n", 2, KINDS },
	{ T1 "alloc 0 16 8 --\n", 2, KINDS },
	{ T1 "a 0 16 8 --\n\nf 0\n", 3, KINDS },
	{ T1 "# a remark\n", 2, KINDS },
	{ T1 "b\n", 2, KINDS },
	{ T1 "w 0 0\n", 2, KINDS },
	{ T2 "z\n", 2, OPS_KINDS },
	{ T2 "b\n\n", 3, OPS_KINDS },
	/* Words. */
	{ T1 "a\n", 2, A_LINE },
	{ T1 "a 0 16 8\n", 2, A_LINE },
	{ T1 "a 0 16 8 -- site more\n", 2, A_LINE },
	{ T1 "a 0 16 8 --\nf\n", 3, "an `f` line: f ID" },
	{ T1 "a 0 16 8 --\nf 0 0\n", 3, "an `f` line: f ID" },
	{ T2 "w 0\n", 2, "a `w` line: w ID CPU" },
	{ T2 "x 0\n", 2, "an `x` line: x ID DELTA" },
	{ T2 "k\n", 2, "a `k` line: k K [+]" },
	{ T2 "k 1 + +\n", 2, "a `k` line: k K [+]" },
	{ T2 "k 1 -\n", 2, "+ or nothing after k K" },
	{ T2 "b 1\n", 2, "a `b` line: b alone" },
	{ T2 "c 1\n", 2, "a `c` line: c alone" },
	{ T2 "s\n", 2, "an `s` line: s FIBER" },
	/* Numbers. */
	{ T1 "a 0 4294967296 8 --\n", 2, NUMBER },
	{ T1 "a 0 -1 8 --\n", 2, NUMBER },
	{ T1 "a 0 16 0x8 --\n", 2, NUMBER },
	{ T1 "a 0 16 99999999999999999999999999 --\n", 2, NUMBER },
	{ T1 "a x 16 8 --\n", 2, NUMBER },
	{ T1 "a 0 16 8 --\nf 4294967296\n", 3, NUMBER },
	{ T2 "x 0 4294967296\n", 2, NUMBER },
	{ T2 "k 4294967296\n", 2, NUMBER },
	{ T2 "w 0 8192\n", 2, "a CPU below 8192" },
	{ T2 "s 65536\n", 2, "a fiber below 65536" },
	{ T2 "a 16777216 16 8 --\n", 2, "an id below 16777216" },
	{ T2 "f 16777216\n", 2, "an id below 16777216" },
	{ T2 "w 16777216 0\n", 2, "an id below 16777216" },
	{ T2 "x 16777216 0\n", 2, "an id below 16777216" },
	{ T1 "a 0 x 8 --\n", 2, NUMBER },
	{ T1 "a 0 16 8x --\n", 2, NUMBER },
	{ T2 "w x 0\n", 2, NUMBER },
	{ T2 "w 0 x\n", 2, NUMBER },
	{ T2 "x x 0\n", 2, NUMBER },
	{ T2 "x 0 x\n", 2, NUMBER },
	{ T2 "k x\n", 2, NUMBER },
	{ T2 "s x\n", 2, NUMBER },
	{ T2 "f x\n", 2, NUMBER },
	{ T2 "w 0 0 0\n", 2, "a `w` line: w ID CPU" },
	{ T2 "x 0 0 0\n", 2, "an `x` line: x ID DELTA" },
	{ T2 "s 0 0\n", 2, "an `s` line: s FIBER" },
	{ T1 "x 0 0\n", 2, KINDS },
	{ T1 "k 0\n", 2, KINDS },
	{ T1 "c\n", 2, KINDS },
	{ T1 "s 0\n", 2, KINDS },
	/* Flags and site. */
	{ T1 "a 0 16 8 A\n", 2, FLAGS },
	{ T1 "a 0 16 8 RA\n", 2, FLAGS },
	{ T1 "a 0 16 8 ---\n", 2, FLAGS },
	{ T1 "a 0 16 8 a-\n", 2, FLAGS },
	{ T1 "a 0 16 8 -A\n", 2, FLAGS },
	{ T1 "a 0 16 8 R-\n", 2, FLAGS },
	{ T1 "a 0 16 8 -- si\x1bte\n", 2, "a SITE without control characters" },
	{ T1 "a 0 16 8 -- sit\x7f\n", 2, "a SITE without control characters" },
	{ T1 "a 0 16 8 -- \x1fx\n", 2, "a SITE without control characters" },
	/* Places. */
	{ TP "\n", 2, P_KINDS },
	{ TP "w 0 0\n", 2, P_KINDS },
	{ TP "# remark\n", 2, P_KINDS },
	{ T1 "u 0\n", 2, KINDS },
	{ T2 "u 0\n", 2, OPS_KINDS },
	{ TP "a 0 16 8 --\n", 2, P_LINE },
	{ TP "a 0 16 8 -- site\n", 2, P_LINE },
	{ TP "a 0 16 8 -- site 0\n", 2, P_LINE },
	{ TP "a 0 16 8 -- site 0 0 0\n", 2, P_LINE },
	{ T1 "a 0 16 8 -- site 0 64\n", 2, A_LINE },
	{ TP "a 0 16 8 -- site x 64\n", 2, NUMBER },
	{ TP "a 0 16 8 -- site -1 64\n", 2, NUMBER },
	{ TP "a 0 16 8 -- site 0 --\n", 2, NUMBER },
	{ TP "a 0 16 8 -- site 0 4294967296\n", 2, NUMBER },
	{ TP "a 0 16 8 -- site 4294967296 0\n", 2, NUMBER },
	{ TP "a 0 - 8 -- site 0 0\n", 2, NUMBER },
	{ TP "a 0 16 8 - site 0 0\n", 2, FLAGS },
	{ TP "a 0 16 8 -- si\x1bte 0 0\n", 2, "a SITE without control characters" },
	{ TP "a 1 16 8 -- - 0 0\n", 2, "ids in order of birth: 0 was due" },
	{ TP "a 0 16 8 -- - 0 0\nf 0\nf 0\n", 4, "the id of a live object: 0 is freed already" },
	{ TP "a 0 16 8 -- - 0 0\nf 0 0\n", 3, "an `f` line: f ID" },
	{ TP "u\n", 2, "a `u` line: u CHUNK" },
	{ TP "u 0 0\n", 2, "a `u` line: u CHUNK" },
	{ TP "u x\n", 2, NUMBER },
	{ TP "u 4294967296\n", 2, NUMBER },
	{ TP "u -\n", 2, "a CHUNK with a number" },
	{ TP "u 0", 2, "an `a` line in chunk 0 behind its `u` line" },
	{ TP "a 0 1 1 -- - 0 0\nu 7\n", 3, "an `a` line in chunk 7 behind its `u` line" },
	{ TP "u 0\nu 0\n", 3, "an `a` line in chunk 0 behind its `u` line" },
	{ TP "u 0\na 0 1 1 -- - 1 0\n", 3, "an `a` line in chunk 0 behind its `u` line" },
	{ TP "u 0\na 0 1 1 -- - - 0\n", 3, "an `a` line in chunk 0 behind its `u` line" },
	{ TP "a 0 1 1 -- - 0 0\nu 0\nf 0\n", 4, "an `a` line in chunk 0 behind its `u` line" },
	/* Lives: the recorded forms only. */
	{ T1 "a 1 16 8 --\n", 2, "ids in order of birth: 0 was due" },
	{ T1 "a 0 16 8 --\na 0 16 8 --\n", 3, "ids in order of birth: 1 was due" },
	{ T1 "a 0 16 8 --\na 7 16 8 --\n", 3, "ids in order of birth: 1 was due" },
	{ T1 "f 0\n", 2, "the id of a live object: 0 was never born" },
	{ T1 "a 0 1 1 --\nf 1\na 1 1 1 --\n", 3, "the id of a live object: 1 was never born" },
	{ T1 "a 0 1 1 --\nf 0\nf 0\n", 4, "the id of a live object: 0 is freed already" },
};

/* The last that is taken on each side of a limit, and what looks like a refusal and is none. */
static const char *const taken[] = {
	T1 "a 0 4294967295 4294967295 AR ~\nf 0\n",
	T1 "a 0 0 0 A- \x80\xff\na 1 1 1 -R x\na 2 1 1 --\nf 1\nf 0\nf 2\n",
	T1 "a 0 1 1 --\r\nf 0\r\n",
	T1 "a  0\t1 1 --",
	T2 "a 16777215 16 8 --\nf 16777215\nf 16777215\na 0 1 1 --\na 0 1 1 --\n",
	T2 "w 16777215 8191\nx 16777215 4294967295\nk 4294967295 +\nk 0\ns 65535\nb\nc\n",
	T2 "# remark \n#\nb\n",
	TP,
	TP "a 0 4294967295 4294967295 AR ~ 4294967295 4294967295\r\nf 0",
	TP "u 4294967295\na 0 1 1 -- -- 4294967295 0\nu 0\na 1 1 1 A- - 0 -\nf 1\nf 0\n",
};

/* The second reader (trace_oracle.h) is of the same opinion: a weaker one would not notice. */
static uint32_t oracle_bad_line(const char *text)
{
	static struct lab_trace_oracle oracle;

	lab_trace_oracle(text, strlen(text), &oracle);
	return oracle.bad_line;
}

TEST(both_readers_take_what_is_within_the_limits)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (!trace_parse(taken[i]))
			FAIL("line %u: %s: %s", trace_error.line, trace_error.expected, taken[i]);
		if (oracle_bad_line(taken[i]))
			FAIL("line %u by the second reader: %s", oracle_bad_line(taken[i]),
			     taken[i]);
	}
}

TEST(the_second_reader_refuses_the_same_lines)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (oracle_bad_line(refused[i].text) != refused[i].line)
			FAIL("%s: line %u; wanted %u", refused[i].text,
			     oracle_bad_line(refused[i].text), refused[i].line);
}

TEST(every_refusal_with_line_and_sentence)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (trace_parse(refused[i].text))
			FAIL("taken: %s", refused[i].text);
		if (trace_error.line != refused[i].line || !trace_error.expected ||
		    strcmp(trace_error.expected, refused[i].expected) != 0)
			FAIL("%s: line %u, %s; wanted line %u, %s", refused[i].text,
			     trace_error.line, trace_error.expected, refused[i].line,
			     refused[i].expected);
	}
}

TEST(nul_bytes_are_refused)
{
	static const char in_word[] = T1 "a 0 16\0 8 --\n";
	static const char behind[] = T1 "a 0 16 8 --\n\0\0\0";

	CHECK(!trace_parse_bytes(in_word, sizeof(in_word) - 1));
	CHECK_EQ(trace_error.line, 2);
	CHECK_STR(trace_error.expected, "text without NUL bytes");
	CHECK(!trace_parse_bytes(behind, sizeof(behind) - 1));
	CHECK_EQ(trace_error.line, 3);
	CHECK_STR(trace_error.expected, "text without NUL bytes");
}

TEST(room_is_never_overrun)
{
	static const char text[] = T1 "a 0 1 1 --\na 1 1 1 --\nf 0\n";
	size_t bytes = sizeof(text) - 1;
	uint8_t ids[3] = {0};

	CHECK_EQ(lab_trace_lines(text, bytes), 3);
	CHECK(lab_trace_parse(text, bytes, trace_ops, 3, ids, 3, &trace_parsed, &trace_error));
	CHECK(!lab_trace_parse(text, bytes, trace_ops, 2, ids, 3, &trace_parsed, &trace_error));
	CHECK_EQ(trace_error.line, 4);
	CHECK_STR(trace_error.expected, "no more operations than there is room for");
	CHECK(!lab_trace_parse(text, bytes, trace_ops, 3, ids, 1, &trace_parsed, &trace_error));
	CHECK_EQ(trace_error.line, 3);
	CHECK_STR(trace_error.expected, "no more ids than there is room for");
}

/* A file of something else must not make us ask for room in proportion to its lines. */
TEST(lines_are_counted_up_to_the_first_that_is_none)
{
	static const char other[] = "# pcpu-trace 1\na 0 1 1 --\n\n\n\n\n\n\n\n\n";
	static const char marked[] = TP "u 0\na 0 1 1 -- - 0 0\nu 1\na 1 1 1 -- - 1 0\nu";
	static const char remarks[] = T2 "# why\nb\n# more\nc\n";

	CHECK_EQ(lab_trace_lines(other, sizeof(other) - 1), 1);
	CHECK_EQ(lab_trace_lines(remarks, sizeof(remarks) - 1), 2);
	CHECK_EQ(lab_trace_lines(marked, sizeof(marked) - 1), 2);
	CHECK_EQ(lab_trace_lines("", 0), 0);
	CHECK_EQ(lab_trace_lines("# pcpu-trace 1", 14), 0);
}

/* --- round trips ----------------------------------------------------------------------------- */

TEST(print_and_parse_give_the_same)
{
	static const char text[] = T2 "a 5 16 8 AR mm_init\na 0 0 4294967295 -- x\na 1 1 1 A-\n"
				      "f 6\nw 5 8191\nx 5 1\nk 3\nk 3 +\nb\nc\ns 7\n";

	CHECK(trace_parse(text));
	memcpy(trace_other_ops, trace_ops, trace_parsed.nr_ops * sizeof(trace_ops[0]));
	trace_round_trip(trace_parsed.nr_ops, text);
}

TEST(places_printed_and_parsed_are_the_same)
{
	static const char text[] = TP "u 3\na 0 16 8 AR mm_init 3 402176\nf 0\na 1 4 4 -- - - -\n"
				      "a 2 4 4 A- x 4294967295 -\na 3 4 4 -R - - 4294967295\n";
	char again[256];
	struct lab_text out;

	CHECK(trace_parse(text));
	memcpy(trace_other_ops, trace_ops, trace_parsed.nr_ops * sizeof(trace_ops[0]));
	trace_round_trip(trace_parsed.nr_ops, text);
	lab_text_init(&out, again, sizeof(again));
	lab_put(&out, TP);
	for (size_t i = 0; i < trace_parsed.nr_ops; i++)
		lab_put_op(&out, &trace_other_ops[i], text, true);
	CHECK_STR(again, text);
	lab_text_init(&out, again, sizeof(again));
	for (size_t i = 0; i < 3; i++)
		lab_put_op(&out, &trace_other_ops[i], text, false);
	CHECK_STR(again, "a 0 16 8 AR mm_init\nf 0\na 1 4 4 --\n");
}

/* Where lines are written for files, as against messages, SITE is written as a whole. */
TEST(long_sites_of_files_are_not_cut)
{
	char text[600] = TP "a 0 4294967295 4294967295 AR ", again[600];
	struct lab_text out;

	memset(text + strlen(text), 's', 500);
	strcat(text, " 1 2\n");
	CHECK(trace_parse(text));
	lab_text_init(&out, again, sizeof(again));
	lab_put(&out, TP);
	lab_put_op(&out, &trace_ops[0], text, true);
	CHECK_STR(again, text);
}

TEST(long_sites_are_cut_when_printed)
{
	char text[600] = T2 "a 16777215 4294967295 4294967295 AR ";
	char line[128];

	memset(text + strlen(text), 's', 500);
	CHECK(trace_parse(text));
	CHECK_EQ(trace_ops[0].site_bytes, 500);
	CHECK_EQ(lab_op_print(&trace_ops[0], text, line), 127);
	CHECK_EQ(strlen(line), 127);
	CHECK_EQ(lab_op_print(&trace_ops[0], NULL, line),
		 strlen("a 16777215 4294967295 4294967295 AR"));
}

/* --- random bytes ---------------------------------------------------------------------------- */

/* One small damage: a byte changed, cut out, doubled, or the end cut off. */
static size_t damage(char *text, size_t bytes, uint64_t *state)
{
	static const char bytes_of_note[] = "af0 9-AR\n\r\t+#wxkbcsu\0\xff";
	uint32_t at = trace_random_below(state, (uint32_t)bytes);

	switch (trace_random_below(state, 4)) {
	case 0:
		text[at] = bytes_of_note[trace_random_below(state, sizeof(bytes_of_note))];
		return bytes;
	case 1:
		memmove(text + at, text + at + 1, bytes - at - 1);
		return bytes - 1;
	case 2:
		memmove(text + at + 1, text + at, bytes - at);
		return bytes + 1;
	default:
		return at + 1;
	}
}

/*
 * Damaged traces are refused with a line inside the file, or taken; what is taken prints and parses
 * to the same. The buffer has the exact size, so that sanitizers see a read behind it.
 */
TEST(damaged_traces_never_crash)
{
	static const char good[3][96] = {
		T1 "a 0 16 8 -- mm_init\na 1 4 4 AR\nf 0\nf 1\n",
		T2 "a 0 16 8 --\nw 0 1\nx 0 4\nk 1 +\nb\nc\ns 1\nf 0\n",
		TP "u 0\na 0 16 8 -- mm 0 64\na 1 4 4 AR - - -\nf 0\nu 1\na 2 1 1 -- - 1 0\n",
	};
	uint32_t nr_taken = 0;

	for (uint64_t seed = 0; seed < 20000; seed++) {
		uint64_t state = seed;
		char text[128];
		size_t bytes = strlen(good[seed % 3]);
		char *exact;

		memcpy(text, good[seed % 3], bytes);
		for (uint32_t i = trace_random_below(&state, 4) + 1; i > 0 && bytes > 1; i--)
			bytes = damage(text, bytes, &state);
		exact = malloc(bytes);
		memcpy(exact, text, bytes);
		if (trace_parse_bytes(exact, bytes)) {
			CHECK(lab_trace_lines(exact, bytes) >= trace_parsed.nr_ops);
			memcpy(trace_other_ops, trace_ops,
			       trace_parsed.nr_ops * sizeof(trace_ops[0]));
			trace_round_trip(trace_parsed.nr_ops, exact);
			nr_taken++;
		} else {
			CHECK(trace_error.line >= 1 && trace_error.line <= bytes + 1);
			CHECK(trace_error.expected && trace_error.expected[0] != '\0');
		}
		free(exact);
	}
	CHECK(nr_taken > 1000);
}
