/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* host_facts.c - describes this machine and this build. */
#include "harness/cli/run/host_facts.h"
#include "harness/cli/cmd.h"
#include "harness/cli/git.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/*
 * Finds the value of the first line of a file that starts with key, up to its separator; "unknown"
 * if there is none.
 */
static void find_value(const char *path, const char *key, char separator, char value[256])
{
	FILE *file = fopen(path, "re");
	char line[512];

	strcpy(value, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		const char *at = strchr(line, separator);

		if (!at || strncmp(line, key, strlen(key)))
			continue;
		at += 1 + strspn(at + 1, " \t\"");
		snprintf(value, 256, "%.*s", (int)strcspn(at, "\"\n"), at);
		break;
	}
	if (file)
		fclose(file);
}

static void take_commit(void *context, const char *line, size_t bytes)
{
	snprintf(context, 64, "%s", line);
}

/* Not by `git describe --dirty`, which locks the index: killed, it would leave it locked. */
static void find_commit(char commit[64])
{
	const char *argv[] = {"git", "-C", cmd_root(), "describe", "--always", NULL};
	char id[GIT_ID_BYTES];
	bool dirty;
	struct process process = {
		.argv = argv, .out_line = take_commit, .context = commit, .timeout_seconds = 10};
	struct process_result result;

	if (!process_run(&process, &result)) {
		strcpy(commit, "unknown");
		return;
	}
	git_revision(id, &dirty);
	if (dirty)
		g_strlcat(commit, "-dirty", 64);
}

json_t *host_describe(void)
{
	char cpu[256], os[256], commit[64] = "unknown", when[32];
	struct utsname uts;
	time_t now = time(NULL);
	struct tm utc;

	find_value("/proc/cpuinfo", "model name", ':', cpu);
	find_value("/etc/os-release", "PRETTY_NAME", '=', os);
	find_commit(commit);
	uname(&uts);
	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &utc);
	return json_pack("{s:s, s:s, s:i, s:I, s:s++, s:s, s:s, s:s, s:s}", "host", uts.nodename,
			 "cpu", cpu, "cpus", (int)sysconf(_SC_NPROCESSORS_ONLN), "memory_bytes",
			 (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "kernel",
			 uts.release, " ", uts.machine, "os", os, "compiler", __VERSION__, "commit",
			 commit, "time", when);
}
