/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_add.c - stores a run: whole, in one transaction, after those of other writers (R2). */
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <stdlib.h>

static void bind_run(struct sql_statement *statement, const json_t *run, int nr_texts)
{
	for (int i = 0; i < nr_texts; i++)
		sql_bind_text(statement, i + 1, history_text(run, history_run_texts[i]));
	sql_bind_integer(statement, nr_texts + 1, json_is_true(json_object_get(run, "dirty")));
}

/* Returns the number that the statement returns, and ends it; 0 after an error. */
static int64_t take_id(struct sql_statement *statement)
{
	int64_t id = sql_next(statement) ? sql_integer(statement, 0) : 0;

	if (id && sql_next(statement))
		id = 0;
	sql_finish(statement);
	return id;
}

static int64_t add_run(struct history *history, const json_t *run)
{
	struct sql_statement *statement =
		sql_prepare(history->sql, "INSERT INTO run (" RUN_COLUMNS
					  ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id");
	json_t *context = json_object_get(run, "context");
	char *text = context ? json_dumps(context, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	bind_run(statement, run, NR_RUN_TEXTS);
	sql_bind_text(statement, NR_RUN_TEXTS + 2, text ? text : "{}");
	free(text);
	return take_id(statement);
}

static void bind_series(struct sql_statement *statement, int first, const json_t *sample)
{
	static const char *const keys[] = {"workload", "engine", "metric", "unit"};

	for (int i = 0; i < 4; i++)
		sql_bind_text(statement, first + i, history_text(sample, keys[i]));
}

static bool add_samples(struct history *history, int64_t id, const json_t *samples)
{
	struct sql_statement *series =
		sql_prepare(history->sql, "INSERT INTO series (workload, engine, metric, unit)"
					  " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING");
	struct sql_statement *value = sql_prepare(
		history->sql, "INSERT INTO sample (run, series, repetition, value)"
			      " SELECT $1, id, $2, $3 FROM series"
			      " WHERE workload = $4 AND engine = $5 AND metric = $6 AND unit = $7");
	bool ok = true;
	json_t *sample;
	size_t i;

	json_array_foreach(samples, i, sample)
	{
		if (!ok)
			break;
		bind_series(series, 1, sample);
		sql_bind_integer(value, 1, id);
		sql_bind_integer(value, 2,
				 json_integer_value(json_object_get(sample, "repetition")));
		sql_bind_real(value, 3, json_number_value(json_object_get(sample, "value")));
		bind_series(value, 4, sample);
		ok = sql_run(series) && sql_run(value);
	}
	sql_finish(series);
	sql_finish(value);
	return ok;
}

/* Call it within a transaction, which it ends. */
static int64_t add_and_end(struct history *history, const json_t *run)
{
	int64_t id = add_run(history, run);

	if (id && add_samples(history, id, json_object_get(run, "samples")) &&
	    sql_commit(history->sql))
		return id;
	sql_rollback(history->sql);
	return 0;
}

int64_t history_add(struct history *history, const json_t *run)
{
	return sql_begin(history->sql) ? add_and_end(history, run) : 0;
}

/* --- identity ----------------------------------------------------------------------------- */

static char *sample_key(const json_t *sample)
{
	static const char *const keys[] = {"workload", "engine", "metric", "unit"};
	const char *word[4];
	char *key;

	for (int i = 0; i < 4; i++)
		word[i] = json_string_value(json_object_get(sample, keys[i]));
	key = g_strdup_printf("%s\n%s\n%s\n%s\n%lld", word[0], word[1], word[2], word[3],
			      (long long)json_integer_value(json_object_get(sample, "repetition")));
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

	bind_run(statement, run, NR_RUN_TEXTS - 1);
	while (sql_next(statement))
		json_array_append_new(ids, json_integer(sql_integer(statement, 0)));
	sql_finish(statement);
	return ids;
}

static int64_t find_same(struct history *history, const json_t *run)
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

int64_t history_add_once(struct history *history, const json_t *run, bool *added)
{
	int64_t id;

	*added = false;
	if (!sql_begin(history->sql))
		return 0;
	id = find_same(history, run);
	if (id || history_has_error(history)) {
		sql_rollback(history->sql);
		return id;
	}
	id = add_and_end(history, run);
	*added = id != 0;
	return id;
}
