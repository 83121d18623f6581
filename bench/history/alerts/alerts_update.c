/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alerts_update.c - from the runs so far to alerts: new ones, those that are known more exactly
 * now, and those that are over.
 */
#include "bench/history/alerts/alerts_groups.h"
#include "bench/history/history_store.h"

#include <stdlib.h>
#include <string.h>

struct update {
	struct history *history;
	struct alert_order order;
	GPtrArray *rows;     /* struct alert_row * */
	GHashTable *matched; /* rows that a change was found for */
	bool ok;
};

/* --- one series ------------------------------------------------------------------------------- */

static bool is_of_group(const struct alert_row *row, const struct alert_group *group)
{
	return row->series == group->series && !strcmp(row->compiler, group->compiler) &&
	       !strcmp(row->flavour, group->flavour);
}

/* The alert that a change is, or makes more exact: within its two revisions, or up to the same. */
static struct alert_row *find_match(const struct update *update, const struct alert_group *group,
				    size_t from, size_t at)
{
	for (guint i = 0; i < update->rows->len; i++) {
		struct alert_row *row = g_ptr_array_index(update->rows, i);
		size_t before = alert_order_find(&update->order, row->before_revision);
		size_t after = alert_order_find(&update->order, row->revision);

		if (!is_of_group(row, group) || !after ||
		    g_hash_table_contains(update->matched, row))
			continue;
		if (after == at || (before <= from && at < after))
			return row;
	}
	return NULL;
}

static void take_change(struct update *update, const struct alert_group *group,
			const struct alert_change *change)
{
	const struct alert_point *points = (const struct alert_point *)(void *)group->points->data;
	size_t from = points[change->from].position, at = points[change->at].position;
	struct alert_row *match = find_match(update, group, from, at);
	struct alert_row row = {
		.id = match ? match->id : 0,
		.series = group->series,
		.run = points[change->at].run,
		.compiler = group->compiler,
		.flavour = group->flavour,
		.before_revision = update->order.revisions[from - 1],
		.revision = update->order.revisions[at - 1],
		.before = change->before,
		.after = points[change->at].value,
	};

	if (match)
		g_hash_table_add(update->matched, match);
	if (!match)
		update->ok = update->ok && alerts_insert(update->history, &row);
	else if (strcmp(match->before_revision, row.before_revision) != 0 ||
		 strcmp(match->revision, row.revision) != 0 || match->before != row.before ||
		 match->after != row.after)
		update->ok = update->ok && alerts_move(update->history, &row);
}

/* Alerts whose count is back where it was. */
static void end_alerts(struct update *update, const struct alert_group *group)
{
	const struct alert_point *newest =
		&g_array_index(group->points, struct alert_point, group->points->len - 1);

	for (guint i = 0; i < update->rows->len; i++) {
		const struct alert_row *row = g_ptr_array_index(update->rows, i);

		if (is_of_group(row, group) && strcmp(row->state, "fixed") != 0 &&
		    alert_order_find(&update->order, row->revision) &&
		    newest->position >= alert_order_find(&update->order, row->revision) &&
		    !alert_rose(row->before, newest->value))
			update->ok = update->ok &&
				     alerts_change_state(update->history, row->id, "fixed");
	}
}

static void end_group(struct update *update, struct alert_group *group)
{
	struct alert_change *changes = g_new(struct alert_change, group->points->len + 1);
	size_t nr = 0;

	if (group->points->len)
		nr = alerts_find((const struct alert_point *)(void *)group->points->data,
				 group->points->len, changes);
	for (size_t i = 0; i < nr; i++)
		take_change(update, group, &changes[i]);
	if (group->points->len)
		end_alerts(update, group);
	g_free(changes);
}

/* --- all series ------------------------------------------------------------------------------- */

static void update_groups(struct update *update)
{
	GPtrArray *groups = alert_groups_read(update->history, &update->order);

	for (guint i = 0; i < groups->len; i++)
		end_group(update, g_ptr_array_index(groups, i));
	g_ptr_array_free(groups, TRUE);
}

bool alerts_update(struct history *history)
{
	struct update update = {.history = history, .ok = true};

	alert_order_read(&update.order);
	update.matched = g_hash_table_new(NULL, NULL);
	if (sql_begin(history->sql)) {
		update.rows = alerts_rows(history);
		update_groups(&update);
		update.ok = update.ok && !history_has_error(history) && sql_commit(history->sql);
		if (!update.ok)
			sql_rollback(history->sql);
		g_ptr_array_free(update.rows, TRUE);
	} else {
		update.ok = false;
	}
	g_hash_table_destroy(update.matched);
	alert_order_free(&update.order);
	return update.ok;
}
