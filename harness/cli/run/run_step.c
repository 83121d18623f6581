/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_step.c - runs a subcommand as a child process. */
#include "harness/cli/run/run_step.h"
#include "harness/cli/cmd.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_LINES = 12, LIMIT_SECONDS = 3600, STATE_BYTES = 256 };

struct view {
	const struct run_step *step;
	unsigned position, total, nr_failed;
	double started; /* start of the job */
	char state[STATE_BYTES];
	json_t *output;
};

static bool step_progress(void *context, double seconds)
{
	const struct view *view = context;
	int all = (int)(clock_seconds() - view->started);
	char found[32] = "";

	if (view->nr_failed)
		snprintf(found, sizeof(found), "  %u failed", view->nr_failed);
	progress_show("[%u/%u]%s %d:%02d  %s %.0f s  %s", view->position, view->total, found,
		      all / 60, all % 60, view->step->stage, seconds, view->state);
	return true;
}

/* Converts untrusted text to JSON: bytes that are not UTF-8 become question marks. */
static json_t *any_text(const char *text, size_t bytes)
{
	json_t *string = json_stringn(text, bytes);
	char *ascii;

	if (string)
		return string;
	ascii = strndup(text, bytes);
	for (size_t i = 0; i < bytes; i++)
		ascii[i] = (unsigned char)ascii[i] < 0x80 ? ascii[i] : '?';
	string = json_string(ascii);
	free(ascii);
	return string ? string : json_string("");
}

/* A state begins with a carriage return (progress.h); other lines are kept. */
static void take_line(void *context, const char *line, size_t bytes)
{
	struct view *view = context;

	if (line[0] == '\r') {
		snprintf(view->state, sizeof(view->state), "%s", line + 1);
		return;
	}
	if (!bytes)
		return;
	snprintf(view->state, sizeof(view->state), "%s", line);
	json_array_append_new(view->output, any_text(line, bytes));
	if (json_array_size(view->output) > OUTPUT_LINES)
		json_array_remove(view->output, 0);
}

/* Returns the command as a user types it. */
static char *again_words(const struct run_step *step)
{
	char *text = g_strdup("./lab");

	for (size_t i = 0; step->words[i]; i++) {
		char *longer;
		bool plain = !step->words[i][strcspn(step->words[i], " '\"\\$&;()<>|*?[]~#")];

		longer = g_strdup_printf(plain ? "%s %s" : "%s '%s'", text, step->words[i]);
		free(text);
		text = longer;
	}
	return text;
}

static json_t *make_result(const struct run_step *step, const struct view *view,
			   const struct process_result *result, bool ok, const char *log)
{
	char ended[160];
	char *again = again_words(step);
	json_t *object;

	process_words(result, ended, sizeof(ended));
	object = json_pack("{s:s, s:s, s:b, s:b, s:b, s:f, s:s, s:s, s:s, s:O}", "stage",
			   step->stage, "name", step->name, "json", step->has_json, "ok", ok,
			   "interrupted", result->interrupted, "seconds", result->seconds, "ended",
			   ended, "again", again, "log", log + strlen(cmd_root()) + 1, "said",
			   view->output);
	free(again);
	return object;
}

json_t *run_step(const struct run_step *step, unsigned position, unsigned total, double started,
		 unsigned nr_failed)
{
	const char *argv[RUN_MAX_WORDS + 4] = {"/proc/self/exe"};
	const char *environment[] = {"LAB_PROGRESS=parent", NULL};
	char *json = cmd_path("reports/out/%s.json", step->name);
	char *text = cmd_path("reports/out/%s.txt", step->name);
	char *log = cmd_path("reports/out/%s.log", step->name);
	struct view view = {.step = step,
			    .position = position,
			    .total = total,
			    .nr_failed = nr_failed,
			    .started = started,
			    .output = json_array()};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .directory = cmd_root(),
				  .out_file = text,
				  .err_file = log,
				  .err_line = take_line,
				  .tick = step_progress,
				  .context = &view,
				  .timeout_seconds = LIMIT_SECONDS,
				  .grace_seconds = 15};
	struct process_result result;
	json_t *object;
	size_t nr = 1;
	bool ok;

	for (size_t i = 0; step->words[i]; i++)
		argv[nr++] = step->words[i];
	if (step->has_json) {
		argv[nr++] = "--json";
		argv[nr++] = json;
	}
	ok = process_run(&process, &result);
	progress_clear();
	object = make_result(step, &view, &result, ok, log);
	json_decref(view.output);
	free(log);
	free(text);
	free(json);
	return object;
}
