/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * revision_build.h - programs of other revisions, one revision after another.
 *
 *	build/track/COMMAND/tree	a worktree that is switched from commit to commit, so that
 *					ninja compiles only what differs	gone at the end
 *	build/track/COMMAND/build	flavour release of it			gone at the end
 *	build/compare/ID/pcpu-count	moved there by a rename; shared with `lab bench --compare`
 *	build/compare/ID/unbuilt	why that revision does not build: it is not tried again
 *
 * R1  What a killed process left in build/track is removed by the next one; a command claims it.
 * R2  A build that failed because of this machine (a full disk, a missing package, a signal) marks
 *     nothing.
 * R3  At most `keep` revisions stay in build/compare: those used last, and those in use (flock).
 */
#ifndef REVISION_BUILD_H
#define REVISION_BUILD_H

#include "harness/cli/cmd.h"

enum { REVISIONS_KEPT = 10, REVISIONS_MOST_KEPT = 10000, WHY_BYTES = 200 };

enum revision_state {
	REVISION_BUILT,
	REVISION_UNBUILT, /* it does not build: why */
	REVISION_STOPPED, /* interrupted, or a line about this machine was printed */
};

struct revision_work;

/* Returns NULL after printing a diagnostic. keep: R3. */
struct revision_work *revision_work_open(const struct cmd *cmd, unsigned keep);
void revision_work_close(struct revision_work *work);

/* Finds or builds bench/NAME of a commit: *program is its path, malloc'ed, in BUILT, and
   stays there until the next call. */
enum revision_state revision_program(struct revision_work *work, const char *id, const char *name,
				     char **program, char why[WHY_BYTES]);
/* Marks what build/compare has of a commit as used, and keeps it there until the descriptor is
   closed; -1 when there is nothing. */
int revision_hold(const char *id);
/* Returns whether a commit did not build before, and why. */
bool revision_is_marked(const char *id, char why[WHY_BYTES]);
/* Removes the marks of revisions that did not build. */
void revision_forget_marks(void);
/* Removes all but the last used `keep` of build/compare. */
void revisions_trim(unsigned keep);
/* Returns how a pcpu-count of flavour release names itself where it is built now (gate_key());
   malloc'ed. */
char *revision_key(void);

#endif
