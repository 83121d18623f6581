/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* numbers.c - see numbers.h. */
#include "harness/rows/numbers.h"

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
