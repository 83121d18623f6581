/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* numbers.c - see numbers.h. */
#include "harness/rows/numbers.h"

#include <math.h>
#include <stdlib.h>

static int compare_numbers(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void numbers_sort(double *numbers, size_t nr)
{
	if (nr)
		qsort(numbers, nr, sizeof(*numbers), compare_numbers);
}

double numbers_median(const double *sorted, size_t nr)
{
	return nr ? (sorted[(nr - 1) / 2] + sorted[nr / 2]) / 2 : 0;
}

/* By order statistics: the median lies outside of the k-th sample from either end with probability
   2 * P(at most k - 1 heads of nr coins); the largest k for which that is at most 5 %. */
bool numbers_interval(const double *sorted, size_t nr, double *low, double *high)
{
	size_t k = 0;
	double heads = pow(0.5, (double)nr), below = heads;

	while (2 * below <= 0.05) {
		k++;
		heads *= (double)(nr - k + 1) / (double)k;
		below += heads;
	}
	if (!k)
		return false;
	*low = sorted[k - 1];
	*high = sorted[nr - k];
	return true;
}
