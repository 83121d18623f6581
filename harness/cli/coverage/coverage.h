/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage.h - how much of core/ a set of runs reached, measured in the flavour `asan`, and what it
 * did not reach.
 *
 *	char *variable = coverage_profile_variable("tests");	coverage_tools.h
 *	... programs run with it in their environment ...
 *	json_t *coverage = coverage_measure("tests", executables, NULL);
 *
 * An object:
 *	lines, branches, mcdc	{ count, covered, reasoned, percent }
 *				reasoned: not covered, with a reason
 *	files			[{ file, lines, branches, mcdc, uncovered: "12-14 30" }]
 *	unreached		[{ file, line, to_line, column, function, missing, text,
 *				   reason | null }]
 *	stale			[{ line, place }]: reasons of what was reached
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include "harness/cli/coverage/coverage_reasons.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Merges the profiles of this name and measures; executables: the instrumented programs that ran,
 * NULL-terminated; reasons: of places that are not reached, or NULL. NULL after printing a
 * diagnostic.
 */
json_t *coverage_measure(const char *name, char *const *executables,
			 struct coverage_reasons *reasons);

/* Prints the files with lines that no test ran, and the sum. */
void coverage_print(FILE *to, const json_t *coverage);

/* Returns the percentage that is covered, of everything without a reason. */
double coverage_percent(const json_t *coverage, const char *what);

#endif
