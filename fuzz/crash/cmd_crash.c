/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_crash.c - from a crash to a fix: the words are checked here, the work is
 * fuzz/crash/crash_main.c's, built beside the targets in the flavour that found the crash:
 * libFuzzer's, with ASan.
 */
#include "harness/cli/cmd.h"
#include "fuzz/crash/crash_request.h"
#include "harness/cli/flavours.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Without clang the plain build does it: what only a sanitizer sees is not seen, and that is
   told. */
static const char *choose_flavour(void)
{
	if (program_exists("clang-19"))
		return "fuzz";
	progress_say("lab crash: there is no clang-19 in PATH, so no ASan: what only ASan sees "
		     "does not break here");
	return "main";
}

static int crash_build_and_run(int argc, char **argv, const char *flavour)
{
	static const char *const targets[] = {"fuzz/pcpu-crash", NULL};
	const char **words = g_malloc0_n((size_t)argc + 1, sizeof(*words));
	char *program = cmd_path("build/%s/fuzz/pcpu-crash", flavour);
	struct process process = {.argv = words, .to_user = true};
	struct process_result result = {.status = CMD_USAGE};

	words[0] = program;
	for (int i = 1; i < argc; i++)
		words[i] = argv[i];
	if (!flavour_build(flavour, targets, NULL))
		result.status = CMD_USAGE;
	else if (!process_run(&process, &result) && result.status < 0 && !result.interrupted)
		process_explain(&process, &result);
	free(program);
	free(words);
	return result.status < 0 ? CMD_USAGE : result.status;
}

static int cmd_crash_run(int argc, char **argv)
{
	char **words = g_malloc0_n((size_t)argc + 1, sizeof(*words)); /* parsing moves them */
	struct crash_request request;
	int status;

	memcpy(words, argv, (size_t)argc * sizeof(*words));
	status = crash_request_parse(&cmd_crash, argc, argv, &request);
	if (status == CMD_OK) {
		crash_request_free(&request);
		status = crash_build_and_run(argc, words, choose_flavour());
	}
	free(words);
	return status;
}

const struct cmd cmd_crash = {
	.name = "crash",
	.run = cmd_crash_run,
};
