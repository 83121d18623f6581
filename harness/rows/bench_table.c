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
#include "harness/rows/bench_rows.h"
#include "harness/rows/bench_table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
	if (*bench_text(run, "label"))
		fprintf(to, "  %s", bench_text(run, "label"));
}

/* --- tables ------------------------------------------------------------------------------- */

static void print_host(FILE *to, const json_t *context)
{
	fprintf(to, "host: %s, %s cores, %s, Linux %s\n", bench_text(context, "cpu_model"),
	       bench_text(context, "cores"), bench_text(context, "memory"), bench_text(context, "kernel"));
	fprintf(to, "state: load %s; governor %s; huge pages %s; compiler %s, %s\n",
	       bench_text(context, "load"), bench_text(context, "governor"), bench_text(context, "thp"),
	       bench_text(context, "compiler"), bench_text(context, "build"));
	if (*bench_text(context, "pinning"))
		fprintf(to, "pinned: %s\n", bench_text(context, "pinning"));
	if (*bench_text(context, "placement"))
		fprintf(to, "placement: %s\n", bench_text(context, "placement"));
	if (*bench_text(context, "warning"))
		fprintf(to, "warning: %s\n", bench_text(context, "warning"));
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
	if (*bench_text(context, "run_to_run"))
		fprintf(to, "\nrun to run: %s", bench_text(context, "run_to_run"));
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
