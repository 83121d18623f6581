/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_log_clean.c - kernel logs as people pass them on: every form of every golden layout gives
 * the kernel's lines back, whatever forms lie over one another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/text/layout_text.h"
#include "harness/cli/log/log_line.h"
#include "harness/cli/log/log_read.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"

static struct lab_topology topology;
static char again[1 << 16];

static struct log_text text_of(const char *bytes, size_t nr)
{
	struct log_text text = { malloc(nr + 1), nr };

	memcpy(text.at, bytes, nr);
	text.at[nr] = '\0';
	return text;
}

/* Cleans, reads boot `boot`, and builds it again: its lines are in again[]. */
static void build(const char *name, struct log_text *text, uint32_t boot)
{
	struct lab_log_layout log;
	struct pcpu_layout layout;
	struct lab_error error = { 0 };
	struct lab_text out;
	void *memory;

	if (!log_clean(text, &error))
		FAIL("%s: line %u: %s", name, error.line, error.expected);
	log_choose_boot(text, boot);
	if (!lab_log_parse(text->at, text->bytes, &topology, &log, &error))
		FAIL("%s: line %u: %s\n%.*s", name, error.line, error.expected,
		     (int)text->bytes, text->at);
	memory = malloc(pcpu_layout_memory(&topology.table));
	CHECK_EQ(pcpu_layout_build(&topology.table, &log.sizes, memory, &layout), PCPU_OK);
	lab_text_init(&out, again, sizeof(again));
	lab_put_layout(&out, &layout);
	free(memory);
	free(text->at);
}

/* --- forms, as others write them -------------------------------------------------------------- */

/* A text that grows. */
struct made {
	char *at;
	size_t nr, capacity;
};

static void put_bytes(struct made *m, const char *bytes, size_t nr)
{
	while (m->nr + nr + 1 > m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 4096;
		m->at = realloc(m->at, m->capacity);
	}
	memcpy(m->at + m->nr, bytes, nr);
	m->nr += nr;
	m->at[m->nr] = '\0';
}

static void put(struct made *m, const char *words)
{
	put_bytes(m, words, strlen(words));
}

typedef void (*form_fn)(struct made *out, const char *line, size_t nr);

static void each_line(struct made *out, const struct made *in, form_fn form)
{
	for (const char *at = in->at; *at;) {
		size_t nr = strcspn(at, "\n");

		form(out, at, nr);
		at += nr + (at[nr] == '\n');
	}
}

static void stamped(struct made *out, const char *line, size_t nr)
{
	put(out, "[    0.000000] ");
	put_bytes(out, line, nr);
	put(out, " \n");
}
static void twice(struct made *out, const char *line, size_t nr)
{
	stamped(out, line, nr);
	put(out, "<6>");
	put_bytes(out, line, nr);
	put(out, "\n");
}
static void coloured(struct made *out, const char *line, size_t nr)
{
	put(out, "\033[32m[    0.000000] \033[0m\033[33mpcpu-alloc: \033[0m");
	put_bytes(out, line + 12, nr - 12);
	put(out, "\033[m\n");
}
static void coloured_in_caret(struct made *out, const char *line, size_t nr)
{
	put(out, "^[[1;32mpcpu-alloc:^[[0m ");
	put_bytes(out, line + 12, nr - 12);
	put(out, "^[[K\n");
}
static void coloured_by_syslog(struct made *out, const char *line, size_t nr)
{
	put(out, "#033[33mpcpu-alloc: #033[0m");
	put_bytes(out, line + 12, nr - 12);
	put(out, "\n");
}
static void colour_lost(struct made *out, const char *line, size_t nr)
{
	put(out, "[32m[    0.000000] [0m[33mpcpu-alloc: [0m");
	put_bytes(out, line + 12, nr - 12);
	put(out, "\n");
}
static void titled(struct made *out, const char *line, size_t nr)
{
	put(out, "\033]0;a window's title\a");
	put_bytes(out, line, nr);
	put(out, "\033(B\n");
}
static void cr_cr_lf(struct made *out, const char *line, size_t nr)
{
	put_bytes(out, line, nr);
	put(out, " \r\r\n");
}
static void cr_only(struct made *out, const char *line, size_t nr)
{
	put_bytes(out, line, nr);
	put(out, "\r");
}
static void with_nuls(struct made *out, const char *line, size_t nr)
{
	put_bytes(out, "\0\0\0", 3);
	put_bytes(out, line, nr / 2);
	put_bytes(out, "\0", 1);
	put_bytes(out, line + nr / 2, nr - nr / 2);
	put(out, "\n");
}
static void quoted(struct made *out, const char *line, size_t nr)
{
	put(out, "> >> ");
	put_bytes(out, line, nr);
	put(out, "\n");
}
static void html(struct made *out, const char *line, size_t nr)
{
	put(out, "<span class=\"x\">[&nbsp; 0.0]</span> ");
	put_bytes(out, line, nr);
	put(out, "<br />");
}
static void html_lines(struct made *out, const char *line, size_t nr)
{
	put(out, "&gt; ");
	put_bytes(out, line, nr);
	put(out, "<BR>\n");
}

/* RFC 2045: at most 76 characters a line. */
static void quoted_printable(struct made *out, const char *line, size_t nr)
{
	size_t column = 0;

	for (size_t i = 0; i < nr; i++) {
		bool escaped = line[i] == '=' || (line[i] == ' ' && i + 1 == nr);
		char word[4] = { line[i] };

		if (escaped)
			snprintf(word, sizeof(word), "=%02X", (unsigned char)line[i]);
		if (column + strlen(word) > 75) {
			put(out, "=\n");
			column = 0;
		}
		put(out, word);
		column += strlen(word);
	}
	put(out, "\n");
}
static void journal(struct made *out, const char *line, size_t nr)
{
	put(out, "{\"PRIORITY\":\"7\",\"MESSAGE\":\"");
	put_bytes(out, line, nr);
	put(out, " \",\"_BOOT_ID\":\"0\"}\n");
}
static void journal_of_bytes(struct made *out, const char *line, size_t nr)
{
	char number[8];

	put(out, "{ \"MESSAGE\" : [27,91,48,109");
	for (size_t i = 0; i < nr; i++) {
		snprintf(number, sizeof(number), ",%u", (unsigned char)line[i]);
		put(out, number);
	}
	put(out, "], \"X\" : { \"y\" : [ 1 ] } }\n");
}
static void journal_pretty(struct made *out, const char *line, size_t nr)
{
	put(out, "\x1e{\n\t\"MESSAGE\" : \"");
	put_bytes(out, line, nr);
	put(out, "\",\n\t\"X\" : null\n}\n");
}

static const struct {
	const char *name;
	form_fn form;
} forms[] = {
#define FORM(name) { #name, name }
	FORM(stamped), FORM(twice), FORM(coloured), FORM(coloured_in_caret),
	FORM(coloured_by_syslog), FORM(colour_lost), FORM(titled), FORM(cr_cr_lf), FORM(cr_only),
	FORM(with_nuls), FORM(quoted), FORM(html), FORM(html_lines), FORM(quoted_printable),
	FORM(journal), FORM(journal_of_bytes), FORM(journal_pretty),
#undef FORM
};
enum { NR_FORMS = sizeof(forms) / sizeof(forms[0]) };

/* --- each form of each golden layout ---------------------------------------------------------- */

static struct made golden(const char *path)
{
	struct made lines = { 0 };
	size_t bytes;
	char *text = test_read_file(path, &bytes);

	put(&lines, *text == '#' ? strchr(text, '\n') + 1 : text);
	free(text);
	return lines;
}

static void check_made(const char *name, const char *form, const struct made *made,
		       const char *lines)
{
	struct log_text text = text_of(made->at, made->nr);

	build(name, &text, 1);
	if (strcmp(again, lines) != 0)
		FAIL("%s, %s:\n%sinstead of\n%s", name, form, again, lines);
}

static void forms_of(const char *path, const char *name)
{
	struct made lines = golden(path);

	for (size_t i = 0; i < NR_FORMS; i++) {
		struct made made = { 0 };

		each_line(&made, &lines, forms[i].form);
		check_made(name, forms[i].name, &made, lines.at);
		free(made.at);
	}
	free(lines.at);
}

TEST(every_form_gives_the_lines_back)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", forms_of), 14);
}

/* A character of 16 bits each, with the mark or without. */
static struct made utf16(const struct made *in, bool high_first, bool with_mark)
{
	struct made out = { 0 };

	if (with_mark)
		put_bytes(&out, high_first ? "\xfe\xff" : "\xff\xfe", 2);
	for (size_t i = 0; i < in->nr; i++) {
		char pair[2] = { high_first ? '\0' : in->at[i], high_first ? in->at[i] : '\0' };

		put_bytes(&out, pair, 2);
	}
	return out;
}

static void encodings_of(const char *path, const char *name)
{
	struct made lines = golden(path), bom = { 0 }, crlf = { 0 };

	each_line(&crlf, &lines, cr_cr_lf);
	for (int i = 0; i < 4; i++) {
		struct made made = utf16(&crlf, i & 1, i & 2);

		check_made(name, "UTF-16", &made, lines.at);
		free(made.at);
	}
	put(&bom, "\xef\xbb\xbf");
	put(&bom, lines.at);
	check_made(name, "UTF-8 with a mark", &bom, lines.at);
	free(bom.at);
	free(crlf.at);
	free(lines.at);
}

TEST(every_encoding_gives_the_lines_back)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", encodings_of), 14);
}

/* Broken at `column`, within words or at the blank before it; the next line quoted or not. */
static void wrap(struct made *out, const struct made *in, size_t column, bool at_blank,
		 bool quote_rest)
{
	for (const char *at = in->at; *at;) {
		size_t nr = strcspn(at, "\n");
		const char *next = at + nr + (at[nr] == '\n');

		put(out, "> ");
		while (nr > column) {
			size_t cut = column;

			while (at_blank && cut > 40 && at[cut] != ' ')
				cut--;
			put_bytes(out, at, cut);
			put(out, quote_rest ? "\n> " : "\n");
			at += cut + (at_blank && at[cut] == ' ');
			nr = (size_t)(next - 1 - at);
		}
		put_bytes(out, at, nr);
		put(out, "\n");
		at = next;
	}
}

static void wraps_of(const char *path, const char *name)
{
	struct made lines = golden(path), log = { 0 };

	each_line(&log, &lines, stamped);
	for (size_t column = 46; column < 84; column++)
		for (int how = 0; how < 4; how++) {
			struct made made = { 0 };
			char words[64];

			snprintf(words, sizeof(words), "wrapped at %zu, %d", column, how);
			wrap(&made, &log, column, how & 1, how & 2);
			check_made(name, words, &made, lines.at);
			free(made.at);
		}
	free(log.at);
	free(lines.at);
}

TEST(wrapped_lines_are_joined_wherever_they_broke)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", wraps_of), 14);
}

/* Forms over one another: mail of a log of a serial console in colour. */
static void layers_of(const char *path, const char *name)
{
	static const form_fn orders[][4] = {
		{ coloured, quoted, quoted_printable, cr_cr_lf },
		{ twice, quoted, html_lines, quoted_printable },
		{ coloured_by_syslog, quoted, cr_cr_lf, html_lines },
		{ stamped, quoted, html, quoted_printable },
	};
	struct made lines = golden(path);

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct made made = { 0 };

		put(&made, lines.at);
		for (int j = 0; j < 4; j++) {
			struct made next = { 0 };

			each_line(&next, &made, orders[i][j]);
			free(made.at);
			made = next;
		}
		check_made(name, "layers", &made, lines.at);
		free(made.at);
	}
	free(lines.at);
}

TEST(forms_lie_over_one_another)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", layers_of), 14);
}

/* --- doubled lines and boots ------------------------------------------------------------------ */

#define S1 "pcpu-alloc: s28800 r0 d24448 u524288 alloc=1*4194304\n"
#define E1 "pcpu-alloc: [0] 0 1 2 3 4 5 - -\n"
#define S2 "[    0.058272] pcpu-alloc: s237568 r8192 d114688 u524288 alloc=1*2097152\n"
#define E2 "[    0.058274] pcpu-alloc: [0] 0 1 2 3\n"
#define E3 "[    0.058275] pcpu-alloc: [1] 4 5 6 7\n"
#define P1 "PERCPU: Embedded 13 pages/cpu @f5400000 s28800 r0 d24448 u524288\n"
#define P2 "percpu: Embedded 88 pages/cpu s237568 r8192 d114688 u524288\n"
#define BOOT2 S2 E2 E3

static const struct boots {
	const char *text;
	uint32_t nr, chosen;
	const char *kept; /* payloads that are left, in order, a letter a line */
} boots[] = {
	{ S1 E1, 1, 1, "SE" },
	{ S1 S1 E1 E1, 1, 1, "SE" },
	{ P1 P1 S1 S1 E1 E1, 1, 1, "PSE" },
	{ S2 S2 E2 E2 E3 E3, 1, 1, "SEF" },
	{ S2 E2 S2 E2 E3 E3, 1, 1, "SEF" },	/* one console is late by two lines */
	{ S2 E2 E2 E3 E3, 1, 1, "SEF" },	/* the second began later */
	{ S2 S2 E2 E3 E2 E3, 1, 1, "SEF" },
	{ S2 E2 E3 E2 E3, 1, 1, "SEF" },	/* both: it began later, and is late */
	{ BOOT2 BOOT2, 2, 1, "SEF" },		/* once more as a whole: boots */
	{ BOOT2 BOOT2 BOOT2, 3, 3, "SEF" },
	{ S1 E1 BOOT2, 2, 1, "SE" },
	{ S1 E1 BOOT2, 2, 2, "SEF" },
	{ P1 S1 E1 P2 BOOT2, 2, 1, "PSE" },
	{ P1 S1 E1 P2 BOOT2, 2, 2, "PSEF" },
	{ S1 S1 E1 E1 S2 S2 E2 E2 E3 E3, 2, 2, "SEF" },
	{ P1 P1 S1 S1 E1 E1 P2 P2 S2 S2 E2 E2 E3 E3, 2, 1, "PSE" },
	{ E2 E3 S1 E1, 1, 1, "SE" },		/* the head of a boot before it is lost */
	{ S2 S1 E1, 1, 1, "SE" },		/* its entries are */
	{ S1 E1 S2, 1, 1, "SE" },
	{ P1 P2 BOOT2, 2, 1, "P" },		/* a boot whose level hides its dump */
	{ P1 P2 BOOT2, 2, 2, "PSEF" },
	{ P1 P2, 2, 2, "P" },
	{ S1 E1 P2, 2, 2, "P" },
	{ E2 S1 BOOT2, 1, 1, "SEF" },		/* both: a tail and a head make no boot */
	{ S1, 1, 1, "S" },			/* for the parser to refuse */
	{ S1 E1, 1, 2, "SE" },			/* there is no second: nothing is changed */
};

/* The lines that are left, a letter each. */
static void letters(const struct log_text *text, char *to)
{
	for (const char *at = text->at; *at; at += strcspn(at, "\n") + 1) {
		const char *payload;
		size_t nr;

		if (log_pages_payload(at, strcspn(at, "\n"), &payload, &nr))
			*to++ = 'P';
		if (log_payload(at, strcspn(at, "\n"), &payload, &nr))
			*to++ = *payload == 's' ? 'S' : payload[1] == '1' ? 'F' : 'E';
	}
	*to = '\0';
}

TEST(boots_are_distinguished_and_doubled_lines_dropped)
{
	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++) {
		const struct boots *b = &boots[i];
		struct log_text text = text_of(b->text, strlen(b->text));
		char kept[64];
		uint32_t nr = log_choose_boot(&text, b->chosen);

		letters(&text, kept);
		if (nr != b->nr || strcmp(kept, b->kept))
			FAIL("row %zu: %u boots, %s left, instead of %u, %s:\n%s", i, nr, kept,
			     b->nr, b->kept, b->text);
		CHECK_EQ(text.bytes, strlen(b->text)); /* lines keep their places */
		free(text.at);
	}
}

/* A copy that is late by `late` lines: eight are looked back at, no more. */
static void check_late(unsigned late, bool dropped)
{
	struct made made = { 0 };
	struct log_text text;
	char line[64], kept[64];

	put(&made, S2);
	for (unsigned i = 0; i <= late; i++) {
		snprintf(line, sizeof(line), "pcpu-alloc: [0] %u %u %u %u\n", 4 * i % (4 * late),
			 4 * i % (4 * late) + 1, 4 * i % (4 * late) + 2, 4 * i % (4 * late) + 3);
		put(&made, line);
	}
	text = text_of(made.at, made.nr);
	CHECK_EQ(log_choose_boot(&text, 1), 1);
	letters(&text, kept);
	CHECK_EQ(strlen(kept), 1 + late + !dropped);
	free(text.at);
	free(made.at);
}

TEST(a_copy_may_be_late_by_eight_lines)
{
	check_late(2, true);
	check_late(8, true);
	check_late(9, false);
}

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
		struct log_text text = text_of(r->text, r->nr);
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
		struct log_text text = text_of(logs[i], strlen(logs[i]));
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
	struct log_text text = text_of(log, sizeof(log) - 1);

	build("look-alikes", &text, 1);
	CHECK_STR(again, "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=16*4096\n"
			 "pcpu-alloc: [0] 0 [0] 1\n");
}

/* To the byte. */
TEST(what_is_no_form_is_not_touched)
{
	static const char log[] = "<6>x [mem 0x1-0x2] [m] \\e ^[x #0330 [0] [1;2] <3 a<b\n"
				  "\n  a > b, c &lt d, =\n =20\n pages [0\n";
	struct log_text text = text_of(log, sizeof(log) - 1);
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
		struct log_text text = text_of(e->text, strlen(e->text));
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
		struct log_text text = text_of(rows[i].text, rows[i].nr);
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

		put(&made, "<");
		while (made.nr < nr - 1)
			put(&made, "x");
		put(&made, ">\n");
		text = text_of(made.at, made.nr);
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
			put_bytes(&made, "\0", 1);
		put(&made, lines);
		text = text_of(made.at, made.nr);
		build("NULs", &text, 1);
		CHECK_STR(again, lines);
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
	struct log_text text = text_of(log, sizeof(log) - 1);

	build("widths", &text, 2);
	CHECK_STR(again, S1 E1);
}

TEST(quotes_and_one_blank_are_cut)
{
	static const char quoted_text[] = "> a\n>>  b\n > > c\n>d\n e > f\n>";
	static const char plain[] = "a\n b\nc\nd\n e > f\n";
	struct log_text text = text_of(quoted_text, sizeof(quoted_text) - 1);

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
	struct log_text text = text_of(log, sizeof(log) - 1);

	build("one line", &text, 1);
	CHECK_STR(again, "pcpu-alloc: s34572 r8192 d22772 u65536 alloc=16*4096\n"
			 "pcpu-alloc: [0] 0 [0] 1\n");
}

/* Each condition by itself. */
TEST(sizes_fit_or_not)
{
	static const struct {
		const char *payload;
		bool fit;
	} rows[] = {
		{ "s34572 r8192 d22772 u65536 alloc=16*4096", true },
		{ "s34572 r8192 d22772 u65536 alloc=1*65536", true },
		{ "s34572 r8192 d22772 u131072 alloc=1*65536", false },	/* no unit in it */
		{ "s34572 r8192 d22772 u65536 alloc=3*32768", false },	/* no whole units */
		{ "s34572 r8192 d22772 u65536 alloc=4*49152", false },	/* no power of two */
		{ "s34572 r8192 d22772 u65536 alloc=64*2048", false },	/* less than a page */
		{ "s34573 r8192 d22772 u65536 alloc=16*4096", false },	/* no whole pages */
		{ "s38668 r8192 d22772 u65536 alloc=16*4096", false },	/* more than the unit */
		{ "s34572 r8192 d22772 u66000 alloc=4125*4096", false },
		{ "s34572 r8192 d22772 u65536 alloc=0*4096", false },
		{ "s34572 r8192 d22772 u0 alloc=16*4096", false },
		{ "s34572 r8192 d22772 u65536", false },
		{ "s34572 r8192 d22772 u65536 alloc=16", false },
		{ "s34572 r8192 d22772 u65536 alloc=16*4096 x", false },
		{ "s34572 d22772 r8192 u65536 alloc=16*4096", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (log_sizes_fit(rows[i].payload, strlen(rows[i].payload)) != rows[i].fit)
			FAIL("%s", rows[i].payload);
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
		struct made made = { 0 };
		struct lab_log_layout log;
		struct lab_log_sizes sizes;
		struct lab_error error;
		struct log_text text;

		put(&made, i % 5 ? "" : "{\"MESSAGE\":\"x\"}\n");
		for (uint32_t n = 1 + random_below(40); n > 0; n--) {
			const char *piece =
				pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

			put_bytes(&made, piece, *piece ? strlen(piece) : 1);
		}
		text = text_of(made.at, made.nr);
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

/* --- the line of pages ----------------------------------------------------------------------- */

static const struct pages {
	const char *text;
	bool good, is_page;
	uint64_t nr_pages, page_bytes, s, r, d, u, cpus, nodes;
} pages[] = {
	{ P1, true, false, 13, 4096, 28800, 0, 24448, 524288, 0, 0 },
	{ "setup_percpu: NR_CPUS:8 nr_cpu_ids:6 nr_node_ids:1\n" P2, true, false, 88, 4096, 237568,
	  8192, 114688, 524288, 6, 1 },
	{ "x\nPERCPU: 32 4K pages/cpu @ffffc90000000000 s107200 r8192 d15680\n", true, true, 32,
	  4096, 107200, 8192, 15680, 0, 0, 0 },
	{ "percpu: Embedded 10 pages/cpu s590888 r0 d64472 u1048576\n", true, false, 10, 65536,
	  590888, 0, 64472, 1048576, 0, 0 },
	{ "percpu: 2 64K pages/cpu s90000 r0 d41072", true, true, 2, 65536, 90000, 0, 41072, 0, 0,
	  0 },
	{ "percpu: Embedded 14 pages/cpu s28800 r0 d24448 u524288\n", .good = false },
	{ "percpu: Embedded 13 pages/cpu s28800 r0 d24448 u49152\n", .good = false },
	{ "percpu: Embedded 13 pages/cpu s28800 r0 d24448 u524289\n", .good = false },
	{ "percpu: Embedded 13 pages/cpu s28800 r0 d24448\n", .good = false },
	{ "percpu: Embedded 0 pages/cpu s0 r0 d0 u4096\n", .good = false },
	{ "percpu: Embedded 1 pages/cpu s0 r0 d2048 u4096\n", .good = false },
	{ "percpu: Embedded 1 pages/cpu s0 r0 d131072 u131072\n", .good = false },
	{ "percpu: Embedded pages/cpu s28800 r0 d24448 u524288\n", .good = false },
	{ "percpu: 32 8K pages/cpu s107200 r8192 d15680\n", .good = false },
	{ "percpu: 32 3K pages/cpu s98304 r0 d0\n", .good = false },
	{ "percpu: 32 K pages/cpu s107200 r8192 d15680\n", .good = false },
	{ "percpu: 32 4K pages/cpu s107200 r8192 d15680 u4\n", .good = false },
	{ "pages/cpu\n", .good = false },
	{ "Linux\n", .good = false },
	{ "percpu: 12 pages/cpux s0 r0 d49152\n", .good = false },
};

TEST(the_line_of_pages_gives_sizes)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const struct pages *p = &pages[i];
		struct lab_log_sizes s;
		struct lab_error error;

		if (lab_log_sizes_parse(p->text, strlen(p->text), &s, &error) != p->good)
			FAIL("row %zu: %s", i, p->text);
		if (!p->good)
			continue;
		CHECK_EQ(s.is_page, p->is_page);
		CHECK_EQ(s.nr_pages, p->nr_pages);
		CHECK_EQ(s.page_bytes, p->page_bytes);
		CHECK_EQ(s.static_bytes, p->s);
		CHECK_EQ(s.reserved_bytes, p->r);
		CHECK_EQ(s.dyn_bytes, p->d);
		CHECK_EQ(s.unit_bytes, p->u);
		CHECK_EQ(s.nr_cpu_ids, p->cpus);
		CHECK_EQ(s.nr_node_ids, p->nodes);
	}
}

TEST(the_line_of_pages_is_joined_too)
{
	static const char log[] =
		"> percpu: Embedded 56 pages/cpu s188440 r8192 d32744 u262\n144\n";
	struct log_text text = text_of(log, sizeof(log) - 1);
	struct lab_log_sizes sizes;
	struct lab_error error;

	CHECK(log_clean(&text, &error));
	CHECK(lab_log_sizes_parse(text.at, text.bytes, &sizes, &error));
	CHECK_EQ(sizes.unit_bytes, 262144);
	free(text.at);
}
