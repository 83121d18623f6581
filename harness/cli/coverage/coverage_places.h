/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_places.h - unreached places, identified by function and source text, which change less
 * than line numbers.
 */
#ifndef COVERAGE_PLACES_H
#define COVERAGE_PLACES_H

#include "harness/cli/coverage/coverage_data.h"

enum coverage_kind {
	COVERAGE_LINES,	   /* a run of lines of one function that did not run */
	COVERAGE_NO_TRUE,  /* a condition on a line that ran: it was never true */
	COVERAGE_NO_FALSE, /* ... never false */
};

struct coverage_place {
	const char *file; /* the data's */
	enum coverage_kind kind;
	unsigned line, column, to_line; /* both lines included; LINES: column 0 */
	unsigned nr_lines;		/* LINES: with code */
	unsigned nr_sides;		/* of branches that are not reached here */
	size_t guard; /* LINES: the first place of the condition that leads here; NO_GUARD: none */
	char *function;
	char *text;	    /* LINES: the first line; else the condition, from its first line */
	const char *reason; /* not owned; NULL: none */
};

#define COVERAGE_NO_GUARD SIZE_MAX

struct coverage_places {
	struct coverage_place *at;
	size_t nr;
};

/* Adds the unreached places of this file, in order of lines. False after printing a diagnostic: no
   source text. */
bool coverage_places_add(struct coverage_places *places, const struct coverage_file *file);
void coverage_places_free(struct coverage_places *places);

/* Returns "runs", "true" or "false": what is missing. */
const char *coverage_kind_name(enum coverage_kind kind);

#endif
