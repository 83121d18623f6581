/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_formats.h - runs (see history.h) as what other tools read and write. All are written;
 * google and csv are read too.
 *
 *	google		Google Benchmark's JSON: one run, each repetition an entry
 *	custom		[{"name", "unit", "value"}], smaller is better, medians: one run;
 *			github-action-benchmark's customSmallerIsBetter
 *	bencher		Bencher's Metric Format, medians with their range: one run
 *	openmetrics	text for Prometheus and its kin, with the run's time: one run
 *	csv		a sample a line, RFC 4180: any number of runs
 *
 * A format drops what it cannot hold: custom has no repetitions and no host.
 */
#ifndef HISTORY_FORMATS_H
#define HISTORY_FORMATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct history_format {
	const char *name;
	bool many; /* can hold more than one run */
	/* Returns the runs of a text as an array; NULL after printing `PATH:LINE: what was
	   expected`. A NULL pointer when the format is only written. */
	json_t *(*parse)(const char *path, const char *text, size_t bytes);
	/* Writes an array of runs, of one element unless many. Returns false when the format can
	   hold none of their samples. */
	bool (*print)(FILE *to, const json_t *runs);
};
extern const struct history_format history_google, history_custom, history_bencher,
	history_openmetrics, history_csv;

/* Returns the format of that name, or NULL. */
const struct history_format *history_format_find(const char *name);
/* Returns the readable format that the text's beginning matches, or NULL. */
const struct history_format *history_format_guess(const char *text);

/* --- what they share (history_formats.c) --------------------------------------------------- */

/* Returns "" when the object has no text of that name. */
const char *history_text(const json_t *object, const char *key);
/* Writes what a format exports, with twelve digits and a line end. */
void history_put_json(FILE *to, const json_t *value);
/* Returns a run with all fields empty but the source. */
json_t *history_run_new(const char *source);
void history_sample_add(json_t *run, const char *workload, const char *engine, const char *metric,
			const char *unit, json_int_t repetition, double value);
/* "pair/8B/area" -> workload pair/8B, engine "area"; "front" is one too; "-" where the last part is
   neither. */
const char *history_engine_of(const char *name, char *workload, size_t capacity);
/* Returns the unit of a metric, by its name: "ns", "bytes", "ms", "1". */
const char *history_unit(const char *metric);
/* "CPU model, N cores, M GiB": only times of the same host can be compared. */
char *history_host(const json_t *context);

#endif
