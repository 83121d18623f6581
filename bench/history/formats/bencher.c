/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bencher.c - Bencher's Metric Format: an object a benchmark, in it one a measure with the median
 * and the range of its repetitions; `bencher run --adapter json --file FILE` reads it.
 *
 *	{"pair/8B/area": {"latency": {"value": 98.6, "lower_value": 97.1, "upper_value": 99.9},
 *			  "probes/op": {"value": 4.0, ...}}}
 *
 * `latency` is Bencher's own measure, in ns; others are made by their names, of 64 characters at
 * most. Written, not read.
 */
#include "bench/history/history_formats.h"
#include "bench/history/history_medians.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MEASURE = 64, MAX_BENCHMARK = 1024 };

/* The characters of a UTF-8 text; what is over the limit would be refused as a whole. */
static bool is_within(const char *text, long most)
{
	return *text && g_utf8_strlen(text, -1) <= most;
}

static void put_measure(json_t *benchmark, const json_t *series)
{
	const char *metric = history_text(series, "metric");

	json_object_set_new(benchmark, strcmp(metric, "real_time") ? metric : "latency",
			    json_pack("{s:O, s:O, s:O}", "value", json_object_get(series, "median"),
				      "lower_value", json_object_get(series, "low"), "upper_value",
				      json_object_get(series, "high")));
}

static void put_series(json_t *all, const json_t *series)
{
	char *name = history_benchmark_name(series);
	json_t *benchmark = json_object_get(all, name);

	if (is_within(name, MAX_BENCHMARK) &&
	    is_within(history_text(series, "metric"), MAX_MEASURE)) {
		if (!benchmark) {
			benchmark = json_object();
			json_object_set_new(all, name, benchmark);
		}
		put_measure(benchmark, series);
	}
	free(name);
}

static bool bencher_print(FILE *to, const json_t *runs)
{
	json_t *medians = history_medians(json_array_get(runs, 0)), *all = json_object(), *series;
	bool some;
	size_t i;

	json_array_foreach(medians, i, series) put_series(all, series);
	some = json_object_size(all) > 0;
	if (some)
		history_put_json(to, all);
	json_decref(medians);
	json_decref(all);
	return some;
}

const struct history_format history_bencher = {
	.name = "bencher",
	.print = bencher_print,
};
