/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_trace.c - traces as text both ways, every refusal, and the total decoder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcpu/bits.h>
#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"
#include "harness/test/lib/test.h"
#include "harness/text/text.h"
#include "harness/text/trace.h"
#include "harness/text/trace_oracle.h"

#define ROOM 4096

static struct lab_op ops[ROOM];
static uint8_t ids[ROOM];
static struct lab_trace trace;
static struct lab_error error;

static bool parse_bytes(const char *text, size_t bytes)
{
	memset(ids, 0, sizeof(ids));
	memset(&error, 0, sizeof(error));
	return lab_trace_parse(text, bytes, ops, ROOM, ids, ROOM, &trace, &error);
}

static bool parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* --- text.h ---------------------------------------------------------------------------------- */

TEST(text_counts_beyond_its_room)
{
	char capacity[8];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, "1234");
	lab_put_u64(&text, 567);
	CHECK(lab_text_fits(&text));
	CHECK_STR(capacity, "1234567");
	lab_put_char(&text, '8');
	CHECK(!lab_text_fits(&text));
	CHECK_EQ(text.bytes, 8);
	CHECK_STR(capacity, "1234567");
	lab_text_init(&text, NULL, 0);
	lab_put(&text, "nowhere");
	CHECK_EQ(text.bytes, 7);
}

TEST(text_numbers)
{
	char capacity[96];
	struct lab_text text;

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put_u64(&text, UINT64_MAX);
	lab_put_char(&text, ' ');
	lab_put_u64_padded(&text, 7, 3);
	lab_put_char(&text, ' ');
	lab_put_u64_padded(&text, 1234, 3);
	lab_put_char(&text, ' ');
	lab_put_hex(&text, UINT64_C(0xdeadbeef0));
	lab_put_char(&text, ' ');
	lab_put_hex(&text, 0);
	CHECK_STR(capacity, "18446744073709551615 007 1234 0xdeadbeef0 0x0");
}

static bool number(const char *word, uint64_t max, uint64_t *n)
{
	return lab_parse_u64(word, strlen(word), max, n);
}

TEST(parse_u64_is_exact_at_its_limit)
{
	uint64_t n = 0;

	CHECK(number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
	CHECK(!number("18446744073709551616", UINT64_MAX, &n));
	CHECK(!number("99999999999999999999999", UINT64_MAX, &n));
	CHECK(number("4294967295", UINT32_MAX, &n) && n == UINT32_MAX);
	CHECK(!number("4294967296", UINT32_MAX, &n));
	CHECK(number("5", 5, &n) && n == 5);
	CHECK(!number("6", 5, &n));
	CHECK(number("0", 0, &n) && n == 0);
	CHECK(!number("", 9, &n) && !number("-1", 9, &n) && !number("1 ", 9, &n));
	CHECK(!number("0x1", 99, &n) && !number("1k", 99, &n));
}

TEST(lines_end_in_any_way)
{
	static const char text[] = "a\r\n\nbc\r\rd\nlast";
	struct lab_lines lines = { .at = text, .end = text + sizeof(text) - 1 };
	static const struct {
		size_t offset, bytes;
	} wanted[] = { { 0, 1 }, { 3, 0 }, { 4, 5 }, { 10, 4 } };
	const char *line;
	size_t bytes;

	for (uint32_t i = 0; i < 4; i++) {
		CHECK(lab_next_line(&lines, &line, &bytes));
		CHECK_EQ(lines.number, i + 1);
		CHECK_EQ(line - text, wanted[i].offset);
		CHECK_EQ(bytes, wanted[i].bytes);
	}
	CHECK(!lab_next_line(&lines, &line, &bytes));
	CHECK(!lab_next_line(&lines, &line, &bytes));
}

/* Test vectors of the FNV authors for 64-bit FNV-1a. */
TEST(fnv1a_vectors)
{
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, "", 0), UINT64_C(0xcbf29ce484222325));
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, "foobar", 6), UINT64_C(0x85944171f73967e8));
}

/* --- good traces ----------------------------------------------------------------------------- */

TEST(trace_of_every_kind_of_line)
{
	const struct lab_op *op = ops;

	CHECK(parse("# pcpu-trace-ops 1\n"
		    "# why this file exists\n"
		    "a 5 16 8 AR mm_init\n"
		    "f 6\n"
		    "w 5 8191\n"
		    "x 5 4294967295\n"
		    "k 3\n"
		    "k 4294967295 +\n"
		    "b\nc\ns 65535"));
	CHECK(trace.ops_form);
	CHECK_EQ(trace.nr_ops, 9);
	CHECK_EQ(trace.nr_ids, 7);
	CHECK_EQ(trace.nr_allocs, 1);
	CHECK(op[0].kind == LAB_OP_ALLOC && op[0].id == 5 && op[0].size == 16 &&
	      op[0].align == 8 && op[0].flags == (LAB_OP_ATOMIC | LAB_OP_RESERVED));
	CHECK_EQ(op[0].site_bytes, 7);
	CHECK(memcmp(trace.text + op[0].site, "mm_init", 7) == 0);
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
	CHECK(parse("# pcpu-trace 1\r\na 0 16\t8  -- \r\na 1 4294967295 0 -R\r\nf 0"));
	CHECK(!trace.ops_form);
	CHECK_EQ(trace.nr_ops, 3);
	CHECK_EQ(trace.nr_ids, 2);
	CHECK_EQ(trace.nr_allocs, 2);
	CHECK_EQ(ops[1].size, UINT32_MAX);
	CHECK_EQ(ops[1].flags, LAB_OP_RESERVED);
	CHECK_EQ(ops[0].site_bytes, 0);
}

TEST(trace_without_events_is_a_trace)
{
	CHECK(parse("# pcpu-trace 1"));
	CHECK_EQ(trace.nr_ops, 0);
	CHECK_EQ(trace.nr_ids, 0);
	CHECK(parse("# pcpu-trace-ops 1\n"));
}

/* --- refusals -------------------------------------------------------------------------------- */

#define T1 "# pcpu-trace 1\n"
#define T2 "# pcpu-trace-ops 1\n"
#define HEAD	 "# pcpu-trace 1 or # pcpu-trace-ops 1"
#define A_LINE	 "an `a` line: a ID SIZE ALIGN FLAGS [SITE]"
#define NUMBER	 "a number below 4294967296"
#define FLAGS	 "FLAGS of two characters: A or -, then R or -"
#define KINDS	 "a line of kind a or f"
#define OPS_KINDS "a line of kind a f w x k b c or s"

static const struct {
	const char *text;
	uint32_t line;
	const char *expected;
} refused[] = {
	/* The head. */
	{ "", 1, HEAD },
	{ "\n", 1, HEAD },
	{ "# pcpu-trace 2\n", 1, HEAD },
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
	/* Lives: the first form only. */
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
		if (!parse(taken[i]))
			FAIL("line %u: %s: %s", error.line, error.expected, taken[i]);
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
		if (parse(refused[i].text))
			FAIL("taken: %s", refused[i].text);
		if (error.line != refused[i].line || !error.expected ||
		    strcmp(error.expected, refused[i].expected) != 0)
			FAIL("%s: line %u, %s; wanted line %u, %s", refused[i].text, error.line,
			     error.expected, refused[i].line, refused[i].expected);
	}
}

TEST(nul_bytes_are_refused)
{
	static const char in_word[] = T1 "a 0 16\0 8 --\n";
	static const char behind[] = T1 "a 0 16 8 --\n\0\0\0";

	CHECK(!parse_bytes(in_word, sizeof(in_word) - 1));
	CHECK_EQ(error.line, 2);
	CHECK_STR(error.expected, "text without NUL bytes");
	CHECK(!parse_bytes(behind, sizeof(behind) - 1));
	CHECK_EQ(error.line, 3);
	CHECK_STR(error.expected, "text without NUL bytes");
}

TEST(room_is_never_overrun)
{
	static const char text[] = T1 "a 0 1 1 --\na 1 1 1 --\nf 0\n";
	size_t bytes = sizeof(text) - 1;

	CHECK_EQ(lab_trace_lines(text, bytes), 3);
	CHECK(lab_trace_parse(text, bytes, ops, 3, ids, 3, &trace, &error));
	CHECK(!lab_trace_parse(text, bytes, ops, 2, ids, 3, &trace, &error));
	CHECK_EQ(error.line, 4);
	CHECK_STR(error.expected, "no more operations than there is room for");
	CHECK(!lab_trace_parse(text, bytes, ops, 3, ids, 1, &trace, &error));
	CHECK_EQ(error.line, 3);
	CHECK_STR(error.expected, "no more ids than there is room for");
}

/* A file of something else must not make us ask for room in proportion to its lines. */
TEST(lines_are_counted_up_to_the_first_that_is_none)
{
	static const char other[] = "# pcpu-trace 1\na 0 1 1 --\n\n\n\n\n\n\n\n\n";
	static const char remarks[] = T2 "# why\nb\n# more\nc\n";

	CHECK_EQ(lab_trace_lines(other, sizeof(other) - 1), 1);
	CHECK_EQ(lab_trace_lines(remarks, sizeof(remarks) - 1), 2);
	CHECK_EQ(lab_trace_lines("", 0), 0);
	CHECK_EQ(lab_trace_lines("# pcpu-trace 1", 14), 0);
}

/* --- round trips ----------------------------------------------------------------------------- */

/* Same operations, sites by their text. */
static bool same_ops(const struct lab_op *a, const char *a_text, const struct lab_op *b,
		     const char *b_text)
{
	if (a->kind != b->kind || a->flags != b->flags || a->cpu != b->cpu || a->id != b->id ||
	    a->size != b->size || a->align != b->align || a->site_bytes != b->site_bytes)
		return false;
	return a->site_bytes == 0 || memcmp(a_text + a->site, b_text + b->site, a->site_bytes) == 0;
}

/* Prints nr operations as a file of the second form; returns its length. */
static size_t print_ops(const struct lab_op *list, size_t nr, const char *text, char *to,
			size_t capacity)
{
	struct lab_text out;
	char line[128];

	lab_text_init(&out, to, capacity);
	lab_put(&out, T2);
	for (size_t i = 0; i < nr; i++) {
		size_t length = lab_op_print(&list[i], text, line);

		CHECK(length < sizeof(line));
		CHECK_EQ(strlen(line), length);
		lab_put(&out, line);
		lab_put_char(&out, '\n');
	}
	CHECK(lab_text_fits(&out));
	return out.bytes;
}

static struct lab_op other_ops[ROOM];
static char printed[ROOM * 128];

static void round_trip(size_t nr, const char *text)
{
	size_t bytes = print_ops(other_ops, nr, text, printed, sizeof(printed));

	CHECK(parse_bytes(printed, bytes));
	CHECK_EQ(trace.nr_ops, nr);
	for (size_t i = 0; i < nr; i++)
		CHECK(same_ops(&ops[i], printed, &other_ops[i], text));
}

TEST(print_and_parse_give_the_same)
{
	static const char text[] = T2 "a 5 16 8 AR mm_init\na 0 0 4294967295 -- x\na 1 1 1 A-\n"
				      "f 6\nw 5 8191\nx 5 1\nk 3\nk 3 +\nb\nc\ns 7\n";

	CHECK(parse(text));
	memcpy(other_ops, ops, trace.nr_ops * sizeof(ops[0]));
	round_trip(trace.nr_ops, text);
}

TEST(long_sites_are_cut_when_printed)
{
	char text[600] = T2 "a 16777215 4294967295 4294967295 AR ";
	char line[128];

	memset(text + strlen(text), 's', 500);
	CHECK(parse(text));
	CHECK_EQ(ops[0].site_bytes, 500);
	CHECK_EQ(lab_op_print(&ops[0], text, line), 127);
	CHECK_EQ(strlen(line), 127);
	CHECK_EQ(lab_op_print(&ops[0], NULL, line), strlen("a 16777215 4294967295 4294967295 AR"));
}

/* --- random bytes ---------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood 2014): the seed is the sequence. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(next_random(state) % n);
}

/* One small damage: a byte changed, cut out, doubled, or the end cut off. */
static size_t damage(char *text, size_t bytes, uint64_t *state)
{
	static const char bytes_of_note[] = "af0 9-AR\n\r\t+#wxkbcs\0\xff";
	uint32_t at = below(state, (uint32_t)bytes);

	switch (below(state, 4)) {
	case 0:
		text[at] = bytes_of_note[below(state, sizeof(bytes_of_note))];
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
	static const char good[2][96] = {
		T1 "a 0 16 8 -- mm_init\na 1 4 4 AR\nf 0\nf 1\n",
		T2 "a 0 16 8 --\nw 0 1\nx 0 4\nk 1 +\nb\nc\ns 1\nf 0\n",
	};
	uint32_t nr_taken = 0;

	for (uint64_t seed = 0; seed < 20000; seed++) {
		uint64_t state = seed;
		char text[128];
		size_t bytes = strlen(good[seed & 1]);
		char *exact;

		memcpy(text, good[seed & 1], bytes);
		for (uint32_t i = below(&state, 4) + 1; i > 0 && bytes > 1; i--)
			bytes = damage(text, bytes, &state);
		exact = malloc(bytes);
		memcpy(exact, text, bytes);
		if (parse_bytes(exact, bytes)) {
			CHECK(lab_trace_lines(exact, bytes) >= trace.nr_ops);
			memcpy(other_ops, ops, trace.nr_ops * sizeof(ops[0]));
			round_trip(trace.nr_ops, exact);
			nr_taken++;
		} else {
			CHECK(error.line >= 1 && error.line <= bytes + 1);
			CHECK(error.expected && error.expected[0] != '\0');
		}
		free(exact);
	}
	CHECK(nr_taken > 1000);
}

/* --- the decoder ----------------------------------------------------------------------------- */

/* What a head stands for: a chunk that is filled, one that is cut into many areas. */
#define FILLED_OPS  14u
#define CROWDED_OPS 60u

static const struct lab_decode_limits small_fixture = {
	.max_ids = 64, .nr_cpus = 4, .first_from = 4096, .first_to = 16384,
	.unit_bytes = PCPU_MIN_UNIT_BYTES,
};

static size_t decode(const uint8_t *bytes, size_t nr_bytes, size_t capacity)
{
	return lab_decode(bytes, nr_bytes, &small_fixture, ops, NULL, capacity);
}

static void check_decoded(const struct lab_op *op, uint32_t max_ids, uint32_t nr_cpus)
{
	CHECK(op->kind < LAB_NR_OPS);
	CHECK(op->kind == LAB_OP_FAIL || op->id < max_ids);
	CHECK(op->kind == LAB_OP_ALLOC || op->align == 0);
	CHECK(op->cpu < nr_cpus);
	CHECK_EQ(op->site_bytes, 0);
}

TEST(decoder_is_total_and_deterministic)
{
	uint64_t state = 1;

	for (uint32_t run = 0; run < 2000; run++) {
		uint32_t nr_bytes = below(&state, 512), from = below(&state, 3) * 4091;
		struct lab_decode_limits fixture = {
			.max_ids = 1 + below(&state, 1024), .nr_cpus = 1 + below(&state, 8),
			.first_from = from, .first_to = from + below(&state, 3) * 20000,
			.unit_bytes = PCPU_MIN_UNIT_BYTES + below(&state, 2) * 4096,
		};
		uint8_t *bytes = malloc(nr_bytes + !nr_bytes);
		size_t nr;

		for (uint32_t i = 0; i < nr_bytes; i++)
			bytes[i] = (uint8_t)next_random(&state);
		nr = lab_decode(bytes, nr_bytes, &fixture, other_ops, NULL, ROOM);
		CHECK(nr <= nr_bytes + CROWDED_OPS);
		CHECK_EQ(lab_decode(bytes, nr_bytes, &fixture, ops, NULL, ROOM), nr);
		CHECK(memcmp(ops, other_ops, nr * sizeof(ops[0])) == 0);
		for (size_t i = 0; i < nr; i++)
			check_decoded(&ops[i], fixture.max_ids, fixture.nr_cpus);
		round_trip(nr, NULL);
		free(bytes);
	}
}

TEST(decoder_stops_at_its_room)
{
	uint8_t bytes[100] = { 0 };

	CHECK(decode(bytes, sizeof(bytes), ROOM) > 7);
	CHECK_EQ(decode(bytes, sizeof(bytes), 7), 7);
	CHECK_EQ(decode(bytes, sizeof(bytes), 0), 0);
	CHECK_EQ(decode(bytes, 0, ROOM), 0);
	CHECK_EQ(decode(bytes, 2, ROOM), 0);
}

/* What ends where an operation starts is the operations before it. */
TEST(decoder_reports_where_operations_start)
{
	uint8_t bytes[200];
	size_t starts[ROOM], nr;
	uint64_t state = 9;

	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)next_random(&state);
	bytes[1] = 0;
	nr = lab_decode(bytes, sizeof(bytes), &small_fixture, other_ops, starts, ROOM);
	CHECK(nr > 20);
	CHECK_EQ(starts[0], 2);
	for (size_t i = 1; i < nr; i++) {
		CHECK(starts[i] > starts[i - 1]);
		CHECK_EQ(decode(bytes, starts[i], ROOM), i);
		CHECK(memcmp(ops, other_ops, i * sizeof(ops[0])) == 0);
	}
	bytes[1] = 0x20; /* a chunk that is filled beforehand */
	CHECK_EQ(lab_decode(bytes, sizeof(bytes), &small_fixture, ops, starts, ROOM),
		 nr + FILLED_OPS);
	for (size_t i = 0; i <= FILLED_OPS; i++)
		CHECK_EQ(starts[i], 2);
	CHECK(starts[FILLED_OPS + 1] > 2);
}

/* |####....|####....| ...: one operation more, and two records more, than the other 60 */
TEST(decoder_crowds_a_chunk)
{
	static const uint8_t bytes[] = { 0xff, 0xc0, 0 };
	size_t nr = decode(bytes, sizeof(bytes), ROOM);

	CHECK_EQ(nr, CROWDED_OPS + 1);
	CHECK(2 * nr < PCPU_DYNAMIC_EARLY_SLOTS && 2 * nr + 8 > PCPU_DYNAMIC_EARLY_SLOTS);
	for (uint32_t i = 0; i < CROWDED_OPS; i++) {
		CHECK_EQ(ops[i].kind, LAB_OP_ALLOC);
		CHECK_EQ(ops[i].id, i);
		CHECK_EQ(ops[i].size, 4);
		CHECK_EQ(ops[i].align, 8);
	}
	CHECK_EQ(decode(bytes, sizeof(bytes), 10), 10);
	CHECK_EQ(decode((const uint8_t[]){ 0xff, 0x80, 0 }, 3, ROOM), 1);
}

/* Behind a full first chunk: |####|#|###| pages, and all but the one between goes before
   balance. */
TEST(decoder_lets_pages_go_around_one)
{
	static const uint32_t sizes[] = { 16384 - 4096, 4 * 4096, 4096, 3 * 4096 };
	static const uint8_t kinds[] = { LAB_OP_FREE, LAB_OP_FREE, LAB_OP_FREE, LAB_OP_BALANCE,
					 LAB_OP_FREE };

	CHECK_EQ(decode((const uint8_t[]){ 0xff, 0x40, 0x80, 0 }, 4, ROOM), 10);
	for (uint32_t i = 0; i < 4; i++) {
		CHECK_EQ(ops[i].kind, LAB_OP_ALLOC);
		CHECK_EQ(ops[i].size, sizes[i]);
	}
	for (uint32_t i = 0; i < 5; i++)
		CHECK_EQ(ops[4 + i].kind, kinds[i]);
	CHECK_EQ(ops[8].id, 2);
	CHECK_EQ(ops[9].kind, LAB_OP_FREE); /* of what does not live */
	CHECK_EQ(decode((const uint8_t[]){ 0xff, 0x40, 0x80, 0 }, 4, 8), 1);
}

/* first	|----------------|	unit	|-|------------------------------|
 *		 all of 12288			25 32743, which is the rest */
TEST(decoder_fills_chunks_to_their_last_byte)
{
	/* Small, tight, at align 1; each: alloc, any id, all that is left (else 25). */
	static const uint8_t bytes[] = { 0xff, 0x18, 0, 0, 0xc6, 0, 0, 0xc6, 0, 0, 0xc6 };

	CHECK_EQ(decode(bytes, sizeof(bytes), ROOM), 3);
	CHECK_EQ(ops[0].size, 16384 - 4096);
	CHECK_EQ(ops[1].size, 25);
	CHECK_EQ(ops[2].size, PCPU_MIN_UNIT_BYTES - 25);
}

/* What single bytes mean: the last operation of each input, as it prints. */
TEST(decoder_means_what_its_bytes_say)
{
	static const struct {
		uint8_t bytes[16];
		size_t nr_bytes;
		const char *last;
	} rows[] = {
		{ { 0, 0, 0xc4, 0x41 }, 4, "k 1 +" },
		{ { 0, 0, 0xc4, 0x81 }, 4, "k 1" },
		{ { 0, 0, 0xc4, 0x3f }, 4, "k 63" },
		{ { 0, 0, 0xc0, 0, 3 }, 5, "w 0 3" }, /* the last CPU */
		{ { 0, 0, 0xc0, 0, 7 }, 5, "w 0 3" },
		/* Tight, plain: 9 bytes, freed; as large as that; 1 where nothing was. */
		{ { 0, 0x18, 0, 0, 0x44, 0x80, 0, 0, 0, 0 }, 10, "a 0 9 1 --" },
		{ { 0, 0x18, 0, 0, 0x00 }, 5, "a 0 1 1 --" },
		/* All that is left: a reserved object takes nothing of it. */
		{ { 0, 0x18, 0x10, 0, 0x44, 0, 0, 0xc6 }, 8, "a 1 12288 1 --" },
		{ { 0, 0x18, 0x00, 0, 0x44, 0, 0, 0xc6 }, 8, "a 1 12279 1 --" },
		/* Of the objects of a page with holes around it none lives. */
		{ { 0, 0x48, 0x00, 0, 0 }, 5, "a 0 1 8 --" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[128];
		size_t nr = decode(rows[i].bytes, rows[i].nr_bytes, ROOM);

		CHECK(nr > 0);
		lab_op_print(&ops[nr - 1], NULL, line);
		if (strcmp(line, rows[i].last))
			FAIL("row %zu: %s, not %s", i, line, rows[i].last);
	}
}

static void decode_in_small_units(void *argument)
{
	struct lab_decode_limits fixture = small_fixture;

	fixture.unit_bytes = PCPU_MIN_UNIT_BYTES - 1;
	lab_decode((const uint8_t *)"", 0, &fixture, argument, NULL, ROOM);
}

/* What is left of a chunk is told by what was filled: that must stay inside. */
TEST(decoder_wants_units_that_hold_any_object)
{
	CHECK(sim_catch_assert(decode_in_small_units, ops) != NULL);
}

/* What random inputs hold, with these first two bytes. */
struct census {
	uint32_t kinds[LAB_NR_OPS], atomic, reserved, illegal, lasting, nr;
};

static void take_census(uint8_t off, uint8_t profile, struct census *census)
{
	uint8_t bytes[512] = { off, profile };
	uint64_t state = (uint64_t)off << 8 | profile;

	memset(census, 0, sizeof(*census));
	for (uint32_t run = 0; run < 100; run++) {
		for (uint32_t i = 2; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)next_random(&state);
		census->nr = (uint32_t)decode(bytes, sizeof(bytes), ROOM);
		for (uint32_t i = 0; i < census->nr; i++) {
			census->kinds[ops[i].kind]++;
			census->atomic +=
				ops[i].kind == LAB_OP_ALLOC && ops[i].flags & LAB_OP_ATOMIC;
			census->lasting +=
				ops[i].kind == LAB_OP_FAIL && ops[i].flags == LAB_OP_LASTING;
			census->reserved += ops[i].flags & LAB_OP_RESERVED && !ops[i].kind;
			census->illegal += ops[i].kind == LAB_OP_ALLOC &&
					   (ops[i].size == 0 || ops[i].size > PCPU_MIN_UNIT_BYTES ||
					    !pcpu_is_pow2(ops[i].align) ||
					    ops[i].align > PCPU_PAGE_BYTES);
		}
	}
}

TEST(decoder_reaches_every_kind_and_switches_kinds_off)
{
	struct census all, none;

	take_census(0, 0, &all);
	take_census(0xff, 0, &none);
	for (uint32_t kind = 0; kind < LAB_NR_OPS; kind++) {
		CHECK(all.kinds[kind] > 50);
		CHECK((none.kinds[kind] > 0) == (kind == LAB_OP_ALLOC || kind == LAB_OP_FREE));
	}
	CHECK(all.atomic > 50 && all.reserved > 50 && all.illegal > 50);
	CHECK(all.lasting > 20 && all.lasting < all.kinds[LAB_OP_FAIL] - 20);
	CHECK(none.atomic == 0 && none.reserved == 0);
}

TEST(decoder_reaches_every_align_and_the_edges_of_size)
{
	uint64_t state = 42, aligns = 0;
	bool smallest = false, largest = false, too_large = false, zero = false;

	for (uint32_t run = 0; run < 500; run++) {
		uint8_t bytes[256] = { 0xff, (uint8_t)run };
		size_t nr;

		for (uint32_t i = 2; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)next_random(&state);
		nr = decode(bytes, sizeof(bytes), ROOM);
		for (size_t i = 0; i < nr; i++) {
			if (pcpu_is_pow2(ops[i].align))
				aligns |= ops[i].align;
			smallest |= ops[i].kind == LAB_OP_ALLOC && ops[i].size == 1;
			largest |= ops[i].size == PCPU_MIN_UNIT_BYTES;
			too_large |= ops[i].size == PCPU_MIN_UNIT_BYTES + 1;
			zero |= ops[i].kind == LAB_OP_ALLOC && ops[i].size == 0;
		}
	}
	CHECK_EQ(aligns & 0x1fff, 0x1fff);
	CHECK(smallest && largest && too_large && zero);
}

/* Nearly all operations mean something: frees of what lives, births of what does not. */
TEST(decoder_wastes_little)
{
	uint64_t state = 7;
	uint32_t nr_all = 0, nr_idle = 0;

	for (uint32_t run = 0; run < 200; run++) {
		uint8_t bytes[512] = { 0xff, 0 };
		bool live[64] = { false };
		size_t nr;

		for (uint32_t i = 2; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)next_random(&state);
		nr = decode(bytes, sizeof(bytes), ROOM);
		for (size_t i = 0; i < nr; i++) {
			bool birth = ops[i].kind == LAB_OP_ALLOC;

			nr_idle += live[ops[i].id] == birth;
			live[ops[i].id] = birth;
			nr_all++;
		}
	}
	CHECK(nr_idle * 4 < nr_all);
}
