/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_rows.c - from Google Benchmark's JSON to rows: names without settings, a row for each case
 * and engine, its repetitions' median and interval.
 *
 *	pair/8B/area/min_time:0.1	-> case pair/8B, engine area	-> median, 95 %
 */
#include "harness/rows/bench_rows.h"
#include "harness/rows/numbers.h"
#include "harness/rows/bench_table.h"

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bench_is_setting(const char *key)
{
	static const char *const settings[] = {
		"family_index", "per_family_instance_index",
		"repetitions",	"repetition_index",
		"threads",	"iterations",
		"real_time",	"cpu_time",
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!strcmp(key, settings[i]))
			return true;
	}
	return false;
}

const char *bench_text(const json_t *run, const char *key)
{
	const char *text = json_string_value(json_object_get(run, key));

	return text ? text : "";
}

double bench_number(const json_t *run, const char *key)
{
	return json_number_value(json_object_get(run, key));
}

/* --- names -------------------------------------------------------------------------------- */

/* Where Google Benchmark's own words begin; the end when there are none. */
static size_t settings_at(const char *name)
{
	static const char *const words[] = {
		"/min_time:", "/iterations:", "/repeats:", "/real_time", "/manual_time",
	};
	size_t at = strlen(name);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *found = strstr(name, words[i]);

		if (found && (size_t)(found - name) < at)
			at = (size_t)(found - name);
	}
	return at;
}

static void clean_name(json_t *run)
{
	const char *aggregate = bench_text(run, "aggregate_name");
	const char *name = bench_text(run, "run_name");
	int bytes = (int)settings_at(name);
	char *words = g_strdup_printf("%.*s%s%s", bytes, name, *aggregate ? "_" : "", aggregate);
	json_object_set_new(run, "name", json_string(words));
	words[bytes] = '\0';
	json_object_set_new(run, "run_name", json_string(words));
	free(words);
}

json_t *bench_parse(char *text)
{
	for (char *at = text; (at = strstr(at, ": NaN")) != NULL; at++)
		memcpy(at, ": 0  ", 5);
	return json_loads(text, 0, NULL);
}

bool bench_names_clean(json_t *bench)
{
	json_t *runs = json_object_get(bench, "benchmarks");
	json_t *run;
	size_t i;

	if (!json_is_array(runs) || !json_is_object(json_object_get(bench, "context")))
		return false;
	json_array_foreach(runs, i, run) clean_name(run);
	return true;
}

/* Where word is in the comma-separated list; SIZE_MAX: it is not. */
static size_t list_at(const char *list, const char *word)
{
	size_t bytes = strlen(word);

	for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
		if (bytes && strcspn(at, ",") == bytes && !strncmp(at, word, bytes))
			return (size_t)(at - list);
	}
	return SIZE_MAX;
}

/* "pair/8B/area" -> "pair/8B" and "area", where area is an engine of that run. */
void bench_name_split(const char *name, const char *engines, struct bench_row *row)
{
	const char *slash = strrchr(name, '/');
	bool has_engine = slash && list_at(engines, slash + 1) != SIZE_MAX;
	int bytes = has_engine ? (int)(slash - name) : (int)strlen(name);

	snprintf(row->name, sizeof(row->name), "%.*s", bytes, name);
	snprintf(row->engine, sizeof(row->engine), "%s", has_engine ? slash + 1 : "-");
}

/* --- rows --------------------------------------------------------------------------------- */

/* A new one goes where its engine has its place in the case: repetitions come in random order. */
static struct bench_row *find_row(struct bench_rows *table, const struct bench_row *key)
{
	size_t at = table->nr, rank = list_at(table->engines, key->engine);
	bool is_first = true;

	for (size_t i = 0; i < table->nr; i++) {
		struct bench_row *row = &table->rows[i];

		if (strcmp(row->name, key->name))
			continue;
		if (!strcmp(row->engine, key->engine))
			return row;
		if (is_first || list_at(table->engines, row->engine) < rank)
			at = list_at(table->engines, row->engine) < rank ? i + 1 : i;
		is_first = false;
		table->has_ratios = true;
	}
	if (table->nr == table->capacity)
		abort(); /* there is a row for every run */
	memmove(&table->rows[at + 1], &table->rows[at],
		(table->nr++ - at) * sizeof(table->rows[0]));
	table->rows[at] = (struct bench_row){0};
	memcpy(table->rows[at].name, key->name, sizeof(key->name));
	memcpy(table->rows[at].engine, key->engine, sizeof(key->engine));
	return &table->rows[at];
}

double bench_time_ns(const json_t *run)
{
	const char *unit = bench_text(run, "time_unit");
	double time = bench_number(run, "real_time");

	if (!strcmp(unit, "s"))
		return time * 1e9;
	if (!strcmp(unit, "ms"))
		return time * 1e6;
	return !strcmp(unit, "us") ? time * 1e3 : time;
}

static void add_run(struct bench_rows *table, const json_t *run)
{
	struct bench_row key, *row;

	if (!strcmp(bench_text(run, "run_type"), "aggregate"))
		return;
	bench_name_split(bench_text(run, "run_name"), table->engines, &key);
	row = find_row(table, &key);
	if (!row->run)
		row->run = run;
	if (json_is_true(json_object_get(run, "error_occurred")))
		row->error = bench_text(run, "error_message");
	else if (row->nr_samples < BENCH_MAX_SAMPLES)
		row->samples_ns[row->nr_samples++] = bench_time_ns(run);
}

void bench_rows_make(struct bench_rows *table, const json_t *bench)
{
	const json_t *runs = json_object_get(bench, "benchmarks"), *run;
	size_t i;

	*table = (struct bench_rows){
		.engines = bench_text(json_object_get(bench, "context"), "engines")};
	table->capacity = json_array_size(runs);
	table->rows = g_malloc0_n(table->capacity + 1, sizeof(*table->rows));
	json_array_foreach(runs, i, run) add_run(table, run);
	for (i = 0; i < table->nr; i++) {
		int bytes = (int)strlen(table->rows[i].name);

		table->name_width = bytes > table->name_width ? bytes : table->name_width;
		numbers_sort(table->rows[i].samples_ns, table->rows[i].nr_samples);
	}
}

void bench_rows_free(struct bench_rows *table)
{
	free(table->rows);
}

bool bench_interval_ns(const struct bench_row *row, double *low, double *high)
{
	return numbers_interval(row->samples_ns, row->nr_samples, low, high);
}

double bench_median_ns(const struct bench_row *row)
{
	return numbers_median(row->samples_ns, row->nr_samples);
}

const struct bench_row *bench_base_of(const struct bench_rows *table, const struct bench_row *row)
{
	for (size_t i = 0; i < table->nr; i++) {
		const struct bench_row *other = &table->rows[i];

		if (!strcmp(other->name, row->name) && other->nr_samples && !other->error)
			return other;
	}
	return row;
}

bool bench_is_skipped(const struct bench_row *row)
{
	return row->error && !strncmp(row->error, "skipped: ", 9);
}
