/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * compare_counts.c - exact counts of A and B: no statistics; more than 1 % above A is a rise.
 *
 *	benchmark                      metric                  A            B   change
 *	pair/8B/cpus:8/bare/area       probes/op            4.00         5.00  +25.00 %  more
 *
 * Those of the timed runs (records scanned, bytes moved and zeroed, metadata) are compared where
 * all rounds of a side agree; a benchmark that was cut by its time budget does not agree.
 * Instructions are those of bench/gate/gate.def by callgrind, when both revisions can be counted.
 */
#include "harness/cli/cmd.h"
#include "bench/compare/compare.h"
#include "bench/gate/gate.h"
#include "bench/history/history_formats.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <math.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

static bool is_exact(const char *metric)
{
	static const char *const exact[] = {
		"probes/op",
		"moved_bytes/op",
		"zeroed_bytes/op",
		"metadata_bytes",
	};

	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		if (!strcmp(exact[i], metric))
			return true;
	}
	return false;
}

/* Returns the member of that name; makes it when it does not exist. */
static json_t *counts_member(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);

	if (!found) {
		found = json_object();
		json_object_set_new(object, name, found);
	}
	return found;
}

void compare_count_add(json_t *counts, const char *name, const char *metric, const char *side,
		       double value)
{
	json_t *both = counts_member(counts_member(counts, name), metric);
	json_t *values = json_object_get(both, side);

	if (!values) {
		values = json_array();
		json_object_set_new(both, side, values);
	}
	json_array_append_new(values, json_real(value));
}

void compare_count_sample(json_t *counts, const char *name, const json_t *sample, const char *side)
{
	const char *metric = history_text(sample, "metric");

	if (is_exact(metric))
		compare_count_add(counts, name, metric, side,
				  json_number_value(json_object_get(sample, "value")));
}

/* --- by callgrind ------------------------------------------------------------------------- */

static void take_counted(json_t *counts, json_t *counted, const char *side, const regex_t *wanted)
{
	const char *name, *metric;
	json_t *row, *value;

	json_object_foreach(counted, name, row)
	{
		if (wanted && regexec(wanted, name, 0, NULL, 0))
			continue;
		json_object_foreach(row, metric, value)
		{
			if (!strncmp(metric, "instructions/", 13))
				compare_count_add(counts, name, metric, side,
						  json_number_value(value));
		}
	}
}

bool compare_count_programs(json_t *counts, const char *program_a, const char *program_b,
			    const char *filter)
{
	json_t *a = gate_count(program_a), *b = a ? gate_count(program_b) : NULL;
	regex_t regex;
	bool good = a && b && !regcomp(&regex, filter ? filter : "", REG_EXTENDED | REG_NOSUB);

	if (good) {
		take_counted(counts, a, "a", &regex);
		take_counted(counts, b, "b", &regex);
		regfree(&regex);
	}
	json_decref(a);
	json_decref(b);
	return good;
}

/* --- verdicts ----------------------------------------------------------------------------- */

/* Returns false when a side has no value, or different ones. */
static bool one_value(const json_t *both, const char *side, double *value)
{
	const json_t *values = json_object_get(both, side), *other;
	size_t i;

	*value = json_number_value(json_array_get(values, 0));
	json_array_foreach(values, i, other)
	{
		if (fabs(json_number_value(other) - *value) > 1e-6 * fabs(*value))
			return false;
	}
	return json_array_size(values) > 0;
}

static const char *counts_verdict(double a, double b)
{
	if (b > a * (1 + GATE_RISE_PERCENT / 100))
		return "more";
	return b < a * (1 - GATE_RISE_PERCENT / 100) ? "less" : "no difference";
}

json_t *compare_count_evaluate(json_t *counts)
{
	json_t *rows = json_array(), *metrics, *both;
	const char *name, *metric;
	double a, b;

	json_object_foreach(counts, name, metrics)
	{
		json_object_foreach(metrics, metric, both)
		{
			if (one_value(both, "a", &a) && one_value(both, "b", &b))
				json_array_append_new(
					rows, json_pack("{s:s, s:s, s:f, s:f, s:s}", "name", name,
							"metric", metric, "a", a, "b", b, "verdict",
							counts_verdict(a, b)));
		}
	}
	return rows;
}

static void print_row(FILE *to, const json_t *row)
{
	double a = json_number_value(json_object_get(row, "a"));
	double b = json_number_value(json_object_get(row, "b"));

	fprintf(to, "%-44s %-17s %13.2f %13.2f ", history_text(row, "name"),
		history_text(row, "metric"), a, b);
	if (a > 0)
		fprintf(to, "%+8.2f %%", 100 * (b / a - 1));
	else
		fprintf(to, "%10s", "from 0");
	fprintf(to, "  %s\n", history_text(row, "verdict"));
}

unsigned compare_count_print(FILE *to, const json_t *rows)
{
	unsigned nr_more = 0, nr_less = 0;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *verdict = history_text(row, "verdict");

		if (!strcmp(verdict, "no difference"))
			continue;
		if (!nr_more && !nr_less)
			fprintf(to, "\n%-44s %-17s %13s %13s %10s\n", "benchmark", "count", "A",
				"B", "change");
		print_row(to, row);
		nr_more += !strcmp(verdict, "more");
		nr_less += !strcmp(verdict, "less");
	}
	fprintf(to, "%zu exact counts: %u more, %u less, by more than %.0f %%\n",
		json_array_size(rows), nr_more, nr_less, GATE_RISE_PERCENT);
	return nr_more;
}
