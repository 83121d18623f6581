/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history.c - writes runs to SQLite and reads them. Each run is one transaction (R2); a second
 * writer waits for the first.
 */
#include "bench/history/history.h"
#include "harness/cli/cmd.h"
#include "bench/history/history_open.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct history {
	sqlite3 *db;
	char *path;
	struct history_file file; /* identity of the open file */
	bool has_error;		  /* SQLite returned an error */
	bool damaged;		  /* ... because the file's contents are bad */
};

static const char *const run_texts[] = {
	"time", "revision", "host", "compiler", "flavour", "source",
};
enum { NR_RUN_TEXTS = sizeof(run_texts) / sizeof(run_texts[0]) };

#define RUN_COLUMNS "time, revision, host, compiler, flavour, source, dirty, context"

char *history_path(void)
{
	return cmd_path("reports/out/history.db");
}

/* Makes the folder of the usual path when it is missing; a path that the user names has to
   exist. */
static bool make_usual_folder(const char *path)
{
	char *folder = cmd_path("reports/out"), *usual = history_path();
	bool ok = strcmp(path, usual) != 0 || cmd_make_folders(folder);

	free(usual);
	free(folder);
	return ok;
}

static struct history *open_history(const char *path, bool to_read)
{
	struct history *history = g_new0(struct history, 1);

	history->db = history_database(path, to_read, &history->file);
	history->path = g_strdup(path);
	if (history->db && history->path)
		return history;
	history_close(history);
	return NULL;
}

struct history *history_open(const char *path)
{
	return make_usual_folder(path) ? open_history(path, false) : NULL;
}

struct history *history_open_to_read(const char *path)
{
	return open_history(path, true);
}

void history_close(struct history *history)
{
	if (!history)
		return;
	sqlite3_close(history->db);
	if (history->damaged)
		history_put_aside(history->path, &history->file);
	free(history->path);
	free(history);
}

/* Prints the first error only. Damage is printed when the file is put aside. */
static bool history_print_error(struct history *history)
{
	bool damage = history_is_damage(sqlite3_errcode(history->db));

	if (!history->has_error && !damage)
		history_cannot(history->path, history->db);
	history->has_error = true;
	history->damaged |= damage;
	return false;
}

bool history_lost(const struct history *history)
{
	return history->damaged || history->file.aside;
}

void history_drop(struct history *history)
{
	if (history->file.is_new && !unlink(history->path))
		history->file.is_new = false;
}

bool history_has_error(const struct history *history)
{
	return history->has_error;
}

/* NULL after printing a diagnostic. */
static sqlite3_stmt *history_prepare(struct history *history, const char *text)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(history->db, text, -1, &statement, NULL) != SQLITE_OK)
		history_print_error(history);
	return statement;
}

static bool history_execute(struct history *history, const char *text)
{
	return sqlite3_exec(history->db, text, NULL, NULL, NULL) == SQLITE_OK ||
	       history_print_error(history);
}

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
	sqlite3_bind_text(statement, column, text ? text : "", -1, SQLITE_TRANSIENT);
}

/* Runs the statement to its end and resets it. */
static bool history_finish(struct history *history, sqlite3_stmt *statement)
{
	bool ok = sqlite3_step(statement) == SQLITE_DONE;

	if (!ok)
		history_print_error(history);
	sqlite3_reset(statement);
	return ok;
}

/* Returns whether there is another row. An error ends the rows too, and is printed. */
static bool history_next_row(struct history *history, sqlite3_stmt *statement)
{
	int status = statement ? sqlite3_step(statement) : SQLITE_DONE;

	if (status != SQLITE_ROW && status != SQLITE_DONE)
		history_print_error(history);
	return status == SQLITE_ROW;
}

/* Returns what was read, or NULL when part of it is missing. */
static json_t *history_is_whole(const struct history *history, json_t *read)
{
	if (!history->has_error)
		return read;
	json_decref(read);
	return NULL;
}

/* --- adding ------------------------------------------------------------------------------- */

static int64_t add_run(struct history *history, const json_t *run)
{
	sqlite3_stmt *statement = history_prepare(history, "INSERT INTO run (" RUN_COLUMNS
							   ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	json_t *context = json_object_get(run, "context");
	char *text = json_dumps(context ? context : run, JSON_COMPACT | JSON_SORT_KEYS);
	int64_t id = 0;

	if (statement) {
		for (int i = 0; i < NR_RUN_TEXTS; i++)
			bind_text(statement, i + 1,
				  json_string_value(json_object_get(run, run_texts[i])));
		sqlite3_bind_int(statement, NR_RUN_TEXTS + 1,
				 json_is_true(json_object_get(run, "dirty")));
		bind_text(statement, NR_RUN_TEXTS + 2, context ? text : "{}");
		if (history_finish(history, statement))
			id = sqlite3_last_insert_rowid(history->db);
	}
	sqlite3_finalize(statement);
	free(text);
	return id;
}

static void bind_series(sqlite3_stmt *statement, int first, const json_t *sample)
{
	static const char *const keys[] = {"workload", "engine", "metric", "unit"};

	for (int i = 0; i < 4; i++)
		bind_text(statement, first + i,
			  json_string_value(json_object_get(sample, keys[i])));
}

static bool add_samples(struct history *history, int64_t id, const json_t *samples)
{
	sqlite3_stmt *series = history_prepare(history, "INSERT OR IGNORE INTO series"
							" (workload, engine, metric, unit)"
							" VALUES (?, ?, ?, ?)");
	sqlite3_stmt *value = history_prepare(
		history, "INSERT INTO sample SELECT ?, id, ?, ? FROM series"
			 " WHERE workload = ? AND engine = ? AND metric = ? AND unit = ?");
	bool ok = series && value;
	json_t *sample;
	size_t i;

	json_array_foreach(samples, i, sample)
	{
		if (!ok)
			break;
		bind_series(series, 1, sample);
		sqlite3_bind_int64(value, 1, id);
		sqlite3_bind_int64(value, 2,
				   json_integer_value(json_object_get(sample, "repetition")));
		sqlite3_bind_double(value, 3, json_number_value(json_object_get(sample, "value")));
		bind_series(value, 4, sample);
		ok = history_finish(history, series) && history_finish(history, value);
	}
	sqlite3_finalize(series);
	sqlite3_finalize(value);
	return ok;
}

/* Call it within a transaction, which it ends. */
static int64_t add_and_end(struct history *history, const json_t *run)
{
	int64_t id = add_run(history, run);

	if (id && add_samples(history, id, json_object_get(run, "samples")) &&
	    history_execute(history, "COMMIT"))
		return id;
	sqlite3_exec(history->db, "ROLLBACK", NULL, NULL, NULL);
	return 0;
}

int64_t history_add(struct history *history, const json_t *run)
{
	return history_execute(history, "BEGIN IMMEDIATE") ? add_and_end(history, run) : 0;
}

/* --- reading ------------------------------------------------------------------------------ */

static json_t *column_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return json_string(text ? text : "");
}

/* Reads the columns RUN_COLUMNS. */
static json_t *take_run(sqlite3_stmt *statement)
{
	json_t *run = json_object();
	const char *context = (const char *)sqlite3_column_text(statement, NR_RUN_TEXTS + 1);
	json_t *parsed = json_loads(context ? context : "{}", 0, NULL);

	for (int i = 0; i < NR_RUN_TEXTS; i++)
		json_object_set_new(run, run_texts[i], column_text(statement, i));
	json_object_set_new(run, "dirty",
			    json_boolean(sqlite3_column_int(statement, NR_RUN_TEXTS)));
	json_object_set_new(run, "context", parsed ? parsed : json_object());
	return run;
}

json_t *history_list(struct history *history)
{
	sqlite3_stmt *statement =
		history_prepare(history, "SELECT " RUN_COLUMNS ", id,"
					 " (SELECT count(*) FROM sample WHERE sample.run = run.id)"
					 " FROM run ORDER BY id");
	json_t *runs = json_array();

	while (history_next_row(history, statement)) {
		json_t *run = take_run(statement);

		json_object_set_new(run, "id", json_integer(sqlite3_column_int64(statement, 8)));
		json_object_set_new(run, "nr_samples",
				    json_integer(sqlite3_column_int64(statement, 9)));
		json_array_append_new(runs, run);
	}
	sqlite3_finalize(statement);
	return history_is_whole(history, runs);
}

static json_t *load_samples(struct history *history, int64_t id)
{
	sqlite3_stmt *statement = history_prepare(
		history, "SELECT workload, engine, metric, unit, repetition, value"
			 " FROM sample JOIN series ON series.id = sample.series WHERE run = ?"
			 " ORDER BY series.id, repetition");
	json_t *samples = json_array();

	if (statement)
		sqlite3_bind_int64(statement, 1, id);
	while (history_next_row(history, statement))
		json_array_append_new(samples,
				      json_pack("{s:o, s:o, s:o, s:o, s:I, s:f}", "workload",
						column_text(statement, 0), "engine",
						column_text(statement, 1), "metric",
						column_text(statement, 2), "unit",
						column_text(statement, 3), "repetition",
						(json_int_t)sqlite3_column_int64(statement, 4),
						"value", sqlite3_column_double(statement, 5)));
	sqlite3_finalize(statement);
	return samples;
}

json_t *history_load(struct history *history, int64_t id)
{
	sqlite3_stmt *statement =
		history_prepare(history, "SELECT " RUN_COLUMNS " FROM run WHERE id = ?");
	json_t *run = NULL;

	if (statement)
		sqlite3_bind_int64(statement, 1, id);
	if (history_next_row(history, statement))
		run = take_run(statement);
	sqlite3_finalize(statement);
	if (run)
		json_object_set_new(run, "samples", load_samples(history, id));
	return history_is_whole(history, run);
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
	sqlite3_stmt *statement = history_prepare(
		history, "SELECT id FROM run WHERE time = ? AND revision = ? AND host = ?"
			 " AND compiler = ? AND flavour = ? AND dirty = ? ORDER BY id");
	json_t *ids = json_array();

	for (int i = 0; statement && i < NR_RUN_TEXTS - 1; i++)
		bind_text(statement, i + 1, json_string_value(json_object_get(run, run_texts[i])));
	if (statement)
		sqlite3_bind_int(statement, NR_RUN_TEXTS,
				 json_is_true(json_object_get(run, "dirty")));
	while (history_next_row(history, statement))
		json_array_append_new(ids, json_integer(sqlite3_column_int64(statement, 0)));
	sqlite3_finalize(statement);
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
	return history->has_error ? 0 : found;
}

int64_t history_add_once(struct history *history, const json_t *run, bool *added)
{
	int64_t id;

	*added = false;
	if (!history_execute(history, "BEGIN IMMEDIATE"))
		return 0;
	id = find_same(history, run);
	if (id || history->has_error) {
		sqlite3_exec(history->db, "ROLLBACK", NULL, NULL, NULL);
		return id;
	}
	id = add_and_end(history, run);
	*added = id != 0;
	return id;
}

int64_t history_newest(struct history *history)
{
	sqlite3_stmt *statement = history_prepare(history, "SELECT max(id) FROM run");
	int64_t id = 0;

	if (history_next_row(history, statement))
		id = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return history->has_error ? 0 : id;
}

/* --- series ------------------------------------------------------------------------------- */

/* One row per sample, ordered by series, then run, then value. */
static const char series_question[] =
	"SELECT workload, engine, metric, unit, host, compiler, flavour, run.id, revision, value"
	" FROM sample JOIN series ON series.id = sample.series JOIN run ON run.id = sample.run"
	" WHERE ?1 = '' OR metric = ?1 ORDER BY host, compiler, flavour, series.id, run.id, value";
enum { RUN_COLUMN = 7, REVISION_COLUMN, VALUE_COLUMN };

/* Returns whether the row belongs to this series. */
static bool is_same_series(const json_t *series, sqlite3_stmt *row)
{
	for (int i = 0; series && i < RUN_COLUMN; i++) {
		const json_t *words = json_array_get(json_object_get(series, "key"), (size_t)i);
		const char *text = (const char *)sqlite3_column_text(row, i);

		if (strcmp(json_string_value(words), text ? text : ""))
			return false;
	}
	return series != NULL;
}

static json_t *start_series(sqlite3_stmt *row)
{
	json_t *key = json_array(), *series;
	const char *engine;

	for (int i = 0; i < RUN_COLUMN; i++)
		json_array_append_new(key, column_text(row, i));
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

static bool is_same_run(const json_t *series, sqlite3_stmt *row)
{
	const json_t *runs = json_object_get(series, "runs");
	size_t nr = json_array_size(runs);

	return nr && json_integer_value(json_array_get(runs, nr - 1)) ==
			     sqlite3_column_int64(row, RUN_COLUMN);
}

/* Starts a run in this series at its first value. */
static void start_run(json_t *series, sqlite3_stmt *row)
{
	json_array_append_new(json_object_get(series, "runs"),
			      json_integer(sqlite3_column_int64(row, RUN_COLUMN)));
	json_array_append_new(json_object_get(series, "revisions"),
			      column_text(row, REVISION_COLUMN));
}

json_t *history_series(struct history *history, const char *metric)
{
	sqlite3_stmt *row = history_prepare(history, series_question);
	json_t *all = json_array(), *values = json_array(), *series = NULL;

	if (row)
		bind_text(row, 1, metric);
	while (history_next_row(history, row)) {
		if (!is_same_series(series, row)) {
			end_run(series, values);
			series = start_series(row);
			json_array_append_new(all, series);
		}
		if (!is_same_run(series, row)) {
			end_run(series, values);
			start_run(series, row);
		}
		json_array_append_new(values, json_real(sqlite3_column_double(row, VALUE_COLUMN)));
	}
	end_run(series, values);
	sqlite3_finalize(row);
	json_decref(values);
	return history_is_whole(history, all);
}
