/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_million.c - 2^20 objects of one size beside the figures published in 2017, in ms. */
#include "html.h"
#include "report.h"

#include <string.h>

static const char *const orders[] = {"forward", "reverse", "alternating"};
enum { NR_ORDERS = sizeof(orders) / sizeof(orders[0]) };

static double order_number(const json_t *row, const char *format, int order)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_%s%s", format, orders[order],
		 strcmp(format, "free") ? "" : "_ms");
	return report_number(row, key);
}

/* A step that ran out of its time is no time: it shows how many of how many it did. */
static void put_step(FILE *page, double ms, double done, double all)
{
	if (done >= all) {
		html_number(page, ms, 0);
		return;
	}
	fputs("<td class=\"n\">", page);
	html_print(page, "> %.0f ", ms);
	fputs("<small>", page);
	html_print(page, "(%.0f %%)", all > 0 ? 100 * done / all : 0);
	fputs("</small></td>", page);
}

static void put_row(FILE *page, const json_t *row)
{
	double objects = report_number(row, "objects"), done = report_number(row, "done");
	double worst = 0;
	bool cut = false;

	html_row(page);
	html_cell(page, report_text(row, "run_name") + strlen("million/"));
	put_step(page, report_number(row, "alloc_ms"), done, objects);
	html_number(page, report_number(row, "published_area_alloc_ms"), 0);
	html_number(page, report_number(row, "published_bitmap_alloc_ms"), 0);
	html_number(page, report_number(row, "touch_ms"), 0);
	for (int i = 0; i < NR_ORDERS; i++) {
		double ms = order_number(row, "free", i), freed = order_number(row, "freed", i);

		put_step(page, ms, freed, done);
		worst = ms > worst ? ms : worst;
		cut |= freed < done;
	}
	if (cut) {
		fputs("<td class=\"n\">", page);
		html_print(page, "> %.0f", worst);
		fputs("</td>", page);
	} else {
		html_number(page, worst, 0);
	}
	html_number(page, report_number(row, "published_area_free_ms"), 0);
	html_number(page, report_number(row, "published_bitmap_free_ms"), 0);
	html_row_end(page);
}

void report_million(FILE *page, const json_t *rows)
{
	static const char *const headings[] = {
		"case",
		"#alloc",
		"#published, area map",
		"#published, bitmap",
		"#touch",
		"#free forward",
		"#free reverse",
		"#free alternating",
		"#worst free",
		"#published, area map",
		"#published, bitmap",
		NULL,
	};
	const json_t *row;
	size_t i, nr = 0;

	fputs("<h3>2^20 objects of one size, ms</h3>\n"
	      "<p>Published: 2017, machine not stated, worst of three orders. A step that met its "
	      "time "
	      "budget is shown as &gt; with the share that was done.</p>\n",
	      page);
	html_table(page, headings);
	json_array_foreach(rows, i, row)
	{
		if (strncmp(report_text(row, "run_name"), "million/", 8) ||
		    !strcmp(report_text(row, "run_type"), "aggregate"))
			continue;
		put_row(page, row);
		nr++;
	}
	html_table_end(page);
	if (!nr)
		report_missing(page, "./lab bench");
}
