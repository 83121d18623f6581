/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* watch_run.c - one stage of one commit, in the worktree. */
#include "bench/track/watch/watch.h"
#include "harness/cli/memory_file.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NR_WORDS = 7, GRACE_SECONDS = 15 };

/* --- the worktree ------------------------------------------------------------------------- */

/* What every revision's builds share with this checkout. */
static void share_folder(const struct watch *watch, const char *name)
{
	char *ours = cmd_path("build/%s", name);
	char *theirs = g_build_filename(watch->tree, "build", name, NULL);
	char *parent = g_build_filename(watch->tree, "build", NULL);

	if (cmd_make_folders(parent) && access(theirs, F_OK) && cmd_make_folders(ours) &&
	    symlink(ours, theirs))
		error_file(theirs, "written", strerror(errno));
	free(parent);
	free(theirs);
	free(ours);
}

bool watch_switch(struct watch *watch, const char *id)
{
	if (access(watch->tree, F_OK) || !git_tree_switch(watch->tree, id)) {
		if (process_interrupted())
			return false;
		watch_merge_tree(watch); /* what was found there must not go with it */
		git_tree_remove(watch->tree);
		if (!git_tree_add(watch->tree, id))
			return false;
	}
	share_folder(watch, "compare");
	share_folder(watch, "fuzz-corpus");
	return true;
}

/* --- the stage ---------------------------------------------------------------------------- */

/* Waits for its end; one that repeats is ended when there is another commit. */
static void wait_for_end(struct watch *watch, const struct watch_stage *stage,
			 struct process_job *job)
{
	char next[GIT_ID_BYTES];

	while (job->running) {
		processes_wait();
		if (stage->repeats && job->running &&
		    clock_seconds() - watch->read_at >= (double)watch->every_seconds &&
		    watch_next(watch, next))
			process_stop(job);
	}
}

static bool write_result(const struct watch *watch, const char *id,
			 const struct watch_stage *stage, const struct process_result *result)
{
	char ended[160], *path = g_build_filename(watch->work, "result.json", NULL);
	bool is_ok = result->status == 0 && !result->timed_out;
	json_t *text;
	bool ok;

	process_words(result, ended, sizeof(ended));
	text = json_pack("{s:s, s:s, s:s, s:b, s:f, s:s}", "revision", id, "stage", stage->name,
			 "command", stage->command, "ok", is_ok || result->stopped, "seconds",
			 result->seconds, "ended", ended);
	ok = json_write_file(path, text, JSON_INDENT(1));
	json_decref(text);
	free(path);
	return ok;
}

/* The rename after which the stage is done. */
static bool store_result(const struct watch *watch, const char *id,
			 const struct watch_stage *stage)
{
	char *folder = g_build_filename(watch->results, id, NULL);
	char *place = watch_result_path(watch, id, stage->name, NULL);
	bool ok = cmd_make_folders(folder);

	if (ok && stage->repeats)
		folder_erase(place); /* of the time before */
	if (ok && rename(watch->work, place)) {
		error_file(place, "written", strerror(errno));
		ok = false;
	}
	free(place);
	free(folder);
	return ok;
}

static bool run_command(struct watch *watch, const char *id, const struct watch_stage *stage,
			struct process_result *result)
{
	char *log = g_build_filename(watch->work, "log.txt", NULL);
	char *words[NR_WORDS] = {
		g_strdup("LAB_ROOT="), g_strdup("LAB_PACKAGES=no"),
		g_strdup_printf("LAB_OUT=%s", watch->work), g_strdup_printf("LAB_REVISION=%s", id),
		g_strdup_printf("LAB_BEFORE=%s", strcmp(watch->last, id) ? watch->last : ""),
		g_strdup_printf("LAB_SLICE=%llu", (unsigned long long)watch->slice_seconds), NULL};
	const char *argv[] = {"sh", "-c", stage->command, NULL};
	struct process process = {.argv = argv,
				  .directory = watch->tree,
				  .environment = (const char *const *)words,
				  .out_file = log,
				  .err_file = log,
				  .append = true,
				  .timeout_seconds = (double)watch->limit_seconds,
				  .grace_seconds = GRACE_SECONDS};
	struct process_job job;

	progress_show("watch %.12s %s", id, stage->name);
	if (process_start(&job, &process))
		wait_for_end(watch, stage, &job);
	*result = job.result;
	if (result->spawn_errno)
		process_explain(&process, result);
	for (int i = 0; words[i]; i++)
		free(words[i]);
	free(log);
	return !result->interrupted && !result->spawn_errno;
}

bool watch_run_stage(struct watch *watch, const char *id, const struct watch_stage *stage)
{
	struct process_result result;
	bool ok;

	if (!watch_wait_for_machine(watch))
		return false;
	folder_erase(watch->work);
	ok = cmd_make_folders(watch->work) && watch_switch(watch, id) &&
	     run_command(watch, id, stage, &result) && write_result(watch, id, stage, &result) &&
	     store_result(watch, id, stage);
	progress_clear();
	if (!ok)
		return false;
	if (result.status != 0 && !result.stopped)
		watch->has_failed = true;
	if (!stage->repeats || (result.status != 0 && !result.stopped))
		progress_say("%.12s  %-10s %7.1f s  %s", id, stage->name, result.seconds,
			     result.status == 0 ? "ok" : "FAILED");
	return true;
}
