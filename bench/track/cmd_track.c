/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_track.c - `pcpu-lab track`: measures the revisions that the history does not have.
 *
 *	revisions  1  2  3  4  5		counts  x  x  .  x  .	-> 3, 5
 *						times   x  .  .  .  .	-> 2, 3, 4, 5, while quiet
 *
 * R1  A revision is in the history, with all its samples, as soon as it is measured: whatever ends
 *     this, the next one goes on behind it.
 * R2  Counts that are higher than those of the revision before that has some are counted again
 *     (gate.h, R4).
 */
#include "bench/track/track.h"
#include "bench/gate/gate.h"
#include "bench/history/alerts/alerts.h"
#include "bench/track/revisions.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT_AGAIN = 2, USUAL_REPS = 3, USUAL_WAIT = 300, DAY = 24 * 3600 };

struct options {
	const char *range, *history;
	uint64_t every, reps, keep, wait_seconds;
	bool counts, list, again, reps_given, wait_given;
};

static int parse_options(struct options *o, int argc, char **argv)
{
	const struct cmd_option options[] = {
		{"every", CMD_NUMBER, &o->every, 1, 1000000, NULL},
		{"reps", CMD_NUMBER, &o->reps, 1, 1000, &o->reps_given},
		{"wait", CMD_SECONDS, &o->wait_seconds, 1, DAY, &o->wait_given},
		{"keep", CMD_NUMBER, &o->keep, 1, REVISIONS_MOST_KEPT, NULL},
		{"history", CMD_TEXT, &o->history, 0, 0, NULL},
		{"counts", CMD_FLAG, &o->counts, 0, 0, NULL},
		{"list", CMD_FLAG, &o->list, 0, 0, NULL},
		{"again", CMD_FLAG, &o->again, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_track, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words > 1)
		return cmd_usage(&cmd_track, "one REV..REV was expected, %d words were given",
				 nr_words);
	if (o->counts && (o->reps_given || o->wait_given))
		return cmd_usage(&cmd_track, "--reps and --wait are of times, which --counts does "
					     "not measure");
	if (o->list && (o->counts || o->again || o->reps_given || o->wait_given))
		return cmd_usage(&cmd_track, "--list measures nothing");
	if (!o->list && !program_exists("valgrind"))
		return cmd_usage(&cmd_track, "counting needs valgrind, which is not here");
	o->range = nr_words ? argv[1] : NULL;
	return history_may_take(o->history, o->list) ? CMD_OK : CMD_USAGE;
}

/* --- one revision ----------------------------------------------------------------------------- */

/* Reads the list of runs again: other processes add some. */
static bool stored_refresh(struct track *track)
{
	json_decref(track->stored.runs);
	track->stored.runs = history_list(track->history);
	return track->stored.runs != NULL;
}

static void note_failure(struct track *track, const struct revision *revision, const char *why)
{
	track->nr_failed++;
	progress_say("%.12s  skipped: %s", revision->id, why);
}

/* Lowers what rose by chance. */
static void count_least(struct track *track, const char *program, const char *before,
			json_t *counted)
{
	json_t *last = before ? track_counts_of(track->history, &track->stored, before) : NULL;

	for (int i = 0; i < COUNT_AGAIN && gate_least(last, counted, NULL); i++) {
		json_t *again = gate_count(program);

		if (!again)
			break;
		gate_least(last, counted, again);
		json_decref(again);
	}
	json_decref(last);
}

static bool store_counts(struct track *track, const struct revision *revision,
			 const char *program, json_t *counted)
{
	char *key = gate_key(program);
	json_t *run = key ? gate_history_run("track", key, counted, revision->id, false) : NULL;
	bool ok;

	json_object_set_new(json_object_get(run, "context"), "commit_time",
			    json_string(revision->time));
	ok = run && history_add(track->history, run) > 0 && alerts_update(track->history) &&
	     stored_refresh(track);
	json_decref(run);
	free(key);
	return ok;
}

/* before: the last one in front of it that has counts, or NULL. False: nothing more can be done. */
static bool measure_counts(struct track *track, const struct revision *revision,
			   const char *before)
{
	char why[WHY_BYTES], *program = NULL;
	enum revision_state state =
		revision_program(track->work, revision->id, "pcpu-count", &program, why);
	json_t *counted = state == REVISION_BUILT ? gate_count(program) : NULL;
	bool ok = state != REVISION_STOPPED;

	if (state == REVISION_UNBUILT) {
		note_failure(track, revision, why);
	} else if (counted && !process_interrupted()) {
		count_least(track, program, before, counted);
		ok = store_counts(track, revision, program, counted);
		track->nr_measured += ok;
		if (ok)
			progress_say("%.12s  %zu benchmarks counted  %s", revision->id,
				     json_object_size(counted), revision->subject);
	} else if (state == REVISION_BUILT && !process_interrupted()) {
		note_failure(track, revision, "its pcpu-count does not count");
	}
	json_decref(counted);
	free(program);
	return ok && !process_interrupted();
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool track_counts(struct track *track, const struct revisions *all)
{
	const char *before = NULL;

	for (size_t i = 0; i < all->nr; i++) {
		if (track_has_counts(&track->stored, all->at[i].id))
			track->nr_there++;
		else if (!measure_counts(track, &all->at[i], before))
			return false;
		if (track_has_counts(&track->stored, all->at[i].id))
			before = all->at[i].id;
	}
	return true;
}

static int print_list(const struct track *track, const struct revisions *all)
{
	for (size_t i = 0; i < all->nr; i++) {
		const struct revision *one = &all->at[i];

		printf("%.12s %.10s %-6s %-5s %s\n", one->id, one->time,
		       track_has_counts(&track->stored, one->id) ? "counts" : "-",
		       track_has_times(&track->stored, one->id) ? "times" : "-", one->subject);
	}
	printf("%zu revisions\n", all->nr);
	return CMD_OK;
}

static int track_measure(struct track *track, const struct options *o,
			 const struct revisions *all)
{
	bool ok;

	track->work = revision_work_open(&cmd_track, (unsigned)o->keep);
	ok = track->work && track_counts(track, all);
	if (ok && !o->counts)
		ok = track_times(track, all);
	revision_work_close(track->work);
	progress_clear();
	printf("%zu revisions: %u counted, %u timed, %u were there, %u cannot be measured\n",
	       all->nr, track->nr_measured, track->nr_timed, track->nr_there, track->nr_failed);
	if (!ok)
		return CMD_USAGE;
	return track->nr_failed ? CMD_FOUND : CMD_OK;
}

static int track_open(const struct options *o, const struct revisions *all)
{
	char *usual = history_path();
	const char *path = o->history ? o->history : usual;
	struct track track = {.nr_reps = (unsigned)o->reps,
			      .patience_seconds = o->wait_seconds,
			      .history_path = path};
	int status = CMD_USAGE;

	track.stored.key = revision_key();
	if (o->history || !o->list || !access(path, F_OK))
		track.history = o->list ? history_open_to_read(path) : history_open(path);
	else
		track.stored.runs = json_array(); /* there is none: nothing is made of it */
	if (track.stored.runs || (track.history && stored_refresh(&track)))
		status = o->list ? print_list(&track, all) : track_measure(&track, o, all);
	history_close(track.history);
	json_decref(track.stored.runs);
	free(track.stored.key);
	free(usual);
	return status;
}

static int cmd_track_run(int argc, char **argv)
{
	struct options o = {.every = 1,
			    .reps = USUAL_REPS,
			    .wait_seconds = USUAL_WAIT,
			    .keep = REVISIONS_KEPT};
	struct revisions all = {0};
	int status = parse_options(&o, argc, argv);

	if (status == CMD_OK)
		status = revisions_find(&cmd_track, o.range, o.every, &all);
	if (status == CMD_OK && !o.list && !cmd_claim(&cmd_track, NULL))
		status = CMD_USAGE;
	if (status == CMD_OK) {
		signals_hold();
		if (!o.list)
			revisions_note_dirt(&cmd_track);
		if (o.again)
			revision_forget_marks();
		status = track_open(&o, &all);
		signals_release();
	}
	revisions_free(&all);
	return status;
}

const struct cmd cmd_track = {
	.name = "track",
	.run = cmd_track_run,
};
