/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* watch_merge.c - what a stage left goes into the history and into reports/out. */
#include "bench/track/watch/watch.h"
#include "bench/history/alerts/alerts.h"
#include "bench/history/history.h"
#include "bench/track/revision_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A run is added once, however often this is done. */
static bool merge_runs(struct history *to, const char *path)
{
	struct history *from = history_open_to_read(path);
	json_t *runs = from ? history_list(from) : NULL, *run;
	bool ok = runs != NULL, added;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		json_t *whole =
			history_load(from, json_integer_value(json_object_get(run, "id")));

		ok = ok && whole && history_add_once(to, whole, &added) > 0;
		json_decref(whole);
	}
	json_decref(runs);
	history_close(from);
	return ok;
}

static bool merge_history(const struct watch *watch, const char *path)
{
	struct history *to;
	bool ok;

	if (access(path, F_OK))
		return true;
	to = history_open(watch->history_path);
	ok = to && merge_runs(to, path) && alerts_update(to);
	history_close(to);
	return ok;
}

static bool copy_file(const char *from, const char *to)
{
	char *text;
	gsize bytes;
	bool ok;

	if (!g_file_get_contents(from, &text, &bytes, NULL))
		return true; /* it is gone: nothing is to be copied */
	ok = cmd_write_file(to, text, bytes);
	g_free(text);
	return ok;
}

/* Copies FOLDER's files with that suffix ("": all) into another folder. */
static bool copy_files(const char *folder, const char *suffix, const char *into)
{
	char **names = folder_names(folder);
	bool ok = !*names || cmd_make_folders(into);

	for (char **name = names; ok && *name; name++) {
		char *from = g_build_filename(folder, *name, NULL);
		char *to = g_build_filename(into, *name, NULL);

		if (g_str_has_suffix(*name, suffix) && strcmp(*name, "result.json") != 0 &&
		    g_file_test(from, G_FILE_TEST_IS_REGULAR))
			ok = copy_file(from, to);
		free(to);
		free(from);
	}
	g_strfreev(names);
	return ok;
}

bool watch_merge_tree(const struct watch *watch)
{
	char *out = cmd_path("reports/out");
	char *theirs = g_build_filename(watch->tree, "reports/out", NULL);
	char *crashes = g_build_filename(theirs, "crashes", NULL);
	char *ours = g_build_filename(out, "crashes", NULL);
	bool ok = copy_files(crashes, "", ours) && copy_files(theirs, ".jsonl", out);

	free(ours);
	free(crashes);
	free(theirs);
	free(out);
	return ok;
}

/* Empty, so that it is whole as soon as it is there. */
static bool mark_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		error_file(path, "written", strerror(errno));
	return fd >= 0 && !close(fd);
}

bool watch_merge(struct watch *watch, const char *id, const struct watch_stage *stage)
{
	char *mark = watch_result_path(watch, id, stage->name, "merged");
	char *folder = watch_result_path(watch, id, stage->name, NULL);
	char *history = watch_result_path(watch, id, stage->name, "history.db");
	char *out = cmd_path("reports/out");
	bool ok = !access(mark, F_OK);

	if (!ok)
		ok = merge_history(watch, history) && copy_files(folder, ".json", out) &&
		     watch_merge_tree(watch) && mark_make(mark);
	free(out);
	free(history);
	free(folder);
	free(mark);
	return ok;
}

void watch_keep_programs(const struct watch *watch, const char *id)
{
	static const char *const names[] = {"pcpu-count", "pcpu-bench"};
	char *folder = cmd_path("build/compare/%s", id);

	for (size_t i = 0; i < 2; i++) {
		char *from = g_build_filename(watch->tree, "build/release/bench", names[i], NULL);
		char *to = g_build_filename(folder, names[i], NULL);

		if (!access(from, X_OK) && access(to, F_OK) && cmd_make_folders(folder) &&
		    copy_file(from, to))
			chmod(to, 0755);
		free(to);
		free(from);
	}
	free(folder);
	revisions_trim((unsigned)watch->keep);
}
