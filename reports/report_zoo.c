/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_zoo.c - how soon engines find each planted defect from an empty corpus; what finds the
   others. */
#include "reports/html.h"
#include "reports/report.h"

#include <string.h>

static void put_rows(FILE *page, const json_t *rows)
{
	static const char *const headings[] = {"defect",   "of SPEC.md 9", "what is wrong",
					       "target",   "engine",	   "found by seeds",
					       "#CPU s", "#executions",  NULL};
	const json_t *row;
	size_t i;

	html_table(page, headings);
	json_array_foreach(rows, i, row)
	{
		bool found = !json_is_null(json_object_get(row, "cpu_seconds"));

		html_row(page);
		html_cell(page, report_text(row, "defect"));
		html_cell(page, report_text(row, "row"));
		html_cell(page, report_text(row, "says"));
		html_cell(page, report_text(row, "target"));
		html_cell(page, report_text(row, "engine"));
		fputs("<td>", page);
		html_print(page, "%.0f of %.0f  ", report_number(row, "found"),
			   report_number(row, "seeds"));
		if (!found)
			html_badge(page, 0, "not in time");
		fputs("</td>", page);
		html_value(page, json_object_get(row, "cpu_seconds"), 2);
		html_value(page, json_object_get(row, "executions"), 0);
		html_row_end(page);
	}
	html_table_end(page);
}

static void put_others(FILE *page, const json_t *others)
{
	static const char *const headings[] = {"defect",	"of SPEC.md 9",
					       "what is wrong", "why no input is used",
					       "found by",	NULL};
	const json_t *row;
	size_t i;

	fputs("<p>Not hunted:</p>\n", page);
	html_table(page, headings);
	json_array_foreach(others, i, row)
	{
		html_row(page);
		html_cell(page, report_text(row, "defect"));
		html_cell(page, report_text(row, "row"));
		html_cell(page, report_text(row, "says"));
		html_cell(page, report_text(row, "why"));
		html_cell(page, report_text(row, "unit"));
		html_row_end(page);
	}
	html_table_end(page);
}

/* Prints a line per engine: found, missed. */
static void put_sum(FILE *page, const json_t *zoo, const char *engine)
{
	const json_t *row;
	unsigned nr_found = 0, nr_missed = 0;
	char words[64];
	size_t i;

	json_array_foreach(json_object_get(zoo, "rows"), i, row)
	{
		bool found = !json_is_null(json_object_get(row, "cpu_seconds"));

		if (strcmp(report_text(row, "engine"), engine))
			continue;
		nr_found += found;
		nr_missed += !found;
	}
	if (nr_found + nr_missed == 0)
		return;
	snprintf(words, sizeof(words), "%s: %u of %u", engine, nr_found, nr_found + nr_missed);
	html_badge(page, nr_missed == 0, words);
	fputs("  ", page);
}

void report_zoo(FILE *page)
{
	json_t *zoo = report_load("zoo");

	html_section(page, "zoo", "The defect zoo");
	if (!zoo) {
		report_missing(page, "zoo", "./lab zoo --engine both");
	} else {
		fputs("<p>", page);
		put_sum(page, zoo, "libfuzzer");
		put_sum(page, zoo, "afl");
		html_print(page,
			   "found from an empty corpus within %.0f s on one core; medians over "
			   "seeds, CPU time of the engine with its start-up",
			   report_number(zoo, "time_limit_seconds"));
		fputs("</p>\n", page);
		put_rows(page, json_object_get(zoo, "rows"));
		put_others(page, json_object_get(zoo, "others"));
	}
	json_decref(zoo);
	html_section_end(page);
}
