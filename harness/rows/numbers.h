/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* numbers.h - sorts numbers and returns their median. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

/* Sorts in place, the least first; infinities are numbers, NaN is none. */
void numbers_sort(double *numbers, size_t nr);
/* The median of sorted numbers: of an even number of them, the mean of the two in the middle. 0
   when there are none. */
double numbers_median(const double *sorted, size_t nr);
/* The median's 95 % confidence interval. False: fewer than six sorted numbers have none. */
bool numbers_interval(const double *sorted, size_t nr, double *low, double *high);

#endif
