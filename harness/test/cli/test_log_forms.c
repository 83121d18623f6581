/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_log_forms.c - kernel logs as people pass them on: every form of every golden layout gives
 * the kernel's lines back, whatever forms lie over one another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/test/cli/log_fixture.h"

/* --- forms, as others write them -------------------------------------------------------------- */

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
	made_put(out, "[    0.000000] ");
	made_put_bytes(out, line, nr);
	made_put(out, " \n");
}
static void twice(struct made *out, const char *line, size_t nr)
{
	stamped(out, line, nr);
	made_put(out, "<6>");
	made_put_bytes(out, line, nr);
	made_put(out, "\n");
}
static void coloured(struct made *out, const char *line, size_t nr)
{
	made_put(out, "\033[32m[    0.000000] \033[0m\033[33mpcpu-alloc: \033[0m");
	made_put_bytes(out, line + 12, nr - 12);
	made_put(out, "\033[m\n");
}
static void coloured_in_caret(struct made *out, const char *line, size_t nr)
{
	made_put(out, "^[[1;32mpcpu-alloc:^[[0m ");
	made_put_bytes(out, line + 12, nr - 12);
	made_put(out, "^[[K\n");
}
static void coloured_by_syslog(struct made *out, const char *line, size_t nr)
{
	made_put(out, "#033[33mpcpu-alloc: #033[0m");
	made_put_bytes(out, line + 12, nr - 12);
	made_put(out, "\n");
}
static void colour_lost(struct made *out, const char *line, size_t nr)
{
	made_put(out, "[32m[    0.000000] [0m[33mpcpu-alloc: [0m");
	made_put_bytes(out, line + 12, nr - 12);
	made_put(out, "\n");
}
static void titled(struct made *out, const char *line, size_t nr)
{
	made_put(out, "\033]0;a window's title\a");
	made_put_bytes(out, line, nr);
	made_put(out, "\033(B\n");
}
static void cr_cr_lf(struct made *out, const char *line, size_t nr)
{
	made_put_bytes(out, line, nr);
	made_put(out, " \r\r\n");
}
static void cr_only(struct made *out, const char *line, size_t nr)
{
	made_put_bytes(out, line, nr);
	made_put(out, "\r");
}
static void with_nuls(struct made *out, const char *line, size_t nr)
{
	made_put_bytes(out, "\0\0\0", 3);
	made_put_bytes(out, line, nr / 2);
	made_put_bytes(out, "\0", 1);
	made_put_bytes(out, line + nr / 2, nr - nr / 2);
	made_put(out, "\n");
}
static void quoted(struct made *out, const char *line, size_t nr)
{
	made_put(out, "> >> ");
	made_put_bytes(out, line, nr);
	made_put(out, "\n");
}
static void html(struct made *out, const char *line, size_t nr)
{
	made_put(out, "<span class=\"x\">[&nbsp; 0.0]</span> ");
	made_put_bytes(out, line, nr);
	made_put(out, "<br />");
}
static void html_lines(struct made *out, const char *line, size_t nr)
{
	made_put(out, "&gt; ");
	made_put_bytes(out, line, nr);
	made_put(out, "<BR>\n");
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
			made_put(out, "=\n");
			column = 0;
		}
		made_put(out, word);
		column += strlen(word);
	}
	made_put(out, "\n");
}
static void journal(struct made *out, const char *line, size_t nr)
{
	made_put(out, "{\"PRIORITY\":\"7\",\"MESSAGE\":\"");
	made_put_bytes(out, line, nr);
	made_put(out, " \",\"_BOOT_ID\":\"0\"}\n");
}
static void journal_of_bytes(struct made *out, const char *line, size_t nr)
{
	char number[8];

	made_put(out, "{ \"MESSAGE\" : [27,91,48,109");
	for (size_t i = 0; i < nr; i++) {
		snprintf(number, sizeof(number), ",%u", (unsigned char)line[i]);
		made_put(out, number);
	}
	made_put(out, "], \"X\" : { \"y\" : [ 1 ] } }\n");
}
static void journal_pretty(struct made *out, const char *line, size_t nr)
{
	made_put(out, "\x1e{\n\t\"MESSAGE\" : \"");
	made_put_bytes(out, line, nr);
	made_put(out, "\",\n\t\"X\" : null\n}\n");
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

	made_put(&lines, *text == '#' ? strchr(text, '\n') + 1 : text);
	free(text);
	return lines;
}

static void check_made(const char *name, const char *form, const struct made *made,
		       const char *lines)
{
	struct log_text text = log_text_make(made->at, made->nr);

	log_build(name, &text, 1);
	if (strcmp(log_built, lines) != 0)
		FAIL("%s, %s:\n%sinstead of\n%s", name, form, log_built, lines);
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
		made_put_bytes(&out, high_first ? "\xfe\xff" : "\xff\xfe", 2);
	for (size_t i = 0; i < in->nr; i++) {
		char pair[2] = { high_first ? '\0' : in->at[i], high_first ? in->at[i] : '\0' };

		made_put_bytes(&out, pair, 2);
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
	made_put(&bom, "\xef\xbb\xbf");
	made_put(&bom, lines.at);
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

		made_put(out, "> ");
		while (nr > column) {
			size_t cut = column;

			while (at_blank && cut > 40 && at[cut] != ' ')
				cut--;
			made_put_bytes(out, at, cut);
			made_put(out, quote_rest ? "\n> " : "\n");
			at += cut + (at_blank && at[cut] == ' ');
			nr = (size_t)(next - 1 - at);
		}
		made_put_bytes(out, at, nr);
		made_put(out, "\n");
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

		made_put(&made, lines.at);
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
