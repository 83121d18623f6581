/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_subjects.h - what is measured: green or red, why, and what repeats it. */
#ifndef DOCUMENT_SUBJECTS_H
#define DOCUMENT_SUBJECTS_H

#include "reports/document/result.h"

/*
 * [{"subject": "fuzzing", "state": ok | failed | damaged | none, "words", "again"}] of the results
 * of a machine (as in the document): fuzzing, benchmarks, boot, planted boot defects, traces. A
 * subject whose step failed is failed, whatever its result says, and also where it left none.
 */
json_t *document_subjects(const struct results *results, const json_t *all, const json_t *steps);

#endif
