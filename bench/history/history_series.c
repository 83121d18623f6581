/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_series.c - every series over its runs, with the median of each. */
#include "bench/history/history.h"
#include "bench/history/history_store.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* One row per sample, ordered by series, then run, then value. */
static const char series_question[] =
	"SELECT workload, engine, metric, unit, host, compiler, flavour, run.id, revision, value"
	" FROM sample JOIN series ON series.id = sample.series JOIN run ON run.id = sample.run"
	" WHERE $1 = '' OR metric = $1 ORDER BY host, compiler, flavour, series.id, run.id, value";
enum { RUN_COLUMN = 7, REVISION_COLUMN, VALUE_COLUMN };

/* Returns whether the row belongs to this series. */
static bool is_same_series(const json_t *series, struct sql_statement *row)
{
	for (int i = 0; series && i < RUN_COLUMN; i++) {
		const json_t *words = json_array_get(json_object_get(series, "key"), (size_t)i);

		if (strcmp(json_string_value(words), sql_text(row, i)))
			return false;
	}
	return series != NULL;
}

static json_t *start_series(struct sql_statement *row)
{
	json_t *key = json_array(), *series;
	const char *engine;

	for (int i = 0; i < RUN_COLUMN; i++)
		json_array_append_new(key, history_column(row, i));
	engine = json_string_value(json_array_get(key, 1));
	series = json_pack("{s:o, s:O, s:O, s:O, s:O, s:[], s:[], s:[]}", "name",
			   json_sprintf("%s%s%s %s", json_string_value(json_array_get(key, 0)),
					strcmp(engine, "-") ? "/" : "",
					strcmp(engine, "-") ? engine : "",
					json_string_value(json_array_get(key, 2))),
			   "unit", json_array_get(key, 3), "host", json_array_get(key, 4),
			   "compiler", json_array_get(key, 5), "flavour", json_array_get(key, 6),
			   "values", "runs", "revisions");
	json_object_set_new(series, "key", key);
	return series;
}

/* Appends the median of a run's values, which are sorted. */
static void end_run(json_t *series, json_t *values)
{
	size_t nr = json_array_size(values);
	double *sorted = g_new0(double, nr + 1);

	for (size_t i = 0; i < nr; i++)
		sorted[i] = json_number_value(json_array_get(values, i));
	if (nr)
		json_array_append_new(json_object_get(series, "values"),
				      json_real(numbers_median(sorted, nr)));
	free(sorted);
	json_array_clear(values);
}

static bool is_same_run(const json_t *series, struct sql_statement *row)
{
	const json_t *runs = json_object_get(series, "runs");
	size_t nr = json_array_size(runs);

	return nr &&
	       json_integer_value(json_array_get(runs, nr - 1)) == sql_integer(row, RUN_COLUMN);
}

/* Starts a run in this series at its first value. */
static void start_run(json_t *series, struct sql_statement *row)
{
	json_array_append_new(json_object_get(series, "runs"),
			      json_integer(sql_integer(row, RUN_COLUMN)));
	json_array_append_new(json_object_get(series, "revisions"),
			      history_column(row, REVISION_COLUMN));
}

json_t *history_series(struct history *history, const char *metric)
{
	struct sql_statement *row = sql_prepare(history->sql, series_question);
	json_t *all = json_array(), *values = json_array(), *series = NULL;

	sql_bind_text(row, 1, metric);
	while (sql_next(row)) {
		if (!is_same_series(series, row)) {
			end_run(series, values);
			series = start_series(row);
			json_array_append_new(all, series);
		}
		if (!is_same_run(series, row)) {
			end_run(series, values);
			start_run(series, row);
		}
		json_array_append_new(values, json_real(sql_real(row, VALUE_COLUMN)));
	}
	end_run(series, values);
	sql_finish(row);
	json_decref(values);
	return history_is_whole(history, all);
}
