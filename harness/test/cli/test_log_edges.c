/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_log_edges.c - where each form of a log begins and ends: what only resembles one stays, a
 * broken one is refused with its line, and no mixture of forms reads out of bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/log/log_line.h"
#include "harness/test/lib/test.h"
#include "harness/test/cli/log_fixture.h"

/* --- line numbers ---------------------------------------------------------------------------- */

static const struct refused {
	const char *name;
	const char *text;
	size_t nr;
	uint32_t line;
	const char *expected;
} refused[] = {
#define ROW(name, text, line, expected) { name, text, sizeof(text) - 1, line, expected }
	ROW("odd byte", "\xff\xfe[\0 \0x", 1,
	    "whole characters of UTF-16: an even number of bytes"),
	ROW("odd byte, no mark", "[\0 \0 \0 \0 \0x", 1,
	    "whole characters of UTF-16: an even number of bytes"),
	ROW("UTF-32", "\xff\xfe\0\0[\0\0\0", 1, "a text in UTF-8 or UTF-16, not in UTF-32"),
	ROW("half an object", "{\"MESSAGE\":\"a\"}\n{\"MESSAGE\":\"b\"\n", 3,
	    "a whole JSON object, as a journal has them"),
	ROW("no object", "{\"MESSAGE\":\"a\"}\n\nx\n", 3,
	    "a whole JSON object, as a journal has them"),
	ROW("a number", "{\"MESSAGE\":\"a\"}\n{\"MESSAGE\":5}\n", 2,
	    "a MESSAGE that is a string, or an array of bytes"),
	ROW("no byte", "\n{\"MESSAGE\":[256]}\n", 2,
	    "a MESSAGE that is a string, or an array of bytes"),
	ROW("behind several lines", "{\n\"MESSAGE\":\"a\"\n}\n{\"MESSAGE\":5}", 4,
	    "a MESSAGE that is a string, or an array of bytes"),
	ROW("below", "{\"MESSAGE\":[-1]}", 1, "a MESSAGE that is a string, or an array of bytes"),
#undef ROW
};

TEST(what_is_broken_in_its_form_is_refused_by_its_name)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct refused *r = &refused[i];
		struct log_text text = log_text_make(r->text, r->nr);
		struct lab_error error = { 0 };

		if (log_clean(&text, &error))
			FAIL("%s: taken", r->name);
		if (error.line != r->line || strcmp(error.expected, r->expected))
			FAIL("%s: %u: %s", r->name, error.line, error.expected);
		free(text.at);
	}
}

/* What is joined or shortened leaves the lines behind it in their places. */
TEST(lines_keep_their_numbers)
{
	static const char *const logs[] = {
		"Subject: =3D\nx =\ny\nz\nBAD",
		"{\"MESSAGE\":\"a\"}\n{\n\"X\":1}\n\nBAD",
		"a\r\r\nb\r\n\r\nc\r\nBAD",
		"> " S1 "> pcpu-alloc: [0] 0 1 2\n3 4 5 - -\n\nBAD",
		"pcpu-alloc: s28800 r0 d24448 u524288 alloc=1*41\n94304\n\n\nBAD",
		"&lt;b&gt;<br>\n\n\n\nBAD",
	};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct log_text text = log_text_make(logs[i], strlen(logs[i]));
		struct lab_error error;
		struct lab_lines lines;
		const char *line;
		size_t nr;

		if (i == 1) /* as the journal has it */
			memcpy(text.at + text.bytes - 3, "{} ", 3);
		CHECK(log_clean(&text, &error));
		lines = (struct lab_lines){ .at = text.at, .end = text.at + text.bytes };
		while (lab_next_line(&lines, &line, &nr) && !memmem(line, nr, "BAD", 3))
			;
		if (lines.number != (i == 1 ? 4 : 5))
			FAIL("log %zu: line %u:\n%.*s", i, lines.number, (int)text.bytes, text.at);
		free(text.at);
	}
}

/* --- R1: what is good stays ------------------------------------------------------------------ */

/* alloc=16 is no =16 of quoted-printable, [mem no colour, <6> no tag; a whole line is at its
   end. */
TEST(what_only_resembles_a_form_is_left)
{
	static const char log[] = "<6>Command line: a=20 b=0x3c <x@y> [mem 1-2]\n"
				  "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=16*4096\n"
				  "pcpu-alloc: [0] 0 [0] 1 \n"
				  "0 1 2\n"
				  "12\n";
	struct log_text text = log_text_make(log, sizeof(log) - 1);

	log_build("look-alikes", &text, 1);
	CHECK_STR(log_built, "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=16*4096\n"
			 "pcpu-alloc: [0] 0 [0] 1\n");
}

/* To the byte. */
TEST(what_is_no_form_is_not_touched)
{
	static const char log[] = "<6>x [mem 0x1-0x2] [m] \\e ^[x #0330 [0] [1;2] <3 a<b\n"
				  "\n  a > b, c &lt d, =\n =20\n pages [0\n";
	struct log_text text = log_text_make(log, sizeof(log) - 1);
	struct lab_error error;

	CHECK(log_clean(&text, &error));
	CHECK_STR(text.at, log);
	free(text.at);
}

/* --- forms at their edges -------------------------------------------------------------------- */

static const struct edge {
	const char *name, *text, *clean;
} edges[] = {
	{ "the least final byte", "a\033[4@b\n", "ab\n" },
	{ "the greatest final byte", "a\033[3~b\n", "ab\n" },
	{ "no final byte", "a\033[3\x7f" "b\n", "a3\x7f" "b\n" },
	{ "the least parameter", "a\033[ pb\n", "ab\n" },
	{ "the greatest parameter", "a\033[?25hb\n", "ab\n" },
	{ "a sequence that its line ends", "a\033[3\nb\n", "a3\nb\n" },
	{ "a title ended by ESC \\", "a\033]0;x\033\\b\n", "ab\n" },
	{ "a title that its line ends", "a\033]0;x\nb\ac\n", "a0;x\nb\ac\n" },
	{ "a final digit", "a\033(0b\n", "ab\n" },
	{ "intermediates", "a\033#8b\033(Bc\033/\nd\n", "abc\nd\n" },
	{ "several colours whose ESC was lost", "a[1;31mb[mc[0;md\n", "ab[mcd\n" },
	{ "a soft break and blanks", "a=3D= \nb=\t\nc= \t \nd\n", "a=bcd\n\n\n\n" },
	{ "no soft break", "a=3D= \tx\n", "a== \tx\n" },
	{ "digits of both cases", "=3D=6f=6F=0g\n", "=oo=0g\n" },
	{ "at the end of the text", "=3D=41", "=A\n" },
	{ "cut in its middle", "=3D=6", "==6\n" },
	{ "blanks behind a break of HTML", "a<br> \t\nb<br>c<br/>\n", "a\nb\nc\n" },
	{ "blanks of HTML", "a&nbsp;b&#160;c\xc2\xa0" "d\n", "a b c d\n" },
	{ "a NUL in a journal", "{\"MESSAGE\":\"a\\u0000b\"}", "ab\n" },
	{ "a line in five parts", "pcpu-alloc: s34572\nr8192\nd22772\nu65536\nalloc=16*4096\n",
	  "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=16*4096\n\n\n\n\n" },
	{ "marks of quotes and tabs", ">\ta\n> >\tb\n", "\ta\n\tb\n" },
};

TEST(forms_end_where_they_end)
{
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		const struct edge *e = &edges[i];
		struct log_text text = log_text_make(e->text, strlen(e->text));
		struct lab_error error;

		CHECK(log_clean(&text, &error));
		if (strcmp(text.at, e->clean))
			FAIL("%s: %s", e->name, text.at);
		free(text.at);
	}
}

/* With NULs in them: too short to be guessed at, half of CR LF, halves of one character. */
TEST(nuls_within_a_text)
{
	static const struct {
		const char *text, *clean;
		size_t nr;
	} rows[] = {
		{ "a\0b\0c", "abc\n", 5 },
		{ "a\r\0\nb\n", "a\nb\n", 6 },
		{ "\xff\xfe" "a\0\x3d\xd8\x00\xde" "b\0", "a?b\n", 10 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_text text = log_text_make(rows[i].text, rows[i].nr);
		struct lab_error error;

		CHECK(log_clean(&text, &error));
		CHECK_STR(text.at, rows[i].clean);
		free(text.at);
	}
}

/* A tag has 256 characters at most. */
TEST(a_long_tag_is_none)
{
	for (size_t nr = 255; nr <= 258; nr++) {
		struct made made = { 0 };
		struct log_text text;
		struct lab_error error;

		made_put(&made, "<");
		while (made.nr < nr - 1)
			made_put(&made, "x");
		made_put(&made, ">\n");
		text = log_text_make(made.at, made.nr);
		CHECK(log_clean(&text, &error));
		CHECK_EQ(text.bytes, nr <= 256 ? 1 : nr + 1);
		free(text.at);
		free(made.at);
	}
}

/* What a file system left where it had no data is no UTF-16, though every second byte is NUL. */
TEST(nuls_before_a_log_are_no_encoding)
{
	static const char lines[] = S1 E1;

	for (size_t nr = 1; nr < 700; nr += 19) {
		struct made made = { 0 };
		struct log_text text;

		for (size_t i = 0; i < nr; i++)
			made_put_bytes(&made, "\0", 1);
		made_put(&made, lines);
		text = log_text_make(made.at, made.nr);
		log_build("NULs", &text, 1);
		CHECK_STR(log_built, lines);
		free(made.at);
	}
}

/* The widths of words are each dump's own. */
TEST(a_second_dump_is_joined_by_its_own_width)
{
	static const char log[] = "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=4*65536\n"
				  "pcpu-alloc: [0] 000 001 002 003\n"
				  "pcpu-alloc: [0] 100 101 1\n02 103\n" S1
				  "pcpu-alloc: [0] 0 1 2 3\n4 5\n- -\n";
	struct log_text text = log_text_make(log, sizeof(log) - 1);

	log_build("widths", &text, 2);
	CHECK_STR(log_built, S1 E1);
}

TEST(quotes_and_one_blank_are_cut)
{
	static const char quoted_text[] = "> a\n>>  b\n > > c\n>d\n e > f\n>";
	static const char plain[] = "a\n b\nc\nd\n e > f\n";
	struct log_text text = log_text_make(quoted_text, sizeof(quoted_text) - 1);

	log_unquote(&text);
	CHECK_EQ(text.bytes, sizeof(plain) - 1);
	CHECK(!memcmp(text.at, plain, sizeof(plain) - 1));
	free(text.at);
}

TEST(objects_of_one_line_are_lines)
{
	static const char log[] = "{\"MESSAGE\":\"pcpu-alloc: s34572 r8192 d22772 u65536 "
				  "alloc=16*4096\"} {\"MESSAGE\":\"pcpu-alloc: [0] 0 [0] 1\"}"
				  "{\"MESSAGE\":\"end\"}";
	struct log_text text = log_text_make(log, sizeof(log) - 1);

	log_build("one line", &text, 1);
	CHECK_STR(log_built, "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=16*4096\n"
			 "pcpu-alloc: [0] 0 [0] 1\n");
}

/* --- whatever bytes come --------------------------------------------------------------------- */

static uint64_t state = 1;

static uint32_t random_below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % n;
}

static const char *const pieces[] = {
	"pcpu-alloc:", "pcpu-alloc: [0] ", S1, E1, P1, "=\n", "=3D", "\r", "\0", "\033[", "\033]",
	"^[[", "<br>", "<", "&gt;", "> ", "\n", "{\"MESSAGE\":\"", "\"}", "[1,2", "pages/cpu", " ",
	"\xff\xfe", "[0] 0", "1", "-", "alloc=", "*", "nr_cpu_ids:",
};

/* Pieces of forms in any order: cleaned without a byte out of bounds (ASan), in exact buffers. */
TEST(any_mixture_of_forms_is_survived)
{
	for (int i = 0; i < 4000; i++) {
		static struct lab_topology topology;
		struct made made = { 0 };
		struct lab_log_layout log;
		struct lab_log_sizes sizes;
		struct lab_error error;
		struct log_text text;

		made_put(&made, i % 5 ? "" : "{\"MESSAGE\":\"x\"}\n");
		for (uint32_t n = 1 + random_below(40); n > 0; n--) {
			const char *piece =
				pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

			made_put_bytes(&made, piece, *piece ? strlen(piece) : 1);
		}
		text = log_text_make(made.at, made.nr);
		if (log_clean(&text, &error)) {
			uint32_t nr = log_choose_boot(&text, 1 + random_below(3));

			CHECK(nr > 0);
			lab_log_parse(text.at, text.bytes, &topology, &log, &error);
			lab_log_sizes_parse(text.at, text.bytes, &sizes, &error);
		} else {
			CHECK(error.line > 0 && error.expected);
		}
		free(text.at);
		free(made.at);
	}
}
