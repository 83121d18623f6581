/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bench_keep.h - adds the revision to a run of the benchmarks and stores it in the history. */
#ifndef BENCH_KEEP_H
#define BENCH_KEEP_H

#include <jansson.h>
#include <stdbool.h>

/* Adds "revision", "dirty" and "placement" to the context of Google Benchmark's JSON. */
void bench_describe(json_t *bench);
/* Stores the run in the history at PATH; NULL: the usual one. Returns false after a diagnostic.
   Adds "run_to_run" to the context: how far this run is from earlier ones. */
bool bench_keep(json_t *bench, const char *path);

#endif
