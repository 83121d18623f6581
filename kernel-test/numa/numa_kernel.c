/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_kernel.c - what QEMU is to boot: a kernel and an initramfs, both in build/numa, which
 * cmd_numa.c has made.
 *
 * Two small scripts of kernel-test/numa do it with apt-get, dpkg-deb and cpio; this file runs them.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel-test/numa/numa_boot.h"
#include "harness/cli/progress.h"

enum { FETCH_SECONDS = 600, PACK_SECONDS = 60 };

struct script {
	const char *name; /* in kernel-test/numa */
	const char *what; /* its purpose, for messages */
	const char *first, *second;
	double seconds;
	char last_line[512]; /* of its stdout */
};

static void keep_line(void *context, const char *line, size_t bytes)
{
	struct script *script = context;

	snprintf(script->last_line, sizeof(script->last_line), "%s", line);
}

static bool numa_kernel_show(void *context, double seconds)
{
	const struct script *script = context;

	progress_show("numa: %s, %.0f s", script->what, seconds);
	return true;
}

/* Its stderr goes to build/numa/NAME.log. False: *why. */
static bool run_script(struct script *script, char **why)
{
	char *path = cmd_path("kernel-test/numa/%s", script->name);
	char *log = cmd_path("build/numa/%s.log", script->name);
	const char *argv[] = {"sh", path, script->first, script->second, NULL};
	const struct process process = {.argv = argv,
					.out_line = keep_line,
					.err_file = log,
					.timeout_seconds = script->seconds,
					.tick = numa_kernel_show,
					.context = script};
	struct process_result result;
	bool good = process_run(&process, &result);
	char words[160];

	progress_clear();
	process_words(&result, words, sizeof(words));
	if (!good)
		*why = g_strdup_printf(
			"%s (%s)",
			result.status == 1 && script->last_line[0] ? script->last_line : words,
			log);
	free(log);
	free(path);
	return good;
}

char *numa_kernel_find(char **why)
{
	char *folder = cmd_path("build/numa");
	struct script script = {.name = "fetch_kernel.sh",
				.what = "looking for a kernel",
				.first = folder,
				.seconds = FETCH_SECONDS};
	char *kernel = NULL;

	if (run_script(&script, why))
		kernel = g_strdup(script.last_line);
	free(folder);
	return kernel;
}

/* Each flavour has a numa-init of its own. */
char *numa_initramfs_make(char **why)
{
	const char *flavour = strrchr(cmd_build_folder(), '/') + 1;
	char *packed = cmd_path("build/numa/%s.cpio", flavour), *program = NULL;
	struct script script = {.name = "pack_init.sh",
				.what = "packing numa-init",
				.second = packed,
				.seconds = PACK_SECONDS};
	bool good = false;

	program = g_strdup_printf("%s/harness/platform/hosted/numa/numa-init",
				  cmd_build_folder());
	script.first = program;
	if (!access(program, R_OK))
		good = run_script(&script, why);
	else
		*why = g_strdup_printf("%s is not built: static libraries of hwloc and libnuma, "
				       "and a plain build are needed",
				       program);
	free(program);
	if (good)
		return packed;
	free(packed);
	return NULL;
}
