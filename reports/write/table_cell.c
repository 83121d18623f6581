/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* table_cell.c - see table_cell.h. page/js/format.js has the same formats, for what is drawn. */
#include "reports/write/table_cell.h"
#include "reports/write/html_text.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THIN_SPACE "\u202f"

/* Text that is longer may wrap; a name, which has no blank, from more on. */
enum { SHORT_BYTES = 24, NAME_BYTES = 60, ID_BYTES = 12 };

static const char *column_text(const json_t *column, const char *key)
{
	const char *text = json_string_value(json_object_get(column, key));

	return text ? text : "";
}

static bool is_kind(const json_t *column, const char *kind)
{
	return !strcmp(column_text(column, "kind"), kind);
}

bool table_cell_is_number(const json_t *column)
{
	return is_kind(column, "number") || is_kind(column, "bytes") || is_kind(column, "time") ||
	       is_kind(column, "percent");
}

/* "1234567.50" with a thin space between thousands. */
static void number_group(char text[TABLE_CELL_BYTES], double number, int digits)
{
	char plain[TABLE_CELL_BYTES];
	size_t whole, used = 0;

	snprintf(plain, sizeof(plain), "%.*f", digits, number);
	whole = strcspn(plain, ".");
	for (size_t i = 0; plain[i] && used + 8 < TABLE_CELL_BYTES; i++) {
		bool first = i == 0 || (i == 1 && plain[0] == '-');

		if (i < whole && !first && (whole - i) % 3 == 0)
			used += (size_t)sprintf(text + used, THIN_SPACE);
		text[used++] = plain[i];
	}
	text[used] = '\0';
}

/* The value in the largest unit of which it is at least one: 3 digits are enough. */
static void number_scale(char text[TABLE_CELL_BYTES], double number, double step,
			 const char *const units[], size_t nr)
{
	size_t i = 0;
	int digits;

	while (i + 1 < nr && fabs(number) >= step) {
		number /= step;
		i++;
	}
	digits = fabs(number) >= 100 || number == floor(number) ? 0 : fabs(number) >= 10 ? 1 : 2;
	snprintf(text, TABLE_CELL_BYTES, "%.*f %s", digits, number, units[i]);
}

static double unit_ns(const char *unit)
{
	return !strcmp(unit, "s") ? 1e9 : !strcmp(unit, "ms") ? 1e6 : !strcmp(unit, "us") ? 1e3 : 1;
}

void table_number_text(char text[TABLE_CELL_BYTES], double number, const json_t *column)
{
	static const char *const bytes[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	static const char *const times[] = {"ns", "µs", "ms", "s"};
	const json_t *digits = json_object_get(column, "digits");
	int nr_digits = (int)json_integer_value(digits);

	if (is_kind(column, "bytes"))
		number_scale(text, number, 1024, bytes, G_N_ELEMENTS(bytes));
	else if (is_kind(column, "time"))
		number_scale(text, number * unit_ns(column_text(column, "unit")), 1000, times,
			     G_N_ELEMENTS(times));
	else
		number_group(text, number, nr_digits);
	if (is_kind(column, "percent"))
		strcat(text, THIN_SPACE "%");
}

/* What a value is without its column: text, a number, yes or no. malloc'ed. */
static char *value_text(const json_t *value)
{
	if (json_is_string(value))
		return g_strdup(json_string_value(value));
	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		return g_strdup_printf("%lld", (long long)json_integer_value(value));
	if (json_is_real(value))
		return g_strdup_printf("%g", json_real_value(value));
	return g_strdup("");
}

static bool is_among(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (!strcmp(json_string_value(item), text))
			return true;
	}
	return false;
}

static void words_put(FILE *page, const char *text, const json_t *column)
{
	const char *words = column_text(json_object_get(column, "words"), text);
	const char *class = is_among(json_object_get(column, "good"), text)  ? "good" :
			    is_among(json_object_get(column, "plain"), text) ? "plain" :
									       "bad";
	bool is_badge = is_kind(column, "badge");

	if (is_badge)
		fprintf(page, "<span class=\"badge %s\">", class);
	else if (is_kind(column, "code"))
		fputs("<code>", page);
	html_text(page, *words ? words : text);
	fputs(is_badge ? "</span>" : is_kind(column, "code") ? "</code>" : "", page);
}

/* An id in its first digits, whole under the pointer; any other text as it is. */
static void commit_put(FILE *page, const char *text)
{
	size_t bytes = strspn(text, "0123456789abcdef");
	char *begin = g_strndup(text, bytes >= 40 && !text[bytes] ? ID_BYTES : strlen(text));

	fputs("<code title=\"", page);
	html_text(page, text);
	fputs("\">", page);
	html_text(page, begin);
	fputs("</code>", page);
	g_free(begin);
}

/* "2026-01-31T12:00:00Z" as "2026-01-31 12:00"; any other text as it is. */
static void when_put(FILE *page, const char *text)
{
	enum { TO_MINUTE = 16, WHOLE = 20 };
	char *minute;

	if (strlen(text) != WHOLE || text[10] != 'T' || text[WHOLE - 1] != 'Z') {
		html_text(page, text);
		return;
	}
	minute = g_strndup(text, TO_MINUTE);
	minute[10] = ' ';
	html_text(page, minute);
	g_free(minute);
}

/* true, false, and null as marks with words for screen readers. */
static void mark_put(FILE *page, const json_t *value)
{
	if (json_is_true(value))
		fputs("<td class=\"mark yes\">x<span class=\"offscreen\"> found</span></td>", page);
	else if (json_is_false(value))
		fputs("<td class=\"mark\">-<span class=\"offscreen\"> not found</span></td>", page);
	else
		fputs("<td class=\"mark soft\">?<span class=\"offscreen\"> not run</span></td>",
		      page);
}

static void lines_put(FILE *page, const json_t *lines)
{
	const json_t *line;
	size_t i;

	if (!json_array_size(lines))
		return;
	fputs("<pre>", page);
	json_array_foreach(lines, i, line)
	{
		html_text(page, json_string_value(line));
		fputc('\n', page);
	}
	fputs("</pre>", page);
}

static void number_put(FILE *page, const json_t *value, const json_t *column)
{
	char text[TABLE_CELL_BYTES];

	table_number_text(text, json_number_value(value), column);
	fprintf(page, "<td class=\"n\" data-v=\"%.9g\">", json_number_value(value));
	html_text(page, text);
	fputs("</td>", page);
}

void table_cell_write(FILE *page, const json_t *value, const json_t *column)
{
	char *text;

	if (is_kind(column, "mark")) {
		mark_put(page, value);
		return;
	}
	if (!value || json_is_null(value)) {
		fputs(table_cell_is_number(column) ? "<td class=\"n\">–</td>" : "<td></td>", page);
		return;
	}
	if (table_cell_is_number(column) && json_is_number(value)) {
		number_put(page, value, column);
		return;
	}
	text = value_text(value);
	fputs(is_kind(column, "when") ? "<td class=\"when\">" :
	      json_is_array(value) ||
			      strlen(text) > (strchr(text, ' ') ? SHORT_BYTES : NAME_BYTES) ?
		      "<td class=\"long\" dir=\"auto\">" :
		      "<td dir=\"auto\">",
	      page);
	if (json_is_array(value))
		lines_put(page, value);
	else if (is_kind(column, "commit"))
		commit_put(page, text);
	else if (is_kind(column, "when"))
		when_put(page, text);
	else if (*text)
		words_put(page, text, column);
	g_free(text);
	fputs("</td>", page);
}
