/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits_command.c - see hits_command.h. */
#include "bench/hits/hits_command.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <stdio.h>

enum { HITS_SECONDS = 300 };

static void show_line(void *context, const char *line, size_t bytes)
{
	puts(line);
}

static void show_complaint(void *context, const char *line, size_t bytes)
{
	progress_say("%s", line);
}

int hits_command(const char *program)
{
	const char *argv[] = {program, NULL};
	const char *environment[] = {"HWLOC_HIDE_ERRORS=2", NULL};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .out_line = show_line,
				  .err_line = show_complaint,
				  .timeout_seconds = HITS_SECONDS};
	struct process_result result;

	if (process_run(&process, &result))
		return CMD_OK;
	if (result.status != CMD_FOUND)
		process_explain(&process, &result);
	return CMD_FOUND;
}
