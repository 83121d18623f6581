/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * gate.h - exact counts against those of a stored baseline.
 *
 * R1  Only counts can fail the gate, never times.
 * R2  Counts of another compiler, C library or build cannot be compared: a key that the baseline
 *     does not hold is reported, with how to record it, and the exit status is 2.
 * R3  A row of the baseline that was not counted is a failure: record again to remove a benchmark.
 * R4  A count that rose is counted again, twice at most, and the least is used: the platform's own
 *     threads sometimes add a per cent of waiting, and never lower a count.
 */
#ifndef GATE_H
#define GATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define GATE_RISE_PERCENT 1.0
/* glibc picks a form of memset() and others by CPU; counts must not depend on the host's. */
#define GATE_PLAIN_FORMS "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512VL,-AVX512BW,-AVX2,-ERMS"

struct gate_options {
	const char *program;  /* pcpu-count */
	const char *baseline; /* JSON: key -> benchmark -> metric -> count */
	const char *history;  /* where the counts are stored; NULL: the usual place */
	bool record;	      /* store these counts as the key's baseline */
};

/* Counts, then compares or records. Returns CMD_OK, CMD_FOUND when a count rose, CMD_USAGE after
   printing a diagnostic. */
int gate_run(const struct gate_options *options);

/* --- inside ------------------------------------------------------------------------------- */

/* gate_count.c: {benchmark: {metric: count}} of the program under callgrind. NULL after printing a
   diagnostic. */
json_t *gate_count(const char *program);
/* Returns the compiler, C library and build of the program, malloc'ed. NULL after a diagnostic. */
char *gate_key(const char *program);

/* gate.c: a run for the history. Counts do not depend on the host but on the engine:
   "pair/8B/area" is pair/8B by area. */
json_t *gate_history_run(const char *source, const char *key, const json_t *counted,
			 const char *revision, bool dirty);
/* Lowers each count to that of `again` where that is less. Returns whether any still
   rises. */
bool gate_least(const json_t *baseline, json_t *counted, const json_t *again);
/* Prints the rows that rose (all, when `all`). Returns how many rose. */
unsigned gate_compare(FILE *to, const json_t *baseline, const json_t *counted, bool all);

#endif
