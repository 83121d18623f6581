/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * watch_publish.c - the page of the commit that was done last or is at work, for any web server.
 *
 *	FOLDER/index.html	lab report
 *	FOLDER/watch.json	the commit, and its stages
 *	FOLDER/logs/ID-STAGE.txt
 */
#include "bench/track/watch/watch.h"
#include "harness/cli/memory_file.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"
#include "harness/cli/run/host_facts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_LINES = 12, PAGE_SECONDS = 120 };

static json_t *last_lines(const char *path)
{
	json_t *last = json_array();
	char *text = NULL, *valid, **lines;
	guint nr;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return last;
	valid = g_utf8_make_valid(text, -1);
	lines = g_strsplit(g_strchomp(valid), "\n", -1);
	nr = g_strv_length(lines);
	for (guint i = nr > OUTPUT_LINES ? nr - OUTPUT_LINES : 0; i < nr; i++)
		json_array_append_new(last, json_string(lines[i]));
	g_strfreev(lines);
	free(valid);
	g_free(text);
	return last;
}

/* A step as cmd_run.c writes it; NULL when the stage has not run. */
static json_t *make_step(const struct watch *watch, const char *id,
			 const struct watch_stage *stage)
{
	char *path = watch_result_path(watch, id, stage->name, "result.json");
	char *log = watch_result_path(watch, id, stage->name, "log.txt");
	char *again = g_strdup_printf("git switch --detach %.12s && %s", id, stage->command);
	json_t *result = json_load_file(path, 0, NULL), *step = NULL;

	if (result)
		step = json_pack("{s:s, s:s, s:b, s:O, s:b, s:O, s:O, s:s, s:s, s:o}", "stage",
				 "watch", "name", stage->name, "json", 0, "ok",
				 json_object_get(result, "ok"), "interrupted", 0, "seconds",
				 json_object_get(result, "seconds"), "ended",
				 json_object_get(result, "ended"), "again", again, "log",
				 log + strlen(cmd_root()) + 1, "said", last_lines(log));
	json_decref(result);
	free(again);
	free(log);
	free(path);
	return step;
}

static json_t *make_steps(const struct watch *watch, const char *id)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < watch->nr_stages; i++) {
		json_t *step = make_step(watch, id, &watch->stages[i]);

		if (step)
			json_array_append_new(steps, step);
	}
	return steps;
}

/* reports/out/run.json: the page's first tab shows it. */
static bool write_run(const struct watch *watch, const char *id, json_t *steps)
{
	char *path = cmd_path("reports/out/run.json"), *folder = cmd_path("reports/out");
	json_t *host = host_describe(), *step, *run;
	double seconds = 0;
	size_t i;
	bool ok;

	json_object_set_new(host, "commit", json_string(id));
	json_array_foreach(steps, i, step) seconds +=
		json_number_value(json_object_get(step, "seconds"));
	run = json_pack("{s:o, s:b, s:b, s:i, s:f, s:O}", "host", host, "finished",
			strcmp(watch->current, id) != 0, "quick", 0, "minutes",
			(int)(seconds / 60), "seconds", seconds, "steps", steps);
	ok = cmd_make_folders(folder) && json_write_file(path, run, JSON_INDENT(1));
	json_decref(run);
	free(folder);
	free(path);
	return ok;
}

static bool write_summary(const struct watch *watch, const char *id, json_t *steps)
{
	char *path = g_build_filename(watch->into, "watch.json", NULL);
	json_t *all = json_pack("{s:s, s:i, s:s, s:b, s:O}", "format", "pcpu-lab-watch-page",
				"version", 1, "revision", id, "finished",
				strcmp(watch->current, id) != 0, "stages", steps);
	bool ok = json_write_file(path, all, JSON_INDENT(1));

	json_decref(all);
	free(path);
	return ok;
}

static void write_logs(const struct watch *watch, const char *id)
{
	char *folder = g_build_filename(watch->into, "logs", NULL);

	for (size_t i = 0; i < watch->nr_stages && cmd_make_folders(folder); i++) {
		char *from = watch_result_path(watch, id, watch->stages[i].name, "log.txt");
		char *to = g_strdup_printf("%s/%.12s-%s.txt", folder, id, watch->stages[i].name);
		char *text;
		gsize bytes;

		if (g_file_get_contents(from, &text, &bytes, NULL)) {
			cmd_write_file(to, text, bytes);
			g_free(text);
		}
		free(to);
		free(from);
	}
	free(folder);
}

static void write_page(const struct watch *watch)
{
	char *page = g_build_filename(watch->into, "index.html", NULL);
	bool is_usual = !strcmp(watch->history_path, watch->usual_history);
	const char *argv[] = {"/proc/self/exe", "report", "--output", page,
			      is_usual ? NULL : "--database", watch->history_path, NULL};
	struct process process = {
		.argv = argv, .err_file = "-", .timeout_seconds = PAGE_SECONDS};
	struct process_result result;

	if (!process_run(&process, &result) && result.status != CMD_FOUND &&
	    !result.interrupted)
		progress_say("lab watch: there is no page: lab report failed");
	free(page);
}

void watch_publish(const struct watch *watch, const char *id)
{
	json_t *steps = make_steps(watch, id);

	if (cmd_make_folders(watch->into) && write_run(watch, id, steps) &&
	    write_summary(watch, id, steps)) {
		write_logs(watch, id);
		write_page(watch);
	}
	json_decref(steps);
}
