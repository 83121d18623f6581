/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_coverage.c - lines, branches and MC/DC of core/ by the committed corpus alone.
 *
 *	corpus/fuzz_* > replays (flavour asan) > table, unreached places with their reasons
 *					> reports/out/coverage/ (HTML), coverage.lcov, .json
 */
#include "harness/cli/cmd.h"
#include "harness/cli/coverage/coverage.h"
#include "fuzz/coverage/coverage_corpus.h"
#include "harness/cli/coverage/coverage_tools.h"
#include "harness/cli/flavours.h"
#include "harness/cli/process.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *html, *lcov, *json;
	bool check; /* write nothing */
};

/* --- telling ---------------------------------------------------------------------------------- */

static const char *coverage_text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static void print_sum(FILE *to, const json_t *object, const char *what)
{
	const json_t *sum = json_object_get(object, what);
	long long count = (long long)json_integer_value(json_object_get(sum, "count"));
	long long covered = (long long)json_integer_value(json_object_get(sum, "covered"));
	char part[48];

	if (!count) {
		fprintf(to, " %19s", "-");
		return;
	}
	snprintf(part, sizeof(part), "%.2f %% %5lld/%lld",
		 json_real_value(json_object_get(sum, "percent")), covered, count);
	fprintf(to, " %19s", part);
}

static void print_row(FILE *to, const char *name, const json_t *object)
{
	fprintf(to, "%-27s", name);
	print_sum(to, object, "lines");
	print_sum(to, object, "branches");
	print_sum(to, object, "mcdc");
	fputc('\n', to);
}

/* Prints each reason once, with how many places it explains. */
static void print_reasons(FILE *to, const json_t *coverage)
{
	json_t *counts = json_object(), *count;
	const json_t *place;
	const char *reason;
	size_t i;

	json_array_foreach(json_object_get(coverage, "unreached"), i, place)
	{
		reason = coverage_text(place, "reason");
		count = json_object_get(counts, reason);
		if (*reason)
			json_object_set_new(counts, reason,
					    json_integer(json_integer_value(count) + 1));
	}
	if (json_object_size(counts))
		fputs("unreached, with a reason:\n", to);
	json_object_foreach(counts, reason, count)
		fprintf(to, "  %3lld places: %s\n", (long long)json_integer_value(count), reason);
	json_decref(counts);
}

static void print_times(FILE *to, const json_t *coverage)
{
	const json_t *target;
	size_t i;

	fputs("replayed:", to);
	json_array_foreach(json_object_get(coverage, "targets"), i, target)
		fprintf(to, "%s %s %.1f s", i ? "," : "", coverage_text(target, "name"),
			json_number_value(json_object_get(target, "seconds")));
	fputc('\n', to);
}

static void print_table(FILE *to, const json_t *coverage)
{
	const json_t *file;
	size_t i;

	fprintf(to, "%-27s %19s %19s %19s\n", "", "lines", "branches", "MC/DC conditions");
	json_array_foreach(json_object_get(coverage, "files"), i, file)
		print_row(to, coverage_text(file, "file"), file);
	print_row(to, "core/", coverage);
	fprintf(to, "of what has no reason to be unreached: lines %.2f %%, branches %.2f %%\n",
		coverage_percent(coverage, "lines"), coverage_percent(coverage, "branches"));
	fputs("The macros of percpu*.h are their users' code: unit tests run them.\n", to);
	print_times(to, coverage);
	print_reasons(to, coverage);
	coverage_corpus_print(to, coverage);
}

/* --- files ------------------------------------------------------------------------------------ */

static bool write_html(const struct coverage_corpus *corpus, const char *folder)
{
	char *output;
	const char *words[] = {"show",
			       "-format=html",
			       "-show-branches=count",
			       "-show-mcdc",
			       "-show-mcdc-summary",
			       "-project-title=core/ by the corpus alone",
			       NULL,
			       NULL};
	bool ok;

	output = g_strdup_printf("-output-dir=%s", folder);
	words[6] = output;
	ok = cmd_make_folders(folder) &&
	     coverage_export(coverage_corpus_name, words, corpus->executables, NULL);
	free(output);
	return ok;
}

static bool write_lcov(const struct coverage_corpus *corpus, const char *path)
{
	static const char *const words[] = {"export", "-format=lcov", NULL};
	char *made = coverage_path(coverage_corpus_name, "lcov"), *lcov;
	size_t bytes;
	bool ok = coverage_export(coverage_corpus_name, words, corpus->executables, made) &&
		  cmd_read_file(made, &lcov, &bytes);

	if (ok) {
		ok = cmd_write_file(path, lcov, bytes);
		free(lcov);
	}
	free(made);
	return ok;
}

/* --- the command ------------------------------------------------------------------------------ */

static int coverage_report(struct coverage_corpus *corpus, const struct options *options)
{
	FILE *to = options->json && !strcmp(options->json, "-") ? stderr : stdout;
	char *kept = cmd_path("reports/out/coverage.json");
	bool ok;

	json_object_set_new(corpus->coverage, "html", json_string(options->html));
	json_object_set_new(corpus->coverage, "lcov", json_string(options->lcov));
	json_object_set_new(corpus->coverage, "holds",
			    json_boolean(coverage_corpus_holds(corpus->coverage)));
	print_table(to, corpus->coverage);
	ok = write_html(corpus, options->html) && write_lcov(corpus, options->lcov) &&
	     json_write_file(kept, corpus->coverage, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	if (ok)
		fprintf(to, "%s/index.html\n%s\n", options->html, options->lcov);
	fflush(to);
	if (ok && options->json)
		ok = json_write_file(options->json, corpus->coverage,
				     JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	free(kept);
	return ok && coverage_corpus_holds(corpus->coverage) ? CMD_OK : CMD_FOUND;
}

static int coverage_check(const struct coverage_corpus *corpus)
{
	bool holds = coverage_corpus_holds(corpus->coverage);

	if (!holds)
		coverage_corpus_print(stderr, corpus->coverage);
	return holds ? CMD_OK : CMD_FOUND;
}

static int cmd_coverage_measure(const struct options *options)
{
	struct coverage_corpus corpus;
	bool bad_input;
	int status;

	if (coverage_corpus_run(&corpus, &bad_input))
		status = options->check ? coverage_check(&corpus) :
					  coverage_report(&corpus, options);
	else
		status = bad_input ? CMD_USAGE : flavour_failed();
	coverage_corpus_free(&corpus);
	return status;
}

static int cmd_coverage_run(int argc, char **argv)
{
	struct options given = {0};
	const struct cmd_option options[] = {
		{"html", CMD_TEXT, &given.html, 0, 0, NULL},
		{"lcov", CMD_TEXT, &given.lcov, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &given.json, 0, 0, NULL},
		{"check", CMD_FLAG, &given.check, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_coverage, argc, argv, options, 4, &nr_words);
	char *folder = cmd_path("reports/out"), *html = NULL, *lcov = NULL;

	if (status == CMD_OK && nr_words)
		status = cmd_usage(&cmd_coverage, "no word was expected, not '%s'", argv[1]);
	if (status == CMD_OK && given.check && (given.html || given.lcov || given.json))
		status = cmd_usage(&cmd_coverage,
				   "--check writes no file: it goes with no other option");
	if (status == CMD_OK && !given.html)
		given.html = html = cmd_path("reports/out/coverage");
	if (status == CMD_OK && !given.lcov)
		given.lcov = lcov = cmd_path("reports/out/coverage.lcov");
	if (status == CMD_OK && (!cmd_make_folders(folder) || !cmd_make_folders(given.html) ||
				 !cmd_can_write(given.lcov) || !cmd_can_write(given.json)))
		status = CMD_USAGE;
	if (status == CMD_OK)
		status = cmd_coverage_measure(&given);
	free(lcov);
	free(html);
	free(folder);
	return status;
}

const struct cmd cmd_coverage = {
	.name = "coverage",
	.run = cmd_coverage_run,
};
