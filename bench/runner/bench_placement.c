/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_placement.c - did the pages of units lie on the node of their CPU? Each benchmark queries
 * move_pages(2), outside its timed part, and counts "unit_pages" and "placed_pages"; this file sums
 * them up in a sentence.
 */
#include "bench/runner/bench_placement.h"
#include "harness/rows/bench_rows.h"

#include <stdio.h>

struct sum {
	double nr_pages, nr_placed;
	double worst_percent;
	const char *worst; /* the benchmark's name */
};

static void placement_add(struct sum *sum, const json_t *run)
{
	double nr_pages = bench_number(run, "unit_pages");
	double nr_placed = bench_number(run, "placed_pages");

	if (nr_pages <= 0)
		return;
	if (!sum->worst || 100 * nr_placed / nr_pages < sum->worst_percent) {
		sum->worst = json_string_value(json_object_get(run, "run_name"));
		sum->worst_percent = 100 * nr_placed / nr_pages;
	}
	sum->nr_pages += nr_pages;
	sum->nr_placed += nr_placed;
}

void bench_placement_words(const json_t *runs, char *text, size_t capacity)
{
	struct sum sum = {0};
	const json_t *run;
	int at;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		if (!json_object_get(run, "aggregate_name"))
			placement_add(&sum, run);
	}
	if (!sum.worst) {
		snprintf(text, capacity,
			 "not told: no benchmark's nodes are this machine's, or the "
			 "kernel does not say where pages are");
		return;
	}
	at = snprintf(text, capacity, "%.1f %% of %.0f unit pages on their node, by move_pages",
		      100 * sum.nr_placed / sum.nr_pages, sum.nr_pages);
	if (sum.nr_placed < sum.nr_pages && at > 0 && (size_t)at < capacity)
		snprintf(text + at, capacity - (size_t)at, "; least in %s, %.1f %%", sum.worst,
			 sum.worst_percent);
}
