/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * google.c - Google Benchmark's JSON, with or without the lab's own keys in its context.
 * Each repetition's real_time and counters are samples; aggregates, failed and skipped runs are
 * ignored. Impossible values are refused with their line: a date, a negative time, a duplicate
 * repetition.
 */
#include "harness/rows/bench_rows.h"
#include "harness/rows/bench_table.h"
#include "harness/cli/cmd.h"
#include "bench/history/history_check.h"
#include "bench/history/history_formats.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* The run being read, and its file. */
struct reader {
	const char *path, *text;
	size_t bytes;
	json_t *run;
	json_t *seen; /* "NAME REPETITION": read already; "NAME": how many without a number */
	const char *engines;
};

/* Returns whether the entry is not a measurement: an aggregate, an error, skipped, or without
   iterations. */
static bool is_left_out(const json_t *entry)
{
	const json_t *iterations = json_object_get(entry, "iterations");

	return !strcmp(history_text(entry, "run_type"), "aggregate") ||
	       json_is_true(json_object_get(entry, "error_occurred")) ||
	       json_is_true(json_object_get(entry, "skipped")) ||
	       (json_is_integer(iterations) && json_integer_value(iterations) == 0);
}

static bool is_time_unit(const char *unit)
{
	return !*unit || !strcmp(unit, "ns") || !strcmp(unit, "us") || !strcmp(unit, "ms") ||
	       !strcmp(unit, "s");
}

/* Returns NULL, or what was expected of the entry; call it before reading from the entry. */
static const char *entry_fault(const json_t *entry)
{
	const json_t *repetition = json_object_get(entry, "repetition_index");
	const json_t *time = json_object_get(entry, "real_time");

	if (!*history_text(entry, "run_name"))
		return "a benchmark with a name";
	if (!json_is_number(time))
		return "a number as real_time";
	if (!is_time_unit(history_text(entry, "time_unit")))
		return "ns, us, ms or s as time_unit";
	if (repetition && (!json_is_integer(repetition) || json_integer_value(repetition) < 0))
		return "a number from 0 as repetition_index";
	return history_value_fault("real_time", "ns", bench_time_ns(entry));
}

/* Reads the repetition's number or, for versions that write none, counts entries of that name.
   Returns false for a duplicate. */
static bool take_repetition(struct reader *r, const json_t *entry, json_int_t *repetition)
{
	const char *name = history_text(entry, "run_name");
	const json_t *index = json_object_get(entry, "repetition_index");
	bool is_new;
	char *key;

	*repetition = index ? json_integer_value(index) :
			      json_integer_value(json_object_get(r->seen, name));
	if (!index)
		json_object_set_new(r->seen, name, json_integer(*repetition + 1));
	key = g_strdup_printf("%s %lld", name, (long long)*repetition);
	is_new = !json_object_get(r->seen, key);
	json_object_set_new(r->seen, key, json_true());
	free(key);
	return is_new;
}

static const char *take_numbers(struct reader *r, const json_t *entry, json_int_t repetition)
{
	struct bench_row row;
	const char *key, *fault;
	const json_t *value;

	bench_name_split(history_text(entry, "run_name"), r->engines, &row);
	history_sample_add(r->run, row.name, row.engine, "real_time", "ns", repetition,
			   bench_time_ns(entry));
	json_object_foreach((json_t *)(uintptr_t)entry, key, value)
	{
		if (!json_is_number(value) || bench_is_setting(key))
			continue;
		fault = history_value_fault(key, history_unit(key), json_number_value(value));
		if (fault)
			return fault;
		history_sample_add(r->run, row.name, row.engine, key, history_unit(key),
				   repetition, json_number_value(value));
	}
	return NULL;
}

/* Returns NULL, or what was expected. */
static const char *take_entry(struct reader *r, const json_t *entry)
{
	json_int_t repetition;
	const char *fault;

	if (!json_is_object(entry))
		return "an object for each benchmark";
	if (is_left_out(entry))
		return NULL;
	fault = entry_fault(entry);
	if (!fault && !take_repetition(r, entry, &repetition))
		fault = "each repetition of a benchmark once";
	return fault ? fault : take_numbers(r, entry, repetition);
}

static bool take_entries(struct reader *r, const json_t *entries)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		const char *fault = take_entry(r, entry);

		if (!fault)
			continue;
		cmd_bad_input(r->path, history_json_line(r->text, r->bytes, "benchmarks", i),
			      fault);
		return false;
	}
	return true;
}

/* Older versions write `name` but no `run_name`. */
static void complete_names(json_t *bench)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(bench, "benchmarks"), i, entry)
		if (json_is_object(entry) && !json_object_get(entry, "run_name"))
			json_object_set(entry, "run_name", json_object_get(entry, "name"));
}

/* Returns the line of a key of the context, which occurs once. */
static uint32_t line_of(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	uint32_t line = 1;

	for (; at && text < at; text++)
		line += *text == '\n';
	return line;
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

/* NULL after printing a diagnostic. */
static json_t *google_load(const char *path, const char *text, size_t bytes)
{
	json_error_t error;
	json_t *bench = json_loadb(text, bytes, 0, &error);
	char sentence[JSON_ERROR_TEXT_LENGTH + 32];

	if (!bench) {
		snprintf(sentence, sizeof(sentence), "whole JSON: %s", error.text);
		cmd_bad_input(path, error.line > 0 ? (uint32_t)error.line : 1, sentence);
		return NULL;
	}
	complete_names(bench);
	if (bench_names_clean(bench))
		return bench;
	json_decref(bench);
	cmd_bad_input(path, 1, "Google Benchmark's JSON: \"context\" and \"benchmarks\"");
	return NULL;
}

static json_t *google_parse(const char *path, const char *text, size_t bytes)
{
	json_t *bench = google_load(path, text, bytes), *context;
	struct reader r = { .path = path, .text = text, .bytes = bytes };
	bool ok;

	if (!bench)
		return NULL;
	context = json_object_get(bench, "context");
	ok = history_time_exists(history_text(context, "date"));
	if (!ok)
		cmd_bad_input(path, line_of(text, "\"date\""), HISTORY_TIME_EXPECTED);
	r.run = history_run_new("google");
	r.seen = json_object();
	r.engines = history_text(context, "engines");
	take_context(r.run, context);
	ok = ok && take_entries(&r, json_object_get(bench, "benchmarks"));
	json_decref(r.seen);
	json_decref(bench);
	if (ok)
		return json_pack("[o]", r.run);
	json_decref(r.run);
	return NULL;
}

/* --- writing ------------------------------------------------------------------------------ */

static char *whole_name(const json_t *sample)
{
	const char *engine = history_text(sample, "engine");
	bool none = !strcmp(engine, "-");
	char *name = g_strdup_printf("%s%s%s", history_text(sample, "workload"), none ? "" : "/",
				     none ? "" : engine);
	return name;
}

/* Returns the entry of this name and repetition; makes it when it does not exist. */
static json_t *find_entry(json_t *index, json_t *entries, const char *name, json_int_t repetition)
{
	json_t *entry;
	char *key = g_strdup_printf("%s %lld", name, (long long)repetition);
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

/* Readers of the format require a time in every entry, so entries that have only counts are
   dropped. */
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

static bool google_print(FILE *to, const json_t *runs)
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
	.parse = google_parse,
	.print = google_print,
};
