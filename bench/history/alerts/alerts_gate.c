/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* alerts_gate.c - the alert of a count that the gate failed on. */
#include "bench/history/alerts/alerts.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

char *alert_name(const json_t *alert)
{
	const json_t *series = json_object_get(alert, "series");
	const char *engine = history_text(series, "engine");
	bool none = !strcmp(engine, "-");

	return g_strdup_printf("%s%s%s", history_text(series, "workload"), none ? "" : "/",
			       none ? "" : engine);
}

char *alert_words(const json_t *alert)
{
	const json_t *series = json_object_get(alert, "series");
	const json_t *percent = json_object_get(alert, "percent");
	char *name = alert_name(alert), *change, *words;
	const char *text = history_text(alert, "text");

	change = percent ? g_strdup_printf("%+.1f %%", json_number_value(percent)) :
			   g_strdup("from 0");
	words = g_strdup_printf("alert %lld (%s): %s %s, %s since %.12s%s%s",
				(long long)json_integer_value(json_object_get(alert, "id")),
				history_text(alert, "state"), name, history_text(series, "metric"),
				change, history_text(alert, "revision"), *text ? ": " : "", text);
	free(change);
	free(name);
	return words;
}

static bool is_of_rise(const json_t *alert, const struct gate_rise *rise)
{
	const json_t *series = json_object_get(alert, "series");
	char *name = alert_name(alert);
	bool is = !strcmp(name, rise->name) &&
		  !strcmp(history_text(series, "metric"), rise->metric) &&
		  !strcmp(history_text(series, "compiler"), rise->compiler);

	free(name);
	return is;
}

/* The newest alert that explains the count: one that is not fixed, or one of the same revision. */
static json_t *find_alert(struct history *history, const struct gate_rise *rise)
{
	json_t *all = alerts_list(history), *alert, *found = NULL;
	size_t i;

	json_array_foreach(all, i, alert)
	{
		double after = json_number_value(json_object_get(alert, "after"));
		bool is_open = strcmp(history_text(alert, "state"), "fixed") != 0;

		if (is_of_rise(alert, rise) &&
		    (is_open || !strcmp(history_text(alert, "revision"), rise->revision) ||
		     fabs(after - rise->after) <= 0.01 * after))
			found = alert;
	}
	json_incref(found);
	json_decref(all);
	return found;
}

static int64_t find_series(struct history *history, const struct gate_rise *rise)
{
	struct sql_statement *row =
		sql_prepare(history->sql, "SELECT id FROM series WHERE workload = $1 AND engine ="
					  " $2 AND metric = $3");
	char workload[160];
	const char *engine = history_engine_of(rise->name, workload, sizeof(workload));
	int64_t id = 0;

	sql_bind_text(row, 1, workload);
	sql_bind_text(row, 2, engine);
	sql_bind_text(row, 3, rise->metric);
	if (sql_next(row))
		id = sql_integer(row, 0);
	sql_finish(row);
	return id;
}

static bool make_alert(struct history *history, const struct gate_rise *rise)
{
	struct alert_row row = {
		.series = find_series(history, rise),
		.run = history_newest(history),
		.compiler = (char *)(uintptr_t)rise->compiler,
		.flavour = (char *)(uintptr_t) "",
		.before_revision = (char *)(uintptr_t) "",
		.revision = (char *)(uintptr_t)rise->revision,
		.before = rise->before,
		.after = rise->after,
	};

	if (!row.series || !sql_begin(history->sql))
		return false;
	if (alerts_insert(history, &row) && sql_commit(history->sql))
		return true;
	sql_rollback(history->sql);
	return false;
}

json_t *alerts_of_gate(struct history *history, const struct gate_rise *rise)
{
	json_t *found = find_alert(history, rise);

	if (found || rise->dirty || !make_alert(history, rise))
		return found;
	return find_alert(history, rise);
}
