/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_history.c - `pcpu-lab history`: what the benchmarks measured so far.
 *
 *	reports/out/history.db <-- lab bench		FILE --import--> history --export--> FILE
 */
#include "harness/cli/cmd.h"
#include "bench/history/alerts/alerts.h"
#include "bench/history/history.h"
#include "bench/history/history_changes.h"
#include "bench/history/history_formats.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
	const char *database, *import, *format, *output, *run;
	bool export_given, changes;
	bool alerts, seen_given, explain_given, fixed_given;
	uint64_t seen, explain, fixed; /* numbers of alerts */
	const char *text;	       /* of explain */
};

/* --- listing ------------------------------------------------------------------------------ */

static int list_runs(struct history *history)
{
	json_t *runs = history_list(history), *run;
	size_t i;

	if (!runs)
		return CMD_USAGE;
	printf("%5s %-19s %-13s %8s %-11s %-8s %s\n", "run", "time", "revision", "samples",
	       "source", "flavour", "host; compiler");
	json_array_foreach(runs, i, run)
		printf("%5lld %-19.19s %-12.12s%c %8lld %-11s %-8s %s; %s\n",
		       (long long)json_integer_value(json_object_get(run, "id")),
		       history_text(run, "time"), history_text(run, "revision"),
		       json_is_true(json_object_get(run, "dirty")) ? '+' : ' ',
		       (long long)json_integer_value(json_object_get(run, "nr_samples")),
		       history_text(run, "source"), history_text(run, "flavour"),
		       history_text(run, "host"), history_text(run, "compiler"));
	printf("%zu runs (+: files differed from the revision)\n", json_array_size(runs));
	json_decref(runs);
	return CMD_OK;
}

/* --- in and out --------------------------------------------------------------------------- */

static int import_runs(struct history *history, json_t *runs)
{
	json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		bool added;
		int64_t id = history_add_once(history, run, &added);

		if (!id)
			return CMD_USAGE;
		if (added)
			printf("run %lld: %zu samples\n", (long long)id,
			       json_array_size(json_object_get(run, "samples")));
		else
			printf("run %lld is this one already: it is not added again\n",
			       (long long)id);
	}
	return CMD_OK;
}

static bool has_samples(const json_t *runs)
{
	const json_t *run;
	size_t i, nr = 0;

	json_array_foreach(runs, i, run) nr += json_array_size(json_object_get(run, "samples"));
	return nr > 0;
}

/* Spreadsheets put a byte-order mark in front of UTF-8. */
static void drop_mark(char *text, size_t *bytes)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (strncmp(text, mark, sizeof(mark) - 1))
		return;
	*bytes -= sizeof(mark) - 1;
	memmove(text, text + sizeof(mark) - 1, *bytes + 1);
}

/* Reads the runs of a file before the history is opened. NULL after printing a diagnostic. */
static json_t *read_runs(const struct options *o)
{
	const struct history_format *format;
	char *text;
	size_t bytes;
	json_t *runs;

	if (!cmd_read_file(o->import, &text, &bytes))
		return NULL;
	drop_mark(text, &bytes);
	format = o->format ? history_format_find(o->format) : history_format_guess(text);
	if (!format)
		cmd_bad_input(o->import, 1,
			      "Google Benchmark JSON, or CSV as `lab history` writes it");
	runs = format ? format->parse(o->import, text, bytes) : NULL;
	free(text);
	if (!runs || has_samples(runs))
		return runs;
	cmd_bad_input(o->import, 1, "a sample at least");
	json_decref(runs);
	return NULL;
}

/* Returns the runs that --run selects: a number, or all. NULL after printing a diagnostic. */
static json_t *choose_runs(struct history *history, const struct options *o)
{
	bool all = o->run && !strcmp(o->run, "all");
	json_t *runs = json_array(), *list = all ? history_list(history) : NULL, *run;
	int64_t id = o->run ? strtoll(o->run, NULL, 10) : history_newest(history);
	size_t i;

	json_array_foreach(list, i, run) json_array_append_new(
		runs, history_load(history, json_integer_value(json_object_get(run, "id"))));
	json_decref(list);
	if (!all)
		json_array_append_new(runs, history_load(history, id));
	if (!history_has_error(history) && (all || json_array_size(runs)))
		return runs;
	json_decref(runs);
	if (history_has_error(history))
		return NULL; /* the error is printed at close */
	if (o->run)
		cmd_usage(&cmd_history, "--run %s: there is no such run", o->run);
	else
		cmd_usage(&cmd_history, "there is no run yet: `lab bench` makes one");
	return NULL;
}

static int export_runs(const struct options *o, const struct history_format *format,
		       const json_t *runs)
{
	char *text;
	size_t bytes;
	FILE *to = memory_file_open(&text, &bytes);
	bool some;
	int status = CMD_OK;

	some = format->print(to, runs);
	memory_file_close(to);
	if (!some)
		status =
			cmd_usage(&cmd_history, "this run has nothing that %s holds", format->name);
	else if (!cmd_write_file(o->output ? o->output : "-", text, bytes))
		status = CMD_USAGE;
	free(text);
	return status;
}

/* --- the command -------------------------------------------------------------------------- */

/* A text for people: one line. */
static bool is_line(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

/* The options of alerts, and the word that --explain has behind its number. */
static int check_alerts(struct options *o, int nr_words, char **argv)
{
	unsigned nr_states = o->seen_given + o->explain_given + o->fixed_given;

	if (nr_words > o->explain_given)
		return cmd_usage(&cmd_history, "no word was expected, '%s' was given",
				 argv[nr_words]);
	if (nr_states && !o->alerts)
		return cmd_usage(&cmd_history, "--seen, --explain and --fixed go with --alerts");
	if (nr_states > 1)
		return cmd_usage(&cmd_history, "one of --seen, --explain and --fixed was expected");
	if (!o->explain_given)
		return CMD_OK;
	o->text = nr_words ? argv[1] : NULL;
	if (!o->text || !*o->text || !is_line(o->text) || !g_utf8_validate(o->text, -1, NULL) ||
	    strlen(o->text) > 4096)
		return cmd_usage(&cmd_history,
				 "--explain: a number and a TEXT of one line, at most 4096 bytes, "
				 "was expected");
	return CMD_OK;
}

/* Whether an alert's state changes, for which the history is written. */
static bool changes_alert(const struct options *o)
{
	return o->seen_given || o->explain_given || o->fixed_given;
}

static int set_alert(struct history *history, const struct options *o)
{
	uint64_t id = o->seen_given ? o->seen : o->explain_given ? o->explain : o->fixed;
	const char *state = o->seen_given ? "seen" : o->explain_given ? "explained" : "fixed";
	bool found;

	if (alerts_set(history, (int64_t)id, state, o->text, &found))
		return alerts_print(history);
	if (!found)
		cmd_usage(&cmd_history, "there is no alert %llu", (unsigned long long)id);
	return CMD_USAGE;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	const char *export = NULL;
	const struct cmd_option options[] = {
		{"database", CMD_TEXT, &o->database, 0, 0, NULL},
		{"import", CMD_TEXT, &o->import, 0, 0, NULL},
		{"export", CMD_TEXT, &export, 0, 0, &o->export_given},
		{"format", CMD_TEXT, &o->format, 0, 0, NULL},
		{"output", CMD_TEXT, &o->output, 0, 0, NULL},
		{"changes", CMD_FLAG, &o->changes, 0, 0, NULL},
		{"run", CMD_TEXT, &o->run, 0, 0, NULL},
		{"alerts", CMD_FLAG, &o->alerts, 0, 0, NULL},
		{"seen", CMD_NUMBER, &o->seen, 1, INT64_MAX, &o->seen_given},
		{"explain", CMD_NUMBER, &o->explain, 1, INT64_MAX, &o->explain_given},
		{"fixed", CMD_NUMBER, &o->fixed, 1, INT64_MAX, &o->fixed_given},
	};
	int nr_words, status = cmd_parse(&cmd_history, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status != CMD_OK)
		return status;
	status = check_alerts(o, nr_words, argv);
	if (status != CMD_OK)
		return status;
	if ((o->import != NULL) + o->export_given + o->changes + o->alerts > 1)
		return cmd_usage(&cmd_history, "--import, --export, --changes and --alerts are "
					       "four commands");
	if (o->export_given)
		o->format = export;
	if (o->format && !history_format_find(o->format))
		return cmd_usage(&cmd_history,
				 "no format '%s' (google, custom, bencher, openmetrics, csv)",
				 o->format);
	if ((o->run || o->output) && !o->export_given)
		return cmd_usage(&cmd_history, "--run and --output go with --export");
	if (o->format && !o->export_given && !o->import)
		return cmd_usage(&cmd_history, "--format goes with --import");
	if (o->import && o->format && !history_format_find(o->format)->parse)
		return cmd_usage(&cmd_history, "--format %s: google and csv are read", o->format);
	if (o->run && strcmp(o->run, "all") && (!*o->run || o->run[strspn(o->run, "0123456789")]))
		return cmd_usage(&cmd_history, "--run %s: a run's number, or all", o->run);
	if (o->run && !strcmp(o->run, "all") && o->format && !history_format_find(o->format)->many)
		return cmd_usage(&cmd_history, "--run all: %s holds one run", o->format);
	/* A database that the user names must exist; only an import creates it. */
	return cmd_can_write(o->output) && history_may_take(o->database, !o->import) ? CMD_OK :
										       CMD_USAGE;
}

static int history_handle(struct history *history, const struct options *o, json_t *imported)
{
	json_t *runs;
	int status;

	if (imported)
		return import_runs(history, imported);
	if (changes_alert(o))
		return set_alert(history, o);
	if (o->alerts)
		return alerts_print(history);
	if (o->changes && !history_newest(history) && !history_has_error(history)) {
		puts("there is no run yet: `lab bench` makes one");
		return CMD_OK;
	}
	if (o->changes)
		return history_changes(history);
	if (!o->export_given)
		return list_runs(history);
	runs = choose_runs(history, o);
	status = runs ? export_runs(o, history_format_find(o->format), runs) : CMD_USAGE;
	json_decref(runs);
	return status;
}

/* Returns whether the file is empty: SQLite was interrupted before it wrote a header. The next run
   starts it again. */
static bool is_empty(const char *path)
{
	struct stat about;

	return !stat(path, &about) && S_ISREG(about.st_mode) && !about.st_size;
}

static int cmd_history_run(int argc, char **argv)
{
	struct options o = {0};
	struct history *history;
	json_t *imported = NULL;
	char *path;
	int status = parse_options(&o, argc, argv);

	if (status != CMD_OK)
		return status;
	if (o.import) {
		imported = read_runs(&o);
		if (!imported)
			return CMD_USAGE;
	}
	path = o.database ? strdup(o.database) : history_path();
	if (!o.import && is_empty(path)) {
		fprintf(stderr, "%s: damaged: it is empty\n", path);
		free(path);
		return CMD_FOUND;
	}
	history = o.import || changes_alert(&o) ? history_open(path) : history_open_to_read(path);
	status = history ? history_handle(history, &o, imported) : CMD_USAGE;
	if (history && o.import && status != CMD_OK)
		history_drop(history);
	if (history && !o.import && history_lost(history))
		status = CMD_FOUND;
	history_close(history);
	free(path);
	json_decref(imported);
	return status;
}

const struct cmd cmd_history = {
	.name = "history",
	.run = cmd_history_run,
};
