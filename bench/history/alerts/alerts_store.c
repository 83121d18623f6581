/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* alerts_store.c - the alert table: rows, and the list as JSON. */
#include "bench/history/alerts/alerts.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void alerts_now(char when[32])
{
	time_t now = time(NULL);
	struct tm utc;

	strftime(when, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static const char list_question[] =
	"SELECT workload, engine, metric, unit, host, compiler, flavour, before_revision,"
	" revision, state, text, opened, changed, alert.id, run, before, after"
	" FROM alert JOIN series ON series.id = alert.series ORDER BY alert.id";
enum { NR_SERIES_TEXTS = 7, NR_TEXTS = 13, ID_COLUMN = 13, RUN_COLUMN, BEFORE_COLUMN,
       AFTER_COLUMN };

static json_t *take_alert(struct sql_statement *row)
{
	static const char *const keys[NR_TEXTS] = {
		"workload", "engine", "metric", "unit", "host", "compiler", "flavour",
		"before_revision", "revision", "state", "text", "opened", "changed",
	};
	json_t *alert = json_object(), *series = json_object();
	double before = sql_real(row, BEFORE_COLUMN), after = sql_real(row, AFTER_COLUMN);

	json_object_set_new(alert, "id", json_integer(sql_integer(row, ID_COLUMN)));
	for (int i = 0; i < NR_TEXTS; i++)
		json_object_set_new(i < NR_SERIES_TEXTS ? series : alert, keys[i],
				    history_column(row, i));
	json_object_set_new(alert, "series", series);
	json_object_set_new(alert, "run", json_integer(sql_integer(row, RUN_COLUMN)));
	json_object_set_new(alert, "before", json_real(before));
	json_object_set_new(alert, "after", json_real(after));
	if (before > 0)
		json_object_set_new(alert, "percent", json_real(100 * (after / before - 1)));
	return alert;
}

json_t *alerts_list(struct history *history)
{
	struct sql_statement *row = sql_prepare(history->sql, list_question);
	json_t *alerts = json_array();

	while (sql_next(row))
		json_array_append_new(alerts, take_alert(row));
	sql_finish(row);
	return history_is_whole(history, alerts);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void row_free(gpointer data)
{
	struct alert_row *row = data;

	free(row->compiler);
	free(row->flavour);
	free(row->before_revision);
	free(row->revision);
	free(row->state);
	g_free(row);
}

void *alerts_rows(struct history *history)
{
	struct sql_statement *from = sql_prepare(
		history->sql, "SELECT id, series, run, before, after, compiler, flavour,"
			      " before_revision, revision, state FROM alert ORDER BY id");
	GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);

	while (sql_next(from)) {
		struct alert_row *row = g_new0(struct alert_row, 1);

		row->id = sql_integer(from, 0);
		row->series = sql_integer(from, 1);
		row->run = sql_integer(from, 2);
		row->before = sql_real(from, 3);
		row->after = sql_real(from, 4);
		row->compiler = g_strdup(sql_text(from, 5));
		row->flavour = g_strdup(sql_text(from, 6));
		row->before_revision = g_strdup(sql_text(from, 7));
		row->revision = g_strdup(sql_text(from, 8));
		row->state = g_strdup(sql_text(from, 9));
		g_ptr_array_add(rows, row);
	}
	sql_finish(from);
	return rows;
}

static void bind_place(struct sql_statement *to, const struct alert_row *row)
{
	char now[32];

	alerts_now(now);
	sql_bind_text(to, 1, row->before_revision);
	sql_bind_text(to, 2, row->revision);
	sql_bind_integer(to, 3, row->run);
	sql_bind_real(to, 4, row->before);
	sql_bind_real(to, 5, row->after);
	sql_bind_text(to, 6, now);
}

bool alerts_insert(struct history *history, const struct alert_row *row)
{
	struct sql_statement *to = sql_prepare(
		history->sql, "INSERT INTO alert (before_revision, revision, run, before, after,"
			      " opened, changed, series, host, compiler, flavour, state, text)"
			      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'any', $9, $10, 'new',"
			      " '')");
	char now[32];
	bool ok;

	alerts_now(now);
	bind_place(to, row);
	sql_bind_text(to, 7, now);
	sql_bind_integer(to, 8, row->series);
	sql_bind_text(to, 9, row->compiler);
	sql_bind_text(to, 10, row->flavour);
	ok = sql_run(to);
	sql_finish(to);
	return ok;
}

bool alerts_move(struct history *history, const struct alert_row *row)
{
	struct sql_statement *to = sql_prepare(
		history->sql, "UPDATE alert SET before_revision = $1, revision = $2, run = $3,"
			      " before = $4, after = $5, changed = $6 WHERE id = $7");
	bool ok;

	bind_place(to, row);
	sql_bind_integer(to, 7, row->id);
	ok = sql_run(to);
	sql_finish(to);
	return ok;
}

bool alerts_change_state(struct history *history, int64_t id, const char *state)
{
	struct sql_statement *to = sql_prepare(
		history->sql, "UPDATE alert SET state = $1, changed = $2 WHERE id = $3");
	char now[32];
	bool ok;

	alerts_now(now);
	sql_bind_text(to, 1, state);
	sql_bind_text(to, 2, now);
	sql_bind_integer(to, 3, id);
	ok = sql_run(to);
	sql_finish(to);
	return ok;
}

/* --- by hand ---------------------------------------------------------------------------------- */

static bool alert_exists(struct history *history, int64_t id)
{
	struct sql_statement *row =
		sql_prepare(history->sql, "SELECT id FROM alert WHERE id = $1");
	bool exists;

	sql_bind_integer(row, 1, id);
	exists = sql_next(row);
	sql_finish(row);
	return exists;
}

static bool set_text(struct history *history, int64_t id, const char *text)
{
	struct sql_statement *to =
		sql_prepare(history->sql, "UPDATE alert SET text = $1 WHERE id = $2");
	bool ok;

	sql_bind_text(to, 1, text);
	sql_bind_integer(to, 2, id);
	ok = sql_run(to);
	sql_finish(to);
	return ok;
}

bool alerts_set(struct history *history, int64_t id, const char *state, const char *text,
		bool *found)
{
	*found = true;
	if (!sql_begin(history->sql))
		return false;
	*found = alert_exists(history, id);
	if (*found && alerts_change_state(history, id, state) &&
	    (!text || set_text(history, id, text)))
		return sql_commit(history->sql);
	sql_rollback(history->sql);
	return false;
}
