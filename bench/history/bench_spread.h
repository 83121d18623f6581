/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bench_spread.h - the spread of medians from run to run, in a sentence. */
#ifndef BENCH_SPREAD_H
#define BENCH_SPREAD_H

#include <jansson.h>
#include <stddef.h>

/* all: history_series() of times, with this run; run: its "host", "compiler", "revision" ... */
void bench_spread_words(const json_t *all, const json_t *run, char *text, size_t capacity);

#endif
