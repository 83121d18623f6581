/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_medians.h - the repetitions of each series in a run, as one figure with its range. */
#ifndef HISTORY_MEDIANS_H
#define HISTORY_MEDIANS_H

#include <jansson.h>

/* [{"workload", "engine", "metric", "unit", "median", "low", "high"}], a series each, in the order
   of their first samples; low and high are the smallest and the largest value. */
json_t *history_medians(const json_t *run);
/* "WORKLOAD/ENGINE", without what is no engine. malloc'ed. */
char *history_benchmark_name(const json_t *sample);

#endif
