/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_google.c - Google Benchmark's JSON, with or without the lab's own words in its context.
 * Each repetition's real_time and counters are samples; aggregates and failed runs are none.
 */
#include "bench_rows.h"
#include "bench_table.h"
#include "cmd.h"
#include "history_formats.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of an entry that are no measurements. */
static bool is_setting(const char *key)
{
	static const char *const settings[] = {
		"family_index", "per_family_instance_index",
		"repetitions",	"repetition_index",
		"threads",	"iterations",
		"real_time",	"cpu_time",
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!strcmp(key, settings[i]))
			return true;
	}
	return false;
}

static void take_entry(json_t *run, const json_t *entry, const char *engines)
{
	json_int_t repetition = json_integer_value(json_object_get(entry, "repetition_index"));
	struct bench_row row;
	const json_t *value;
	const char *key;

	if (!strcmp(history_text(entry, "run_type"), "aggregate") ||
	    json_is_true(json_object_get(entry, "error_occurred")))
		return;
	bench_name_split(history_text(entry, "run_name"), engines, &row);
	history_sample_add(run, row.name, row.engine, "real_time", "ns", repetition,
			   bench_time_ns(entry));
	json_object_foreach((json_t *)(uintptr_t)entry, key, value)
	{
		if (json_is_number(value) && !is_setting(key))
			history_sample_add(run, row.name, row.engine, key, history_unit(key),
					   repetition, json_number_value(value));
	}
}

static void take_context(json_t *run, json_t *context)
{
	char *host = history_host(context);
	const char *dirty = history_text(context, "dirty");

	json_object_set_new(run, "host", json_string(host));
	json_object_set_new(run, "time", json_string(history_text(context, "date")));
	json_object_set_new(run, "revision", json_string(history_text(context, "revision")));
	json_object_set_new(run, "dirty", json_boolean(!strcmp(dirty, "yes")));
	json_object_set_new(run, "compiler", json_string(history_text(context, "compiler")));
	json_object_set_new(run, "flavour", json_string(history_text(context, "build")));
	json_object_set(run, "context", context);
	free(host);
}

static json_t *parse(const char *path, const char *text, size_t bytes)
{
	json_error_t error;
	json_t *bench = json_loadb(text, bytes, 0, &error), *run, *entry, *context;
	size_t i;

	if (!bench) {
		cmd_bad_input(path, error.line > 0 ? (uint32_t)error.line : 1, "whole JSON");
		return NULL;
	}
	if (!bench_names_clean(bench)) {
		json_decref(bench);
		cmd_bad_input(path, 1, "Google Benchmark's JSON: \"context\" and \"benchmarks\"");
		return NULL;
	}
	run = history_run_new("google");
	context = json_object_get(bench, "context");
	take_context(run, context);
	json_array_foreach(json_object_get(bench, "benchmarks"), i, entry)
		take_entry(run, entry, history_text(context, "engines"));
	json_decref(bench);
	return json_pack("[o]", run);
}

/* --- writing ------------------------------------------------------------------------------ */

static char *whole_name(const json_t *sample)
{
	const char *engine = history_text(sample, "engine");
	bool none = !strcmp(engine, "-");
	char *name;

	if (asprintf(&name, "%s%s%s", history_text(sample, "workload"), none ? "" : "/",
		     none ? "" : engine) < 0)
		abort();
	return name;
}

/* The entry of this name and repetition, made when it is not there. */
static json_t *find_entry(json_t *index, json_t *entries, const char *name, json_int_t repetition)
{
	json_t *entry;
	char *key;

	if (asprintf(&key, "%s %lld", name, (long long)repetition) < 0)
		abort();
	entry = json_object_get(index, key);
	if (!entry) {
		entry = json_pack("{s:s, s:s, s:s, s:I, s:i, s:i}", "name", name, "run_name", name,
				  "run_type", "iteration", "repetition_index", repetition,
				  "threads", 1, "iterations", 1);
		json_object_set(index, key, entry);
		json_array_append_new(entries, entry);
	}
	free(key);
	return entry;
}

static void put_sample(json_t *index, json_t *entries, const json_t *sample)
{
	json_int_t repetition = json_integer_value(json_object_get(sample, "repetition"));
	const char *metric = history_text(sample, "metric");
	char *name = whole_name(sample);
	json_t *entry = find_entry(index, entries, name, repetition);

	json_object_set(entry, metric, json_object_get(sample, "value"));
	if (!strcmp(metric, "real_time")) {
		json_object_set(entry, "cpu_time", json_object_get(sample, "value"));
		json_object_set_new(entry, "time_unit", json_string("ns"));
	}
	free(name);
}

/* Its readers want a time of every entry; counts alone have none. */
static void drop_timeless(json_t *entries)
{
	for (size_t i = json_array_size(entries); i-- > 0;) {
		if (!json_object_get(json_array_get(entries, i), "time_unit"))
			json_array_remove(entries, i);
	}
}

static json_t *make_context(const json_t *run)
{
	json_t *context = json_deep_copy(json_object_get(run, "context"));
	const struct {
		const char *key, *from;
	} words[] = {{"date", "time"},
		     {"revision", "revision"},
		     {"compiler", "compiler"},
		     {"build", "flavour"},
		     {"cpu_model", "host"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!json_object_get(context, words[i].key))
			json_object_set_new(context, words[i].key,
					    json_string(history_text(run, words[i].from)));
	}
	json_object_set_new(
		context, "dirty",
		json_string(json_is_true(json_object_get(run, "dirty")) ? "yes" : "no"));
	return context;
}

static bool print(FILE *to, const json_t *runs)
{
	const json_t *run = json_array_get(runs, 0);
	json_t *entries = json_array(), *index = json_object(), *all, *sample;
	bool some;
	size_t i;

	json_array_foreach(json_object_get(run, "samples"), i, sample)
		put_sample(index, entries, sample);
	drop_timeless(entries);
	some = json_array_size(entries) > 0;
	all = json_pack("{s:o, s:o}", "context", make_context(run), "benchmarks", entries);
	if (some) {
		json_dumpf(all, to, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
		fputc('\n', to);
	}
	json_decref(index);
	json_decref(all);
	return some;
}

const struct history_format history_google = {
	.name = "google",
	.parse = parse,
	.print = print,
};
