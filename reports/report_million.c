/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_million.c - 2^20 objects of one size: ratios, ms, and the figures published in 2017. */
#include "harness/rows/bench_rows.h"
#include "reports/html.h"
#include "reports/report.h"

#include <string.h>

static const char *const orders[] = {"forward", "reverse", "alternating"};
static const char *const published[] = {
	"published_area_alloc_ms",
	"published_bitmap_alloc_ms",
	"published_area_free_ms",
	"published_bitmap_free_ms",
};
enum {
	NR_ORDERS = sizeof(orders) / sizeof(orders[0]),
	NR_PUBLISHED = sizeof(published) / sizeof(published[0]),
};

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

static void put_ratio(FILE *page, double is, double base)
{
	fputs("<td class=\"n\"><b>", page);
	if (base > 0)
		html_print(page, is < 0.1 * base ? "%.3f" : "%.2f", is / base);
	fputs("</b></td>", page);
}

static void put_published(FILE *page, const json_t *run, const char *key)
{
	if (json_object_get(run, key))
		html_number(page, report_number(run, key), 0);
	else
		html_cell(page, "");
}

static void put_times(FILE *page, const json_t *run)
{
	double objects = report_number(run, "objects"), done = report_number(run, "done");

	put_step(page, report_number(run, "alloc_ms"), done, objects);
	html_number(page, report_number(run, "touch_ms"), 0);
	for (int i = 0; i < NR_ORDERS; i++)
		put_step(page, order_number(run, "free", i), order_number(run, "freed", i), done);
}

/* Published figures stand once a case: they are nobody's of these engines. */
static void put_row(FILE *page, const struct bench_rows *table, const struct bench_row *row)
{
	const struct bench_row *base = bench_base_of(table, row);

	fputs(row == base ? "<tr class=\"first\">" : "<tr>", page);
	fputs("<td class=\"name\">", page);
	html_text(page, row == base || row->error ? row->name + strlen("million/") : "");
	fputs("</td><td class=\"name\">", page);
	html_text(page, row->engine);
	fputs("</td>", page);
	if (row->error) {
		fputs("<td colspan=\"8\">", page);
		html_text(page, row->error);
		fputs("</td>", page);
		html_row_end(page);
		return;
	}
	put_ratio(page, bench_alloc_each(row), bench_alloc_each(base));
	put_ratio(page, bench_touched_each(row), bench_touched_each(base));
	put_ratio(page, bench_free_each(row), bench_free_each(base));
	put_times(page, row->run);
	for (int i = 0; i < NR_PUBLISHED; i++) {
		if (row == base)
			put_published(page, row->run, published[i]);
		else
			html_cell(page, "");
	}
	html_row_end(page);
}

void report_million(FILE *page, const struct bench_rows *table)
{
	static const char *const headings[] = {
		"case",
		"engine",
		"#alloc, ratio",
		"#with touch, ratio",
		"#worst free, ratio",
		"#alloc",
		"#touch",
		"#free forward",
		"#free reverse",
		"#free alternating",
		"#published alloc, area map",
		"#published alloc, bitmap",
		"#published free, area map",
		"#published free, bitmap",
		NULL,
	};
	size_t nr = 0;

	fputs("<h3>2^20 objects of one size, ms</h3>\n"
	      "<p>Ratios are of times for one object, against the case's first engine. Published: "
	      "2017, machine not stated, the worst of three orders. A step that met its time "
	      "budget "
	      "is shown as &gt; with the share that was done.</p>\n",
	      page);
	html_table(page, headings);
	for (size_t i = 0; i < table->nr; i++) {
		if (!bench_is_million(&table->rows[i]))
			continue;
		put_row(page, table, &table->rows[i]);
		nr++;
	}
	html_table_end(page);
	if (!nr)
		report_missing(page, "million", "./lab bench");
}
