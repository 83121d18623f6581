/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_medians.c - see history_medians.h. */
#include "bench/history/history_medians.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_store.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Appends the sample's value to its series, which begins with its first sample. */
static void collect_value(GHashTable *index, json_t *all, const json_t *sample)
{
	char *key = history_series_key_of(sample);
	json_t *series = g_hash_table_lookup(index, key);

	if (!series) {
		series = json_pack("{s:s, s:s, s:s, s:s, s:[]}", "workload",
				   history_text(sample, "workload"), "engine",
				   history_text(sample, "engine"), "metric",
				   history_text(sample, "metric"), "unit",
				   history_text(sample, "unit"), "values");
		json_array_append_new(all, series);
		g_hash_table_insert(index, g_strdup(key), series);
	}
	json_array_append(json_object_get(series, "values"), json_object_get(sample, "value"));
	free(key);
}

static void set_median(json_t *series)
{
	const json_t *values = json_object_get(series, "values");
	size_t nr = json_array_size(values);
	double *sorted = g_new0(double, nr);

	for (size_t i = 0; i < nr; i++)
		sorted[i] = json_number_value(json_array_get(values, i));
	numbers_sort(sorted, nr);
	json_object_set_new(series, "median", json_real(numbers_median(sorted, nr)));
	json_object_set_new(series, "low", json_real(sorted[0]));
	json_object_set_new(series, "high", json_real(sorted[nr - 1]));
	json_object_del(series, "values");
	free(sorted);
}

json_t *history_medians(const json_t *run)
{
	GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	json_t *all = json_array(), *each;
	size_t i;

	json_array_foreach(json_object_get(run, "samples"), i, each)
		collect_value(index, all, each);
	json_array_foreach(all, i, each) set_median(each);
	g_hash_table_destroy(index);
	return all;
}

char *history_benchmark_name(const json_t *sample)
{
	const char *engine = history_text(sample, "engine");
	bool none = !strcmp(engine, "-");

	return g_strdup_printf("%s%s%s", history_text(sample, "workload"), none ? "" : "/",
			       none ? "" : engine);
}
