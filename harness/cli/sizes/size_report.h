/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* size_report.h - sizes, alignments, lifetimes and sites of traces, as tables and as JSON. */
#ifndef SIZE_REPORT_H
#define SIZE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "harness/cli/sizes/size_groups.h"

/* top: rows of sites, and of sites with size and alignment, at most; a line says how many more
   there are. */
void size_report_print(FILE *out, struct size_objects *all, uint32_t top);
/* All rows; a new reference. */
json_t *size_report_json(struct size_objects *all);

#endif
