/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bench_table.h - Google Benchmark's JSON as tables for people. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Google Benchmark's JSON as JSON: it writes the variation of a counter that is always 0 as NaN,
 * which no JSON has; 0 is put in its place, in the text. NULL: it is no JSON for other reasons.
 */
json_t *bench_parse(char *text);

/*
 * Takes the settings out of the names ("/min_time:0.1/manual_time"), so that quick and full
 * runs are one series. False when it is no such JSON.
 */
bool bench_names_clean(json_t *bench);

/* Prints the tables. Returns how many benchmarks failed. */
unsigned bench_table_print(FILE *to, const json_t *bench);

#endif
