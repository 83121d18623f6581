/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* compare.c - runs both programs in alternating rounds and collects times and counts by
   benchmark. */
#include "bench/compare/compare.h"
#include "harness/cli/cmd.h"
#include "harness/cli/git.h"
#include "bench/history/history_formats.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_WORDS = 16 };

struct comparison {
	const struct compare_options *options;
	json_t *rows;	/* in order of appearance */
	json_t *counts; /* compare_counts.c's */
	json_t *index;	/* name -> row */
	json_t *run;	/* the last one, as the history has it */
	char *raw;	/* path of a program's result file */
	unsigned nr_failed;
	bool refused; /* a program rejected its arguments; it has printed why */
	bool warned;  /* warnings about the host have been printed once */
};

/* --- what is compared with ---------------------------------------------------------------- */

static bool is_file(const char *with)
{
	struct stat status;

	return !stat(with, &status) && !S_ISDIR(status.st_mode);
}

/* The runs of a file. NULL after printing a diagnostic. */
static json_t *load_file(const char *path)
{
	char *text;
	size_t bytes;
	json_t *runs;

	if (!cmd_read_file(path, &text, &bytes))
		return NULL;
	runs = history_google.parse(path, text, bytes);
	free(text);
	return runs;
}

int compare_check(const char *with)
{
	char id[GIT_ID_BYTES];
	json_t *runs;

	if (is_file(with)) {
		runs = load_file(with);
		json_decref(runs);
		return runs ? CMD_OK : CMD_USAGE;
	}
	if (git_resolve(with, id))
		return CMD_OK;
	return cmd_usage(&cmd_bench, "--compare %s: neither a revision nor a readable file", with);
}

/* --- samples ------------------------------------------------------------------------------ */

static json_t *find_row(struct comparison *c, const char *name)
{
	json_t *row = json_object_get(c->index, name);

	if (!row) {
		row = json_pack("{s:s, s:[], s:[]}", "name", name, "a", "b");
		json_object_set(c->index, name, row);
		json_array_append_new(c->rows, row);
	}
	return row;
}

static void take_samples(struct comparison *c, const json_t *run, const char *side)
{
	const json_t *sample;
	size_t i;

	json_array_foreach(json_object_get(run, "samples"), i, sample)
	{
		const char *engine = history_text(sample, "engine");
		bool none = !strcmp(engine, "-");
		char *name = g_strdup_printf("%s%s%s", history_text(sample, "workload"),
					     none ? "" : "/", none ? "" : engine);
		if (!strcmp(history_text(sample, "metric"), "real_time"))
			json_array_append(json_object_get(find_row(c, name), side),
					  json_object_get(sample, "value"));
		else
			compare_count_sample(c->counts, name, sample, side);
		free(name);
	}
}

/* Benchmarks that only one side has are listed, and not compared. */
static void drop_unpaired(struct comparison *c)
{
	for (size_t i = json_array_size(c->rows); i-- > 0;) {
		json_t *row = json_array_get(c->rows, i);
		bool a = json_array_size(json_object_get(row, "a")) > 0;
		bool b = json_array_size(json_object_get(row, "b")) > 0;

		if (a && b)
			continue;
		progress_say("%s: only in %s", history_text(row, "name"), a ? "A" : "B");
		json_array_remove(c->rows, i);
	}
}

/* --- rounds ------------------------------------------------------------------------------- */

static void note_line(void *context, const char *line, size_t bytes)
{
	struct comparison *c = context;

	if (strstr(line, "FAILED")) {
		c->nr_failed++;
		progress_say("%s", line);
	}
}

static void note_warning(void *context, const char *line, size_t bytes)
{
	const struct comparison *c = context;

	if (!c->warned)
		progress_say("%s", line);
}

/* Returns false, after a diagnostic, when there are no results. A failed benchmark is counted and
   has no time. */
static bool run_once(struct comparison *c, const char *program, const char *side)
{
	const char *argv[MAX_WORDS + 6] = {program, "--reps", "1", "--json", c->raw};
	char *root;
	json_t *runs;
	size_t nr = 5;

	for (size_t i = 0; c->options->words[i] && i < MAX_WORDS; i++)
		argv[nr++] = c->options->words[i];
	root = g_strdup_printf("LAB_ROOT=%s", cmd_root());
	unlink(c->raw);
	{
		const char *environment[] = {root, NULL};
		struct process process = {.argv = argv,
					  .environment = environment,
					  .out_line = note_line,
					  .err_line = note_warning,
					  .context = c,
					  .timeout_seconds = c->options->timeout_seconds};
		struct process_result result;

		if (!process_run(&process, &result) && result.status != CMD_FOUND) {
			progress_clear();
			c->refused = result.status == CMD_USAGE;
			if (!c->refused)
				process_explain(&process, &result);
			free(root);
			return false;
		}
	}
	free(root);
	c->warned = true;
	runs = load_file(c->raw);
	if (runs) {
		take_samples(c, json_array_get(runs, 0), side);
		json_decref(c->run);
		c->run = json_incref(json_array_get(runs, 0));
	}
	json_decref(runs);
	return runs != NULL;
}

static bool run_rounds(struct comparison *c, const char *program_a)
{
	const char *program[2] = {program_a, c->options->program};
	static const char *const side[2] = {"a", "b"};

	for (unsigned round = 0; round < c->options->nr_rounds; round++) {
		progress_show("compare: round %u of %u", round + 1, c->options->nr_rounds);
		for (unsigned turn = 0; turn < 2; turn++) {
			unsigned who = (round + turn) % 2;

			if (program[who] && !run_once(c, program[who], side[who]))
				return false;
		}
	}
	progress_clear();
	return true;
}

/* Compares instructions if the commit has a pcpu-count beside its pcpu-bench. */
static void compare_count(struct comparison *c, const char *program_a)
{
	char *counter_a, *counter_b;

	counter_a = g_strdup_printf("%.*s/pcpu-count", (int)(strrchr(program_a, '/') - program_a),
				    program_a);
	if (access(counter_a, X_OK) || !program_exists("valgrind")) {
		progress_say("no instructions are compared: %s",
			     access(counter_a, X_OK) ? "that revision has no pcpu-count" :
						       "there is no valgrind to count them with");
	} else {
		counter_b = c->options->counter();
		if (counter_b)
			compare_count_programs(c->counts, counter_a, counter_b, c->options->filter);
		free(counter_b);
	}
	free(counter_a);
}

static bool compare_collect(struct comparison *c)
{
	const char *with = c->options->with;
	char id[GIT_ID_BYTES], *program;
	json_t *runs;
	bool ok;

	if (!with)
		return run_rounds(c, c->options->program);
	if (is_file(with)) {
		runs = load_file(with);
		if (!runs)
			return false;
		take_samples(c, json_array_get(runs, 0), "a");
		json_decref(runs);
		progress_say("warning: %s is of another time: drift of the machine counts as a "
			     "difference",
			     with);
		return run_rounds(c, NULL);
	}
	if (!git_resolve(with, id))
		return false;
	program = compare_build(id);
	ok = program && run_rounds(c, program);
	if (ok)
		compare_count(c, program);
	free(program);
	return ok;
}

/* --- the answer --------------------------------------------------------------------------- */

/* Returns whether anything is slower or more. */
static bool compare_verdicts(struct comparison *c, FILE *to, json_t *verdicts)
{
	json_t *counts = compare_count_evaluate(c->counts);
	bool is_worse;

	json_object_set_new(verdicts, "counts", counts);
	is_worse = compare_print(to, verdicts) > 0;
	return compare_count_print(to, counts) > 0 || is_worse;
}

static int compare_answer(struct comparison *c)
{
	json_t *options, *verdicts;
	const char *json = c->options->json;
	FILE *to = json && !strcmp(json, "-") ? stderr : stdout;
	int status = c->nr_failed ? CMD_FOUND : CMD_OK;

	drop_unpaired(c);
	options = json_pack("{s:O}", "rows", c->rows);
	verdicts = compare_evaluate(c->options->with ? "compare" : "noise", options);
	json_decref(options);
	if (!verdicts)
		return CMD_FOUND;
	if (!c->options->with) {
		if (noise_answer(to, verdicts, c->run, c->options->history))
			status = CMD_FOUND;
	} else if (compare_verdicts(c, to, verdicts)) {
		status = CMD_FOUND;
	}
	if (json && !json_write_file(json, verdicts, JSON_INDENT(1) | JSON_REAL_PRECISION(12)))
		status = CMD_USAGE;
	json_decref(verdicts);
	return status;
}

int compare_run(const struct compare_options *options)
{
	struct comparison c = {
		.options = options,
		.rows = json_array(),
		.index = json_object(),
		.counts = json_object(),
		.raw = cmd_path("build/compare.%d.json", (int)getpid()),
	};
	int status = CMD_FOUND;

	signals_hold();
	if (compare_collect(&c))
		status = compare_answer(&c);
	else if (c.refused)
		status = CMD_USAGE;
	signals_release();
	progress_clear();
	unlink(c.raw);
	free(c.raw);
	json_decref(c.run);
	json_decref(c.rows);
	json_decref(c.index);
	json_decref(c.counts);
	return status;
}
