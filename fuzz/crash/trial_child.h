/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trial_child.h - internal to trial.c and trial_server.c: code that runs in the child, and the
   evaluation of its end. */
#ifndef FUZZ_TRIAL_CHILD_H
#define FUZZ_TRIAL_CHILD_H

#include "fuzz/crash/trial.h"

#include <sys/types.h>

/* Results of a child, however it ends. */
struct left {
	struct finding finding; /* of the property */
	bool whole;
	bool cut_short; /* set here: a sanitizer's report was cut off */
	char error[FINDING_BYTES]; /* of a sanitizer */
};

/* Returns memory shared with children, zeroed; allocated at the first call. */
struct left *trial_left(void);
void trial_must(bool ok);

/* Call it in the child. The limit is in its own CPU time, as the machine may be busy, and it is
   killed with the parent. Stream `to` goes to fd, the other one is discarded. */
void trial_child_begin(int fd, int to);
void trial_child_limit(unsigned limit_ms); /* from now; 0: none */
void trial_child_property(const struct fuzz_target *target, const uint8_t *bytes, size_t nr);

/* Call it in the parent: converts the child's results and status to a trial. trial->finding holds
   the messages read so far. */
void trial_evaluate(struct trial *trial, int status, unsigned limit_ms);
int trial_wait(pid_t pid);

#endif
