/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_spread.c - says in a sentence how far the medians of one revision's runs on this host lie
 * apart, from the runs in the history.
 *
 *	a benchmark's spread = (largest median - smallest) / their median, of its last runs
 */
#include "bench/history/bench_spread.h"
#include "bench/history/history_formats.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_RUNS = 5, MOST_BENCHMARKS = 4096 };
#define WANTED_PERCENT 5.0

static bool is_of(const json_t *series, const json_t *run)
{
	static const char *const keys[] = {"host", "compiler", "flavour"};

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(history_text(series, keys[i]), history_text(run, keys[i])))
			return false;
	}
	return true;
}

/* Returns the spread in percent, of the last runs of that revision; below 0 with fewer than two
   runs. */
static double spread_of(const json_t *series, const char *revision, size_t *nr_runs)
{
	const json_t *values = json_object_get(series, "values");
	const json_t *revisions = json_object_get(series, "revisions");
	double last[LAST_RUNS], median;
	size_t nr = 0;

	for (size_t i = json_array_size(values); i-- > 0 && nr < LAST_RUNS;) {
		const char *its = json_string_value(json_array_get(revisions, i));

		if (its && !strcmp(its, revision))
			last[nr++] = json_number_value(json_array_get(values, i));
	}
	if (nr < 2)
		return -1;
	numbers_sort(last, nr);
	median = numbers_median(last, nr);
	*nr_runs = nr > *nr_runs ? nr : *nr_runs;
	return median > 0 ? 100 * (last[nr - 1] - last[0]) / median : 0;
}

void bench_spread_words(const json_t *all, const json_t *run, char *text, size_t capacity)
{
	double *spreads = g_new0(double, MOST_BENCHMARKS);
	size_t nr = 0, nr_runs = 0, nr_within = 0, i;
	const json_t *series;

	json_array_foreach(all, i, series)
	{
		double spread = -1;

		if (is_of(series, run) && nr < MOST_BENCHMARKS)
			spread = spread_of(series, history_text(run, "revision"), &nr_runs);
		if (spread < 0)
			continue;
		spreads[nr++] = spread;
		nr_within += spread <= WANTED_PERCENT;
	}
	numbers_sort(spreads, nr);
	if (nr)
		snprintf(text, capacity,
			 "medians of the last %zu runs of this revision on this host are %.1f %% "
			 "apart in the middle, nine of ten within %.1f %%; at most %.0f %%: %zu of "
			 "%zu benchmarks",
			 nr_runs, spreads[nr / 2], spreads[nr * 9 / 10], WANTED_PERCENT, nr_within,
			 nr);
	else
		snprintf(text, capacity,
			 "the first run of this revision on this host: a second one "
			 "tells how far their medians are apart");
	free(spreads);
}
