/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_changes.c - change points, by bench/compare/statistics.py: they split a whole series in
 * two; the last two runs are never compared alone.
 *
 *	run  revision      series                                      before    after  change
 *	 16  0123456789ab  pair/8B/cpus:8/bare/area instructions/op    1732.0   1650.2  -4.7 %
 */
#include "bench/history/history_changes.h"
#include "harness/cli/cmd.h"
#include "bench/compare/compare.h"
#include "bench/history/history_formats.h"

#include <string.h>

static void print_change(const json_t *series, const json_t *change)
{
	size_t at = (size_t)json_integer_value(json_object_get(change, "at"));
	double before = json_number_value(json_object_get(change, "before"));
	double after = json_number_value(json_object_get(change, "after"));
	const char *revision =
		json_string_value(json_array_get(json_object_get(series, "revisions"), at));

	printf("%5lld %-12.12s %-58s %13.2f %13.2f ",
	       (long long)json_integer_value(json_array_get(json_object_get(series, "runs"), at)),
	       revision ? revision : "", history_text(series, "name"), before, after);
	if (before > 0)
		printf("%+7.1f %%\n", 100 * (after / before - 1));
	else
		printf("   from 0\n");
}

static size_t print_series(const json_t *series, const json_t *changes)
{
	const json_t *change;
	size_t i;

	json_array_foreach(changes, i, change) print_change(series, change);
	return json_array_size(changes);
}

int history_changes(struct history *history)
{
	json_t *all = history_series(history, NULL), *request, *verdicts, *answer;
	size_t i, nr = 0;

	if (!all)
		return CMD_USAGE;
	request = json_pack("{s:O}", "series", all);
	verdicts = compare_evaluate("changes", request);
	if (verdicts) {
		printf("%5s %-12s %-58s %13s %13s %9s\n", "run", "revision", "series", "before",
		       "after", "change");
		json_array_foreach(json_object_get(verdicts, "series"), i, answer) nr +=
			print_series(json_array_get(all, i), json_object_get(answer, "changes"));
		printf("%zu series, %zu changes\n", json_array_size(all), nr);
	}
	json_decref(request);
	json_decref(all);
	json_decref(verdicts);
	return verdicts ? CMD_OK : CMD_FOUND;
}
