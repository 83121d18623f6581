/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_bench.c - the benchmarks, one table a workload, with the cells that `lab bench` prints
 * (bench_cells.h), and charts of how they grow.
 */
#include "harness/rows/bench_cells.h"
#include "harness/rows/bench_table.h"
#include "reports/chart.h"
#include "reports/html.h"
#include "reports/report.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POINTS = 64, MAX_SERIES = 16 };
#define BAR_BITS 5.0 /* of a ratio; larger ones have a full bar */

/* A chart of how a family's figures grow, one line per engine. */
struct growth {
	const char *family, *key; /* x is the number after key in the name */
	const char *rest;	  /* of the name after that number; NULL: anything */
	const char *counter;	  /* the counter to draw; NULL: each() */
	double (*each)(const struct bench_row *row);
	const char *title, *series, *x_label, *y_label;
};

static const struct growth growths[] = {
	{"million", "/", "B/cpus:2", NULL, bench_alloc_each, "2^20 objects: making one, by size",
	 "", "bytes of an object", "ns"},
	{"pair", "/8B/cpus:", "/written", NULL, bench_median_ns, "one object, written, by CPUs", "",
	 "CPUs", "ns"},
	{"churn", "/cpus:", "/written", NULL, bench_median_ns, "churn, written, by CPUs", "",
	 "CPUs", "ns a call"},
	{"setup", "cpus:", NULL, NULL, bench_median_ns, "from topology to layout", "layout", "CPUs",
	 "ns"},
	{"first", "cpus:", NULL, NULL, bench_median_ns, "an allocator from nothing", "", "CPUs",
	 "ns"},
	{"sum", "cpus:", "/stride:reference", NULL, bench_median_ns,
	 "one counter summed over all CPUs", "reference stride", "CPUs", "ns"},
	{"b11_free", "objects:", NULL, "probes/op", NULL, "B11: a free looks at every record",
	 "records", "live objects", "records a free"},
};

/* Text for a workload; one that is not listed has none. */
static const struct family_words {
	const char *family, *words;
} family_words[] = {
	{"pair", "One object allocated and freed. Written: every CPU's copy is stored to."},
	{"threads", "The same by pinned threads at once: one lock serves all of them."},
	{"gain", "What a second thread gains, beside what an empty loop gains from it."},
	{"churn", "Objects of mixed sizes come and go among many that stay."},
	{"frag", "What memory is left after objects of another shape: held against live bytes."},
	{"refill", "Three sizes one after another: nine objects in ten go before the next one."},
	{"lives", "Objects born and gone together: exec, firewall rules, control groups."},
	{"replay", "Recorded traces, unchecked."},
	{"setup", "From topology to layout: the time grows with the CPUs, not with their square."},
	{"first", "The same and the first chunk: from a topology to an allocator."},
	{"access", "What a user runs hot, beside what he would use instead."},
	{"sum", "Adding up one counter over all CPUs, by the distance between units."},
	{"b11_free", "B11: a free costs as many records as the map has."},
	{"b12_aligned", "B12: the hint ignores alignment, so chunks that cannot fit are scanned."},
	{"b13_lock", "B13: the lock is held while others' objects are zeroed: callers wait."},
};

static const char *words_of(const char *family, size_t bytes)
{
	for (size_t i = 0; i < sizeof(family_words) / sizeof(family_words[0]); i++) {
		if (!strncmp(family_words[i].family, family, bytes) &&
		    !family_words[i].family[bytes])
			return family_words[i].words;
	}
	return "";
}

/* Returns the length of a name up to the first slash. */
static size_t family_bytes(const char *name)
{
	return strcspn(name, "/");
}

static bool same_family(const char *a, const char *b)
{
	return family_bytes(a) == family_bytes(b) && !strncmp(a, b, family_bytes(a));
}

/* --- tables ------------------------------------------------------------------------------- */

/* Draws a bar on a logarithmic scale: left of the middle is faster. */
static void put_bar(FILE *page, double ratio)
{
	double bits = ratio > 0 ? log2(ratio) : 0;
	double width = fmin(fabs(bits), BAR_BITS) * 50 / BAR_BITS;

	fprintf(page,
		" <span class=\"ratio\"><i class=\"%s\" "
		"style=\"left:%.1f%%;width:%.1f%%\"></i></span>",
		bits < 0 ? "less" : "more", bits < 0 ? 50 - width : 50, width);
}

static void put_error(FILE *page, const struct bench_row *row, const char *words)
{
	fputs("<td colspan=\"9\">", page);
	if (bench_is_skipped(row))
		html_text(page, words);
	else
		html_badge(page, 0, words);
	fputs("</td>", page);
}

/* The row omits the family, which is in the heading. */
static void put_row(FILE *page, const struct bench_layout *layout, const struct bench_rows *table,
		    const struct bench_row *row)
{
	bench_cell cells[BENCH_MAX_COLUMNS];
	size_t nr = bench_cells_make(layout, table, row, cells), family = family_bytes(cells[0]);
	bool named = layout == &bench_layout_rows && cells[0][family];

	fputs(cells[0][0] ? "<tr class=\"first\">" : "<tr>", page);
	for (size_t i = 0; i < nr; i++) {
		if (i == 2 && row->error) {
			put_error(page, row, cells[i]);
			continue;
		}
		fputs(layout->columns[i].width > 0 ? "<td class=\"n\">" : "<td class=\"name\">",
		      page);
		html_text(page, cells[i] + (i == 0 && named ? family + 1 : 0));
		if (i == 2 && layout == &bench_layout_rows && cells[i][0])
			put_bar(page, bench_ratio(table, row));
		fputs("</td>", page);
	}
	html_row_end(page);
}

static void put_headings(FILE *page, const struct bench_layout *layout)
{
	char marked[BENCH_MAX_COLUMNS][32];
	const char *headings[BENCH_MAX_COLUMNS + 1] = {NULL};

	for (size_t i = 0; i < layout->nr_columns; i++) {
		snprintf(marked[i], sizeof(marked[i]), "%s%s",
			 layout->columns[i].width > 0 ? "#" : "", layout->columns[i].heading);
		headings[i] = marked[i];
	}
	html_table(page, headings);
}

/* Prints the rows of the family. Returns how many. */
static size_t put_table(FILE *page, const struct bench_layout *layout,
			const struct bench_rows *table, const char *family)
{
	size_t nr = 0;

	put_headings(page, layout);
	for (size_t i = 0; i < table->nr; i++) {
		if (!same_family(table->rows[i].name, family))
			continue;
		put_row(page, layout, table, &table->rows[i]);
		nr++;
	}
	html_table_end(page);
	return nr;
}

static void put_million(FILE *page, const struct bench_rows *table)
{
	fputs("<h3>2^20 objects of one size, ms</h3>\n"
	      "<p>Ratios are of times for one object, against the case's first engine. Published: "
	      "2017, machine not stated, the worst of three orders; +: cut by the time "
	      "budget.</p>\n",
	      page);
	if (!put_table(page, &bench_layout_million, table, "million"))
		report_missing(page, "million", "./lab bench");
}

static void put_family(FILE *page, const struct bench_rows *table, const char *family)
{
	fputs("<h3>", page);
	html_print(page, "%.*s", (int)family_bytes(family), family);
	fputs("</h3>\n<p>", page);
	html_text(page, words_of(family, family_bytes(family)));
	fputs("</p>\n", page);
	put_table(page, &bench_layout_rows, table, family);
}

static void put_families(FILE *page, const struct bench_rows *table)
{
	for (size_t i = 0; i < table->nr; i++) {
		bool known = bench_is_million(&table->rows[i]);

		for (size_t j = 0; j < i && !known; j++)
			known = same_family(table->rows[i].name, table->rows[j].name);
		if (!known)
			put_family(page, table, table->rows[i].name);
	}
}

/* --- charts ------------------------------------------------------------------------------- */

struct points {
	const char *engine;
	double x[MAX_POINTS], y[MAX_POINTS];
	size_t nr;
};

/* Finds the number after key, if the name belongs to this chart: its end must follow the number. */
static bool find_x(const struct growth *growth, const struct bench_row *row, double *x)
{
	const char *at = strstr(row->name, growth->key);
	char *end;

	if (!at || row->error || !same_family(row->name, growth->family))
		return false;
	*x = strtod(at + strlen(growth->key), &end);
	return end != at + strlen(growth->key) && (!growth->rest || !strcmp(end, growth->rest));
}

static double find_y(const struct growth *growth, const struct bench_row *row)
{
	return growth->counter ? bench_number(row->run, growth->counter) : growth->each(row);
}

static size_t find_points(const struct bench_rows *table, const struct growth *growth,
			  struct points points[MAX_SERIES])
{
	size_t nr = 0;
	double x;

	for (size_t i = 0; i < table->nr; i++) {
		const struct bench_row *row = &table->rows[i];
		size_t s = 0;

		if (!find_x(growth, row, &x))
			continue;
		while (s < nr && strcmp(points[s].engine, row->engine))
			s++;
		if (s == MAX_SERIES || points[s].nr == MAX_POINTS)
			continue;
		if (s == nr)
			points[nr++] = (struct points){.engine = row->engine};
		else if (points[s].x[points[s].nr - 1] == x)
			continue; /* other nodes, for example: the first is the plain one */
		points[s].x[points[s].nr] = x;
		points[s].y[points[s].nr++] = find_y(growth, row);
	}
	return nr;
}

static void put_growth(FILE *page, const struct bench_rows *table, const struct growth *growth)
{
	struct points *points = g_new0(struct points, MAX_SERIES);
	struct chart_series series[MAX_SERIES];
	struct chart chart = {.title = growth->title,
			      .x_label = growth->x_label,
			      .y_label = growth->y_label,
			      .log_x = true,
			      .log_y = true,
			      .series = series};
	size_t most = 0;

	chart.nr_series = find_points(table, growth, points);
	for (size_t i = 0; i < chart.nr_series; i++) {
		series[i] = (struct chart_series){
			.name = strcmp(points[i].engine, "-") ? points[i].engine : growth->series,
			.x = points[i].x,
			.y = points[i].y,
			.nr = points[i].nr};
		most = points[i].nr > most ? points[i].nr : most;
	}
	if (most > 1)
		chart_lines(page, &chart);
	free(points);
}

/* --- all of it ---------------------------------------------------------------------------- */

static void put_all(FILE *page, const json_t *bench)
{
	const json_t *context = json_object_get(bench, "context");
	struct bench_rows table;

	bench_rows_make(&table, bench);
	fputs("<p>", page);
	html_print(page, "%s, %s cores, %s, load %s, governor %s, huge pages %s",
		   report_text(context, "cpu_model"), report_text(context, "cores"),
		   report_text(context, "memory"), report_text(context, "load"),
		   report_text(context, "governor"), report_text(context, "thp"));
	if (*report_text(context, "placement"))
		html_print(page, ". Placement: %s", report_text(context, "placement"));
	if (*report_text(context, "run_to_run"))
		html_print(page, ". Run to run: %s.", report_text(context, "run_to_run"));
	fputs("</p>\n<p>Ratios are against the first engine of a case: below 1 is faster, and its "
	      "bar "
	      "goes to the left; a full bar is 32 times. Times are medians, with their 95 % "
	      "confidence interval from six repetitions on.</p>\n",
	      page);
	if (*report_text(context, "warning")) {
		fputs("<p>", page);
		html_badge(page, 0, report_text(context, "warning"));
		fputs("</p>\n", page);
	}
	put_million(page, &table);
	for (size_t i = 0; i < sizeof(growths) / sizeof(growths[0]); i++)
		put_growth(page, &table, &growths[i]);
	put_families(page, &table);
	bench_rows_free(&table);
}

void report_bench(FILE *page)
{
	json_t *bench = report_load("bench");

	html_section(page, "bench", "Benchmarks");
	if (!bench || !bench_names_clean(bench))
		report_missing(page, "bench", "./lab run");
	else
		put_all(page, bench);
	json_decref(bench);
	html_section_end(page);
}
