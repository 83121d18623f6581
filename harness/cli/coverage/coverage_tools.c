/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_tools.c - llvm-profdata and llvm-cov.
 *
 *	build/asan/coverage-NAME/profiles/XX.profraw > merged.profdata > export.json, lcov, HTML
 */
#include "harness/cli/coverage/coverage_tools.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROCESS_SECONDS = 300 };

char *coverage_path(const char *name, const char *file)
{
	return cmd_path("build/asan/coverage-%s/%s", name, file);
}

static void empty_folder(const char *path)
{
	char **names = folder_names(path);

	for (char **name = names; *name; name++) {
		char *file = g_build_filename(path, *name, NULL);

		if (**name != '.')
			unlink(file);
		free(file);
	}
	g_strfreev(names);
}

char *coverage_profile_variable(const char *name)
{
	char *folder = coverage_path(name, "profiles");
	char *variable;

	cmd_make_folders(folder);
	empty_folder(folder);
	/* A file for each program; concurrent processes of one program merge into it. */
	variable = g_strdup_printf("LLVM_PROFILE_FILE=%s/%%2m.profraw", folder);
	free(folder);
	return variable;
}

static bool llvm_run(const char *const argv[], const char *out_file)
{
	struct process process = {.argv = argv,
				  .out_file = out_file,
				  .err_file = "-",
				  .timeout_seconds = PROCESS_SECONDS};
	struct process_result result;
	bool ok = process_run(&process, &result);

	if (!ok)
		process_explain(&process, &result);
	return ok;
}

bool coverage_merge(const char *name)
{
	char *profiles = coverage_path(name, "profiles");
	char *merged = coverage_path(name, "merged.profdata");
	const char *argv[] = {"llvm-profdata-19", "merge", "-sparse", "-o", merged, profiles, NULL};
	bool ok = llvm_run(argv, NULL);

	free(merged);
	free(profiles);
	return ok;
}

static size_t count_words(const char *const *words)
{
	size_t nr = 0;

	while (words[nr])
		nr++;
	return nr;
}

bool coverage_export(const char *name, const char *const *words, char *const *executables,
		     const char *out_file)
{
	char *core = cmd_path("core");
	char *merged = coverage_path(name, "merged.profdata");
	size_t nr_words = count_words(words), nr = 0;
	size_t nr_executables = count_words((const char *const *)executables);
	const char **argv = g_malloc0_n(nr_words + 2 * nr_executables + 6, sizeof(*argv));
	bool ok;

	argv[nr++] = "llvm-cov-19";
	for (size_t i = 0; i < nr_words; i++)
		argv[nr++] = words[i];
	argv[nr++] = "-instr-profile";
	argv[nr++] = merged;
	for (size_t i = 0; i < nr_executables; i++) {
		argv[nr++] = "-object";
		argv[nr++] = executables[i];
	}
	argv[nr++] = "-sources";
	argv[nr++] = core;
	ok = nr_executables && llvm_run(argv, out_file);
	free(argv);
	free(merged);
	free(core);
	return ok;
}
