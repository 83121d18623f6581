/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * custom.c - "custom smaller is better": the array of name, unit, value that dashboards
 * take; written, not read. A name is `WORKLOAD[/ENGINE] METRIC`; a value is the median over
 * repetitions. Metrics for which larger is not worse are left out.
 */
#include "bench/history/history_formats.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static bool smaller_is_better(const char *metric)
{
	static const char *const metrics[] = {
		"real_time",	  "instructions/op", "probes/op",
		"moved_bytes/op", "zeroed_bytes/op", "metadata_bytes",
		"populated/live", "held/live",	     "rss/live",
	};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		if (!strcmp(metric, metrics[i]))
			return true;
	}
	return false;
}

static bool same_series(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {"workload", "engine", "metric", "unit"};

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(history_text(a, keys[i]), history_text(b, keys[i])))
			return false;
	}
	return true;
}

/* Returns whether an earlier sample of this series exists; that one printed the median. */
static bool is_later(const json_t *samples, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (same_series(json_array_get(samples, i), json_array_get(samples, at)))
			return true;
	}
	return false;
}

static double median_of(const json_t *samples, const json_t *like, double *spread)
{
	double *values = g_new0(double, json_array_size(samples) + 1), median;
	json_t *sample;
	size_t i, nr = 0;

	json_array_foreach(samples, i, sample)
	{
		if (same_series(sample, like))
			values[nr++] = json_number_value(json_object_get(sample, "value"));
	}
	numbers_sort(values, nr);
	median = numbers_median(values, nr);
	*spread = (values[nr - 1] - values[0]) / 2;
	free(values);
	return median;
}

static json_t *make_entry(const json_t *run, const json_t *samples, const json_t *sample)
{
	const char *engine = history_text(sample, "engine");
	bool none = !strcmp(engine, "-");
	double spread, median = median_of(samples, sample, &spread);

	return json_pack(
		"{s:o, s:s, s:f, s:o, s:o}", "name",
		json_sprintf("%s%s%s %s", history_text(sample, "workload"), none ? "" : "/",
			     none ? "" : engine, history_text(sample, "metric")),
		"unit", history_text(sample, "unit"), "value", median, "range",
		json_sprintf("± %.6g", spread), "extra",
		json_sprintf("%s; %s", history_text(run, "revision"), history_text(run, "host")));
}

static bool custom_print(FILE *to, const json_t *runs)
{
	const json_t *run = json_array_get(runs, 0), *samples = json_object_get(run, "samples");
	json_t *all = json_array(), *sample;
	bool some;
	size_t i;

	json_array_foreach(samples, i, sample)
	{
		if (smaller_is_better(history_text(sample, "metric")) && !is_later(samples, i))
			json_array_append_new(all, make_entry(run, samples, sample));
	}
	some = json_array_size(all) > 0;
	if (some) {
		json_dumpf(all, to, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
		fputc('\n', to);
	}
	json_decref(all);
	return some;
}

const struct history_format history_custom = {
	.name = "custom",
	.print = custom_print,
};
