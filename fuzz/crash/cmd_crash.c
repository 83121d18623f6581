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
#include "harness/cli/tools.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Without clang the plain build does it: what only a sanitizer sees is not seen, and that is
   told. */
static const char *choose_flavour(void)
{
	if (tool_exists("clang-19"))
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
	struct tool tool = {.argv = words, .to_user = true};
	struct tool_result result = {.status = CMD_USAGE};

	words[0] = program;
	for (int i = 1; i < argc; i++)
		words[i] = argv[i];
	if (!flavour_build(flavour, targets, NULL))
		result.status = CMD_USAGE;
	else if (!tool_run(&tool, &result) && result.status < 0 && !result.interrupted)
		tool_explain(&tool, &result);
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
	.summary = "tell what an input breaks, make it small, write the test for it",
	.help = "usage: lab crash [--target NAME] [--output FILE] [--as-test[=FILE]] "
	"[--json[=FILE]]\n"
	"                 [--attempts N] FILE|FOLDER ...\n"
	"\n"
	"Runs each input in a process of its own, with ASan; groups those that break by "
	"what is\n"
	"broken and where; of each group shrinks the shortest, operation by operation, "
	"then byte\n"
	"by byte, as long as it breaks in the same way; and tells it: what is broken, the\n"
	"operations in words with the one that breaks, the chunks before and after that "
	"one.\n"
	"The smaller input is written beside FILE: FILE.min (of what lies in a corpus: "
	"to\n"
	"reports/out/crashes). Deterministic: the same input gives the same.\n"
	"\n"
	"  --target NAME    the target (a line of fuzz/targets/targets.def); else told by a name "
	"like\n"
	"                   fuzz_alloc-crash-3f2a, or by a folder like corpus/fuzz_alloc\n"
	"  --output FILE    where the smaller input goes; - is stdout\n"
	"  --as-test[=FILE] a complete C test of it, which fails now and passes after the "
	"fix:\n"
	"                   in fuzz/test/crashes, where ./lab test runs it, "
	"or "
	"in\n"
	"                   FILE; - is stdout\n"
	"  --json[=FILE]    the same for programs; stdout unless FILE is given\n"
	"  --attempts N     how often shrinking may run an input of a group (default "
	"20000);\n"
	"                   0: as it is\n"
	"\n"
	"Exit status 1 when something breaks, 0 when nothing does, 2 for bad input.\n",
	.run = cmd_crash_run,
};
