/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_points.h - one series of a history: where it changes, and what of it is shown. */
#ifndef HISTORY_POINTS_H
#define HISTORY_POINTS_H

#include <stdbool.h>
#include <stddef.h>

/* Returns whether the values are exact counts: most of them are the same as the one before. One
   value is. */
bool points_are_exact(const double *values, size_t nr);

/*
 * Puts the places at which the series changes into at[nr], ascending; returns how many there are.
 * Exact values: wherever one differs from the one before by half a percent. Others: where the
 * Pettitt test (1979; ranks, so outliers do not matter) splits a stretch of at least 10 with
 * p < 0.001 and the medians of both sides are 3 % apart; then the sides.
 */
size_t points_changes(const double *values, size_t nr, bool exact, size_t *at);

/* Puts the places that are shown into at[nr], ascending; returns how many: exact values where they
   differ from the one before; of others at most `most` (at least 2): every n-th from the last. */
size_t points_shown(const double *values, size_t nr, bool exact, size_t most, size_t *at);

/* The median of values that are in any order. */
double points_median(const double *values, size_t nr);

#endif
