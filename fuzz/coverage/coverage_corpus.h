/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_corpus.h - what the committed corpus alone reaches of core/, compared with the demands
 * of corpus/unreached.
 */
#ifndef COVERAGE_CORPUS_H
#define COVERAGE_CORPUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct coverage_corpus {
	json_t *coverage;   /* coverage.h, and: demanded { lines, branches } | null,
			        targets [{ name, seconds }] */
	char **executables; /* that ran, NULL-terminated */
};

/*
 * Builds the fuzz targets' replay programs in flavour `asan`, runs each over corpus/TARGET,
 * measures. False after printing a diagnostic: something could not be built, read or run, or a file
 * of the corpus fails; *bad_input: it was corpus/unreached.
 */
bool coverage_corpus_run(struct coverage_corpus *corpus, bool *bad_input);
void coverage_corpus_free(struct coverage_corpus *corpus);

/* Returns whether the demands are met, and no reason is stale. */
bool coverage_corpus_holds(const json_t *coverage);
/* Prints a line for each unmet demand, place without a reason, and stale reason. */
void coverage_corpus_print(FILE *to, const json_t *coverage);

extern const char coverage_corpus_name[]; /* for coverage_tools.h */

#endif
