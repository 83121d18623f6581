/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trial_child.h - inside of trial.c and trial_server.c: what runs in the child, and what is made of
   its end. */
#ifndef FUZZ_TRIAL_CHILD_H
#define FUZZ_TRIAL_CHILD_H

#include "fuzz/crash/trial.h"

#include <sys/types.h>

/* What a child leaves behind, whichever way it ends. */
struct left {
	struct finding finding; /* of the property */
	bool whole;
	bool cut_short; /* set by us: a sanitizer's report is */
	char error[FINDING_BYTES]; /* of a sanitizer */
};

/* Shared with children; made when first asked for, of zeroes when nobody wrote to it. */
struct left *trial_left(void);
void trial_must(bool ok);

/* In the child. It counts its own time, as others may keep the machine busy, and dies with us.
   Stream `to` goes to fd, the other one nowhere. */
void trial_child_begin(int fd, int to);
void trial_child_limit(unsigned limit_ms); /* from now; 0: none */
void trial_child_property(const struct fuzz_target *target, const uint8_t *bytes, size_t nr);

/* In the parent: what was left, and how it ended, as a trial. trial->finding holds what was
   heard. */
void trial_evaluate(struct trial *trial, int status, unsigned limit_ms);
int trial_wait(pid_t pid);

#endif
