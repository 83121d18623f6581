/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_crash.c - from a crash to a fix: parses the options, and starts fuzz/crash/crash_main.c,
 * which is built beside the targets in the flavour that found the crash: libFuzzer's, with ASan. It
 * gets the request as a file in memory.
 */
#include "harness/cli/cmd.h"
#include "fuzz/crash/crash_request.h"
#include "harness/cli/flavours.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Without clang uses the plain build, and reports that errors only a sanitizer detects are
   missed. */
static const char *choose_flavour(void)
{
	if (program_exists("clang-19"))
		return "fuzz";
	progress_say("lab crash: there is no clang-19 in PATH, so no ASan: what only ASan sees "
		     "does not break here");
	return "main";
}

/* Returns the path of a file in memory, readable only by this process and its children; it
   disappears with this process. NULL: it could not be made. */
static char *request_file(const struct crash_request *request)
{
	char *text = crash_request_text(request);
	int fd = memfd_create("crash request", 0);
	FILE *to = fd < 0 ? NULL : fdopen(dup(fd), "w");
	bool ok = to && fputs(text, to) >= 0 && !fclose(to);

	if (!ok)
		error_file("the request", "written", strerror(errno));
	free(text);
	return ok ? g_strdup_printf("/proc/self/fd/%d", fd) : NULL;
}

static int crash_build_and_run(const struct crash_request *request, const char *flavour)
{
	static const char *const targets[] = {"fuzz/pcpu-crash", NULL};
	char *program = cmd_path("build/%s/fuzz/pcpu-crash", flavour);
	char *file = flavour_build(flavour, targets, NULL) ? request_file(request) : NULL;
	const char *argv[] = {program, file, NULL};
	struct process process = {.argv = argv, .to_user = true};
	struct process_result result = {.status = CMD_USAGE};

	if (file && !process_run(&process, &result) && result.status < 0 && !result.interrupted)
		process_explain(&process, &result);
	free(file);
	free(program);
	return result.status < 0 ? CMD_USAGE : result.status;
}

static int cmd_crash_run(int argc, char **argv)
{
	struct crash_request request;
	int status = crash_request_parse(&cmd_crash, argc, argv, &request);

	if (status == CMD_OK) {
		status = crash_build_and_run(&request, choose_flavour());
		crash_request_free(&request);
	}
	return status;
}

const struct cmd cmd_crash = {
	.name = "crash",
	.run = cmd_crash_run,
};
