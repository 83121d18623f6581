/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_bench.c - see document_bench.h. */
#include "reports/document/document_bench.h"
#include "harness/rows/bench_cells.h"
#include "harness/rows/bench_rows.h"
#include "harness/rows/bench_table.h"

#include <glib.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static json_t *counters_make(const json_t *run)
{
	json_t *counters = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)run, key, value)
	{
		if (json_is_number(value) && !bench_is_setting(key))
			json_object_set(counters, key, value);
	}
	return counters;
}

static void number_put(json_t *object, const char *key, double number)
{
	if (isfinite(number))
		json_object_set_new(object, key, json_real(number));
}

/* Times of an object against the first engine's; what a cut step did counts. */
static void ratio_put(json_t *to, const char *key, double is, double base)
{
	if (base > 0 && is > 0)
		number_put(to, key, is / base);
}

static json_t *million_make(const struct bench_rows *table, const struct bench_row *row)
{
	static const char *const steps[] = {"touch_ms", "free_forward_ms", "free_reverse_ms",
					    "free_alternating_ms", "balance_ms"};
	const struct bench_row *base = bench_base_of(table, row);
	json_t *million = json_object();
	double worst = 0;
	char key[64];

	ratio_put(million, "alloc", bench_alloc_each(row), bench_alloc_each(base));
	ratio_put(million, "touched", bench_touched_each(row), bench_touched_each(base));
	ratio_put(million, "free", bench_free_each(row), bench_free_each(base));
	number_put(million, "alloc_ms", bench_median_ns(row) * 1e-6);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (json_object_get(row->run, steps[i]))
			number_put(million, steps[i], bench_number(row->run, steps[i]));
		if (!strncmp(steps[i], "free_", 5))
			worst = fmax(worst, bench_number(row->run, steps[i]));
	}
	if (worst > 0)
		number_put(million, "free_worst_ms", worst);
	snprintf(key, sizeof(key), "published_%s_alloc_ms", row->engine);
	if (json_object_get(row->run, key))
		number_put(million, "published_alloc_ms", bench_number(row->run, key));
	snprintf(key, sizeof(key), "published_%s_free_ms", row->engine);
	if (json_object_get(row->run, key))
		number_put(million, "published_free_ms", bench_number(row->run, key));
	return million;
}

/* The words that the terminal has behind the figures: other counters, what was cut, a label. */
static json_t *text_make(const struct bench_rows *table, const struct bench_row *row)
{
	const struct bench_layout *layout =
		bench_is_million(row) ? &bench_layout_million : &bench_layout_rows;
	bench_cell *cells = g_new0(bench_cell, BENCH_MAX_COLUMNS);
	size_t nr = bench_cells_make(layout, table, row, cells);
	json_t *text = json_string(g_strstrip(cells[nr - 1]));

	g_free(cells);
	return text;
}

static void times_put(json_t *made, const struct bench_rows *table, const struct bench_row *row)
{
	double low, high, median = bench_median_ns(row);
	size_t nr = row->nr_samples;

	number_put(made, "ns", median);
	if (strcmp(row->engine, "-"))
		number_put(made, "ratio", bench_ratio(table, row));
	if (bench_interval_ns(row, &low, &high)) {
		number_put(made, "low", low);
		number_put(made, "high", high);
	}
	if (nr > 1 && median > 0)
		number_put(made, "spread",
			   100 * (row->samples_ns[nr - 1] - row->samples_ns[0]) / median);
	json_object_set_new(made, "runs", json_integer((json_int_t)nr));
}

static json_t *row_make(const struct bench_rows *table, const struct bench_row *row)
{
	size_t family = strcspn(row->name, "/");
	json_t *made = json_pack("{s:s%, s:s, s:s, s:s}", "family", row->name, family, "case",
				 row->name, "engine", row->engine, "state",
				 !row->error	       ? "ok" :
				 bench_is_skipped(row) ? "skipped" :
							 "failed");

	if (row->error) {
		json_object_set_new(made, "error", json_string(row->error));
		return made;
	}
	times_put(made, table, row);
	json_object_set_new(made, "counters", counters_make(row->run));
	if (bench_is_million(row))
		json_object_set_new(made, "million", million_make(table, row));
	json_object_set_new(made, "text", text_make(table, row));
	return made;
}

json_t *document_bench(json_t *bench)
{
	struct bench_rows table;
	json_t *rows;

	if (!bench || !bench_names_clean(bench))
		return NULL;
	rows = json_array();
	bench_rows_make(&table, bench);
	for (size_t i = 0; i < table.nr; i++)
		json_array_append_new(rows, row_make(&table, &table.rows[i]));
	bench_rows_free(&table);
	return json_pack("{sO so}", "context", json_object_get(bench, "context"), "rows", rows);
}
