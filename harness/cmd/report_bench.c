/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_bench.c - the benchmarks, one table a workload: times, then the exact counts that
 * explain them. Names are "workload/parameters/engine" (Google Benchmark's JSON). The table of
 * 2^20 objects is report_million.c.
 */
#include "chart.h"
#include "html.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FAMILIES = 64, MAX_COUNTERS = 24, MAX_POINTS = 128 };

/* A chart of how a family's figures grow. */
struct growth {
	const char *family, *key, *counter; /* the number behind key in the name; what is drawn */
	const char *title, *series, *x_label, *y_label;
};

static const struct growth growths[] = {
	{"setup", "cpus:", "real_time", "from topology to layout", "layout", "CPUs", "ns"},
	{"b11_free", "objects:", "probes/op", "B11: a free looks at every record", "records",
	 "live objects", "records a free"},
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

static bool in_family(const json_t *row, const char *family, size_t bytes)
{
	const char *name = report_text(row, "name");

	return !strncmp(name, family, bytes) && (name[bytes] == '/' || !name[bytes]);
}

/* A figure of several repetitions is their median; a single one is itself. */
static bool is_shown(const json_t *rows, const json_t *row)
{
	const json_t *other;
	size_t i;

	if (!strcmp(report_text(row, "run_type"), "aggregate"))
		return !strcmp(report_text(row, "aggregate_name"), "median");
	json_array_foreach(rows, i, other)
	{
		if (!strcmp(report_text(other, "run_type"), "aggregate") &&
		    !strcmp(report_text(other, "run_name"), report_text(row, "run_name")))
			return false;
	}
	return true;
}

static size_t find_counters(const json_t *rows, const char *family, size_t bytes,
			    const char *counters[MAX_COUNTERS])
{
	size_t nr = 0, i;
	json_t *row, *value;
	const char *key;

	json_array_foreach(rows, i, row)
	{
		if (!in_family(row, family, bytes))
			continue;
		json_object_foreach(row, key, value)
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

/* In the unit that leaves one to three digits before the point. */
static void put_time(FILE *page, const json_t *row)
{
	static const char *const units[] = {"ns", "µs", "ms", "s"};
	double time = report_number(row, "real_time");
	int unit = 0;

	for (int i = 0; i < 4; i++) {
		if (!strcmp(report_text(row, "time_unit"), i == 1 ? "us" : units[i]))
			unit = i;
	}
	for (; time >= 1000 && unit < 3; unit++)
		time /= 1000;
	html_number(page, time, time < 10 ? 2 : time < 100 ? 1 : 0);
	html_cell(page, units[unit]);
}

static void put_row(FILE *page, const json_t *row, size_t family_bytes,
		    const char *const counters[], size_t nr)
{
	const char *name = report_text(row, "run_name");

	html_row(page);
	html_cell(page, name[family_bytes] == '/' ? name + family_bytes + 1 : name);
	if (json_is_true(json_object_get(row, "error_occurred"))) {
		fputs("<td>", page);
		html_badge(page, 0, report_text(row, "error_message"));
		fputs("</td>", page);
		html_row_end(page);
		return;
	}
	put_time(page, row);
	for (size_t i = 0; i < nr; i++) {
		double number = report_number(row, counters[i]);

		if (json_object_get(row, counters[i]))
			html_number(page, number, number < 100 && number != (long)number ? 2 : 0);
		else
			html_cell(page, "");
	}
	html_row_end(page);
}

static void put_family(FILE *page, const json_t *rows, const char *family, size_t bytes)
{
	const char *counters[MAX_COUNTERS], *headings[MAX_COUNTERS + 4] = {"case", "#time", ""};
	size_t nr = find_counters(rows, family, bytes, counters), i;
	char heading[MAX_COUNTERS][80];
	const json_t *row;

	for (i = 0; i < nr; i++) {
		snprintf(heading[i], sizeof(heading[i]), "#%s", counters[i]);
		headings[3 + i] = heading[i];
	}
	fputs("<h3>", page);
	html_print(page, "%.*s", (int)bytes, family);
	fputs("</h3>\n<p>", page);
	html_text(page, words_of(family, bytes));
	fputs("</p>\n", page);
	html_table(page, headings);
	json_array_foreach(rows, i, row)
	{
		if (in_family(row, family, bytes) && is_shown(rows, row))
			put_row(page, row, bytes, counters, nr);
	}
	html_table_end(page);
}

static void put_families(FILE *page, const json_t *rows)
{
	const char *families[MAX_FAMILIES];
	size_t nr = 0, i;
	const json_t *row;

	json_array_foreach(rows, i, row)
	{
		const char *name = report_text(row, "name");
		bool known = nr == MAX_FAMILIES;

		for (size_t j = 0; j < nr && !known; j++)
			known = in_family(row, families[j], strcspn(families[j], "/"));
		if (!known)
			families[nr++] = name;
	}
	for (i = 0; i < nr; i++) {
		if (strncmp(families[i], "million/", 8))
			put_family(page, rows, families[i], strcspn(families[i], "/"));
	}
}

/* Points of a family: x is the number behind `key` in the name, y the time in ns, or a counter. */
static void put_growth(FILE *page, const json_t *rows, const struct growth *growth)
{
	double x[MAX_POINTS], y[MAX_POINTS];
	struct chart_series series = {.name = growth->series, .x = x, .y = y};
	struct chart chart = {.title = growth->title,
			      .x_label = growth->x_label,
			      .y_label = growth->y_label,
			      .log_x = true,
			      .log_y = true,
			      .series = &series,
			      .nr_series = 1};
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *at = strstr(report_text(row, "run_name"), growth->key);

		if (!at || series.nr == MAX_POINTS || !is_shown(rows, row) ||
		    !in_family(row, growth->family, strlen(growth->family)))
			continue;
		x[series.nr] = atof(at + strlen(growth->key));
		y[series.nr++] = report_number(row, growth->counter);
	}
	if (series.nr > 1)
		chart_lines(page, &chart);
}

static void put_all(FILE *page, const json_t *bench)
{
	const json_t *context = json_object_get(bench, "context");
	const json_t *rows = json_object_get(bench, "benchmarks");

	html_print(page, "%s, %s cores, %s, load %s, governor %s, huge pages %s",
		   report_text(context, "cpu_model"), report_text(context, "cores"),
		   report_text(context, "memory"), report_text(context, "load"),
		   report_text(context, "governor"), report_text(context, "thp"));
	if (*report_text(context, "placement"))
		html_print(page, ". Placement: %s", report_text(context, "placement"));
	if (*report_text(context, "run_to_run"))
		html_print(page, ". Run to run: %s.", report_text(context, "run_to_run"));
	if (*report_text(context, "warning")) {
		fputs("<p>", page);
		html_badge(page, 0, report_text(context, "warning"));
		fputs("</p>\n", page);
	}
	report_million(page, rows);
	put_families(page, rows);
	for (size_t i = 0; i < sizeof(growths) / sizeof(growths[0]); i++)
		put_growth(page, rows, &growths[i]);
}

void report_bench(FILE *page)
{
	json_t *bench = report_load("bench");

	html_section(page, "bench", "Benchmarks");
	if (!bench)
		report_missing(page, "./lab run");
	else
		put_all(page, bench);
	json_decref(bench);
	html_section_end(page);
}
