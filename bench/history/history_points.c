/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_points.c - see history_points.h. */
#include "bench/history/history_points.h"
#include "harness/rows/numbers.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_STRETCH = 10 };
#define EXACT_FLOOR 0.005
#define FLOOR	    0.03
#define ALPHA	    0.001

bool points_are_exact(const double *values, size_t nr)
{
	size_t same = 0;

	for (size_t i = 1; i < nr; i++)
		same += values[i] == values[i - 1];
	return nr < 2 || 2 * same >= nr - 1;
}

double points_median(const double *values, size_t nr)
{
	double *sorted = g_memdup2(values, nr * sizeof(*values)), median;

	numbers_sort(sorted, nr);
	median = numbers_median(sorted, nr);
	g_free(sorted);
	return median;
}

static bool is_apart(double before, double after, double floor)
{
	return before != after && fabs(after - before) >= floor * fabs(before);
}

static size_t changes_exact(const double *values, size_t nr, size_t *at)
{
	size_t found = 0;

	for (size_t i = 1; i < nr; i++) {
		if (is_apart(values[i - 1], values[i], EXACT_FLOOR))
			at[found++] = i;
	}
	return found;
}

/* --- Pettitt's test ------------------------------------------------------------------------- */

struct ranked {
	double value;
	size_t place;
};

static int ranked_compare(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->value, y = ((const struct ranked *)b)->value;

	return (x > y) - (x < y);
}

/* Ranks from 1; equal values share their mean rank. */
static void ranks_make(const double *values, size_t nr, double *ranks)
{
	struct ranked *sorted = g_new(struct ranked, nr);
	size_t end;

	for (size_t i = 0; i < nr; i++)
		sorted[i] = (struct ranked){values[i], i};
	qsort(sorted, nr, sizeof(*sorted), ranked_compare);
	for (size_t i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && sorted[end].value == sorted[i].value; end++)
			;
		for (size_t j = i; j < end; j++)
			ranks[sorted[j].place] = (double)(i + 1 + end) / 2;
	}
	g_free(sorted);
}

/* The place behind which everything is unlike what was before, and how sure that is. */
static size_t pettitt_split(const double *values, size_t nr, double *p)
{
	double *ranks = g_new(double, nr), sum = 0, most = -1, n = (double)nr;
	size_t where = 0;

	ranks_make(values, nr, ranks);
	for (size_t t = 1; t < nr; t++) {
		double u;

		sum += ranks[t - 1];
		u = fabs(2 * sum - (double)t * (n + 1));
		if (u > most) {
			most = u;
			where = t;
		}
	}
	*p = 2 * exp(-6 * most * most / (n * n * n + n * n));
	g_free(ranks);
	return where;
}

static size_t changes_split(const double *values, size_t start, size_t nr, size_t *at)
{
	size_t where, found;
	double p;

	if (nr < MIN_STRETCH)
		return 0;
	where = pettitt_split(values + start, nr, &p);
	if (p >= ALPHA || !is_apart(points_median(values + start, where),
				    points_median(values + start + where, nr - where), FLOOR))
		return 0;
	found = changes_split(values, start, where, at);
	at[found++] = start + where;
	return found + changes_split(values, start + where, nr - where, at + found);
}

size_t points_changes(const double *values, size_t nr, bool exact, size_t *at)
{
	return exact ? changes_exact(values, nr, at) : changes_split(values, 0, nr, at);
}

size_t points_shown(const double *values, size_t nr, bool exact, size_t most, size_t *at)
{
	size_t step = exact ? 1 : (nr + most - 1) / most, shown = 0;

	for (size_t i = 0; i < nr; i++) {
		bool is_new = !i || values[i] != values[i - 1];

		if (exact ? is_new : (nr - 1 - i) % step == 0)
			at[shown++] = i;
	}
	return shown;
}
