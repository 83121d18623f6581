/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_tools.h - one measurement by clang's source coverage: profiles of instrumented programs
 * in, llvm's exports out. Its folder is build/asan/coverage-NAME.
 */
#ifndef COVERAGE_TOOLS_H
#define COVERAGE_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

/* "LLVM_PROFILE_FILE=...", for the environment of the programs; malloc'ed. Removes older
   profiles. */
char *coverage_profile_variable(const char *name);

/* Merges the profiles into one. False after printing a diagnostic, as all functions here. */
bool coverage_merge(const char *name);

/*
 * Runs `llvm-cov-19 <words...>` on the merged profile and the files of core/. words and
 * executables are NULL-terminated; out_file: where its output goes, NULL: nowhere.
 */
bool coverage_export(const char *name, const char *const *words, char *const *executables,
		     const char *out_file);

/* "ROOT/build/asan/coverage-NAME/<file>", malloc'ed. */
char *coverage_path(const char *name, const char *file);

#endif
