/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* alerts_groups.c - see alerts_groups.h. */
#include "bench/history/alerts/alerts_groups.h"
#include "bench/history/history_store.h"
#include "harness/cli/git.h"

#include <stdlib.h>
#include <string.h>

/* --- the order of revisions ------------------------------------------------------------------- */

void alert_order_read(struct alert_order *order)
{
	static const char *const words[] = {"rev-list", "--first-parent", "--reverse", "HEAD",
					    NULL};

	order->revisions = git_lines(words);
	order->positions = g_hash_table_new(g_str_hash, g_str_equal);
	for (size_t i = 0; order->revisions && order->revisions[i]; i++)
		g_hash_table_insert(order->positions, order->revisions[i], GSIZE_TO_POINTER(i + 1));
}

void alert_order_free(struct alert_order *order)
{
	g_hash_table_destroy(order->positions);
	g_strfreev(order->revisions);
}

size_t alert_order_find(const struct alert_order *order, const char *revision)
{
	return GPOINTER_TO_SIZE(g_hash_table_lookup(order->positions, revision));
}

/* --- points of one series --------------------------------------------------------------------- */

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

/* --- all series ------------------------------------------------------------------------------- */

static const char points_question[] =
	"SELECT series, compiler, flavour, revision, run.id, value FROM sample"
	" JOIN run ON run.id = sample.run WHERE host = 'any' AND dirty = 0"
	" ORDER BY series, compiler, flavour";

static void group_free(gpointer data)
{
	struct alert_group *group = data;

	g_array_free(group->points, TRUE);
	free(group->compiler);
	free(group->flavour);
	g_free(group);
}

static void group_begin(struct alert_group *group, struct sql_statement *row)
{
	group->series = sql_integer(row, 0);
	group->compiler = g_strdup(sql_text(row, 1));
	group->flavour = g_strdup(sql_text(row, 2));
}

static bool is_next_group(const struct alert_group *group, struct sql_statement *row)
{
	return !group->compiler || group->series != sql_integer(row, 0) ||
	       strcmp(group->compiler, sql_text(row, 1)) != 0 ||
	       strcmp(group->flavour, sql_text(row, 2)) != 0;
}

/* Groups are gathered first: a row is read to its end before others are written. */
GPtrArray *alert_groups_read(struct history *history, const struct alert_order *order)
{
	struct sql_statement *row = sql_prepare(history->sql, points_question);
	GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
	struct alert_group *group = NULL;

	while (sql_next(row)) {
		struct alert_point point = {alert_order_find(order, sql_text(row, 3)),
					    sql_real(row, 5), sql_integer(row, 4)};

		if (!group || is_next_group(group, row)) {
			group = g_new0(struct alert_group, 1);
			group->points = g_array_new(FALSE, FALSE, sizeof(struct alert_point));
			group_begin(group, row);
			g_ptr_array_add(groups, group);
		}
		if (point.position)
			g_array_append_val(group->points, point);
	}
	sql_finish(row);
	for (guint i = 0; i < groups->len; i++)
		group_sort(((struct alert_group *)g_ptr_array_index(groups, i))->points);
	return groups;
}
