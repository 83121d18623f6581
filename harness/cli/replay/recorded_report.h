/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_report.h - comparisons with recorded places, for people and as JSON. */
#ifndef RECORDED_REPORT_H
#define RECORDED_REPORT_H

#include <jansson.h>

#include "harness/cli/replay/recorded.h"

/* A column for each of the nr engines, then what differs, at most a few lines an engine. */
void recorded_print(FILE *out, const struct recorded *results, uint32_t nr);
/* A new reference; all of what differs, and all atomic requests. */
json_t *recorded_json(const char *path, const struct recorded *results, uint32_t nr);
/* Why nothing could be compared, in one line without its end. */
void recorded_print_nothing(FILE *out, const struct recorded *result);

#endif
