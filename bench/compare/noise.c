/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * noise.c - one program against itself: whatever differs is noise. What a comparison of so many
 * rounds can see on this machine is printed, and kept for the page.
 *
 *	benchmark                     ratio     smallest change
 *	pair/8B/cpus:8/bare/area      1.003     2.4 %
 */
#include "bench/compare/compare.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "harness/cli/cmd.h"
#include "harness/cli/git.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static double number_of(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

static void print_row(FILE *to, const json_t *row)
{
	const char *verdict = history_text(row, "verdict");

	fprintf(to, "%-44s ", history_text(row, "name"));
	if (!json_object_get(row, "smallest")) {
		fprintf(to, "%s\n", verdict);
		return;
	}
	fprintf(to, "%7.3f %8.1f %%%s\n", number_of(row, "ratio"), 100 * number_of(row, "smallest"),
		!strcmp(verdict, "no difference") ? "" : "  a difference where there is none");
}

/* Returns how many differ. */
static unsigned print_rows(FILE *to, const json_t *rows)
{
	double *all = g_new0(double, json_array_size(rows) + 1);
	unsigned nr = 0, nr_false = 0;
	const json_t *row;
	size_t i;

	fprintf(to, "%-44s %7s %s\n", "benchmark", "ratio", "smallest change");
	json_array_foreach(rows, i, row)
	{
		const char *verdict = history_text(row, "verdict");

		print_row(to, row);
		nr_false += !strcmp(verdict, "slower") || !strcmp(verdict, "faster");
		if (json_object_get(row, "smallest"))
			all[nr++] = 100 * number_of(row, "smallest");
	}
	numbers_sort(all, nr);
	if (nr)
		fprintf(to,
			"%u benchmarks: half of them show a change of %.1f %%, nine of ten one of "
			"%.1f %%; %u differ where\nnothing does. Exact counts have no noise\n",
			nr, all[nr / 2], all[nr * 9 / 10], nr_false);
	free(all);
	return nr_false;
}

static json_t *make_run(const json_t *rows, const json_t *from)
{
	static const char *const keys[] = {"time", "host", "compiler", "flavour", "context"};
	json_t *run = history_run_new("noise");
	char revision[GIT_ID_BYTES], workload[160];
	const json_t *row;
	bool dirty;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set(run, keys[i], json_object_get(from, keys[i]));
	git_revision(revision, &dirty);
	json_object_set_new(run, "revision", json_string(revision));
	json_object_set_new(run, "dirty", json_boolean(dirty));
	json_array_foreach(rows, i, row)
	{
		const char *engine = history_engine_of(history_text(row, "name"), workload,
						       sizeof(workload));

		if (json_object_get(row, "smallest"))
			history_sample_add(run, workload, engine, "smallest_change", "%", 0,
					   100 * number_of(row, "smallest"));
	}
	return run;
}

int noise_answer(FILE *to, const json_t *verdicts, const json_t *from, const char *path)
{
	const json_t *rows = json_object_get(verdicts, "rows");
	char *usual = history_path();
	struct history *history = history_open(path ? path : usual);
	json_t *run = make_run(rows, from);
	bool is_kept = history && history_add(history, run) > 0;

	history_close(history);
	json_decref(run);
	free(usual);
	return print_rows(to, rows) || !is_kept ? CMD_FOUND : CMD_OK;
}
