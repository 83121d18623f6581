/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alerts_update.c - from the runs so far to alerts: new ones, those that are known more exactly
 * now, and those that are over.
 */
#include "bench/history/alerts/alerts.h"
#include "bench/history/history_store.h"
#include "harness/cli/git.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* One series of one compiler and flavour. */
struct group {
	int64_t series;
	char *compiler, *flavour;
	GArray *points; /* struct alert_point */
};

struct update {
	struct history *history;
	char **order;		/* revisions, oldest first */
	GHashTable *positions;	/* revision -> place + 1 */
	GPtrArray *rows;	/* struct alert_row * */
	GHashTable *matched;	/* rows that a change was found for */
	bool ok;
};

/* --- the order of revisions ------------------------------------------------------------------- */

static void read_order(struct update *update)
{
	static const char *const words[] = {"rev-list", "--first-parent", "--reverse", "HEAD",
					    NULL};

	update->order = git_lines(words);
	update->positions = g_hash_table_new(g_str_hash, g_str_equal);
	for (size_t i = 0; update->order && update->order[i]; i++)
		g_hash_table_insert(update->positions, update->order[i], GSIZE_TO_POINTER(i + 1));
}

/* From 1; 0: not on this branch. */
static size_t position_of(const struct update *update, const char *revision)
{
	return GPOINTER_TO_SIZE(g_hash_table_lookup(update->positions, revision));
}

/* --- one series ------------------------------------------------------------------------------- */

static gint compare_points(gconstpointer a, gconstpointer b)
{
	const struct alert_point *x = a, *y = b;

	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

/* Sorts, and keeps the least of each revision. */
static void group_sort(GArray *points)
{
	guint nr = 0;

	g_array_sort(points, compare_points);
	for (guint i = 0; i < points->len; i++) {
		struct alert_point *point = &g_array_index(points, struct alert_point, i);

		if (nr &&
		    g_array_index(points, struct alert_point, nr - 1).position == point->position)
			continue;
		g_array_index(points, struct alert_point, nr++) = *point;
	}
	g_array_set_size(points, nr);
}

static bool is_of_group(const struct alert_row *row, const struct group *group)
{
	return row->series == group->series && !strcmp(row->compiler, group->compiler) &&
	       !strcmp(row->flavour, group->flavour);
}

/* The alert that a change is, or makes more exact: within its two revisions, or up to the same. */
static struct alert_row *find_match(const struct update *update, const struct group *group,
				    size_t from, size_t at)
{
	for (guint i = 0; i < update->rows->len; i++) {
		struct alert_row *row = g_ptr_array_index(update->rows, i);
		size_t before = position_of(update, row->before_revision);
		size_t after = position_of(update, row->revision);

		if (!is_of_group(row, group) || !after ||
		    g_hash_table_contains(update->matched, row))
			continue;
		if (after == at || (before <= from && at < after))
			return row;
	}
	return NULL;
}

static void take_change(struct update *update, const struct group *group,
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
		.before_revision = update->order[from - 1],
		.revision = update->order[at - 1],
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
static void end_alerts(struct update *update, const struct group *group)
{
	const struct alert_point *newest =
		&g_array_index(group->points, struct alert_point, group->points->len - 1);

	for (guint i = 0; i < update->rows->len; i++) {
		const struct alert_row *row = g_ptr_array_index(update->rows, i);

		if (is_of_group(row, group) && strcmp(row->state, "fixed") != 0 &&
		    position_of(update, row->revision) &&
		    newest->position >= position_of(update, row->revision) &&
		    !alert_rose(row->before, newest->value))
			update->ok = update->ok &&
				     alerts_change_state(update->history, row->id, "fixed");
	}
}

static void end_group(struct update *update, struct group *group)
{
	struct alert_change *changes = g_new(struct alert_change, group->points->len + 1);
	size_t nr = 0;

	group_sort(group->points);
	if (group->points->len)
		nr = alerts_find((const struct alert_point *)(void *)group->points->data,
				 group->points->len, changes);
	for (size_t i = 0; i < nr; i++)
		take_change(update, group, &changes[i]);
	if (group->points->len)
		end_alerts(update, group);
	g_array_set_size(group->points, 0);
	g_free(changes);
}

/* --- all series ------------------------------------------------------------------------------- */

static const char points_question[] =
	"SELECT series, compiler, flavour, revision, run.id, value FROM sample"
	" JOIN run ON run.id = sample.run WHERE host = 'any' AND dirty = 0"
	" ORDER BY series, compiler, flavour";

static void group_begin(struct group *group, struct sql_statement *row)
{
	free(group->compiler);
	free(group->flavour);
	group->series = sql_integer(row, 0);
	group->compiler = g_strdup(sql_text(row, 1));
	group->flavour = g_strdup(sql_text(row, 2));
}

static bool is_next_group(const struct group *group, struct sql_statement *row)
{
	return !group->compiler || group->series != sql_integer(row, 0) ||
	       strcmp(group->compiler, sql_text(row, 1)) != 0 ||
	       strcmp(group->flavour, sql_text(row, 2)) != 0;
}

/* Groups are gathered first: a row is read to its end before others are written. */
static GPtrArray *read_groups(struct update *update)
{
	struct sql_statement *row = sql_prepare(update->history->sql, points_question);
	GPtrArray *groups = g_ptr_array_new();
	struct group *group = NULL;

	while (sql_next(row)) {
		struct alert_point point = {position_of(update, sql_text(row, 3)),
					    sql_real(row, 5), sql_integer(row, 4)};

		if (!group || is_next_group(group, row)) {
			group = g_new0(struct group, 1);
			group->points = g_array_new(FALSE, FALSE, sizeof(struct alert_point));
			group_begin(group, row);
			g_ptr_array_add(groups, group);
		}
		if (point.position)
			g_array_append_val(group->points, point);
	}
	sql_finish(row);
	return groups;
}

static void update_groups(struct update *update)
{
	GPtrArray *groups = read_groups(update);

	for (guint i = 0; i < groups->len; i++) {
		struct group *group = g_ptr_array_index(groups, i);

		end_group(update, group);
		g_array_free(group->points, TRUE);
		free(group->compiler);
		free(group->flavour);
		g_free(group);
	}
	g_ptr_array_free(groups, TRUE);
}

bool alerts_update(struct history *history)
{
	struct update update = {.history = history, .ok = true};

	read_order(&update);
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
	g_hash_table_destroy(update.positions);
	g_strfreev(update.order);
	return update.ok;
}
