/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_bisect.c - `pcpu-lab bisect`: which commit made an exact count rise, and which function. An
 * alert of that count says where to look, and gets what was found.
 */
#include "bench/history/history.h"
#include "bench/track/bisect.h"
#include "bench/track/bisect_alert.h"
#include "bench/track/revisions.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two counts of one program differ by less (gate.def). */
#define LEAST_DIFFERENCE 0.001

struct options {
	struct counted_metric metric;
	char good[GIT_ID_BYTES], bad[GIT_ID_BYTES];
	bool is_given; /* the two ends are the user's */
	bool again;
	uint64_t keep;
	const char *named; /* the user's history, or NULL */
	char *history;
};

static int take_ends(struct options *o, const char *good, const char *bad)
{
	const char *const is_older[] = {"merge-base", "--is-ancestor", o->good, o->bad, NULL};

	o->is_given = true;
	if (!git_resolve(good, o->good))
		return cmd_usage(&cmd_bisect, "'%s': git knows no such commit", good);
	if (!git_resolve(bad, o->bad))
		return cmd_usage(&cmd_bisect, "'%s': git knows no such commit", bad);
	if (!strcmp(o->good, o->bad))
		return cmd_usage(&cmd_bisect, "%s and %s are one commit", good, bad);
	if (git_status(is_older) != 0)
		return cmd_usage(&cmd_bisect, "%s is not an ancestor of %s", good, bad);
	return CMD_OK;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	const struct cmd_option options[] = {
		{"again", CMD_FLAG, &o->again, 0, 0, NULL},
		{"keep", CMD_NUMBER, &o->keep, 1, REVISIONS_MOST_KEPT, NULL},
		{"history", CMD_TEXT, &o->named, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_bisect, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);
	const char *wrong;

	if (status != CMD_OK)
		return status;
	if (nr_words != 1 && nr_words != 3)
		return cmd_usage(&cmd_bisect, "METRIC, or METRIC GOOD BAD, was expected");
	wrong = counted_metric_read(argv[1], &o->metric);
	if (wrong)
		return cmd_usage(&cmd_bisect, "'%s': %s", argv[1], wrong);
	if (counted_metric_is_instructions(&o->metric) && !program_exists("valgrind"))
		return cmd_usage(&cmd_bisect, "counting needs valgrind, which is not here");
	if (!revisions_are_here(&cmd_bisect) || !history_may_take(o->named, false))
		return CMD_USAGE;
	o->history = o->named ? g_strdup(o->named) : history_path();
	return nr_words == 3 ? take_ends(o, argv[2], argv[3]) : CMD_OK;
}

/* --- the two ends ----------------------------------------------------------------------------- */

/* Of the usual range: the newest that can be counted, at most a few back. */
static const char *find_newest(struct bisect *bisect, const struct revisions *all, size_t *at)
{
	for (*at = all->nr; (*at)-- > 0;) {
		enum count_state state = bisect_count(bisect, all->at[*at].id)->state;

		if (state != COUNT_ABSENT)
			return state == COUNT_DONE ? all->at[*at].id : NULL;
		progress_say("%.12s  skipped: %s", all->at[*at].id,
			     bisect_count(bisect, all->at[*at].id)->why);
	}
	cmd_usage(bisect->cmd, "%s %s: none of %zu commits can be counted", bisect->metric->name,
		  bisect->metric->metric, all->nr);
	return NULL;
}

/* The oldest that can be counted. Where the first cannot, there may be none of that name yet: then
   the first behind those without, by halves. */
static const char *find_oldest(struct bisect *bisect, const struct revisions *all, size_t newest)
{
	size_t with = newest, without = 0, at = 0;

	while (at < with) {
		const struct bisect_count *count = bisect_count(bisect, all->at[at].id);

		if (count->state == COUNT_STOPPED)
			return NULL;
		if (count->state == COUNT_ABSENT)
			progress_say("%.12s  skipped: %s", all->at[at].id, count->why);
		if (count->state == COUNT_DONE)
			with = at;
		else
			without = at;
		at = with - without > 1 ? (without + with) / 2 : with;
	}
	if (with < newest)
		return all->at[with].id;
	cmd_usage(bisect->cmd, "%s %s: no older commit can be counted", bisect->metric->name,
		  bisect->metric->metric);
	return NULL;
}

/* Of an alert, where there is one. */
static bool take_alert(struct options *o)
{
	int64_t id = bisect_alert_find(o->history, &o->metric, o->good, o->bad);

	if (id)
		progress_say("alert %lld: between %.12s and %.12s", (long long)id, o->good, o->bad);
	return id != 0;
}

static bool find_ends(struct bisect *bisect, struct options *o)
{
	struct revisions all;
	const char *good = NULL, *bad;
	size_t newest = 0;

	if (revisions_find(&cmd_bisect, NULL, 1, &all) != CMD_OK)
		return false;
	bad = find_newest(bisect, &all, &newest);
	if (bad)
		good = find_oldest(bisect, &all, newest);
	if (good) {
		snprintf(o->bad, sizeof(o->bad), "%s", bad);
		snprintf(o->good, sizeof(o->good), "%s", good);
	}
	revisions_free(&all);
	return good != NULL;
}

/* Counts one of the two ends. False after printing why it cannot be. */
static bool count_end(struct bisect *bisect, const char *id, double *value)
{
	const struct bisect_count *count = bisect_count(bisect, id);

	if (count->state == COUNT_ABSENT)
		cmd_usage(&cmd_bisect, "%.12s cannot be counted: %s", id, count->why);
	*value = count->count.value;
	return count->state == COUNT_DONE;
}

static bool bisect_begin(struct bisect *bisect, struct options *o)
{
	double good, bad;

	if (!o->is_given && !take_alert(o) && !find_ends(bisect, o))
		return false;
	if (!count_end(bisect, o->good, &good) || !count_end(bisect, o->bad, &bad))
		return false;
	progress_say("%s %s: %.2f at %.12s, %.2f at %.12s", o->metric.name, o->metric.metric, good,
		     o->good, bad, o->bad);
	if (fabs(bad - good) <= LEAST_DIFFERENCE * fabs(good)) {
		cmd_usage(&cmd_bisect, "they do not differ: nothing is to be found between them");
		return false;
	}
	bisect->good_value = good;
	bisect->bad_value = bad;
	g_ptr_array_add(bisect->good, g_strdup(o->good));
	snprintf(bisect->bad, sizeof(bisect->bad), "%s", o->bad);
	return true;
}

static void report_put(const struct options *o, struct bisect *bisect, enum bisect_end end)
{
	char *words = bisect_report(bisect, end);
	int64_t id = bisect_alert_note(o->history, &o->metric, bisect->bad, words);

	if (id)
		progress_say("alert %lld: %s", (long long)id, words);
	g_free(words);
}

static int run_search(struct options *o, struct revision_work *work)
{
	struct bisect bisect;
	enum bisect_end end = BISECT_STOPPED;
	int status = CMD_USAGE;

	bisect_init(&bisect, &cmd_bisect, work, &o->metric);
	if (bisect_begin(&bisect, o))
		end = bisect_search(&bisect);
	progress_clear();
	if (end != BISECT_STOPPED) {
		report_put(o, &bisect, end);
		status = end == BISECT_FOUND ? CMD_OK : CMD_FOUND;
	}
	bisect_finish(&bisect);
	return status;
}

static int cmd_bisect_run(int argc, char **argv)
{
	struct options o = {.keep = REVISIONS_KEPT};
	struct revision_work *work;
	int status = parse_options(&o, argc, argv);

	if (status == CMD_OK && !cmd_claim(&cmd_bisect, NULL))
		status = CMD_USAGE;
	if (status == CMD_OK) {
		signals_hold();
		revisions_note_dirt(&cmd_bisect);
		if (o.again)
			revision_forget_marks();
		work = revision_work_open(&cmd_bisect, (unsigned)o.keep);
		status = work ? run_search(&o, work) : CMD_USAGE;
		revision_work_close(work);
		signals_release();
	}
	counted_metric_free(&o.metric);
	g_free(o.history);
	return status;
}

const struct cmd cmd_bisect = {
	.name = "bisect",
	.run = cmd_bisect_run,
};
