/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage.h - how many lines of core/ the tests of the flavour `cov` ran (clang source
 * coverage).
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <jansson.h>
#include <stdbool.h>

/* What LLVM_PROFILE_FILE has to be while the tests run; malloc'ed. Removes older profiles. */
char *coverage_profile_pattern(void);

/*
 * Merges the profiles and measures; executables: the instrumented programs that ran, NULL-
 * terminated. The lcov file stays at build/cov/core.lcov. An object: lines, covered, percent,
 * files: [{ file, lines, covered, uncovered: "12-14 30" }]. NULL after telling.
 */
json_t *coverage_measure(char *const *executables);

/* Prints the files with lines that no test ran, and the sum. */
void coverage_print(FILE *to, const json_t *coverage);

#endif
