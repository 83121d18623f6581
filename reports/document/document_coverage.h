/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_coverage.h - coverage down to lines: how often each ran, beside its text. */
#ifndef DOCUMENT_COVERAGE_H
#define DOCUMENT_COVERAGE_H

#include "reports/document/result.h"

/*
 * Adds to each file of the coverage, where coverage.lcov in the folder has it: "counts", how often
 * each line ran, null for those that are no code; and "source", the lines' texts, where this
 * checkout still has the file as it was measured: as many lines, and each place that is listed as
 * unreached with its text. Of what a file has none of there is no percent. Also the places' "place"
 * as words: "core/a.c:10-12".
 */
void document_coverage(const struct results *results, json_t *coverage);

#endif
