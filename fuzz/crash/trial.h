/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trial.h - runs an input in a process of its own, and reports how it ended.
 *
 *	fork -> property -> finding in shared memory	the property failed
 *		         -> stderr in a pipe		a sanitizer, an assertion
 *			 -> status			a signal; SIGPROF: it runs for ever
 */
#ifndef FUZZ_TRIAL_H
#define FUZZ_TRIAL_H

#include "fuzz/targets/finding.h"

struct trial_lines {
	char **line;
	size_t nr;
	bool whole; /* the child ended normally */
};
void trial_lines_free(struct trial_lines *lines);

struct trial {
	struct finding finding;
	/* Equal for trials that fail alike: the group or, for a sanitizer, the kind of error and
	   the instruction's address, which are cheap. */
	char key[FINDING_BYTES];
};

/* Runs it, for at most so many milliseconds of CPU time. said: NULL, or gets the output on stderr
   (free it); when NULL a sanitizer's report is cut off after its key, and group and words are
   approximate. */
void trial_run(const struct fuzz_target *target, const uint8_t *bytes, size_t nr, unsigned limit_ms,
	       struct trial *trial, struct trial_lines *output);

/* Runs work in a process of its own and collects its lines, also when it does not finish. */
struct trial_work {
	const struct fuzz_target *target;
	const uint8_t *bytes;
	size_t nr, steps;
	const char *name;
	void (*run)(const struct trial_work *work, void (*line)(const char *text));
};
struct trial_lines trial_describe(const struct trial_work *work);

#endif
