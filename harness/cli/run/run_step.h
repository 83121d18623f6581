/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_step.h - one step of the main job: runs a subcommand as a child, shows its progress, stores
 * its output below reports/out.
 *
 *	reports/out/NAME.txt   what it printed		NAME.json   its results
 *	reports/out/NAME.log   its stderr
 */
#ifndef RUN_STEP_H
#define RUN_STEP_H

#include <jansson.h>
#include <stdbool.h>

enum { RUN_MAX_WORDS = 16 };

struct run_step {
	const char *stage;		  /* steps of one stage are adjacent */
	const char *name;		  /* of its files */
	const char *words[RUN_MAX_WORDS]; /* the subcommand, without --json */
	bool has_json;			  /* --json reports/out/NAME.json is added */
	double expected_seconds;	  /* typical duration; 0: unknown */
};

/*
 * Runs it; position and total are its place in the job, started is when the job began, nr_failed
 * counts failures so far. Returns an object: stage, name, ok, seconds, ended (words), again (a
 * command), log, said (the last lines on stderr, oldest first). Never NULL.
 */
json_t *run_step(const struct run_step *step, unsigned position, unsigned total, double started,
		 unsigned nr_failed);

#endif
