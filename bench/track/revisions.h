/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * revisions.h - which commits are meant: a range of the current branch, in the branch's order.
 *
 *	(nothing)	the last 50 of HEAD, along first parents
 *	A..B		from A to B, both included; A.. ends at HEAD
 *	A		that one
 */
#ifndef REVISIONS_H
#define REVISIONS_H

#include "harness/cli/cmd.h"
#include "harness/cli/git.h"

enum { REVISIONS_USUAL = 50 };

struct revision {
	char id[GIT_ID_BYTES];
	char *time;    /* of the commit, ISO 8601 */
	char *subject; /* its first line */
};

struct revisions {
	struct revision *at; /* oldest first */
	size_t nr;
};

/* Fills in the revisions of a range (NULL: the usual one); of them each `every`th, counted from the
   first, and the last; of all of the branch when every > 1 and there is no range. Returns
   CMD_OK, or CMD_USAGE after printing one line. Prints a line about a shallow clone's end. */
int revisions_find(const struct cmd *cmd, const char *range, uint64_t every,
		   struct revisions *revisions);
void revisions_free(struct revisions *revisions);

/* Returns whether git finds a commit here; false after printing one line. */
bool revisions_are_here(const struct cmd *cmd);
/* Prints a line when tracked files differ from HEAD: only what is committed is measured. */
void revisions_note_dirt(const struct cmd *cmd);
/* Prints a line when the history of this clone ends early. */
void revisions_note_shallow(const struct cmd *cmd);
/* "0123456789ab 2026-01-31 core: say what changed", malloc'ed. */
char *revision_words(const char *id);

#endif
