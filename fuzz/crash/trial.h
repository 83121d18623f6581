/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trial.h - an input in a process of its own: however it ends, we know how, and go on.
 *
 *	fork -> property -> finding in shared memory	the property said it
 *		         -> stderr in a pipe		a sanitizer, an assertion
 *			 -> status			a signal; SIGPROF: it does not end
 */
#ifndef FUZZ_TRIAL_H
#define FUZZ_TRIAL_H

#include "fuzz/targets/finding.h"

struct trial_lines {
	char **line;
	size_t nr;
	bool whole; /* the child got to its end */
};
void trial_lines_free(struct trial_lines *lines);

struct trial {
	struct finding finding;
	/* Equal for trials that break alike: the group, but for a sanitizer the kind of error and
	   the address of the instruction, which cost nothing. */
	char key[FINDING_BYTES];
};

/* Runs it, for at most so many milliseconds of CPU time. said: NULL, or gets what was printed on
   stderr (free it); without it a sanitizer is cut short at its key, and group and words are
   rough. */
void trial_run(const struct fuzz_target *target, const uint8_t *bytes, size_t nr, unsigned limit_ms,
	       struct trial *trial, struct trial_lines *output);

/* What this work tells, line by line, in a process of its own: told in full or not, we get the
   lines. */
struct trial_work {
	const struct fuzz_target *target;
	const uint8_t *bytes;
	size_t nr, steps;
	const char *name;
	void (*run)(const struct trial_work *work, void (*line)(const char *text));
};
struct trial_lines trial_describe(const struct trial_work *work);

#endif
