/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bench_rows.h - benchmark results as rows, one a case and engine: what the tables print. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { BENCH_MAX_SAMPLES = 1024, BENCH_NAME_BYTES = 96 };

struct bench_row {
	char name[BENCH_NAME_BYTES]; /* without the engine */
	char engine[24];	     /* "-": none took part */
	const json_t *run;	     /* the first repetition; counters are those of it */
	const char *error;	     /* of any repetition, or NULL */
	double samples_ns[BENCH_MAX_SAMPLES];
	size_t nr_samples;
};

struct bench_rows {
	struct bench_row *rows;
	size_t nr, capacity;
	const char *engines; /* that took part, comma-separated */
	bool has_ratios;     /* there is a case with two of them */
	int name_width;	     /* of the longest name */
};

/* A text of the run, "" when it has none of that name; a number, 0 then. */
const char *bench_text(const json_t *run, const char *key);
double bench_number(const json_t *run, const char *key);
/* Whether a number of a run is a setting or Google Benchmark's own time, not a counter of the
   workload. */
bool bench_is_setting(const char *key);
/* The run's time, whatever its unit. */
double bench_time_ns(const json_t *run);
/* Into row->name and row->engine; engines: what the run's context says took part. */
void bench_name_split(const char *name, const char *engines, struct bench_row *row);
double bench_median_ns(const struct bench_row *row);
/* The median's 95 % confidence interval. False: fewer than six repetitions have none. */
bool bench_interval_ns(const struct bench_row *row, double *low, double *high);
/* The case's first engine that has a time: what ratios are against. */
const struct bench_row *bench_base_of(const struct bench_rows *table, const struct bench_row *row);

/* From Google Benchmark's JSON with clean names (bench_table.h); rows point into it. */
void bench_rows_make(struct bench_rows *table, const json_t *bench);
void bench_rows_free(struct bench_rows *table);
bool bench_is_skipped(const struct bench_row *row);

/* Cases of 2^20 objects have a table of their own (bench_million.c); behind it stands how an
   engine's alloc compares with mimalloc's. */
bool bench_is_million(const struct bench_row *row);
void bench_million_against_mimalloc(FILE *to, const struct bench_rows *table);
/* ns for one object: made; made and first touched; freed, in the slowest order. */
double bench_alloc_each(const struct bench_row *row);
double bench_touched_each(const struct bench_row *row);
double bench_free_each(const struct bench_row *row);

#endif
