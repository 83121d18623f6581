/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_formats.h - runs (see history.h) as what other tools read and write. All are written;
 * google and csv are read too.
 *
 *	google		Google Benchmark's JSON: one run, each repetition an entry
 *	custom		[{"name", "unit", "value"}], smaller is better, medians: one run
 *	openmetrics	text for Prometheus and its kin, ends in "# EOF": one run
 *	csv		a sample a line, RFC 4180: any number of runs
 *
 * What a format cannot hold is lost: custom has no repetitions and no host.
 */
#ifndef HISTORY_FORMATS_H
#define HISTORY_FORMATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct history_format {
	const char *name;
	bool many; /* holds more than one run */
	/* The runs of a text: an array; NULL after printing `PATH:LINE: what was expected`. NULL
	   where the format is only written. */
	json_t *(*parse)(const char *path, const char *text, size_t bytes);
	/* Writes an array of runs, of one element unless many. False: these have nothing it
	   holds. */
	bool (*print)(FILE *to, const json_t *runs);
};
extern const struct history_format history_google, history_custom, history_openmetrics, history_csv;

/* By name; NULL when there is none. */
const struct history_format *history_format_find(const char *name);
/* The one that is read, by what the text begins with; NULL when there is none. */
const struct history_format *history_format_guess(const char *text);

/* --- what they share (history_formats.c) --------------------------------------------------- */

/* "" when there is none of that name. */
const char *history_text(const json_t *object, const char *key);
/* A run with everything but samples empty. */
json_t *history_run_new(const char *source);
void history_sample_add(json_t *run, const char *workload, const char *engine, const char *metric,
			const char *unit, json_int_t repetition, double value);
/* "pair/8B/area" -> workload pair/8B, engine "area"; "-" where the last part names no engine. */
const char *history_engine_of(const char *name, char *workload, size_t capacity);
/* What a metric is counted in, by its name: "ns", "bytes", "ms", "1". */
const char *history_unit(const char *metric);
/* "CPU model, N cores, M GiB": a series of times has meaning only within one of these. */
char *history_host(const json_t *context);

#endif
