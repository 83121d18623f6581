/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_request.h - the words of `lab crash`, checked, and the inputs that they name, in memory.
 * Shared by the command, which refuses what is wrong before it builds anything, and the program
 * that does the work (fuzz/crash/crash_main.c).
 */
#ifndef CRASH_REQUEST_H
#define CRASH_REQUEST_H

#include "harness/cli/cmd.h"
#include "fuzz/targets/inputs.h"

struct crash_request {
	const char *target;  /* --target; NULL: each file tells by its name or folder */
	const char *output;  /* where the smaller input goes; NULL: beside the file */
	const char *json;    /* NULL: none; "-": stdout */
	const char *as_test; /* NULL: none; "": a name in fuzz/test/crashes; "-": stdout */
	uint64_t max_attempts;
	struct inputs inputs;
	const char **targets; /* of each input: a name of targets.def */
};

/* CMD_OK, or CMD_USAGE after telling in one line what was wrong. Moves words in argv as
   cmd_parse(). */
int crash_request_parse(const struct cmd *cmd, int argc, char **argv,
			struct crash_request *request);
void crash_request_free(struct crash_request *request);

/* Does the input lie in a corpus of its target? Then nothing is written beside it. */
bool crash_in_corpus(const char *path, const char *target);

#endif
