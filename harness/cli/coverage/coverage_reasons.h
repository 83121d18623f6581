/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_reasons.h - corpus/unreached: what the corpus must reach, and the reason of each place
 * that it does not.
 *
 *	# a comment
 *	demand lines 100 branches 95
 *
 *	core/alloc.c alloc_first true pcpu_has_reserved(pcpu)
 *	core/alloc.c alloc_first runs return NULL;
 *		Why nothing can reach these places, or why nothing should.
 *
 * A place is FILE FUNCTION MISSING TEXT: MISSING is `runs` (lines, TEXT is the first of them), or
 * `true` or `false` (a side of the condition TEXT). `*` in FILE, FUNCTION and TEXT stands for
 * anything. The indented lines below are the reason of all places above them.
 *
 * R1  A place's reason also holds for the lines that its missing side leads to.
 * R2  An entry that names no unreached place is stale, which is an error.
 */
#ifndef COVERAGE_REASONS_H
#define COVERAGE_REASONS_H

#include "harness/cli/coverage/coverage_places.h"

struct coverage_entry {
	unsigned line; /* of corpus/unreached */
	const char *file, *function, *text;
	enum coverage_kind kind;
	size_t reason;	    /* index */
	unsigned nr_places; /* that it names */
};

struct coverage_reasons {
	bool is_demand;
	double lines_percent, branches_percent; /* demanded */
	struct coverage_entry *entries;
	size_t nr;
	char *text;	/* the entries point into it */
	char **reasons; /* one per block, in one line */
	size_t nr_reasons;
};

/* Parses text (malloc'ed), the contents of the file of this name, and takes ownership. False after
   printing a diagnostic. */
bool coverage_reasons_parse(struct coverage_reasons *reasons, const char *name, char *text);
void coverage_reasons_free(struct coverage_reasons *reasons);

/* Gives the places their reasons (R1); counts the places of each entry. */
void coverage_reasons_apply(struct coverage_reasons *reasons, struct coverage_places *places);

/* Returns whether text matches a pattern in which `*` stands for any text. */
bool coverage_text_matches(const char *pattern, const char *text);

#endif
