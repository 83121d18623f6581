/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bisect.h - the first commit from which on an exact count is higher (or lower).
 *
 *	GOOD o---o---x---o---o---o---x---o BAD		o counted, x skipped
 *
 * R1  Which commit is counted next is git's choice (`git rev-list --bisect-all`), so that merges
 *     are right.
 * R2  A commit that does not build, or that does not have the metric, is skipped: another one is
 *     counted in its place. What cannot be separated from the first bad one is named beside it.
 * R3  A commit is good when its count is nearer to GOOD's than to BAD's. What is near neither is
 *     counted again, and the least is taken (gate.h, R4).
 */
#ifndef BISECT_H
#define BISECT_H

#include "bench/track/count_named.h"
#include "bench/track/revision_build.h"
#include "harness/cli/git.h"

struct bisect_count {
	enum count_state state;
	struct named_count count;
	char why[WHY_BYTES]; /* when it is ABSENT */
};

struct bisect {
	const struct cmd *cmd;
	struct revision_work *work;
	const struct counted_metric *metric;
	GHashTable *counts; /* id -> struct bisect_count * */
	GPtrArray *good;    /* ids, the last one found last */
	char bad[GIT_ID_BYTES];
	double good_value, bad_value; /* of the two that it began with */
	unsigned nr_steps;
};

enum bisect_end {
	BISECT_FOUND,	/* `bad` is the first */
	BISECT_SEVERAL, /* ... or one of those skipped: bisect_skipped() */
	BISECT_STOPPED, /* interrupted, or a line was printed */
};

void bisect_init(struct bisect *bisect, const struct cmd *cmd, struct revision_work *work,
		 const struct counted_metric *metric);
void bisect_finish(struct bisect *bisect);

/* Counts a commit, once. Never NULL. */
const struct bisect_count *bisect_count(struct bisect *bisect, const char *id);
/* Narrows from good[0] and bad, both counted. */
enum bisect_end bisect_search(struct bisect *bisect);
/* The commits between the good ones and `bad` that could not be counted; g_strfreev() them. */
char **bisect_skipped(struct bisect *bisect);

/* bisect_report.c: the commit, by how much, and the functions that differ, on stdout. Returns a
   line of it for an alert, malloc'ed. */
char *bisect_report(struct bisect *bisect, enum bisect_end end);

#endif
