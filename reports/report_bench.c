/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_bench.c - the benchmarks, one table a workload: ratios first, times second, then the exact
 * counts that explain them. Rows are those of `lab bench` (bench_rows.h). The table of 2^20 objects
 * is report_million.c.
 */
#include "harness/rows/bench_rows.h"
#include "harness/rows/bench_table.h"
#include "reports/chart.h"
#include "reports/html.h"
#include "reports/report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COUNTERS = 24, MAX_POINTS = 64, MAX_SERIES = 12 };
#define BAR_BITS 5.0 /* of a ratio; beyond, its bar is full */

/* A chart of how a family's figures grow, a line an engine. */
struct growth {
	const char *family, *key; /* x is the number behind key in the name */
	const char *rest;	  /* of the name behind that number; NULL: anything */
	const char *counter;	  /* what is drawn; NULL: each() */
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

/* Google Benchmark's own keys, and those the head tells of; what is left are counters. */
static bool is_own_key(const char *key)
{
	static const char *const own[] = {
		"name",
		"family_index",
		"per_family_instance_index",
		"run_name",
		"run_type",
		"repetitions",
		"repetition_index",
		"threads",
		"iterations",
		"real_time",
		"cpu_time",
		"time_unit",
		"aggregate_name",
		"aggregate_unit",
		"error_occurred",
		"error_message",
		"label",
		"unit_pages",
		"placed_pages",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(key, own[i]))
			return true;
	}
	return false;
}

/* What a workload shows; one that is not listed speaks for itself. */
static const struct family_words {
	const char *family, *words;
} family_words[] = {
	{"pair", "One object allocated and freed. Written: every CPU's copy is stored to."},
	{"threads", "The same by pinned threads at once: one lock serves all of them."},
	{"churn", "Objects of mixed sizes come and go among many that stay."},
	{"frag", "What memory is left after objects of another shape: held against live bytes."},
	{"lives", "Objects born and gone together: exec, firewall rules, control groups."},
	{"replay", "Recorded traces, unchecked."},
	{"setup", "From topology to layout: the time grows with the CPUs, not with their square."},
	{"first", "The same and the first chunk: from a topology to an allocator."},
	{"access", "What a user runs hot, beside what he would use instead."},
	{"sum", "Adding up one counter over all CPUs, by the distance between units."},
	{"b11_free", "B11: a free costs as many records as the map has."},
	{"b12_aligned", "B12: the hint ignores alignment, so chunks that cannot fit are scanned."},
	{"b13_lock", "B13: the lock is held while others' objects are zeroed: who asks, waits."},
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

/* The part of a name before the first slash. */
static size_t family_bytes(const char *name)
{
	return strcspn(name, "/");
}

static bool same_family(const char *a, const char *b)
{
	return family_bytes(a) == family_bytes(b) && !strncmp(a, b, family_bytes(a));
}

/* --- tables ------------------------------------------------------------------------------- */

/* What the family's rows count, those with columns of their own in every family first. */
static size_t find_counters(const struct bench_rows *table, const char *family,
			    const char *counters[MAX_COUNTERS])
{
	static const char *const first[] = {"probes/op", "moved_bytes/op", "zeroed_bytes/op",
					    "metadata_bytes"};
	size_t nr = 0;
	const json_t *value;
	const char *key;

	for (size_t f = 0; f < sizeof(first) / sizeof(first[0]); f++) {
		for (size_t i = 0; i < table->nr; i++) {
			if (same_family(table->rows[i].name, family) &&
			    json_object_get(table->rows[i].run, first[f])) {
				counters[nr++] = first[f];
				break;
			}
		}
	}
	for (size_t i = 0; i < table->nr; i++) {
		if (!same_family(table->rows[i].name, family))
			continue;
		json_object_foreach((json_t *)(uintptr_t)table->rows[i].run, key, value)
		{
			bool known = is_own_key(key) || !json_is_number(value);

			for (size_t j = 0; j < nr; j++)
				known |= !strcmp(counters[j], key);
			if (!known && nr < MAX_COUNTERS)
				counters[nr++] = key;
		}
	}
	return nr;
}

/* In the unit that leaves one to three digits before the point; the interval in the same. */
static void put_time(FILE *page, const struct bench_row *row)
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	double time = bench_median_ns(row), low, high, scale = 1;
	int unit = 0, decimals;

	for (; time / scale >= 1000 && unit < 3; unit++)
		scale *= 1000;
	decimals = time / scale < 10 ? 2 : time / scale < 100 ? 1 : 0;
	html_number(page, time / scale, decimals);
	html_cell(page, units[unit]);
	fputs("<td class=\"n soft\">", page);
	if (bench_interval_ns(row, &low, &high))
		html_print(page, "%.*f – %.*f", decimals, low / scale, decimals, high / scale);
	fputs("</td>", page);
}

/* The ratio, and a bar on a scale of logarithms: to the left of the middle is faster. */
static void put_ratio(FILE *page, const struct bench_row *row, const struct bench_row *base)
{
	double is = bench_median_ns(row), was = bench_median_ns(base);
	double ratio = was > 0 ? is / was : 1, bits = ratio > 0 ? log2(ratio) : 0;
	double width = fmin(fabs(bits), BAR_BITS) * 50 / BAR_BITS;

	if (!strcmp(row->engine, "-")) {
		fputs("<td></td><td></td>", page);
		return;
	}
	fputs("<td class=\"n\"><b>", page);
	html_print(page, ratio < 0.1 ? "%.3f" : "%.2f", ratio);
	fprintf(page,
		"</b></td><td><span class=\"ratio\"><i class=\"%s\" style=\"left:%.1f%%;"
		"width:%.1f%%\"></i></span></td>",
		bits < 0 ? "less" : "more", bits < 0 ? 50 - width : 50, width);
}

static void put_counters(FILE *page, const struct bench_row *row, const char *const counters[],
			 size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		double number = bench_number(row->run, counters[i]);

		if (json_object_get(row->run, counters[i]))
			html_number(page, number, number < 100 && number != (long)number ? 2 : 0);
		else
			html_cell(page, "");
	}
	fputs("<td class=\"soft\">", page);
	html_text(page, report_text(row->run, "label"));
	fputs("</td>", page);
}

static void put_row(FILE *page, const struct bench_rows *table, const struct bench_row *row,
		    const char *const counters[], size_t nr)
{
	const struct bench_row *base = bench_base_of(table, row);
	const char *rest = row->name + family_bytes(row->name);

	fputs(row == base ? "<tr class=\"first\">" : "<tr>", page);
	fputs("<td class=\"name\">", page);
	html_text(page, row == base || row->error ? rest + (*rest == '/') : "");
	fputs("</td><td class=\"name\">", page);
	html_text(page, row->engine);
	fputs("</td>", page);
	if (row->error) {
		fputs("<td colspan=\"5\">", page);
		if (bench_is_skipped(row))
			html_text(page, row->error);
		else
			html_badge(page, 0, row->error);
		fputs("</td>", page);
	} else {
		put_ratio(page, row, base);
		put_time(page, row);
		put_counters(page, row, counters, nr);
	}
	html_row_end(page);
}

static void put_family(FILE *page, const struct bench_rows *table, const char *family)
{
	const char *counters[MAX_COUNTERS];
	const char *headings[MAX_COUNTERS + 9] = {"case",  "engine", "#ratio", "",
						  "#time", "",	     "#95 %"};
	size_t nr = find_counters(table, family, counters), i;
	char heading[MAX_COUNTERS][80];

	for (i = 0; i < nr; i++) {
		snprintf(heading[i], sizeof(heading[i]), "#%s", counters[i]);
		for (char *at = heading[i]; *at; at++)
			*at = *at == '_' ? ' ' : *at;
		headings[7 + i] = heading[i];
	}
	headings[7 + nr] = "";
	fputs("<h3>", page);
	html_print(page, "%.*s", (int)family_bytes(family), family);
	fputs("</h3>\n<p>", page);
	html_text(page, words_of(family, family_bytes(family)));
	fputs("</p>\n", page);
	html_table(page, headings);
	for (i = 0; i < table->nr; i++) {
		if (same_family(table->rows[i].name, family))
			put_row(page, table, &table->rows[i], counters, nr);
	}
	html_table_end(page);
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

/* The number behind key, if the name is of this chart: what is behind the number is its end. */
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
			continue; /* other nodes, say: the first is the plain one */
		points[s].x[points[s].nr] = x;
		points[s].y[points[s].nr++] = find_y(growth, row);
	}
	return nr;
}

static void put_growth(FILE *page, const struct bench_rows *table, const struct growth *growth)
{
	struct points *points = calloc(MAX_SERIES, sizeof(*points));
	struct chart_series series[MAX_SERIES];
	struct chart chart = {.title = growth->title,
			      .x_label = growth->x_label,
			      .y_label = growth->y_label,
			      .log_x = true,
			      .log_y = true,
			      .series = series};
	size_t most = 0;

	if (!points)
		abort();
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
	report_million(page, &table);
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
