/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_table.c - benchmark results for people: ratio first, then time, then exact counts.
 *
 *	case                     engine  ratio      time  spread         95 %  probes/op ...
 *	pair/8B/cpus:8/bare      area     1.00   98.6 ns   2.1 %   -0.4 +1.1 %       4.00
 *	                         other    0.80   78.9 ns   1.9 %   -0.9 +0.8 %       1.00
 *
 * Ratios are times against the case's first engine: below 1 is faster. Repetitions of a case are
 * one row: the median, the spread (max - min) / median, and from six repetitions on the median's
 * confidence interval.
 */
#include "bench_rows.h"
#include "bench_table.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *run, const char *key)
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
	const char *aggregate = text_of(run, "aggregate_name");
	const char *name = text_of(run, "run_name");
	int bytes = (int)settings_at(name);
	char *words;

	if (asprintf(&words, "%.*s%s%s", bytes, name, *aggregate ? "_" : "", aggregate) < 0)
		abort();
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
	json_array_foreach(runs, i, run)
		clean_name(run);
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
	if (table->nr == table->room)
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
	const char *unit = text_of(run, "time_unit");
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

	if (!strcmp(text_of(run, "run_type"), "aggregate"))
		return;
	bench_name_split(text_of(run, "run_name"), table->engines, &key);
	row = find_row(table, &key);
	if (!row->run)
		row->run = run;
	if (json_is_true(json_object_get(run, "error_occurred")))
		row->error = text_of(run, "error_message");
	else if (row->nr_samples < BENCH_MAX_SAMPLES)
		row->samples_ns[row->nr_samples++] = bench_time_ns(run);
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void bench_rows_make(struct bench_rows *table, const json_t *bench)
{
	const json_t *runs = json_object_get(bench, "benchmarks"), *run;
	size_t i;

	*table = (struct bench_rows){
		.engines = text_of(json_object_get(bench, "context"), "engines")};
	table->room = json_array_size(runs);
	table->rows = calloc(table->room + 1, sizeof(*table->rows));
	if (!table->rows)
		abort();
	json_array_foreach(runs, i, run)
		add_run(table, run);
	for (i = 0; i < table->nr; i++) {
		int bytes = (int)strlen(table->rows[i].name);

		table->name_width = bytes > table->name_width ? bytes : table->name_width;
		qsort(table->rows[i].samples_ns, table->rows[i].nr_samples, sizeof(double),
		      compare_doubles);
	}
}

void bench_rows_free(struct bench_rows *table)
{
	free(table->rows);
}

/* By order statistics: the median lies outside of the k-th sample from either end with probability
   2 * P(at most k - 1 heads of nr coins); the largest k for which that is at most 5 %. */
bool bench_interval_ns(const struct bench_row *row, double *low, double *high)
{
	size_t nr = row->nr_samples, k = 0;
	double heads = pow(0.5, (double)nr), below = heads;

	while (2 * below <= 0.05) {
		k++;
		heads *= (double)(nr - k + 1) / (double)k;
		below += heads;
	}
	if (!k)
		return false;
	*low = row->samples_ns[k - 1];
	*high = row->samples_ns[nr - k];
	return true;
}

double bench_median_ns(const struct bench_row *row)
{
	size_t nr = row->nr_samples;

	return nr ? (row->samples_ns[(nr - 1) / 2] + row->samples_ns[nr / 2]) / 2 : 0;
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

/* --- cells -------------------------------------------------------------------------------- */

static const char *const counts[] = {
	"probes/op", "moved_bytes/op", "zeroed_bytes/op", "metadata_bytes",
};
enum { NR_COUNTS = sizeof(counts) / sizeof(counts[0]) };

static void print_time(FILE *to, double ns)
{
	static const struct {
		double from_ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 0, "ns" } };
	size_t i = 0;

	while (ns < units[i].from_ns)
		i++;
	if (units[i].from_ns > 0)
		ns /= units[i].from_ns;
	fprintf(to, " %9.2f %-2s", ns, units[i].unit);
}

/* Two digits of it, also when it is small. */
static void print_ratio(FILE *to, double is, double base)
{
	double ratio = base > 0 ? is / base : 1;

	fprintf(to, ratio < 0.1 ? " %5.3f" : " %5.2f", ratio);
}

static void print_spread(FILE *to, const struct bench_row *row)
{
	double middle = bench_median_ns(row);

	if (row->nr_samples > 1 && middle > 0)
		fprintf(to, " %5.1f %%",
		       100 * (row->samples_ns[row->nr_samples - 1] - row->samples_ns[0]) / middle);
	else
		fprintf(to, "       -");
}

/* Of the median, in percent of it. */
static void print_interval(FILE *to, const struct bench_row *row)
{
	double low, high, one = bench_median_ns(row) / 100;

	if (bench_interval_ns(row, &low, &high) && one > 0)
		fprintf(to, " %+6.1f%+6.1f %%", low / one - 100, high / one - 100);
	else
		fprintf(to, " %14s", "-");
}

static void print_counts(FILE *to, const json_t *run)
{
	for (size_t i = 0; i < NR_COUNTS; i++) {
		if (json_object_get(run, counts[i]))
			fprintf(to, " %11.*f", i < 2 ? 2 : 0, bench_number(run, counts[i]));
		else
			fprintf(to, " %11s", "");
	}
}

/* Google Benchmark's own keys and the counts above have columns, or none; of pages the head
   tells (bench_placement.h). */
static bool has_column(const char *key)
{
	static const char *const own[] = {
		"family_index", "per_family_instance_index", "repetitions", "repetition_index",
		"threads", "iterations", "real_time", "cpu_time", "unit_pages", "placed_pages",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(key, own[i]))
			return true;
	}
	for (size_t i = 0; i < NR_COUNTS; i++) {
		if (!strcmp(key, counts[i]))
			return true;
	}
	return false;
}

/* What a workload counts by itself, as words. */
static void print_rest(FILE *to, const json_t *run)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)run, key, value) {
		if (json_is_number(value) && !has_column(key))
			fprintf(to, "  %s %.6g", key, json_number_value(value));
	}
	if (*text_of(run, "label"))
		fprintf(to, "  %s", text_of(run, "label"));
}

/* --- tables ------------------------------------------------------------------------------- */

static void print_host(FILE *to, const json_t *context)
{
	fprintf(to, "host: %s, %s cores, %s, Linux %s\n", text_of(context, "cpu_model"),
	       text_of(context, "cores"), text_of(context, "memory"), text_of(context, "kernel"));
	fprintf(to, "state: load %s; governor %s; huge pages %s; compiler %s, %s\n",
	       text_of(context, "load"), text_of(context, "governor"), text_of(context, "thp"),
	       text_of(context, "compiler"), text_of(context, "build"));
	if (*text_of(context, "pinning"))
		fprintf(to, "pinned: %s\n", text_of(context, "pinning"));
	if (*text_of(context, "placement"))
		fprintf(to, "placement: %s\n", text_of(context, "placement"));
	if (*text_of(context, "warning"))
		fprintf(to, "warning: %s\n", text_of(context, "warning"));
}

bool bench_is_skipped(const struct bench_row *row)
{
	return row->error && !strncmp(row->error, "skipped: ", 9);
}

static void print_row(FILE *to, const struct bench_rows *table, const struct bench_row *row)
{
	const struct bench_row *base = bench_base_of(table, row);

	fprintf(to, "%-*s %-15s", table->name_width, row == base || row->error ? row->name : "",
		row->engine);
	if (row->error) {
		fprintf(to, " %s%s\n", bench_is_skipped(row) ? "" : "FAILED: ", row->error);
		return;
	}
	if (table->has_ratios && strcmp(row->engine, "-"))
		print_ratio(to, bench_median_ns(row), bench_median_ns(base));
	else
		fprintf(to, "      ");
	print_time(to, bench_median_ns(row));
	print_spread(to, row);
	print_interval(to, row);
	print_counts(to, row->run);
	print_rest(to, row->run);
	fprintf(to, "\n");
}

static void print_rows(FILE *to, const struct bench_rows *table)
{
	fprintf(to, "\n%-*s %-15s %5s %12s %7s %14s %11s %11s %11s %11s\n", table->name_width,
		"case", "engine", table->has_ratios ? "ratio" : "", "time", "spread", "95 %",
		"probes/op", "moved B/op", "zeroed B/op", "metadata B");
	for (size_t i = 0; i < table->nr; i++) {
		if (!bench_is_million(&table->rows[i]))
			print_row(to, table, &table->rows[i]);
	}
}

/* What the harness itself adds to each time: the bar is 1 ns. */
static void print_harness(FILE *to, const struct bench_rows *table, const json_t *context)
{
	for (size_t i = 0; i < table->nr; i++) {
		const struct bench_row *row = &table->rows[i];

		if (!strcmp(row->name, "access/empty_loop") && row->nr_samples)
			fprintf(to, "\nempty loop: %.2f ns a turn (1 ns at most is wanted)",
				bench_median_ns(row));
	}
	if (*text_of(context, "run_to_run"))
		fprintf(to, "\nrun to run: %s", text_of(context, "run_to_run"));
}

unsigned bench_table_print(FILE *to, const json_t *bench)
{
	struct bench_rows table;
	unsigned nr_failed = 0, nr_skipped = 0;

	bench_rows_make(&table, bench);
	print_host(to, json_object_get(bench, "context"));
	print_rows(to, &table);
	bench_million_print(to, &table);
	print_harness(to, &table, json_object_get(bench, "context"));
	for (size_t i = 0; i < table.nr; i++) {
		nr_skipped += bench_is_skipped(&table.rows[i]);
		nr_failed += table.rows[i].error && !bench_is_skipped(&table.rows[i]);
	}
	fprintf(to, "\n%zu benchmarks, %u failed, %u skipped\n", table.nr, nr_failed, nr_skipped);
	bench_rows_free(&table);
	return nr_failed;
}
