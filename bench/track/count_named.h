/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * count_named.h - exact counts of one benchmark of a pcpu-count, and of its functions.
 *
 *	pair/8B/cpus:8/bare/area instructions/op	as histories, gate and page name a series
 *
 * instructions/op is (I(M) - I(N)) / (M - N) with N and M of bench/gate/gate.def, instructions/run
 * I(1) of a benchmark that runs once; other metrics are what the benchmark counts itself, and need
 * no callgrind.
 */
#ifndef COUNT_NAMED_H
#define COUNT_NAMED_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct counted_metric {
	char *name;   /* of the benchmark, engine included */
	char *metric; /* "instructions/op", "probes/op" ... */
	uint64_t n, m; /* n 0: one run of m */
};

enum count_state {
	COUNT_DONE,
	COUNT_ABSENT, /* that program has no such benchmark or metric, or fails: why */
	COUNT_STOPPED, /* interrupted, or a line was printed */
};

struct named_count {
	double value;
	GHashTable *functions; /* name -> double *: instructions per operation; NULL: not counted */
};

/* Reads "NAME[ METRIC]"; without a metric it is instructions. NULL, or what was expected. */
const char *counted_metric_read(const char *text, struct counted_metric *metric);
void counted_metric_free(struct counted_metric *metric);
/* Returns whether callgrind is what counts this metric. */
bool counted_metric_is_instructions(const struct counted_metric *metric);

enum count_state count_named(const char *program, const struct counted_metric *metric,
			     struct named_count *count, char *why, size_t capacity);
void named_count_free(struct named_count *count);

/* callgrind_functions.c: adds factor x each function's own instructions in a dump of callgrind.
   False when the file is not whole. */
bool callgrind_functions(const char *path, double factor, GHashTable *functions);

#endif
