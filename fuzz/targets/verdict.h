/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * verdict.h - what broke, in words, and which group it belongs to: for whoever replays an input
 * and for whoever reads what a replay said. Two inputs of one group show the same defect, as far
 * as can be told.
 *
 *	by a property		"sentence at place"
 *	by a sanitizer		its SUMMARY line
 *	it does not end		VERDICT_ENDLESS
 *	by anything else	the words themselves
 */
#ifndef FUZZ_VERDICT_H
#define FUZZ_VERDICT_H

#include "fuzz/targets/fuzz.h"

#define VERDICT_BYTES	1024u
#define VERDICT_ENDLESS "it does not end"

struct verdict {
	bool broken;
	char words[VERDICT_BYTES], group[VERDICT_BYTES]; /* one printable line each, or "" */
};

/* What a property said, for the replay to print as BROKEN and GROUP. */
void verdict_of_outcome(struct verdict *verdict, const struct fuzz_outcome *outcome);

/* Takes from a line that a replay, a sanitizer or an assertion printed what tells something. What
   was heard first stays. */
void verdict_take_line(struct verdict *verdict, const char *line);

/* It was ended by a time limit; words say by which. */
void verdict_endless(struct verdict *verdict, const char *words);

/* All was heard. It ended otherwise than well ("exit status 1"), unless ended is NULL: that counts
   when nothing better was said. */
void verdict_settle(struct verdict *verdict, const char *ended);

#endif
