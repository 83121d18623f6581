/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * compare.h - the benchmarks of another revision (A) and of this tree (B), in one run.
 *
 *	A B   B A   A B   ...	rounds: each runs both once, in alternating order, so that
 *				the machine's drift hits both
 *
 * R1  A is built in a worktree below build/, with a release build folder of its own; both are
 *     removed at the end, also after a failure. The programs stay in build/compare/<id>: the next
 *     comparison with that commit does not build again.
 * R2  Verdicts on times are bench/compare/statistics.py's; it says what a noise floor is.
 * R3  Exact counts are compared beside them: over 1 % more is a regression, whatever the times.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { COMPARE_ROUNDS = 10, COMPARE_MIN_ROUNDS = 5 };

struct compare_options {
	/* a revision, or a file of Google Benchmark JSON; NULL: this tree's program against itself,
	   to measure noise */
	const char *with;
	const char *history; /* where the noise is stored; NULL: the usual place */
	const char *program; /* this tree's pcpu-bench */
	const char *filter;  /* of `words`; NULL: all */
	/* Builds this tree's pcpu-count and returns its path, malloc'ed. NULL after a
	   diagnostic. */
	char *(*counter)(void);
	const char *const *words; /* for both programs, NULL-terminated: --quick, --filter ... */
	const char *json;	  /* the verdicts; NULL: nowhere */
	unsigned nr_rounds;
	double timeout_seconds; /* of one run of one program */
};

/* Returns CMD_OK when the file or revision exists, else CMD_USAGE after printing a diagnostic. Call
   it before anything is built. */
int compare_check(const char *with);
/* Returns CMD_FOUND when a time or a count rose, or a benchmark failed. */
int compare_run(const struct compare_options *options);


/* --- inside ------------------------------------------------------------------------------- */

/* compare_build.c: pcpu-bench of a commit, and pcpu-count beside it where the commit has one;
   malloc'ed. NULL after printing a diagnostic. */
char *compare_build(const char *id);

/* compare_evaluate.c: {"rows": [{"name", "a": [ns ...], "b": [...]}]} -> with verdicts. NULL after
   printing a diagnostic. */
json_t *compare_evaluate(const char *command, const json_t *options);
/* Prints the verdicts. Returns how many benchmarks are slower. */
unsigned compare_print(FILE *to, const json_t *verdicts);

/* noise.c: prints the smallest changes that can be seen, and stores them in the history as a run
   of source "noise", metric smallest_change, unit %. run: one of those that were measured. Returns
   CMD_OK, or CMD_FOUND when a difference was seen where there is none, or nothing was stored. */
int noise_answer(FILE *to, const json_t *verdicts, const json_t *run, const char *history);

/* compare_counts.c. counts: benchmark -> metric -> {"a": [...], "b": [...]} */
void compare_count_add(json_t *counts, const char *name, const char *metric, const char *side,
		       double value);
/* Adds a sample in the history's form, if it is an exact count. */
void compare_count_sample(json_t *counts, const char *name, const json_t *sample, const char *side);
/* Counts instructions with two pcpu-counts. Returns false after printing a diagnostic. */
bool compare_count_programs(json_t *counts, const char *program_a, const char *program_b,
			    const char *filter);
/* [{"name", "metric", "a", "b", "verdict": "more", "less" or "no difference"}] */
json_t *compare_count_evaluate(json_t *counts);
/* Prints the rows that differ. Returns how many counts rose. */
unsigned compare_count_print(FILE *to, const json_t *rows);

#endif
