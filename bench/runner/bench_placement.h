/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bench_placement.h - a sentence on where the benchmarks' unit pages were. */
#ifndef BENCH_PLACEMENT_H
#define BENCH_PLACEMENT_H

#include <jansson.h>
#include <stddef.h>

/* "99.9 % of 5000 unit pages on their node, by move_pages; least in NAME, 50.0 %". */
void bench_placement_words(const json_t *runs, char *text, size_t capacity);

#endif
