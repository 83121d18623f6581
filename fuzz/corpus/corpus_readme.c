/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_readme.c - reads and rewrites the rows of a README.md; all other lines stay. */
#include "fuzz/corpus/corpus_readme.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool corpus_is_found(const char *name)
{
	return strlen(name) == CORPUS_FOUND_NAME &&
	       strspn(name, "0123456789abcdef") == CORPUS_FOUND_NAME;
}

static char *readme_cut(const char *from, const char *to)
{
	while (from < to && *from == ' ')
		from++;
	while (from < to && to[-1] == ' ')
		to--;
	return g_strndup(from, (size_t)(to - from));
}

/* "| name | reason |": the heading and its rule are not rows. */
static bool parse_cells(const char *line, const char *end, struct corpus_row *row)
{
	const char *middle = memmem(line, (size_t)(end - line), " | ", 3), *last = end;

	while (last > line && last[-1] == ' ')
		last--;
	if (line + 1 >= end || *line != '|' || !middle || last[-1] != '|')
		return false;
	row->name = readme_cut(line + 1, middle);
	if (!strcmp(row->name, "seed") || !strcmp(row->name, "input")) {
		free(row->name);
		return false;
	}
	row->reason = readme_cut(middle + 3, last - 1);
	return true;
}

/* "- `name`: reason" */
static bool parse_item(const char *line, const char *end, struct corpus_row *row)
{
	const char *middle = memmem(line, (size_t)(end - line), "`: ", 3);

	if (end - line < 3 || strncmp(line, "- `", 3) != 0 || !middle)
		return false;
	row->name = readme_cut(line + 3, middle);
	row->reason = readme_cut(middle + 3, end);
	return true;
}

static bool parse_row(const char *line, const char *end, struct corpus_row *row)
{
	return parse_cells(line, end, row) || parse_item(line, end, row);
}

void corpus_readme_parse(struct corpus_readme *readme, char *text)
{
	unsigned line = 0;

	*readme = (struct corpus_readme){.text = text};
	for (const char *at = text, *end; *at; at = *end ? end + 1 : end) {
		struct corpus_row row = {.line = ++line};

		end = at + strcspn(at, "\n");
		if (!parse_row(at, end, &row))
			continue;
		readme->rows = g_realloc(readme->rows, (readme->nr + 1) * sizeof(row));
		readme->rows[readme->nr++] = row;
	}
}

void corpus_readme_free(struct corpus_readme *readme)
{
	for (size_t i = 0; i < readme->nr; i++) {
		free(readme->rows[i].name);
		free(readme->rows[i].reason);
	}
	free(readme->rows);
	free(readme->text);
	*readme = (struct corpus_readme){0};
}

const char *corpus_readme_reason(const struct corpus_readme *readme, const char *name)
{
	for (size_t i = 0; i < readme->nr; i++) {
		if (!strcmp(readme->rows[i].name, name))
			return readme->rows[i].reason;
	}
	return NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Escapes bars, which would end a table's cell. */
static void put_cell(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', to);
		fputc(*text, to);
	}
}

static void put_found(FILE *to, bool table, const struct corpus_row *found, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		fprintf(to, table ? "| %s | " : "- `%s`: ", found[i].name);
		if (table)
			put_cell(to, found[i].reason);
		else
			fputs(found[i].reason, to);
		fputs(table ? " |\n" : "\n", to);
	}
}

/* Returns the line of the last row, 0: none; *table: whether the row is in a table. */
static unsigned last_row(const struct corpus_readme *readme, bool *table)
{
	const char *at = readme->text;
	unsigned last = readme->nr ? readme->rows[readme->nr - 1].line : 0;

	for (unsigned line = 1; line < last; line++)
		at += strcspn(at, "\n") + 1;
	*table = !last || *at == '|';
	return last;
}

static bool is_found_row(const struct corpus_readme *readme, unsigned line)
{
	for (size_t i = 0; i < readme->nr; i++) {
		if (readme->rows[i].line == line)
			return corpus_is_found(readme->rows[i].name);
	}
	return false;
}

char *corpus_readme_write(const struct corpus_readme *readme, const char *target,
			  const struct corpus_row *found, size_t nr)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = memory_file_open(&text, &bytes);
	bool table;
	unsigned last = last_row(readme, &table), line = 0;

	if (!*readme->text)
		fprintf(to,
			"<!-- SPDX-License-Identifier: BSD-2-Clause OR MIT -->\n"
			"# Inputs of %s\n\n",
			target);
	for (const char *at = readme->text, *end; *at; at = *end ? end + 1 : end) {
		end = at + strcspn(at, "\n");
		if (!is_found_row(readme, ++line))
			fprintf(to, "%.*s\n", (int)(end - at), at);
		if (line == last)
			put_found(to, table, found, nr);
	}
	if (!last) {
		fputs("| input | reason |\n|---|---|\n", to);
		put_found(to, true, found, nr);
	}
	memory_file_close(to);
	return text;
}
