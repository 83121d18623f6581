/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_bench.c - `pcpu-lab bench`: builds the release flavour, runs the benchmarks, shows tables.
 *
 *	pcpu-bench --json build/release/bench.json -> clean names -> tables on stdout, JSON to FILE
 */
#include "bench/runner/bench_keep.h"
#include "harness/rows/bench_table.h"
#include "harness/cli/cmd.h"
#include "bench/compare/compare.h"
#include "harness/cli/flavours.h"
#include "bench/gate/gate.h"
#include "bench/forecast/forecast.h"
#include "bench/history/history.h"
#include "bench/hits/hits_command.h"
#include <pcpu/engine.h>
#include "harness/cli/progress.h"
#include "harness/cli/process.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORDS = 16, QUICK_SECONDS = 300, FULL_SECONDS = 3600 };

struct options {
	const char *filter, *engines, *json, *history;
	const char *program, *baseline; /* for the gate */
	const char *compare;		/* a revision or a file */
	bool reps_given;
	uint64_t nr_repetitions;
	bool quick, list, gate, record, hits, forecast, noise;
	struct forecast_constants constants;
	const char *constants_text; /* for the forecast */
};

struct session {
	struct options options;
	char *program, *raw_json;
	const char *argv[MAX_WORDS];
	char repetitions[24];
};

/* Options are checked before the build, as far as that is possible. */
static bool check_filter(const char *filter)
{
	regex_t regex;
	int error = filter ? regcomp(&regex, filter, REG_EXTENDED | REG_NOSUB) : 0;
	char why[128];

	if (error) {
		regerror(error, &regex, why, sizeof(why));
		cmd_usage(&cmd_bench, "'%s' is no extended regular expression: %s", filter, why);
	} else if (filter) {
		regfree(&regex);
	}
	return !error;
}

/* Returns whether the word is an engine or a rival. Rivals have a `-` where C names have a `_`. */
static bool is_engine(const char *word)
{
	static const char *const rivals[] = {
#define X(name) #name,
#include "bench/rivals/rivals.def"
#undef X
	};
	char name[32];
	bool known = pcpu_engine_find(word) || !strcmp(word, "front");

	snprintf(name, sizeof(name), "%s", word);
	for (char *at = name; *at; at++)
		*at = *at == '-' ? '_' : *at == '_' ? '-' : *at;
	for (size_t i = 0; i < sizeof(rivals) / sizeof(rivals[0]) && !known; i++)
		known = strlen(word) < sizeof(name) && !strcmp(name, rivals[i]);
	return known;
}

static bool check_engines(const char *list)
{
	char *words = list && strcmp(list, "all") ? strdup(list) : NULL, *rest = words, *word;
	bool known = true;

	while (known && (word = strsep(&rest, ",")) != NULL) {
		known = is_engine(word);
		if (!known)
			cmd_usage(&cmd_bench, "--engines: no engine or rival '%s'", word);
	}
	free(words);
	return known;
}

static bool check_files(const struct options *o)
{
	return cmd_can_write(o->json) && history_may_take(o->history, false) &&
	       (o->record ? cmd_can_write(o->baseline) : cmd_can_read(o->baseline)) &&
	       cmd_can_read(o->program);
}

/* Designs are counted, rivals are not. */
static bool check_designs(const char *list)
{
	char *words = list && strcmp(list, "all") ? strdup(list) : NULL, *rest = words, *word;
	bool known = true;

	while (known && (word = strsep(&rest, ",")) != NULL) {
		known = pcpu_engine_find(word) || !strcmp(word, "front");
		if (!known)
			cmd_usage(&cmd_bench, "--forecast: no engine '%s', nor front", word);
	}
	free(words);
	return known;
}

static int check_forecast(struct options *o, int nr_words)
{
	char *text = o->constants_text ? strdup(o->constants_text) : NULL;
	const char *wrong = NULL;
	int status = CMD_OK;

	o->constants = forecast_defaults;
	if (!o->forecast || nr_words || o->gate || o->quick || o->list || o->compare ||
	    o->history || o->reps_given || o->record || o->program || o->baseline)
		status = cmd_usage(&cmd_bench, "--forecast goes with --engines, --json and "
					       "--constants only, --constants with --forecast");
	else if (text && (wrong = forecast_constants_read(text, &o->constants)) != NULL)
		status = cmd_usage(&cmd_bench, "--constants: '%s' is none of instruction=NS (not "
					       "0), line=NS, store=NS, work=US", wrong);
	else if (!check_designs(o->engines) || !cmd_can_write(o->json))
		status = CMD_USAGE;
	free(text);
	return status;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	const struct cmd_option options[] = {
		{ "engines", CMD_TEXT, &o->engines, 0, 0, NULL },
		{ "reps", CMD_NUMBER, &o->nr_repetitions, 1, 1000, &o->reps_given },
		{ "quick", CMD_FLAG, &o->quick, 0, 0, NULL },
		{ "list", CMD_FLAG, &o->list, 0, 0, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &o->json, 0, 0, NULL },
		{ "compare", CMD_TEXT, &o->compare, 0, 0, NULL },
		{ "gate", CMD_FLAG, &o->gate, 0, 0, NULL },
		{ "record", CMD_FLAG, &o->record, 0, 0, NULL },
		{ "program", CMD_TEXT, &o->program, 0, 0, NULL },
		{ "baseline", CMD_TEXT, &o->baseline, 0, 0, NULL },
		{ "history", CMD_TEXT, &o->history, 0, 0, NULL },
		{ "database", CMD_TEXT, &o->history, 0, 0, NULL }, /* as in lab history */
		{ "hits", CMD_FLAG, &o->hits, 0, 0, NULL },
		{ "noise", CMD_FLAG, &o->noise, 0, 0, NULL },
		{ "forecast", CMD_FLAG, &o->forecast, 0, 0, NULL },
		{ "constants", CMD_TEXT, &o->constants_text, 0, 0, NULL },
	};
	int nr_words;
	int status = cmd_parse(&cmd_bench, argc, argv, options,
			       sizeof(options) / sizeof(options[0]), &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words > 1)
		return cmd_usage(&cmd_bench, "one FILTER was expected, %d were given", nr_words);
	o->filter = nr_words ? argv[1] : NULL;
	if (o->hits && argc > 2)
		return cmd_usage(&cmd_bench, "--hits goes with nothing else");
	if (o->forecast || o->constants_text)
		return check_forecast(o, nr_words);
	if (o->gate && (nr_words || o->engines || o->quick || o->list || o->json))
		return cmd_usage(&cmd_bench, "--gate counts all of bench/gate/gate.def, no choice");
	if (o->noise && (o->compare || o->gate || o->list))
		return cmd_usage(&cmd_bench, "--noise goes with none of --compare, --gate, --list");
	if (o->compare && (o->gate || o->list || o->history))
		return cmd_usage(&cmd_bench,
				 "--compare goes with neither --gate, --list nor --history");
	if ((o->compare || o->noise) && o->reps_given && o->nr_repetitions < COMPARE_MIN_ROUNDS)
		return cmd_usage(&cmd_bench, "--%s: fewer than %d repetitions show nothing",
				 o->noise ? "noise" : "compare", COMPARE_MIN_ROUNDS);
	if (!o->gate && (o->record || o->program || o->baseline))
		return cmd_usage(&cmd_bench, "--record, --program and --baseline go with --gate");
	return check_filter(o->filter) && check_engines(o->engines) && check_files(o) ? CMD_OK :
											CMD_USAGE;
}

/* Appends the arguments that select benchmarks to those in argv. */
static size_t choice_words(const struct options *o, const char **argv, size_t nr)
{
	if (o->quick)
		argv[nr++] = "--quick";
	if (o->filter) {
		argv[nr++] = "--filter";
		argv[nr++] = o->filter;
	}
	if (o->engines) {
		argv[nr++] = "--engines";
		argv[nr++] = o->engines;
	}
	argv[nr] = NULL;
	return nr;
}

static void make_words(struct session *s)
{
	const struct options *o = &s->options;
	size_t nr = choice_words(o, s->argv, 1);

	s->argv[0] = s->program;
	snprintf(s->repetitions, sizeof(s->repetitions), "%llu",
		 (unsigned long long)o->nr_repetitions);
	s->argv[nr++] = "--reps";
	s->argv[nr++] = s->repetitions;
	s->argv[nr++] = o->list ? "--list" : "--json";
	if (!o->list)
		s->argv[nr++] = s->raw_json;
	s->argv[nr] = NULL;
}

static void note_result(void *context, const char *line, size_t bytes)
{
	const struct session *s = context;

	if (s->options.list)
		puts(line);
	else if (strstr(line, "FAILED"))
		progress_say("%s", line);
	else
		progress_show("bench %s", line);
}

/* Replaces the program's name in a warning by the command that the user typed. */
static void note_warning(void *context, const char *line, size_t bytes)
{
	static const char its[] = "pcpu-bench: ";
	bool is_its = !strncmp(line, its, strlen(its));

	progress_say("%s%s", is_its ? "lab bench: " : "", line + (is_its ? strlen(its) : 0));
}

/* Returns 1 when a benchmark failed (the JSON is complete), 2 for a bad filter or unknown
   engine. */
static int run_program(struct session *s)
{
	const struct process process = {
		.argv = s->argv,
		.out_line = note_result,
		.err_line = note_warning,
		.context = s,
		.timeout_seconds = (s->options.quick ? QUICK_SECONDS : FULL_SECONDS) *
				   (double)s->options.nr_repetitions,
	};
	struct process_result result;
	bool good = process_run(&process, &result);

	progress_clear();
	if (good)
		return CMD_OK;
	if (result.status == CMD_USAGE)
		return CMD_USAGE;
	if (result.status != CMD_FOUND)
		process_explain(&process, &result);
	return CMD_FOUND;
}

/* Tables go to stdout unless the JSON does. */
static int bench_show(const struct session *s)
{
	const char *to = s->options.json;
	char *text = NULL;
	size_t bytes;
	json_t *bench = cmd_read_file(s->raw_json, &text, &bytes) ? bench_parse(text) : NULL;
	int status = CMD_OK;

	free(text);
	if (!bench || !bench_names_clean(bench)) {
		json_decref(bench);
		return cmd_bad_input(s->raw_json, 1, "whole results of the benchmarks");
	}
	bench_describe(bench);
	if (!bench_keep(bench, s->options.history))
		status = CMD_FOUND;
	if (to && !json_write_file(to, bench, JSON_INDENT(1) | JSON_REAL_PRECISION(12)))
		status = CMD_USAGE;
	if ((!to || strcmp(to, "-")) && bench_table_print(stdout, bench))
		status = CMD_FOUND;
	json_decref(bench);
	return status;
}

static int run_session(struct session *s)
{
	static const char *const targets[] = { "bench/pcpu-bench", NULL };
	int status, shown;

	if (!s->options.list && !cmd_can_build(&cmd_bench))
		return CMD_USAGE;
	if (!flavour_build("release", targets, NULL))
		return flavour_failed();
	unlink(s->raw_json); /* an older run's results must not be read as this run's */
	make_words(s);
	status = run_program(s);
	if (status == CMD_USAGE || s->options.list || process_interrupted() ||
	    access(s->raw_json, R_OK))
		return status;
	shown = bench_show(s);
	return status == CMD_OK ? shown : status;
}

/* "FOLDER/bench/NAME" of the release flavour, malloc'ed. */
static char *program_path(const char *name)
{
	char *folder = flavour_folder("release"), *program;

	program = g_strdup_printf("%s/bench/%s", folder, name);
	free(folder);
	return program;
}

static char *counter_path(void)
{
	return program_path("pcpu-count");
}

static const char *const counter_targets[] = { "bench/pcpu-count", NULL };

static char *make_counter(void)
{
	return flavour_build("release", counter_targets, NULL) ? counter_path() : NULL;
}

static int bench_compare(struct session *s)
{
	static const char *const targets[] = { "bench/pcpu-bench", NULL };
	const struct options *o = &s->options;
	struct compare_options options = {
		.with = o->compare,
		.program = s->program,
		.words = s->argv,
		.json = o->json,
		.filter = o->filter,
		.counter = make_counter,
		.history = o->history,
		.nr_rounds = o->reps_given ? (unsigned)o->nr_repetitions : COMPARE_ROUNDS,
		.timeout_seconds = o->quick ? QUICK_SECONDS : FULL_SECONDS,
	};
	int status = o->noise ? CMD_OK : compare_check(o->compare);

	choice_words(o, s->argv, 0);
	if (status != CMD_OK)
		return status;
	return flavour_build("release", targets, NULL) ? compare_run(&options) : flavour_failed();
}

/* Returns a path with a slash, so that PATH is not searched; malloc'ed. */
static char *path_of(const char *file)
{
	return g_strdup_printf("%s%s", strchr(file, '/') ? "" : "./", file);
}

/* Uses the release flavour's counter, unless another is given. */
static int bench_gate(const struct options *o)
{
	char *usual = cmd_path("bench/gate/baseline.json"), *program = counter_path();
	char *named = o->program ? path_of(o->program) : NULL;
	struct gate_options options = {
		.baseline = o->baseline ? o->baseline : usual,
		.history = o->history,
		.record = o->record,
		.program = named ? named : program,
	};
	int status = CMD_FOUND;

	if (o->program || flavour_build("release", counter_targets, NULL))
		status = gate_run(&options);
	else
		status = flavour_failed();
	free(named);
	free(program);
	free(usual);
	return status;
}

/* What single steps count: the list of hits, or the forecast. */
static int bench_steps(const struct options *o)
{
	static const char *const targets[] = { "bench/pcpu-hits", NULL };
	char *program = program_path("pcpu-hits");
	const struct forecast_options forecast = { .program = program,
						   .designs = o->engines,
						   .json = o->json,
						   .constants = o->constants };
	int status = CMD_USAGE;

	if (!cmd_can_build(&cmd_bench))
		status = CMD_USAGE;
	else if (!flavour_build("release", targets, NULL))
		status = flavour_failed();
	else
		status = o->hits ? hits_command(program) : forecast_command(&forecast);
	free(program);
	return status;
}

static int bench_start(int argc, char **argv)
{
	struct session s = { .options.nr_repetitions = 1 };
	char *folder;
	int status = parse_options(&s.options, argc, argv);

	if (status != CMD_OK)
		return status;
	if (s.options.gate)
		return bench_gate(&s.options);
	if (s.options.hits || s.options.forecast)
		return bench_steps(&s.options);
	folder = flavour_folder("release");
	s.program = g_strdup_printf("%s/bench/pcpu-bench", folder);
	s.raw_json = g_strdup_printf("%s/bench.%d.json", folder, (int)getpid());
	status = s.options.compare || s.options.noise ? bench_compare(&s) : run_session(&s);
	unlink(s.raw_json);
	free(s.program);
	free(s.raw_json);
	free(folder);
	return status;
}

const struct cmd cmd_bench = {
	.name = "bench",
	.run = bench_start,
};
