/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * custom.c - "custom smaller is better": the array of name, unit, value that dashboards take,
 * github-action-benchmark among them; written, not read. A name is `WORKLOAD[/ENGINE] METRIC`; a
 * value is the median over repetitions. Metrics for which larger is not worse are left out.
 */
#include "bench/history/history_formats.h"
#include "bench/history/history_medians.h"

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

static json_t *make_entry(const json_t *run, const json_t *series)
{
	char *name = history_benchmark_name(series);
	double spread = (json_number_value(json_object_get(series, "high")) -
			 json_number_value(json_object_get(series, "low"))) /
			2;
	json_t *entry = json_pack(
		"{s:o, s:O, s:O, s:o, s:o}", "name",
		json_sprintf("%s %s", name, history_text(series, "metric")), "unit",
		json_object_get(series, "unit"), "value", json_object_get(series, "median"),
		"range", json_sprintf("± %.6g", spread), "extra",
		json_sprintf("%s; %s", history_text(run, "revision"), history_text(run, "host")));

	free(name);
	return entry;
}

static bool custom_print(FILE *to, const json_t *runs)
{
	const json_t *run = json_array_get(runs, 0);
	json_t *all = json_array(), *medians = history_medians(run), *series;
	bool some;
	size_t i;

	json_array_foreach(medians, i, series)
	{
		if (smaller_is_better(history_text(series, "metric")))
			json_array_append_new(all, make_entry(run, series));
	}
	some = json_array_size(all) > 0;
	if (some)
		history_put_json(to, all);
	json_decref(medians);
	json_decref(all);
	return some;
}

const struct history_format history_custom = {
	.name = "custom",
	.print = custom_print,
};
