/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_bench.c - the benchmarks, one table a workload: times, then the exact counts that explain them. Names
 * are "workload/parameters/engine" (Google Benchmark's JSON).
 */
#include "html.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FAMILIES = 64, MAX_COUNTERS = 24 };

/* Google Benchmark's own keys; what is left are counters. */
static bool is_own_key(const char *key)
{
	static const char *const own[] = {
		"name", "family_index", "per_family_instance_index", "run_name", "run_type",
		"repetitions", "repetition_index", "threads", "iterations", "real_time", "cpu_time",
		"time_unit", "aggregate_name", "aggregate_unit", "error_occurred", "error_message",
		"label",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(key, own[i]))
			return true;
	}
	return false;
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
	json_array_foreach(rows, i, other) {
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

	json_array_foreach(rows, i, row) {
		if (!in_family(row, family, bytes))
			continue;
		json_object_foreach(row, key, value) {
			bool known = is_own_key(key) || !json_is_number(value);

			for (size_t j = 0; j < nr; j++)
				known |= !strcmp(counters[j], key);
			if (!known && nr < MAX_COUNTERS)
				counters[nr++] = key;
		}
	}
	return nr;
}

static void put_row(FILE *page, const json_t *row, size_t family_bytes,
		    const char *const counters[], size_t nr)
{
	const char *name = report_text(row, "run_name");
	char unit[16];

	html_row(page);
	html_cell(page, name[family_bytes] == '/' ? name + family_bytes + 1 : name);
	if (json_is_true(json_object_get(row, "error_occurred"))) {
		fputs("<td>", page);
		html_badge(page, 0, report_text(row, "error_message"));
		fputs("</td>", page);
		html_row_end(page);
		return;
	}
	html_number(page, report_number(row, "real_time"), 1);
	snprintf(unit, sizeof(unit), "%s", report_text(row, "time_unit"));
	html_cell(page, unit);
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
	const char *counters[MAX_COUNTERS], *headings[MAX_COUNTERS + 4] = { "case", "#time", "" };
	size_t nr = find_counters(rows, family, bytes, counters), i;
	char heading[MAX_COUNTERS][80];
	const json_t *row;

	for (i = 0; i < nr; i++) {
		snprintf(heading[i], sizeof(heading[i]), "#%s", counters[i]);
		headings[3 + i] = heading[i];
	}
	fputs("<h3>", page);
	html_print(page, "%.*s", (int)bytes, family);
	fputs("</h3>\n", page);
	html_table(page, headings);
	json_array_foreach(rows, i, row) {
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

	json_array_foreach(rows, i, row) {
		const char *name = report_text(row, "name");
		bool known = nr == MAX_FAMILIES;

		for (size_t j = 0; j < nr && !known; j++)
			known = in_family(row, families[j], strcspn(families[j], "/"));
		if (!known)
			families[nr++] = name;
	}
	for (i = 0; i < nr; i++)
		put_family(page, rows, families[i], strcspn(families[i], "/"));
}

void report_bench(FILE *page)
{
	json_t *bench = report_load("bench");

	html_section(page, "bench", "Benchmarks");
	if (!bench)
		report_missing(page, "./lab run");
	else
		put_families(page, json_object_get(bench, "benchmarks"));
	json_decref(bench);
	html_section_end(page);
}
