/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bisect.c - the search. The rules are in bisect.h. */
#include "bench/track/bisect.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_AGAIN = 2 };

static void count_free(gpointer data)
{
	struct bisect_count *count = data;

	named_count_free(&count->count);
	g_free(count);
}

void bisect_init(struct bisect *bisect, const struct cmd *cmd, struct revision_work *work,
		 const struct counted_metric *metric)
{
	*bisect = (struct bisect){.cmd = cmd, .work = work, .metric = metric};
	bisect->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, count_free);
	bisect->good = g_ptr_array_new_with_free_func(g_free);
}

void bisect_finish(struct bisect *bisect)
{
	g_hash_table_destroy(bisect->counts);
	g_ptr_array_free(bisect->good, TRUE);
}

/* --- counting --------------------------------------------------------------------------------- */

/* Returns whether the value lies apart from both ends. */
static bool is_between(const struct bisect *bisect, double value)
{
	double span = fabs(bisect->bad_value - bisect->good_value);

	return span > 0 && fabs(value - bisect->good_value) > span / 10 &&
	       fabs(value - bisect->bad_value) > span / 10;
}

static void count_again(const struct bisect *bisect, const char *program,
			struct bisect_count *count)
{
	for (int i = 0; i < COUNT_AGAIN && is_between(bisect, count->count.value); i++) {
		struct named_count other;
		char why[WHY_BYTES];

		if (count_named(program, bisect->metric, &other, why, sizeof(why)) != COUNT_DONE)
			return;
		if (other.value < count->count.value) {
			named_count_free(&count->count);
			count->count = other;
		} else {
			named_count_free(&other);
		}
	}
}

static void count_revision(struct bisect *bisect, const char *id, struct bisect_count *count)
{
	char *program = NULL;
	enum revision_state state =
		revision_program(bisect->work, id, "pcpu-count", &program, count->why);

	count->state = state == REVISION_UNBUILT ? COUNT_ABSENT : COUNT_STOPPED;
	if (state == REVISION_BUILT) {
		progress_show("count %.12s", id);
		count->state = count_named(program, bisect->metric, &count->count, count->why,
					   sizeof(count->why));
		if (count->state == COUNT_DONE)
			count_again(bisect, program, count);
		progress_clear();
	}
	free(program);
	if (process_interrupted())
		count->state = COUNT_STOPPED;
}

const struct bisect_count *bisect_count(struct bisect *bisect, const char *id)
{
	struct bisect_count *count = g_hash_table_lookup(bisect->counts, id);

	if (count)
		return count;
	count = g_new0(struct bisect_count, 1);
	count_revision(bisect, id, count);
	g_hash_table_insert(bisect->counts, g_strdup(id), count);
	return count;
}

/* --- what is left ----------------------------------------------------------------------------- */

static bool is_skipped(const struct bisect *bisect, const char *id)
{
	const struct bisect_count *count = g_hash_table_lookup(bisect->counts, id);

	return count && count->state == COUNT_ABSENT;
}

/* The commits that may be the first bad one, the best to count next in front; NULL after a line.
   Git prints "ID (dist=N)", or names of branches too in the brackets. */
static char **bisect_candidates(const struct bisect *bisect)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	char **lines;

	g_ptr_array_add(words, g_strdup("rev-list"));
	g_ptr_array_add(words, g_strdup("--bisect-all"));
	g_ptr_array_add(words, g_strdup(bisect->bad));
	for (guint i = 0; i < bisect->good->len; i++)
		g_ptr_array_add(words,
				g_strdup_printf("^%s", (char *)g_ptr_array_index(bisect->good, i)));
	g_ptr_array_add(words, NULL);
	lines = git_lines((const char *const *)words->pdata);
	g_ptr_array_free(words, TRUE);
	for (char **line = lines; line && *line; line++)
		(*line)[strcspn(*line, " ")] = '\0';
	if (!lines && !process_interrupted())
		cmd_usage(bisect->cmd, "%s: git fails there: is the repository gone?", cmd_root());
	return lines;
}

char **bisect_skipped(struct bisect *bisect)
{
	char **all = bisect_candidates(bisect);
	GPtrArray *skipped = g_ptr_array_new();

	for (char **id = all; id && *id; id++) {
		if (is_skipped(bisect, *id))
			g_ptr_array_add(skipped, g_strdup(*id));
	}
	g_ptr_array_add(skipped, NULL);
	g_strfreev(all);
	return (char **)g_ptr_array_free(skipped, FALSE);
}

/*
 * Chooses the next one. Each one skipped moves the choice away from the middle, by another distance
 * each time, so that a long row of commits that do not build is soon left. NULL: none is left.
 */
static const char *bisect_choose(const struct bisect *bisect, char **candidates,
				 unsigned nr_skipped_lately)
{
	GPtrArray *left = g_ptr_array_new();
	const char *chosen = NULL;

	for (char **id = candidates; *id; id++) {
		if (strcmp(*id, bisect->bad) != 0 && !is_skipped(bisect, *id))
			g_ptr_array_add(left, *id);
	}
	if (left->len) {
		double part = fmod(nr_skipped_lately * 0.6180339887, 1.0);

		chosen = g_ptr_array_index(left, (guint)(left->len * part * sqrt(part)));
	}
	g_ptr_array_free(left, TRUE);
	return chosen;
}

/* --- the search ------------------------------------------------------------------------------- */

static bool is_bad(const struct bisect *bisect, double value)
{
	return fabs(value - bisect->bad_value) < fabs(value - bisect->good_value);
}

static void bisect_step(struct bisect *bisect, const char *id, size_t nr_left)
{
	const struct bisect_count *count = bisect_count(bisect, id);
	const char *verdict = "skipped";

	if (count->state == COUNT_STOPPED)
		return;
	bisect->nr_steps++;
	if (count->state == COUNT_ABSENT) {
		progress_say("%3zu left  %.12s  %s: %s", nr_left, id, verdict, count->why);
		return;
	}
	verdict = is_bad(bisect, count->count.value) ? "bad" : "good";
	progress_say("%3zu left  %.12s  %12.2f  %s", nr_left, id, count->count.value, verdict);
	if (is_bad(bisect, count->count.value))
		snprintf(bisect->bad, sizeof(bisect->bad), "%s", id);
	else
		g_ptr_array_add(bisect->good, g_strdup(id));
}

enum bisect_end bisect_search(struct bisect *bisect)
{
	unsigned nr_skipped = 0;

	for (;;) {
		char **all = bisect_candidates(bisect), *id;
		bool any_skipped = false;

		if (!all)
			return BISECT_STOPPED;
		for (char **one = all; *one; one++)
			any_skipped |= is_skipped(bisect, *one);
		id = g_strdup(bisect_choose(bisect, all, nr_skipped));
		if (id)
			bisect_step(bisect, id, g_strv_length(all));
		g_strfreev(all);
		if (!id)
			return any_skipped ? BISECT_SEVERAL : BISECT_FOUND;
		nr_skipped = is_skipped(bisect, id) ? nr_skipped + 1 : 0;
		if (bisect_count(bisect, id)->state == COUNT_STOPPED) {
			free(id);
			return BISECT_STOPPED;
		}
		free(id);
	}
}
