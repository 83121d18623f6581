/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_coverage.c - coverage of the core by the committed corpus alone, and the reasons of
   gaps. */
#include "harness/cli/cmd.h"
#include "reports/html.h"
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

static void put_sum(FILE *page, const json_t *object, const char *what)
{
	const json_t *sum = json_object_get(object, what);

	if (report_number(sum, "count") > 0)
		html_number(page, report_number(sum, "percent"), 2);
	else
		html_value(page, NULL, 0);
}

static void put_row(FILE *page, const char *name, const json_t *object)
{
	html_row(page);
	html_cell(page, name);
	put_sum(page, object, "lines");
	put_sum(page, object, "branches");
	put_sum(page, object, "mcdc");
	html_row_end(page);
}

static void put_table(FILE *page, const json_t *coverage)
{
	static const char *const headings[] = {"file", "#lines %", "#branches %", "#MC/DC %", NULL};
	const json_t *file;
	size_t i;

	html_table(page, headings);
	json_array_foreach(json_object_get(coverage, "files"), i, file)
		put_row(page, report_text(file, "file"), file);
	put_row(page, "core/", coverage);
	html_table_end(page);
}

/* The page is in reports/out, so links to files there are relative. */
static void put_link(FILE *page, const char *path, const char *below, const char *words)
{
	char *home = cmd_path("reports/out/");
	size_t bytes = strlen(home);

	if (strncmp(path, home, bytes) != 0)
		bytes = 0;
	fputs("<a href=\"", page);
	html_text(page, path + bytes);
	html_text(page, below);
	fputs("\">", page);
	html_text(page, words);
	fputs("</a> ", page);
	free(home);
}

static void put_place(FILE *page, const json_t *place)
{
	bool lines = !strcmp(report_text(place, "missing"), "runs");

	html_row(page);
	fputs("<td>", page);
	html_print(page, "%s:%.0f", report_text(place, "file"), report_number(place, "line"));
	if (lines && report_number(place, "to_line") > report_number(place, "line"))
		html_print(page, "-%.0f", report_number(place, "to_line"));
	fputs("</td>", page);
	html_cell(page, report_text(place, "function"));
	fputs("<td>", page);
	html_text(page, lines ? "did not run: " : "never ");
	html_text(page, lines ? "" : report_text(place, "missing"));
	html_text(page, lines ? "" : ": ");
	fputs("<code>", page);
	html_text(page, report_text(place, "text"));
	fputs("</code></td>", page);
	html_cell(page, report_text(place, "reason"));
	html_row_end(page);
}

static void put_places(FILE *page, const json_t *coverage)
{
	static const char *const headings[] = {"place", "function", "what is missing", "reason",
					       NULL};
	const json_t *places = json_object_get(coverage, "unreached"), *place;
	size_t i;

	if (!json_array_size(places))
		return;
	fputs("<details><summary>", page);
	html_print(page, "%zu places that it does not reach, and why", json_array_size(places));
	fputs("</summary>", page);
	html_table(page, headings);
	json_array_foreach(places, i, place) put_place(page, place);
	html_table_end(page);
	fputs("</details>\n", page);
}

static void put_coverage(FILE *page, const json_t *coverage)
{
	bool holds = json_is_true(json_object_get(coverage, "holds"));
	const json_t *demanded = json_object_get(coverage, "demanded");

	fputs("<p>", page);
	if (json_is_object(demanded)) {
		html_badge(page, holds, holds ? "reaches what is demanded" : "too little");
		html_print(page,
			   "  of what has no reason to be unreached: %.0f %% of the lines, "
			   "%.0f %% of the branches",
			   report_number(demanded, "lines"), report_number(demanded, "branches"));
	}
	fputs("</p>\n<p>", page);
	put_link(page, report_text(coverage, "html"), "/index.html", "the sources with counts");
	put_link(page, report_text(coverage, "lcov"), "", "lcov");
	fputs("</p>\n", page);
	put_table(page, coverage);
	put_places(page, coverage);
}

void report_coverage(FILE *page)
{
	json_t *coverage = report_load("coverage");

	html_section(page, "coverage", "Coverage by the corpus alone");
	if (coverage)
		put_coverage(page, coverage);
	else
		report_missing(page, "coverage", "./lab coverage");
	json_decref(coverage);
	html_section_end(page);
}
