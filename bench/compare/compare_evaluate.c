/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* compare_evaluate.c - samples to bench/compare/statistics.py, verdicts back, as a table: ratio
   first. */
#include "harness/cli/cmd.h"
#include "bench/compare/compare.h"
#include "bench/history/history_formats.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JUDGE_SECONDS = 300 };

/* The printed percentage is capped: rounding must not turn it into 100. */
#define MOST_PERCENT 99.999

/* SciPy is installed for the distribution's python3, which need not be the first in PATH. */
static const char *verdicts_python(void)
{
	return access("/usr/bin/python3", X_OK) ? "python3" : "/usr/bin/python3";
}

static json_t *evaluate_run(const char *command, const char *file, const char *answer_file)
{
	char *script = cmd_path("bench/compare/statistics.py");
	const char *argv[] = {verdicts_python(), script, command, file, NULL};
	struct process process = {.argv = argv,
				  .out_file = answer_file,
				  .err_file = "-",
				  .timeout_seconds = JUDGE_SECONDS};
	struct process_result result;
	json_t *answer = NULL;

	if (!process_run(&process, &result))
		process_explain(&process, &result);
	else
		answer = json_load_file(answer_file, 0, NULL);
	if (!answer && !process_interrupted())
		fprintf(stderr, "%s:1: an answer (it needs python3-scipy)\n", script);
	free(script);
	return answer;
}

json_t *compare_evaluate(const char *command, const json_t *request)
{
	char folder[] = "/tmp/pcpu-compare-XXXXXX", *question, *answer_file;
	json_t *answer = NULL;

	if (!mkdtemp(folder)) {
		perror(folder);
		return NULL;
	}
	question = g_strdup_printf("%s/question", folder);
	answer_file = g_strdup_printf("%s/answer", folder);
	if (json_dump_file(request, question, JSON_COMPACT))
		perror(question);
	else
		answer = evaluate_run(command, question, answer_file);
	unlink(question);
	unlink(answer_file);
	rmdir(folder);
	free(question);
	free(answer_file);
	return answer;
}

/* --- the table ---------------------------------------------------------------------------- */

static double verdicts_number(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

static void print_row(FILE *to, const json_t *row)
{
	const char *verdict = history_text(row, "verdict");
	double confidence = 100 * verdicts_number(row, "confidence");

	fprintf(to, "%-44s ", history_text(row, "name"));
	if (!json_object_get(row, "ratio")) {
		fprintf(to, "%s (%.0f and %.0f)\n", verdict, verdicts_number(row, "nr_a"),
			verdicts_number(row, "nr_b"));
		return;
	}
	fprintf(to, "%6.3f [%5.3f, %5.3f] %13.2f %13.2f %5.1f %%  %s",
		verdicts_number(row, "ratio"), verdicts_number(row, "ratio_low"),
		verdicts_number(row, "ratio_high"), verdicts_number(row, "a"),
		verdicts_number(row, "b"), 100 * verdicts_number(row, "floor"), verdict);
	if (json_object_get(row, "confidence"))
		fprintf(to, " (%.3f %%)", confidence < MOST_PERCENT ? confidence : MOST_PERCENT);
	fprintf(to, "\n");
}

unsigned compare_print(FILE *to, const json_t *verdicts)
{
	unsigned nr_slower = 0, nr_faster = 0;
	json_t *rows = json_object_get(verdicts, "rows"), *row;
	size_t i;

	fprintf(to, "%-44s %6s %16s %13s %13s %7s  %s\n", "benchmark", "ratio", "95 %", "A ns",
		"B ns", "floor", "verdict (confidence)");
	json_array_foreach(rows, i, row)
	{
		print_row(to, row);
		nr_slower += !strcmp(history_text(row, "verdict"), "slower");
		nr_faster += !strcmp(history_text(row, "verdict"), "faster");
	}
	fprintf(to,
		"%zu benchmarks: %u slower, %u faster. ratio: B's median / A's; floor: the wider "
		"of 2 %% and half the\n95 %% interval of A's median; a difference is beyond it and "
		"significant (Mann-Whitney, Holm, 5 %%)\n",
		json_array_size(rows), nr_slower, nr_faster);
	return nr_slower;
}
