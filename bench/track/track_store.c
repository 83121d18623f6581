/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * track_store.c - finds a revision's runs: counts by gate or track of the same compiler, times of
 * this host.
 */
#include "bench/track/track_store.h"
#include "bench/history/history_formats.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_clean(const json_t *run, const char *id)
{
	return !strcmp(history_text(run, "revision"), id) &&
	       !json_is_true(json_object_get(run, "dirty")) &&
	       json_integer_value(json_object_get(run, "nr_samples")) > 0;
}

static bool is_counts(const struct track_stored *stored, const json_t *run, const char *id)
{
	const char *source = history_text(run, "source");

	return is_clean(run, id) && (!strcmp(source, "gate") || !strcmp(source, "track")) &&
	       !strcmp(history_text(run, "compiler"), stored->key);
}

bool track_has_counts(const struct track_stored *stored, const char *id)
{
	const json_t *run;
	size_t i;

	json_array_foreach(stored->runs, i, run)
	{
		if (is_counts(stored, run, id))
			return true;
	}
	return false;
}

bool track_has_times(const struct track_stored *stored, const char *id)
{
	char name[256] = "";
	const json_t *run;
	size_t i;

	gethostname(name, sizeof(name) - 1);
	json_array_foreach(stored->runs, i, run)
	{
		const char *host = history_text(json_object_get(run, "context"), "host_name");

		if (is_clean(run, id) && !strcmp(history_text(run, "source"), "bench") &&
		    !strcmp(history_text(run, "flavour"), "release") && !strcmp(host, name))
			return true;
	}
	return false;
}

static void counts_add(json_t *counts, const json_t *sample)
{
	const char *engine = history_text(sample, "engine");
	bool none = !strcmp(engine, "-");
	char *name = g_strdup_printf("%s%s%s", history_text(sample, "workload"), none ? "" : "/",
				     none ? "" : engine);
	json_t *row = json_object_get(counts, name);

	if (!row) {
		row = json_object();
		json_object_set_new(counts, name, row);
	}
	json_object_set(row, history_text(sample, "metric"), json_object_get(sample, "value"));
	free(name);
}

json_t *track_counts_of(struct history *history, const struct track_stored *stored,
			const char *id)
{
	json_t *counts = json_object(), *run, *whole;
	const json_t *sample;
	size_t i, j;

	json_array_foreach(stored->runs, i, run)
	{
		if (!is_counts(stored, run, id))
			continue;
		whole = history_load(history, json_integer_value(json_object_get(run, "id")));
		json_array_foreach(json_object_get(whole, "samples"), j, sample)
			counts_add(counts, sample);
		json_decref(whole);
	}
	return counts;
}
