/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_findings.h - what the inputs of a corpus show of a defect, and who sees it. */
#ifndef ZOO_FINDINGS_H
#define ZOO_FINDINGS_H

#include "fuzz/zoo/zoo_corpora.h"

/*
 * Prints a line for each target, cells parted by tabs:
 *	defect target	how many inputs were replayed, reached, triggered and detected it
 *			(harness/zoo/zoo.h), and how many each of finding.h's detectors caught, in
 *			its order
 * All inputs are replayed, whatever `found_by` says, but those behind the second that never ends.
 * An input counts for whoever saw it first.
 */
void zoo_findings_print(struct zoo_corpora *corpora, const struct zoo_defect *defect);

#endif
