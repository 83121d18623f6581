/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_series.h - the numbers over time, for the report: lines of JSON appended to
 * reports/out/fuzz-series.jsonl.
 *
 *	{"run": ID, "host": {cpu, cpus, kernel, compiler, commit, time, ...}}		one a run
 *	{"run": ID, "target", "engine", "jobs", "seconds", "executions", one from time to time
 *	 "executions_per_second", "operations_per_second", "edges", "corpus", "found"}
 *
 * "seconds" and "executions" count within a slice; a point with fewer seconds than the one before
 * begins the next slice. "operations_per_second" is null when unknown.
 */
#ifndef FUZZ_SERIES_H
#define FUZZ_SERIES_H

#include "fuzz/campaign/fuzz_slice.h"

/* Begins a run. NULL after a diagnostic, when there can be no file: fuzzing continues without. */
struct fuzz_series *fuzz_series_open(void);
/* Appends a point: the current state of an engine in the slice. */
void fuzz_series_add(const struct fuzz_slice *slice, unsigned engine);
void fuzz_series_close(struct fuzz_series *series);

#endif
