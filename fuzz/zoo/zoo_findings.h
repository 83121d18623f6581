/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_findings.h - who sees a defect in how many inputs of the committed corpus. */
#ifndef ZOO_FINDINGS_H
#define ZOO_FINDINGS_H

#include "fuzz/zoo/zoo_corpora.h"

/*
 * Prints a line for each target whose corpus shows the defect, cells parted by tabs:
 *	defect target	and how many inputs each of finding.h's detectors caught, in its order
 * All inputs are replayed, whatever `found_by` says. An input counts for whoever saw it first.
 */
void zoo_findings_print(struct zoo_corpora *corpora, const struct zoo_defect *defect);

#endif
