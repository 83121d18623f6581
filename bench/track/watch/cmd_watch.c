/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_watch.c - `pcpu-lab watch`: takes each new commit through the stages, and publishes the page.
 *
 *	next commit? --yes--> gate, compare, boot, zoo --> page --+
 *	     ^  no: fuzz, until there is one                      |
 *	     +----------------------------------------------------+
 */
#include "bench/track/watch/watch.h"
#include "bench/track/revision_build.h"
#include "bench/track/revisions.h"
#include "bench/history/history.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { USUAL_EVERY = 60, USUAL_LIMIT = 2 * 3600, USUAL_SLICE = 1800, DAY = 24 * 3600,
       OTHERS_SECONDS = 60 };

/* --- options ------------------------------------------------------------------------------ */

static int parse_options(struct watch *watch, const char **since, int argc, char **argv)
{
	const struct cmd_option options[] = {
		{"into", CMD_TEXT, &watch->into, 0, 0, NULL},
		{"stages", CMD_TEXT, &watch->stages_file, 0, 0, NULL},
		{"history", CMD_TEXT, &watch->history_path, 0, 0, NULL},
		{"since", CMD_TEXT, since, 0, 0, NULL},
		{"fetch", CMD_FLAG, &watch->fetch, 0, 0, NULL},
		{"once", CMD_FLAG, &watch->once, 0, 0, NULL},
		{"every", CMD_SECONDS, &watch->every_seconds, 1, DAY, NULL},
		{"limit", CMD_SECONDS, &watch->limit_seconds, 1, 7 * DAY, NULL},
		{"slice", CMD_SECONDS, &watch->slice_seconds, 1, 7 * DAY, NULL},
		{"load", CMD_NUMBER, &watch->most_load, 1, 100000, NULL},
		{"disk", CMD_BYTES, &watch->least_disk_bytes, 0, UINT64_MAX / 2, NULL},
		{"keep", CMD_NUMBER, &watch->keep, 1, REVISIONS_MOST_KEPT, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_watch, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status == CMD_OK && nr_words)
		status = cmd_usage(&cmd_watch, "no word was expected, not '%s'", argv[1]);
	if (status == CMD_OK)
		status = watch_stages_read(watch);
	if (status == CMD_OK && !history_may_take(watch->history_path, false))
		status = CMD_USAGE;
	return status;
}

/* Absolute, since the page is written by another process. */
static char *absolute_path(const char *path)
{
	return g_canonicalize_filename(path, NULL);
}

static void make_paths(struct watch *watch)
{
	watch->folder = cmd_path("build/watch");
	watch->tree = cmd_path("build/watch/tree");
	watch->work = cmd_path("build/watch/work");
	watch->results = cmd_path("build/watch/results");
	watch->state_file = cmd_path("build/watch/state.json");
	watch->usual_history = history_path();
	if (!watch->history_path)
		watch->history_path = watch->usual_history;
}

static void free_paths(struct watch *watch)
{
	free(watch->folder);
	free(watch->tree);
	free(watch->work);
	free(watch->results);
	free(watch->state_file);
	free(watch->usual_history);
}

/* --- results that are old ----------------------------------------------------------------- */

struct aged {
	char *name;
	struct timespec at;
};

static gint compare_ages(gconstpointer a, gconstpointer b)
{
	const struct timespec *x = &((const struct aged *)a)->at;
	const struct timespec *y = &((const struct aged *)b)->at;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return x->tv_nsec < y->tv_nsec ? 1 : x->tv_nsec > y->tv_nsec ? -1 : 0;
}

static void erase_logs(const struct watch *watch, const char *id)
{
	char *folder = g_build_filename(watch->into, "logs", NULL), **names = folder_names(folder);

	for (char **name = names; *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);

		if (!strncmp(*name, id, 12) && (*name)[12] == '-')
			unlink(path);
		free(path);
	}
	g_strfreev(names);
	free(folder);
}

/* Those of the last `keep` commits stay, with their logs on the page. */
static void trim_results(const struct watch *watch)
{
	char **names = folder_names(watch->results);
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct aged));

	for (char **name = names; *name; name++) {
		char *path = g_build_filename(watch->results, *name, NULL);
		struct aged one = {.name = *name};
		struct stat about;

		if (!stat(path, &about)) {
			one.at = about.st_mtim;
			g_array_append_val(all, one);
		}
		free(path);
	}
	g_array_sort(all, compare_ages);
	for (guint i = (guint)watch->keep; i < all->len; i++) {
		const char *name = g_array_index(all, struct aged, i).name;
		char *path = g_build_filename(watch->results, name, NULL);

		folder_erase(path);
		erase_logs(watch, name);
		free(path);
	}
	g_array_free(all, TRUE);
	g_strfreev(names);
}

/* Whether a name is that of a file that cmd_write_file() has not renamed yet: FILE.XXXXXX. */
static bool is_temporary(const char *name)
{
	static const char *const kinds[] = {".json.", ".html.", ".txt.", ".jsonl."};
	size_t bytes = strlen(name);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && bytes > 6; i++) {
		size_t kind = strlen(kinds[i]);

		if (bytes > 6 + kind && !strncmp(name + bytes - 6 - kind, kinds[i], kind))
			return true;
	}
	return false;
}

/* seconds: how old they have to be; others may write there now. */
static void erase_temporaries(const char *folder, time_t seconds)
{
	char **names = folder_names(folder);

	for (char **name = names; *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);
		struct stat about;

		if (is_temporary(*name) && !stat(path, &about) &&
		    time(NULL) - about.st_mtime >= seconds)
			unlink(path);
		free(path);
	}
	g_strfreev(names);
}

/* --- commits ------------------------------------------------------------------------------ */

static bool take_stage(struct watch *watch, const char *id, const struct watch_stage *stage)
{
	bool is_done = watch_is_done(watch, id, stage) && !stage->repeats;

	if (!is_done && !watch_run_stage(watch, id, stage))
		return false;
	if (!watch_merge(watch, id, stage))
		return false;
	if (!is_done)
		watch_publish(watch, id);
	return !process_interrupted();
}

/* Takes the current commit through its stages. False: it has to go on later. */
static bool take_commit(struct watch *watch)
{
	char id[GIT_ID_BYTES];

	for (size_t i = 0; i < watch->nr_stages; i++) {
		if (!watch->stages[i].repeats &&
		    !take_stage(watch, watch->current, &watch->stages[i]))
			return false;
	}
	watch_keep_programs(watch, watch->current);
	memcpy(id, watch->current, sizeof(id));
	memcpy(watch->last, id, sizeof(id));
	watch->current[0] = '\0';
	if (!watch_state_write(watch)) {
		memcpy(watch->current, id, sizeof(id));
		return false;
	}
	watch_publish(watch, id);
	trim_results(watch);
	return true;
}

/* Begins the next commit, when there is one. */
static bool begin_commit(struct watch *watch)
{
	char id[GIT_ID_BYTES], *words;

	if (*watch->current && !git_resolve(watch->current, id) && git_resolve("HEAD", id)) {
		progress_say("lab watch: %.12s is not there any more", watch->current);
		watch->current[0] = '\0';
	}
	if (*watch->current)
		return true;
	if (!watch_next(watch, watch->current)) {
		watch->current[0] = '\0';
		return false;
	}
	words = revision_words(watch->current);
	progress_say("%s", words);
	free(words);
	if (watch_state_write(watch))
		return true;
	watch->current[0] = '\0';
	return false;
}

/* What is done until the next commit; false: there is nothing. */
static bool repeat_stages(struct watch *watch)
{
	double started = clock_seconds();
	bool any = false, ok = true;

	for (size_t i = 0; *watch->last && i < watch->nr_stages && ok; i++) {
		if (!watch->stages[i].repeats)
			continue;
		any = true;
		ok = take_stage(watch, watch->last, &watch->stages[i]);
	}
	/* One that ends at once must not keep this machine busy with that. */
	return any && ok && clock_seconds() - started >= (double)watch->every_seconds / 2;
}

static int watch_loop(struct watch *watch)
{
	while (!process_interrupted()) {
		if (begin_commit(watch)) {
			if (take_commit(watch))
				continue;
			if (watch->once)
				return CMD_USAGE;
			watch_pause((double)watch->every_seconds);
		} else if (watch->once) {
			break;
		} else if (!repeat_stages(watch)) {
			watch_pause((double)watch->every_seconds);
		}
	}
	return watch->has_failed ? CMD_FOUND : CMD_OK;
}

/* --- the command -------------------------------------------------------------------------- */

static int take_since(struct watch *watch, const char *since)
{
	if (!since)
		return CMD_OK;
	if (*watch->last || *watch->current)
		return cmd_usage(&cmd_watch, "--since is for the first time: %.12s was done last "
					     "(build/watch/state.json)", watch->last);
	if (!git_resolve(since, watch->last))
		return cmd_usage(&cmd_watch, "'%s': git knows no such commit", since);
	return CMD_OK;
}

/* What a killed one had found, and had not published yet. */
static void resume_killed(struct watch *watch)
{
	char *logs = g_build_filename(watch->into, "logs", NULL);

	folder_erase(watch->work);
	erase_temporaries(watch->folder, 0);
	erase_temporaries(logs, 0);
	erase_temporaries(watch->into, OTHERS_SECONDS);
	watch_merge_tree(watch);
	if (*watch->last && !*watch->current)
		watch_publish(watch, watch->last);
	free(logs);
}

static int watch_start(struct watch *watch, const char *since)
{
	char *into = watch->into ? absolute_path(watch->into) : cmd_path("reports/out");
	int status = CMD_USAGE;

	watch->into = into;
	if (revisions_are_here(&cmd_watch) && cmd_claim(&cmd_watch, NULL) &&
	    cmd_make_folders(watch->folder) && cmd_make_folders(into) && watch_lock(watch) &&
	    watch_state_read(watch))
		status = take_since(watch, since);
	if (status == CMD_OK) {
		signals_hold();
		resume_killed(watch);
		revisions_note_dirt(&cmd_watch);
		status = watch_loop(watch);
		progress_clear();
		signals_release();
	}
	free(into);
	return status;
}

static int cmd_watch_run(int argc, char **argv)
{
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct watch watch = {
		.every_seconds = USUAL_EVERY,
		.limit_seconds = USUAL_LIMIT,
		.slice_seconds = USUAL_SLICE,
		.most_load = nr_cpus > 0 ? (uint64_t)nr_cpus : 1,
		.least_disk_bytes = 1 << 30,
		.keep = REVISIONS_KEPT,
	};
	const char *since = NULL;
	int status = parse_options(&watch, &since, argc, argv);

	if (status == CMD_OK) {
		make_paths(&watch);
		status = watch_start(&watch, since);
		free_paths(&watch);
	}
	watch_stages_free(&watch);
	return status;
}

const struct cmd cmd_watch = {
	.name = "watch",
	.run = cmd_watch_run,
};
