/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sort.c - the pointers of a batch by address, without a branch that depends on them: such a branch
 * is guessed wrong half of the time, which costs more than the rest of the sort.
 *
 *	4 1 3 2 | 9 6 8 7 ...	fours, by exchanges (Knuth, TAOCP 3, 5.3.4)
 *	1 2 3 4 | 6 7 8 9 ...	merged, two runs at a time, until one is left
 *
 * Often there are one or two runs already, as objects come from a magazine in order; or one that
 * falls: what was allocated in order is freed in order, and the last freed stands first.
 */
#include "front_calls.h"

#define RUN 4u

/* Where the run that begins at `at` ends. */
static uint32_t run_end(const uintptr_t *value, uint32_t at, uint32_t nr)
{
	do
		at++;
	while (at < nr && value[at - 1] <= value[at]);
	return at;
}

static void pair_order(uintptr_t *a, uintptr_t *b)
{
	uintptr_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;

	*a = low;
	*b = high;
}

static void fours_order(uintptr_t *value, uint32_t nr)
{
	uint32_t at = 0;

	for (; at + RUN <= nr; at += RUN) {
		uintptr_t *four = value + at;

		pair_order(&four[0], &four[1]);
		pair_order(&four[2], &four[3]);
		pair_order(&four[0], &four[2]);
		pair_order(&four[1], &four[3]);
		pair_order(&four[1], &four[2]);
	}
	for (uint32_t last = nr; last > at + 1; last--)
		for (uint32_t i = at + 1; i < last; i++)
			pair_order(&value[i - 1], &value[i]);
}

/* The runs from[0 .. middle) and from[middle .. nr) as one. */
static void runs_merge(const uintptr_t *from, uint32_t middle, uint32_t nr, uintptr_t *to)
{
	uint32_t first = 0, second = middle;

	while (first < middle && second < nr) {
		uintptr_t a = from[first], b = from[second];
		bool later = b < a;

		*to++ = later ? b : a;
		first += !later;
		second += later;
	}
	while (first < middle)
		*to++ = from[first++];
	while (second < nr)
		*to++ = from[second++];
}

static void values_copy(uintptr_t *to, const uintptr_t *from, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		to[i] = from[i];
}

static void fours_join(uintptr_t *value, uint32_t nr)
{
	uintptr_t other[PCPU_MAGAZINE_MAX], *from = value, *to = other;

	for (uint32_t run = RUN; run < nr; run *= 2) {
		uintptr_t *merged = to;

		for (uint32_t at = 0; at < nr; at += 2 * run) {
			uint32_t end = (uint32_t)pcpu_min64(nr, at + 2 * run);

			runs_merge(from + at, (uint32_t)pcpu_min64(run, end - at), end - at,
				   to + at);
		}
		to = from;
		from = merged;
	}
	if (from != value)
		values_copy(value, from, nr);
}

static bool values_fall(const uintptr_t *value, uint32_t nr)
{
	uint32_t at = 1;

	while (at < nr && value[at - 1] >= value[at])
		at++;
	return at >= nr;
}

static void values_reverse(uintptr_t *value, uint32_t nr)
{
	for (uint32_t first = 0, last = nr; first + 1 < last; first++)
		pair_order(&value[first], &value[--last]);
}

void pcpu_values_sort(uintptr_t *value, uint32_t nr)
{
	uintptr_t other[PCPU_MAGAZINE_MAX];
	uint32_t first;

	PCPU_DEBUG_ASSERT(nr <= PCPU_MAGAZINE_MAX);
	if (values_fall(value, nr))
		values_reverse(value, nr);
	first = run_end(value, 0, nr);
	if (first >= nr)
		return;
	if (run_end(value, first, nr) < nr) {
		fours_order(value, nr);
		fours_join(value, nr);
	} else {
		runs_merge(value, first, nr, other);
		values_copy(value, other, nr);
	}
}
