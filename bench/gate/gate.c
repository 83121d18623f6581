/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * gate.c - compares counts with the baseline: which rose, and by how much.
 *
 *	benchmark                     metric             baseline      now    rise
 *	pair/8B/cpus:8/bare/area      instructions/op      1732.0   1790.2   +3.4 %  FAILED
 */
#include "bench/gate/gate.h"
#include "harness/cli/cmd.h"
#include "harness/cli/git.h"
#include "bench/history/alerts/alerts.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "harness/cli/memory_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COUNT_AGAIN = 2 };

/* --- evaluating --------------------------------------------------------------------------- */

/* A count that was 0 must stay 0. */
static bool gate_rose(double before, double now)
{
	return now > before * (1 + GATE_RISE_PERCENT / 100);
}

static void print_head(FILE *to)
{
	fprintf(to, "%-40s %-16s %12s %12s %9s\n", "benchmark", "metric", "baseline", "now",
		"rise");
}

static void print_row(FILE *to, const char *name, const char *metric, double before, double now)
{
	fprintf(to, "%-40s %-16s %12.2f %12.2f ", name, metric, before, now);
	if (before > 0)
		fprintf(to, "%+7.2f %%", 100 * (now / before - 1));
	else
		fprintf(to, "%9s", now > 0 ? "from 0" : "");
	fprintf(to, "%s\n", gate_rose(before, now) ? "  FAILED" : "");
}

/* Prints one benchmark's metrics. Returns how many rose or are missing. */
static unsigned compare_row(FILE *to, const char *name, const json_t *before, const json_t *now,
			    bool all)
{
	unsigned nr = 0;
	const char *metric;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)before, metric, value)
	{
		const json_t *counted = json_object_get(now, metric);
		double from = json_number_value(value), to_value = json_number_value(counted);

		if (!counted)
			fprintf(to, "%-40s %-16s was not counted  FAILED\n", name, metric);
		else if (all || gate_rose(from, to_value))
			print_row(to, name, metric, from, to_value);
		nr += !counted || gate_rose(from, to_value);
	}
	return nr;
}

unsigned gate_compare(FILE *to, const json_t *baseline, const json_t *counted, bool all)
{
	unsigned nr = 0;
	const char *name;
	json_t *row;

	print_head(to);
	json_object_foreach((json_t *)(uintptr_t)baseline, name, row) nr +=
		compare_row(to, name, row, json_object_get(counted, name), all);
	json_object_foreach((json_t *)(uintptr_t)counted, name, row)
	{
		if (!json_object_get(baseline, name))
			fprintf(to, "%-40s is new: it gates once it is recorded\n", name);
	}
	return nr;
}

bool gate_least(const json_t *baseline, json_t *counted, const json_t *again)
{
	bool any = false;
	const char *name, *metric;
	json_t *row, *value;

	json_object_foreach(counted, name, row)
	{
		const json_t *before = json_object_get(baseline, name);
		const json_t *other = json_object_get(again, name);

		json_object_foreach(row, metric, value)
		{
			const json_t *from = json_object_get(before, metric);
			const json_t *less = json_object_get(other, metric);

			if (less && json_number_value(less) < json_number_value(value))
				json_object_set_new(row, metric,
						    json_real(json_number_value(less)));
			value = json_object_get(row, metric);
			any |= from && gate_rose(json_number_value(from), json_number_value(value));
		}
	}
	return any;
}

/* --- the baseline's file ------------------------------------------------------------------ */

/* Returns {} when there is no such file yet and one is to be recorded; NULL after a diagnostic. */
static json_t *load_baseline(const struct gate_options *options)
{
	json_error_t error;
	json_t *all;
	char *text;
	size_t bytes;
	FILE *file = fopen(options->baseline, "re");

	if (!file && options->record)
		return json_object();
	if (file)
		fclose(file);
	if (!cmd_read_file(options->baseline, &text, &bytes))
		return NULL;
	all = json_loadb(text, bytes, 0, &error);
	free(text);
	if (json_is_object(all))
		return all;
	cmd_bad_input(options->baseline, !all && error.line > 0 ? (uint32_t)error.line : 1,
		      "a baseline: JSON, compiler -> benchmark -> metric -> count");
	json_decref(all);
	return NULL;
}

static int gate_record(const struct gate_options *options, json_t *all, const char *key,
		       json_t *counted)
{
	bool ok;

	json_object_set_new(all, "SPDX", /* JSON has no comments */
			    json_string("SPDX-License-Identifier: BSD-2-Clause OR MIT"));
	json_object_set(all, key, counted);
	ok = json_write_file(options->baseline, all,
			     JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
	if (ok)
		printf("recorded: %zu benchmarks of %s in %s\n", json_object_size(counted), key,
		       options->baseline);
	return ok ? CMD_OK : CMD_USAGE;
}

/* --- the history -------------------------------------------------------------------------- */

json_t *gate_history_run(const char *source, const char *key, const json_t *counted,
			 const char *revision, bool dirty)
{
	json_t *run = history_run_new(source), *row, *value;
	char when[32], workload[160];
	time_t now = time(NULL);
	struct tm utc;
	const char *name, *metric;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	json_object_set_new(run, "revision", json_string(revision));
	json_object_set_new(run, "dirty", json_boolean(dirty));
	json_object_set_new(run, "time", json_string(when));
	json_object_set_new(run, "compiler", json_string(key));
	json_object_set_new(run, "host", json_string("any"));
	json_object_foreach((json_t *)(uintptr_t)counted, name, row)
	{
		const char *engine = history_engine_of(name, workload, sizeof(workload));

		json_object_foreach(row, metric, value)
			history_sample_add(run, workload, engine, metric, history_unit(metric), 0,
					   json_number_value(value));
	}
	return run;
}

/* Names the alert of each count that rose; a new one is made when what was counted is committed. */
static void name_alerts(struct history *history, struct gate_rise *rise, const json_t *before,
			const json_t *counted)
{
	const char *name, *metric;
	json_t *row, *value;

	json_object_foreach((json_t *)(uintptr_t)before, name, row)
	{
		json_object_foreach(row, metric, value)
		{
			const json_t *now = json_object_get(json_object_get(counted, name), metric);
			json_t *alert;
			char *words;

			rise->name = name;
			rise->metric = metric;
			rise->before = json_number_value(value);
			rise->after = json_number_value(now);
			if (!now || !gate_rose(rise->before, rise->after))
				continue;
			alert = alerts_of_gate(history, rise);
			words = alert ? alert_words(alert) : NULL;
			if (words)
				printf("%s\n", words);
			else
				printf("no alert: %s %s (%s)\n", name, metric,
				       rise->dirty ? "files differ from the revision" :
						     "the history could not take one");
			free(words);
			json_decref(alert);
		}
	}
}

static bool gate_store(const struct gate_options *options, const json_t *before, const char *key,
		       const json_t *counted)
{
	char *usual = history_path(), revision[GIT_ID_BYTES];
	struct history *history = history_open(options->history ? options->history : usual);
	struct gate_rise rise = {.compiler = key, .revision = revision};
	json_t *run;
	bool ok;

	git_revision(revision, &rise.dirty);
	run = gate_history_run("gate", key, counted, revision, rise.dirty);
	ok = history && history_add(history, run);
	if (ok) {
		ok = alerts_update(history);
		name_alerts(history, &rise, before, counted);
	}
	history_close(history);
	json_decref(run);
	free(usual);
	return ok;
}

/* --- all of it ---------------------------------------------------------------------------- */

static int gate_evaluate(const struct gate_options *options, const json_t *before, const char *key,
			 json_t *counted)
{
	unsigned nr;

	for (int i = 0; i < COUNT_AGAIN && gate_least(before, counted, NULL); i++) {
		json_t *again = gate_count(options->program);

		if (!again)
			return CMD_USAGE;
		gate_least(before, counted, again);
		json_decref(again);
	}
	nr = gate_compare(stdout, before, counted, true);
	printf("%zu benchmarks, %u counts rose by more than %.0f %% or are gone (%s)\n",
	       json_object_size(counted), nr, GATE_RISE_PERCENT, key);
	if (!gate_store(options, before, key, counted))
		return CMD_FOUND;
	return nr ? CMD_FOUND : CMD_OK;
}

int gate_run(const struct gate_options *options)
{
	json_t *all = load_baseline(options), *counted = NULL;
	char *key = all ? gate_key(options->program) : NULL;
	const json_t *before = key ? json_object_get(all, key) : NULL;
	int status = CMD_USAGE;

	if (key && !before && !options->record)
		fprintf(stderr, "%s:1: counts of '%s' (`lab bench --gate --record` adds them)\n",
			options->baseline, key);
	else if (key)
		counted = gate_count(options->program);
	if (counted)
		status = options->record ? gate_record(options, all, key, counted) :
					   gate_evaluate(options, before, key, counted);
	free(key);
	json_decref(counted);
	json_decref(all);
	return status;
}
