/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * watch.h - internal to `lab watch`: one commit after another through the stages, for weeks.
 *
 *	build/watch/tree		a worktree; goes from commit to commit, its builds stay
 *	build/watch/work		the stage that runs now; erased when watch starts
 *	build/watch/results/ID/STAGE	what a stage left: result.json, log.txt, its files
 *	build/watch/state.json		{"last": ID, "current": ID}
 *
 * W1  A stage is done when its folder is in results/, by a rename. What was killed before that is
 *     run again, from nothing; what was killed after it is not.
 * W2  What a stage left is put into the history and into reports/out behind that, by steps that may
 *     be repeated: `history_add_once()`, whole files by renames. STAGE/merged says that it is done.
 * W3  Processes of a killed watch have its lock file open; the next one ends them first.
 * W4  Commits are taken along the first parents of the branch, oldest first, each once.
 */
#ifndef WATCH_H
#define WATCH_H

#include "harness/cli/cmd.h"
#include "harness/cli/git.h"

#include <glib.h>
#include <jansson.h>

struct watch_stage {
	char *name, *command; /* of sh */
	bool repeats;	      /* again and again until the next commit */
};

struct watch {
	const char *into, *stages_file, *history_path;
	uint64_t every_seconds, limit_seconds, slice_seconds, most_load, least_disk_bytes, keep;
	bool fetch, once;
	char *folder, *tree, *work, *results, *state_file, *usual_history;
	struct watch_stage *stages;
	size_t nr_stages;
	char last[GIT_ID_BYTES]; /* done; "" at first */
	char current[GIT_ID_BYTES]; /* begun and not done, or "" */
	bool has_failed; /* a stage of this life */
	bool is_gone;	 /* the repository was not there when it was read last */
	double read_at;	 /* when that was */
};

/* watch_stages.c: reads the file of stages, or takes the usual ones. CMD_OK, or CMD_USAGE after a
   line. */
int watch_stages_read(struct watch *watch);
void watch_stages_free(struct watch *watch);

/* watch_state.c. False after printing a diagnostic. */
bool watch_state_read(struct watch *watch);
bool watch_state_write(const struct watch *watch);
/* "results/ID/STAGE[/FILE]", malloc'ed. */
char *watch_result_path(const struct watch *watch, const char *id, const char *stage,
			const char *file);
bool watch_is_done(const struct watch *watch, const char *id, const struct watch_stage *stage);

/* watch_commits.c: the oldest commit that is not done. False: there is none, or no repository. */
bool watch_next(struct watch *watch, char id[GIT_ID_BYTES]);
/* Waits for seconds, serving signals. False when one came. */
bool watch_pause(double seconds);
/* Waits until this machine has time and room for a stage. False: a signal came. */
bool watch_wait_for_machine(const struct watch *watch);

/* watch_run.c: runs one stage of a commit and puts what it left into results/. False: a signal, or
   a line was printed. */
bool watch_run_stage(struct watch *watch, const char *id, const struct watch_stage *stage);
bool watch_switch(struct watch *watch, const char *id);

/* watch_merge.c (W2). */
bool watch_merge(struct watch *watch, const char *id, const struct watch_stage *stage);
/* What fuzzing keeps in its worktree: inputs that break something, and the numbers over time. */
bool watch_merge_tree(const struct watch *watch);
/* Copies the programs that a revision has built, for the next comparison with it. */
void watch_keep_programs(const struct watch *watch, const char *id);

/* watch_publish.c: run.json, the page, logs. */
void watch_publish(const struct watch *watch, const char *id);

/* watch_lock.c: opens the lock that stages inherit, after ending what holds it. */
bool watch_lock(const struct watch *watch);

#endif
