/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_corpus.c - replays the committed corpus in the flavour `asan`.
 *
 *	meson's suite `corpus`: fuzz_<name> corpus/fuzz_<name>	> profiles > coverage.c
 *
 * R1  The list of targets comes from meson: a new one counts as soon as it has a row.
 * R2  Demanded percentages ignore places that have a reason: with 100 % every line that does not
 *     run needs a reason. Without a demand the check always passes.
 */
#include "fuzz/coverage/coverage_corpus.h"
#include "harness/cli/cmd.h"
#include "harness/cli/coverage/coverage.h"
#include "harness/cli/coverage/coverage_tools.h"
#include "fuzz/targets/finding_json.h"
#include "harness/cli/flavours.h"
#include "harness/cli/progress.h"
#include "harness/cli/run/test_list.h"
#include "harness/cli/process.h"

#include <stdlib.h>
#include <string.h>

enum { REPLAY_SECONDS = 300 };

const char coverage_corpus_name[] = "corpus";

/* Returns the rows of the suite that replay a fuzz target. NULL after printing a diagnostic. */
static json_t *list_targets(void)
{
	static const char *const ninja_file[] = {"build.ninja", NULL};
	const struct test_choice choice = {
		.flavour = "asan", .suites = "corpus", .filter = "asan/corpus/fuzz_"};

	if (!flavour_build("asan", ninja_file, NULL))
		return NULL;
	return test_list_load(&choice);
}

static bool coverage_build(const json_t *rows, char ***executables)
{
	char **targets = test_list_targets("asan", rows, false);
	bool ok = targets && flavour_build("asan", (const char *const *)targets, NULL);

	*executables = ok ? test_list_targets("asan", rows, true) : NULL;
	test_list_free_targets(targets);
	return ok && *executables;
}

static void note_line(void *context, const char *line, size_t bytes)
{
	struct finding finding;

	if (finding_parse(&finding, line))
		progress_say("coverage: %s", finding.words);
}

/* Replays one target's corpus; sets how long it took. */
static bool coverage_replay(const json_t *row, const char *variable, json_t *targets)
{
	const json_t *command = json_object_get(row, "cmd"), *word;
	const char *argv[8] = {NULL}, *environment[] = {variable, NULL};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .out_line = note_line,
				  .err_file = "-",
				  .timeout_seconds = REPLAY_SECONDS};
	struct process_result result;
	size_t i;
	bool ok;

	json_array_foreach(command, i, word)
	{
		if (i < 7)
			argv[i] = json_string_value(word);
	}
	progress_show("coverage: %s", json_string_value(json_object_get(row, "name")));
	ok = process_run(&process, &result);
	progress_clear();
	if (!ok)
		process_explain(&process, &result);
	json_array_append_new(targets, json_pack("{s:O, s:f}", "name", json_object_get(row, "name"),
						 "seconds", result.seconds));
	return ok;
}

static bool replay_all(const json_t *rows, json_t *targets)
{
	char *variable = coverage_profile_variable(coverage_corpus_name);
	const json_t *row;
	bool ok = true;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (process_interrupted() || !coverage_replay(row, variable, targets))
			ok = false;
	}
	free(variable);
	return ok;
}

static bool read_reasons(struct coverage_reasons *reasons)
{
	char *path = cmd_path("corpus/unreached"), *text;
	size_t bytes;
	bool ok = cmd_read_file(path, &text, &bytes) && coverage_reasons_parse(reasons, path, text);

	free(path);
	return ok;
}

static json_t *demand_json(const struct coverage_reasons *reasons)
{
	if (!reasons->is_demand)
		return json_null();
	return json_pack("{s:f, s:f}", "lines", reasons->lines_percent, "branches",
			 reasons->branches_percent);
}

static json_t *coverage_corpus_measure(const json_t *rows, struct coverage_reasons *reasons,
				       char ***executables)
{
	json_t *targets = json_array(), *coverage = NULL;

	if (coverage_build(rows, executables) && replay_all(rows, targets))
		coverage = coverage_measure(coverage_corpus_name, *executables, reasons);
	if (coverage) {
		json_object_set(coverage, "targets", targets);
		json_object_set_new(coverage, "demanded", demand_json(reasons));
	}
	json_decref(targets);
	return coverage;
}

bool coverage_corpus_run(struct coverage_corpus *corpus, bool *bad_input)
{
	struct coverage_reasons reasons;
	json_t *rows;

	*corpus = (struct coverage_corpus){0};
	*bad_input = !read_reasons(&reasons);
	if (*bad_input)
		return false;
	rows = list_targets();
	if (rows)
		corpus->coverage = coverage_corpus_measure(rows, &reasons, &corpus->executables);
	json_decref(rows);
	coverage_reasons_free(&reasons);
	return corpus->coverage != NULL;
}

void coverage_corpus_free(struct coverage_corpus *corpus)
{
	test_list_free_targets(corpus->executables);
	json_decref(corpus->coverage);
	*corpus = (struct coverage_corpus){0};
}

/* --- what is demanded ------------------------------------------------------------------------- */

static bool coverage_reaches(const json_t *coverage, const char *what)
{
	return coverage_percent(coverage, what) >=
	       json_number_value(json_object_get(json_object_get(coverage, "demanded"), what));
}

bool coverage_corpus_holds(const json_t *coverage)
{
	if (json_is_null(json_object_get(coverage, "demanded")))
		return true;
	return coverage_reaches(coverage, "lines") && coverage_reaches(coverage, "branches") &&
	       !json_array_size(json_object_get(coverage, "stale"));
}

static const char *coverage_corpus_text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static long long coverage_number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void describe_place(FILE *to, const json_t *place)
{
	fprintf(to, "  %s:%lld", coverage_corpus_text(place, "file"),
		coverage_number(place, "line"));
	if (!strcmp(coverage_corpus_text(place, "missing"), "runs")) {
		if (coverage_number(place, "to_line") > coverage_number(place, "line"))
			fprintf(to, "-%lld", coverage_number(place, "to_line"));
		fprintf(to, ": %s: did not run: %s\n", coverage_corpus_text(place, "function"),
			coverage_corpus_text(place, "text"));
		return;
	}
	fprintf(to, ":%lld: %s: never %s: %s\n", coverage_number(place, "column"),
		coverage_corpus_text(place, "function"), coverage_corpus_text(place, "missing"),
		coverage_corpus_text(place, "text"));
}

static void print_demand(FILE *to, const json_t *coverage, const char *what)
{
	if (!json_is_null(json_object_get(coverage, "demanded")) &&
	    !coverage_reaches(coverage, what))
		fprintf(to, "%s: %.2f %% of those without a reason, %.2f %% are demanded\n", what,
			coverage_percent(coverage, what),
			json_number_value(
				json_object_get(json_object_get(coverage, "demanded"), what)));
}

void coverage_corpus_print(FILE *to, const json_t *coverage)
{
	const json_t *place, *stale;
	unsigned nr = 0;
	size_t i;

	json_array_foreach(json_object_get(coverage, "unreached"), i, place)
	{
		if (!json_is_null(json_object_get(place, "reason")))
			continue;
		if (!nr++)
			fputs("unreached, without a reason in corpus/unreached:\n", to);
		describe_place(to, place);
	}
	json_array_foreach(json_object_get(coverage, "stale"), i, stale)
		fprintf(to, "corpus/unreached:%lld: an unreached place; stale: %s\n",
			coverage_number(stale, "line"), coverage_corpus_text(stale, "place"));
	print_demand(to, coverage, "lines");
	print_demand(to, coverage, "branches");
}
