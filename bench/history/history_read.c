/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_read.c - reads runs, with their samples or without. */
#include "bench/history/history.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <stdlib.h>

/* A file that others wrote may hold any bytes. */
json_t *history_column(struct sql_statement *row, int column)
{
	char *valid = g_utf8_make_valid(sql_text(row, column), -1);
	json_t *text = json_string(valid);

	free(valid);
	return text;
}

json_t *history_is_whole(const struct history *history, json_t *read)
{
	if (!history_has_error(history))
		return read;
	json_decref(read);
	return NULL;
}

/* Reads the columns RUN_COLUMNS. */
static json_t *take_run(struct sql_statement *statement)
{
	json_t *run = json_object();
	json_t *parsed = json_loads(sql_text(statement, NR_RUN_TEXTS + 1), 0, NULL);

	for (int i = 0; i < NR_RUN_TEXTS; i++)
		json_object_set_new(run, history_run_texts[i], history_column(statement, i));
	json_object_set_new(run, "dirty", json_boolean(sql_integer(statement, NR_RUN_TEXTS)));
	json_object_set_new(run, "context", parsed ? parsed : json_object());
	return run;
}

json_t *history_list(struct history *history)
{
	struct sql_statement *statement =
		sql_prepare(history->sql, "SELECT " RUN_COLUMNS ", id,"
					  " (SELECT count(*) FROM sample WHERE sample.run = run.id)"
					  " FROM run ORDER BY id");
	json_t *runs = json_array();

	while (sql_next(statement)) {
		json_t *run = take_run(statement);

		json_object_set_new(run, "id", json_integer(sql_integer(statement, 8)));
		json_object_set_new(run, "nr_samples", json_integer(sql_integer(statement, 9)));
		json_array_append_new(runs, run);
	}
	sql_finish(statement);
	return history_is_whole(history, runs);
}

static json_t *load_samples(struct history *history, int64_t id)
{
	struct sql_statement *statement = sql_prepare(
		history->sql, "SELECT workload, engine, metric, unit, repetition, value"
			      " FROM sample JOIN series ON series.id = sample.series WHERE run = $1"
			      " ORDER BY series.id, repetition");
	json_t *samples = json_array();

	sql_bind_integer(statement, 1, id);
	while (sql_next(statement))
		json_array_append_new(samples,
				      json_pack("{s:o, s:o, s:o, s:o, s:I, s:f}", "workload",
						history_column(statement, 0), "engine",
						history_column(statement, 1), "metric",
						history_column(statement, 2), "unit",
						history_column(statement, 3), "repetition",
						(json_int_t)sql_integer(statement, 4), "value",
						sql_real(statement, 5)));
	sql_finish(statement);
	return samples;
}

json_t *history_load(struct history *history, int64_t id)
{
	struct sql_statement *statement =
		sql_prepare(history->sql, "SELECT " RUN_COLUMNS " FROM run WHERE id = $1");
	json_t *run = NULL;

	sql_bind_integer(statement, 1, id);
	if (sql_next(statement))
		run = take_run(statement);
	sql_finish(statement);
	if (run)
		json_object_set_new(run, "samples", load_samples(history, id));
	return history_is_whole(history, run);
}

int64_t history_newest(struct history *history)
{
	int64_t id = sql_number(history->sql, "SELECT max(id) FROM run");

	return history_has_error(history) ? 0 : id;
}
