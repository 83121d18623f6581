/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * gate.h - exact counts against those of a stored baseline.
 *
 * R1  Counts gate, times never do.
 * R2  Counts of another compiler, C library or build are no measure: a key that the baseline does
 *     not hold is told, with how to record it, and nothing passes (exit status 2).
 * R3  A row of the baseline that was not counted is a failure: a benchmark that is gone must be
 *     taken out by recording, not by silence.
 * R4  What rose is counted again, twice at most, and the least holds: the platform's own threads
 *     add a per cent of waiting now and then, and take nothing away.
 */
#ifndef GATE_H
#define GATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define GATE_RISE_PERCENT 1.0

struct gate_options {
	const char *program;  /* pcpu-count */
	const char *baseline; /* JSON: key -> benchmark -> metric -> count */
	const char *history;  /* where the counts are kept; NULL: the usual place */
	bool record;	      /* these counts become the key's baseline */
};

/* Counts and compares, or records. CMD_OK, CMD_FOUND when a count rose, CMD_USAGE after printing a
   diagnostic. */
int gate_run(const struct gate_options *options);

/* --- inside ------------------------------------------------------------------------------- */

/* gate_count.c: {benchmark: {metric: count}} of the program under callgrind. NULL after printing a
   diagnostic. */
json_t *gate_count(const char *program);
/* What built the program; malloc'ed. NULL after printing a diagnostic. */
char *gate_key(const char *program);

/* gate.c: lowers each count to that of `again` where that is less; does anything rise still? */
bool gate_least(const json_t *baseline, json_t *counted, const json_t *again);
/* Prints the rows that rose (all, when `all`); how many there are. */
unsigned gate_compare(FILE *to, const json_t *baseline, const json_t *counted, bool all);

#endif
