/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_cells.c - ratio first, then time, then exact counts, then memory.
 *
 * Ratios are times against the case's first engine: below 1 is faster. Repetitions of a case are
 * one row: the median, the spread (max - min) / median, and from six repetitions on the median's
 * confidence interval.
 */
#include "harness/rows/bench_cells.h"

#include <stdint.h>
#include <string.h>

enum { RATIO = 2, TIME, SPREAD, INTERVAL, COUNTS };

static const char *const counts[] = {
	"probes/op", "moved_bytes/op", "zeroed_bytes/op", "metadata_bytes",
};
enum { NR_COUNTS = sizeof(counts) / sizeof(counts[0]) };
enum { MEMORY = COUNTS + NR_COUNTS, WORDS = MEMORY + BENCH_NR_MEMORY };

static const char *const memory[BENCH_NR_MEMORY] = {
	"populated/live",
	"held/live",
	"rss/live",
};

static void fill_time(bench_cell cell, double ns)
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
	snprintf(cell, BENCH_CELL_BYTES, "%.2f %-2s", ns, units[i].unit);
}

static void fill_spread(bench_cell cell, const struct bench_row *row)
{
	double middle = bench_median_ns(row);

	if (row->nr_samples > 1 && middle > 0)
		snprintf(cell, BENCH_CELL_BYTES, "%.1f %%",
			 100 * (row->samples_ns[row->nr_samples - 1] - row->samples_ns[0]) /
				 middle);
	else
		strcpy(cell, "-");
}

/* Of the median, in percent of it. */
static void fill_interval(bench_cell cell, const struct bench_row *row)
{
	double low, high, one = bench_median_ns(row) / 100;

	if (bench_interval_ns(row, &low, &high) && one > 0)
		snprintf(cell, BENCH_CELL_BYTES, "%+6.1f%+6.1f %%", low / one - 100,
			 high / one - 100);
	else
		strcpy(cell, "-");
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
	for (size_t i = 0; i < BENCH_NR_MEMORY; i++) {
		if (!strcmp(key, memory[i]))
			return true;
	}
	return false;
}

/* With few live objects a ratio has many digits before the point, and needs none behind it. */
void bench_fill_memory(bench_cell cells[BENCH_NR_MEMORY], const json_t *run)
{
	for (size_t i = 0; i < BENCH_NR_MEMORY; i++) {
		double ratio = bench_number(run, memory[i]);

		if (json_object_get(run, memory[i]))
			snprintf(cells[i], BENCH_CELL_BYTES, "%.*f", ratio < 100 ? 2 : 0, ratio);
		else
			strcpy(cells[i], "-");
	}
}

/* What a workload counts by itself, as words. */
static void fill_rest(bench_cell cell, const json_t *run)
{
	const json_t *value;
	const char *key;
	int nr = 0;

	json_object_foreach((json_t *)(uintptr_t)run, key, value)
	{
		if (json_is_number(value) && !has_column(key) && nr < BENCH_CELL_BYTES)
			nr += snprintf(cell + nr, (size_t)(BENCH_CELL_BYTES - nr), " %s %.6g ", key,
				       json_number_value(value));
	}
	if (*bench_text(run, "label") && nr < BENCH_CELL_BYTES)
		snprintf(cell + nr, (size_t)(BENCH_CELL_BYTES - nr), " %s",
			 bench_text(run, "label"));
}

double bench_ratio(const struct bench_rows *table, const struct bench_row *row)
{
	double base = bench_median_ns(bench_base_of(table, row));

	return base > 0 ? bench_median_ns(row) / base : 1;
}

static void fill_row(const struct bench_rows *table, const struct bench_row *row,
		     bench_cell cells[BENCH_MAX_COLUMNS])
{
	double ratio = bench_ratio(table, row);

	/* Two digits of it, also when it is small. */
	if (table->has_ratios && strcmp(row->engine, "-"))
		snprintf(cells[RATIO], BENCH_CELL_BYTES, ratio < 0.1 ? "%.3f" : "%.2f", ratio);
	fill_time(cells[TIME], bench_median_ns(row));
	fill_spread(cells[SPREAD], row);
	fill_interval(cells[INTERVAL], row);
	for (size_t i = 0; i < NR_COUNTS; i++) {
		if (json_object_get(row->run, counts[i]))
			snprintf(cells[COUNTS + i], BENCH_CELL_BYTES, "%.*f", i < 2 ? 2 : 0,
				 bench_number(row->run, counts[i]));
	}
	bench_fill_memory(&cells[MEMORY], row->run);
	fill_rest(cells[WORDS], row->run);
}

const struct bench_layout bench_layout_rows = {
	.columns = {{"case", 0},
		    {"engine", -15},
		    {"ratio", 5},
		    {"time", 12},
		    {"spread", 7},
		    {"95 %", 14},
		    {"probes/op", 11},
		    {"moved B/op", 11},
		    {"zeroed B/op", 11},
		    {"metadata B", 11},
		    BENCH_MEMORY_COLUMNS,
		    {"", -1}},
	.nr_columns = WORDS + 1,
	.fill = fill_row,
};

size_t bench_cells_make(const struct bench_layout *layout, const struct bench_rows *table,
			const struct bench_row *row, bench_cell cells[BENCH_MAX_COLUMNS])
{
	bool named = row->error || row == bench_base_of(table, row);

	for (size_t i = 0; i < layout->nr_columns; i++)
		cells[i][0] = '\0';
	snprintf(cells[0], BENCH_CELL_BYTES, "%s", named ? row->name : "");
	snprintf(cells[1], BENCH_CELL_BYTES, "%s", row->engine);
	if (row->error) {
		snprintf(cells[2], BENCH_CELL_BYTES, "%s%s",
			 bench_is_skipped(row) ? "" : "FAILED: ", row->error);
		return 3;
	}
	layout->fill(table, row, cells);
	return layout->nr_columns;
}
