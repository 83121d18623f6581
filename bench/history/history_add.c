/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_add.c - stores a run: whole, in one transaction, after those of other writers (R2). */
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <stdlib.h>

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

	history_bind_run(statement, run, NR_RUN_TEXTS);
	sql_bind_text(statement, NR_RUN_TEXTS + 2, text ? text : "{}");
	free(text);
	return take_id(statement);
}

/* --- samples ------------------------------------------------------------------------------ */

/* Samples go in by the batch: over a network each statement waits for its answer. */
enum { BATCH = 64, NR_SAMPLE_COLUMNS = 4 };
static const char *const series_texts[] = {"workload", "engine", "metric", "unit"};

/* Returns the ids of all series, by key. */
static GHashTable *load_series(struct sql *sql)
{
	GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	struct sql_statement *row =
		sql_prepare(sql, "SELECT workload, engine, metric, unit, id FROM series");

	while (sql_next(row)) {
		char *key = history_series_key(sql_text(row, 0), sql_text(row, 1), sql_text(row, 2),
					       sql_text(row, 3));
		int64_t id = sql_integer(row, 4);

		g_hash_table_insert(ids, key, g_memdup2(&id, sizeof(id)));
	}
	sql_finish(row);
	return ids;
}

static int64_t add_series(struct sql *sql, const json_t *sample)
{
	struct sql_statement *statement =
		sql_prepare(sql, "INSERT INTO series (workload, engine, metric, unit)"
				 " VALUES ($1, $2, $3, $4) RETURNING id");

	for (int i = 0; i < 4; i++)
		sql_bind_text(statement, i + 1, history_text(sample, series_texts[i]));
	return take_id(statement);
}

/* Returns the id of the sample's series, which is made when it is the first; 0 after an error. */
static int64_t find_series(struct sql *sql, GHashTable *ids, const json_t *sample)
{
	char *key = history_series_key_of(sample);
	const int64_t *known = g_hash_table_lookup(ids, key);
	int64_t id = known ? *known : add_series(sql, sample);

	if (known || !id)
		free(key);
	else
		g_hash_table_insert(ids, key, g_memdup2(&id, sizeof(id)));
	return id;
}

static struct sql_statement *prepare_batch(struct sql *sql, size_t nr)
{
	GString *text = g_string_new("INSERT INTO sample (run, series, repetition, value) VALUES");
	struct sql_statement *statement;

	for (size_t i = 0; i < nr; i++) {
		size_t first = i * NR_SAMPLE_COLUMNS + 1;

		g_string_append_printf(text, "%s ($%zu, $%zu, $%zu, $%zu)", i ? "," : "", first,
				       first + 1, first + 2, first + 3);
	}
	statement = sql_prepare(sql, text->str);
	g_string_free(text, TRUE);
	return statement;
}

static bool add_batch(struct sql *sql, GHashTable *ids, int64_t run, const json_t *samples,
		      size_t first, size_t nr)
{
	struct sql_statement *statement = prepare_batch(sql, nr);
	int64_t series = 1;
	bool ok;

	for (size_t i = 0; i < nr && series; i++) {
		const json_t *sample = json_array_get(samples, first + i);
		int at = (int)i * NR_SAMPLE_COLUMNS + 1;

		series = find_series(sql, ids, sample);
		sql_bind_integer(statement, at, run);
		sql_bind_integer(statement, at + 1, series);
		sql_bind_integer(statement, at + 2,
				 json_integer_value(json_object_get(sample, "repetition")));
		sql_bind_real(statement, at + 3,
			      json_number_value(json_object_get(sample, "value")));
	}
	ok = series && sql_run(statement);
	sql_finish(statement);
	return ok;
}

static bool add_samples(struct sql *sql, int64_t run, const json_t *samples)
{
	GHashTable *ids = load_series(sql);
	size_t all = json_array_size(samples);
	bool ok = true;

	for (size_t first = 0; ok && first < all; first += BATCH)
		ok = add_batch(sql, ids, run, samples, first, MIN(BATCH, all - first));
	g_hash_table_destroy(ids);
	return ok;
}

/* --- a run -------------------------------------------------------------------------------- */

/* Call it within a transaction, which it ends. */
static int64_t add_and_end(struct history *history, const json_t *run)
{
	int64_t id = add_run(history, run);

	if (id && add_samples(history->sql, id, json_object_get(run, "samples")) &&
	    sql_commit(history->sql))
		return id;
	sql_rollback(history->sql);
	return 0;
}

int64_t history_add(struct history *history, const json_t *run)
{
	return sql_begin(history->sql) ? add_and_end(history, run) : 0;
}

int64_t history_add_once(struct history *history, const json_t *run, bool *added)
{
	int64_t id;

	*added = false;
	if (!sql_begin(history->sql))
		return 0;
	id = history_find_same(history, run);
	if (id || history_has_error(history)) {
		sql_rollback(history->sql);
		return id;
	}
	id = add_and_end(history, run);
	*added = id != 0;
	return id;
}
