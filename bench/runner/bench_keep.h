/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bench_keep.h - a run of the benchmarks gets its revision and goes into the history. */
#ifndef BENCH_KEEP_H
#define BENCH_KEEP_H

#include <jansson.h>
#include <stdbool.h>

/* Adds "revision", "dirty" and "placement" to the context of Google Benchmark's JSON. */
void bench_describe(json_t *bench);
/* Into the history at PATH; NULL: the usual one. False after printing a diagnostic. The context
   gets "run_to_run": how far this run is from those before. */
bool bench_keep(json_t *bench, const char *path);

#endif
