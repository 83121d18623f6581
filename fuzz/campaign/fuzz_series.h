/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_series.h - the numbers over time, for the report: lines of JSON in
 * reports/out/fuzz-series.jsonl, only ever appended to.
 *
 *	{"run": ID, "host": {cpu, cpus, kernel, compiler, commit, time, ...}}		one a run
 *	{"run": ID, "target", "engine", "jobs", "seconds", "executions",	one now and then
 *	 "executions_per_second", "operations_per_second", "edges", "corpus", "found"}
 *
 * "seconds" and "executions" count within a slice; a point with fewer seconds than the one before
 * begins the next slice. "operations_per_second" is null where it is not known.
 */
#ifndef FUZZ_SERIES_H
#define FUZZ_SERIES_H

#include "fuzz/campaign/fuzz_slice.h"

/* Begins a run. NULL when there can be no file, after telling: fuzzing goes on without. */
struct fuzz_series *fuzz_series_open(void);
/* A point: where an engine of the slice is now. */
void fuzz_series_add(const struct fuzz_slice *slice, unsigned engine);
void fuzz_series_close(struct fuzz_series *series);

#endif
