/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_step.h - one step of the main job: a subcommand of ours as a child, its progress shown as
 * ours, its output kept below reports/out.
 *
 *	reports/out/NAME.txt   what it printed		NAME.json   its results
 *	reports/out/NAME.log   what it said
 */
#ifndef RUN_STEP_H
#define RUN_STEP_H

#include <jansson.h>
#include <stdbool.h>

enum { RUN_MAX_WORDS = 16 };

struct run_step {
	const char *stage;		  /* steps of one stage stand together */
	const char *name;		  /* of its files */
	const char *words[RUN_MAX_WORDS]; /* the subcommand, without --json */
	bool has_json;			  /* --json reports/out/NAME.json is added */
	double expected_seconds;	  /* about how long it takes; 0: not known */
};

/*
 * Runs it; position and total say where in the job it stands, started when the job began,
 * nr_failed what was found so far. Returns an object: stage, name, ok, seconds, ended (words),
 * again (a command), log, said (the last lines on stderr, oldest first). Never NULL.
 */
json_t *run_step(const struct run_step *step, unsigned position, unsigned total, double started,
		 unsigned nr_failed);

#endif
