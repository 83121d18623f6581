/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_fuzz.c - see document_fuzz.h. */
#include "reports/document/document_fuzz.h"

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_FILE "fuzz-series.jsonl"
enum { MAX_POINTS = 400 };

/* What of a line is in the document, and its name there. */
static const struct figure {
	const char *key, *name;
} figures[] = {
	{"executions_per_second", "rate"},
	{"edges", "edges"},
	{"corpus", "corpus"},
};

struct timeline {
	json_t *series; /* by "TARGET ENGINE": what the document has, and "before", "last" */
	json_t *host;	/* of the newest run */
	json_t *runs;	/* on that host: an object with their names as keys */
	unsigned nr_other_hosts, nr_lines, nr_damaged;
};

/* Compares the machine and its software, not the commit and time. */
static bool same_host(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {"cpu", "cpus", "memory_bytes", "kernel", "compiler"};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
			return false;
	}
	return true;
}

static bool is_figure(const json_t *point, const char *key)
{
	const json_t *value = json_object_get(point, key);

	return json_is_number(value) && json_number_value(value) >= 0;
}

/* A run's first line has its host, the others are points. */
static bool is_line_of_series(const json_t *object)
{
	return json_is_string(json_object_get(object, "run")) &&
	       (json_is_object(json_object_get(object, "host")) ||
		(json_is_string(json_object_get(object, "target")) &&
		 json_is_string(json_object_get(object, "engine")) &&
		 is_figure(object, "seconds") && is_figure(object, "executions_per_second") &&
		 is_figure(object, "edges")));
}

/* Visits each line of the file; counts malformed ones (a run was killed while writing, say). */
static void each_line(FILE *file, void (*take)(struct timeline *timeline, const json_t *object),
		      struct timeline *timeline)
{
	char *line = NULL;
	size_t capacity = 0;

	rewind(file);
	timeline->nr_lines = timeline->nr_damaged = 0;
	while (getline(&line, &capacity, file) > 0) {
		json_t *object = json_loads(line, 0, NULL);
		bool good = is_line_of_series(object);

		timeline->nr_lines++;
		timeline->nr_damaged += !good;
		if (good)
			take(timeline, object);
		json_decref(object);
	}
	free(line);
}

static void take_host(struct timeline *timeline, const json_t *object)
{
	json_t *host = json_object_get(object, "host");

	if (!host)
		return;
	json_decref(timeline->host);
	timeline->host = json_incref(host);
}

static json_t *series_of(struct timeline *timeline, const json_t *point)
{
	const char *target = result_text(point, "target"), *engine = result_text(point, "engine");
	char *key = g_strdup_printf("%s %s", target, engine);
	json_t *series = json_object_get(timeline->series, key);

	if (!series) {
		series = json_pack("{ss ss sf sf so so so so}", "target", target, "engine", engine,
				   "before", 0.0, "last", 0.0, "seconds", json_array(), "rate",
				   json_array(), "edges", json_array(), "corpus", json_array());
		json_object_set_new(timeline->series, key, series);
	}
	g_free(key);
	return series;
}

static void point_add(struct timeline *timeline, const json_t *point)
{
	json_t *series = series_of(timeline, point);
	double seconds = result_number(point, "seconds"), before = result_number(series, "before");
	double last = result_number(series, "last");

	if (seconds < last)
		before += last;
	json_object_set_new(series, "before", json_real(before));
	json_object_set_new(series, "last", json_real(seconds));
	json_array_append_new(json_object_get(series, "seconds"), json_real(before + seconds));
	for (size_t i = 0; i < G_N_ELEMENTS(figures); i++) {
		json_t *value = is_figure(point, figures[i].key) ?
					json_incref(json_object_get(point, figures[i].key)) :
					json_null();

		json_array_append_new(json_object_get(series, figures[i].name), value);
	}
}

static void take_point(struct timeline *timeline, const json_t *object)
{
	const json_t *host = json_object_get(object, "host");
	const char *run = result_text(object, "run");

	if (!host && json_object_get(timeline->runs, run))
		point_add(timeline, object);
	else if (host && same_host(host, timeline->host))
		json_object_set_new(timeline->runs, run, json_true());
	else if (host)
		timeline->nr_other_hosts++;
}

static void damage_note(struct results *results, const struct timeline *timeline)
{
	char words[96];

	if (!timeline->nr_damaged && timeline->nr_lines)
		return;
	snprintf(words, sizeof(words), "%u of %u lines are none of a series, and left out",
		 timeline->nr_damaged, timeline->nr_lines);
	result_damage(results, SERIES_FILE, timeline->nr_lines ? words : "it is empty");
}

/* As many points as a chart can show: each n-th, and the last. */
static void list_thin(json_t *object, const char *key)
{
	json_t *list = json_object_get(object, key), *kept = json_array();
	size_t nr = json_array_size(list), step = nr / MAX_POINTS + 1;

	for (size_t i = 0; i < nr; i += step)
		json_array_append(kept, json_array_get(list, i));
	if (nr && (nr - 1) % step)
		json_array_append(kept, json_array_get(list, nr - 1));
	json_object_set_new(object, key, kept);
}

/* The series as a list, without what only adding points needs. */
static json_t *series_list(const json_t *all)
{
	json_t *list = json_array(), *series;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)all, key, series)
	{
		json_object_del(series, "before");
		json_object_del(series, "last");
		list_thin(series, "seconds");
		for (size_t i = 0; i < G_N_ELEMENTS(figures); i++)
			list_thin(series, figures[i].name);
		json_array_append(list, series);
	}
	return list;
}

json_t *document_fuzz_series(struct results *results)
{
	struct timeline timeline = {.series = json_object(), .runs = json_object()};
	char *path = result_path(results, SERIES_FILE);
	FILE *file = fopen(path, "re");
	json_t *made = NULL;

	if (file) {
		each_line(file, take_host, &timeline);
		each_line(file, take_point, &timeline);
		damage_note(results, &timeline);
		fclose(file);
	}
	if (json_object_size(timeline.series))
		made = json_pack("{sO* si si so}", "host", timeline.host, "runs",
				 (int)json_object_size(timeline.runs), "other_runs",
				 (int)timeline.nr_other_hosts, "series",
				 series_list(timeline.series));
	json_decref(timeline.series);
	json_decref(timeline.runs);
	json_decref(timeline.host);
	free(path);
	return made;
}
