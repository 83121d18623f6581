/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_same.c - which series two samples are of, and whether a run is in the history already. */
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <stdlib.h>

char *history_series_key(const char *workload, const char *engine, const char *metric,
			 const char *unit)
{
	json_t *texts = json_pack("[s, s, s, s]", workload, engine, metric, unit);
	char *key = texts ? json_dumps(texts, JSON_COMPACT) : NULL;

	json_decref(texts);
	return key ? key : g_strdup("");
}

char *history_series_key_of(const json_t *sample)
{
	return history_series_key(history_text(sample, "workload"), history_text(sample, "engine"),
				  history_text(sample, "metric"), history_text(sample, "unit"));
}

/* Returns the series' key and the repetition. */
static char *sample_key(const json_t *sample)
{
	char *series = history_series_key_of(sample), *key;

	key = g_strdup_printf("%s%lld", series,
			      (long long)json_integer_value(json_object_get(sample, "repetition")));
	free(series);
	return key;
}

/* Returns the values that a run measured, by key. */
static json_t *values_of(const json_t *run)
{
	json_t *values = json_object(), *sample;
	size_t i;

	json_array_foreach(json_object_get(run, "samples"), i, sample)
	{
		char *key = sample_key(sample);

		json_object_set(values, key, json_object_get(sample, "value"));
		free(key);
	}
	return values;
}

/* Formats write at least 12 digits. */
static bool is_near(double a, double b)
{
	double larger = a < 0 ? -a : a, difference = a < b ? b - a : a - b;

	if (larger < (b < 0 ? -b : b))
		larger = b < 0 ? -b : b;
	return difference <= larger * 1e-9;
}

/* Returns whether each sample of the run is among those of the other. */
static bool is_within(const json_t *run, const json_t *other)
{
	json_t *values = values_of(other), *sample;
	bool within = true;
	size_t i;

	json_array_foreach(json_object_get(run, "samples"), i, sample)
	{
		char *key = sample_key(sample);
		const json_t *value = json_object_get(values, key);

		within = value && is_near(json_number_value(value),
					  json_number_value(json_object_get(sample, "value")));
		free(key);
		if (!within)
			break;
	}
	json_decref(values);
	return within;
}

/* Returns the ids of the runs of the same time, revision, host, compiler and flavour. */
static json_t *find_alike(struct history *history, const json_t *run)
{
	struct sql_statement *statement = sql_prepare(
		history->sql, "SELECT id FROM run WHERE time = $1 AND revision = $2 AND host = $3"
			      " AND compiler = $4 AND flavour = $5 AND dirty = $6 ORDER BY id");
	json_t *ids = json_array();

	history_bind_run(statement, run, NR_RUN_TEXTS - 1);
	while (sql_next(statement))
		json_array_append_new(ids, json_integer(sql_integer(statement, 0)));
	sql_finish(statement);
	return ids;
}

int64_t history_find_same(struct history *history, const json_t *run)
{
	json_t *ids = find_alike(history, run), *id;
	int64_t found = 0;
	size_t i;

	json_array_foreach(ids, i, id)
	{
		json_t *other = history_load(history, json_integer_value(id));

		if (!found && other && is_within(run, other))
			found = json_integer_value(id);
		json_decref(other);
	}
	json_decref(ids);
	return history_has_error(history) ? 0 : found;
}

void history_bind_run(struct sql_statement *statement, const json_t *run, int nr)
{
	for (int i = 0; i < nr; i++)
		sql_bind_text(statement, i + 1, history_text(run, history_run_texts[i]));
	sql_bind_integer(statement, nr + 1, json_is_true(json_object_get(run, "dirty")));
}
