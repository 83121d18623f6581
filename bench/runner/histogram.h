/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * histogram.h - latencies in the manner of HDR histograms: 64 steps in each power of two, so that
 * any 64-bit value is kept to 1.6 % in 30 KB, and percentiles are those of all values, not of a
 * sample. Own code, since Debian packages HdrHistogram for Go and Java only.
 *
 *	values below 64 exactly, then 64 steps a doubling:  |0..63|64..127|128,130..254|256,260..|
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * 59 };

struct histogram {
	uint64_t nr[HISTOGRAM_BUCKETS];
	uint64_t nr_all, sum, max;
};

static inline uint32_t histogram_bucket(uint64_t value)
{
	uint32_t shift;

	if (value < HISTOGRAM_STEPS)
		return (uint32_t)value;
	shift = 63u - (uint32_t)__builtin_clzll(value) - 6;
	return HISTOGRAM_STEPS * (shift + 1) + (uint32_t)((value >> shift) - HISTOGRAM_STEPS);
}

/* Returns the largest value of a bucket. */
static inline uint64_t histogram_value(uint32_t bucket)
{
	uint32_t shift = bucket / HISTOGRAM_STEPS;
	uint64_t step = bucket % HISTOGRAM_STEPS;

	if (!shift)
		return step;
	return ((HISTOGRAM_STEPS + step + 1) << (shift - 1)) - 1;
}

static inline void histogram_add(struct histogram *h, uint64_t value)
{
	h->nr[histogram_bucket(value)]++;
	h->nr_all++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
}

/* Returns a value such that at least `percent` of the values are at or below it. */
static inline uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	double wanted = (double)h->nr_all * percent / 100;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		nr += h->nr[i];
		if (nr && (double)nr >= wanted)
			return histogram_value(i) < h->max ? histogram_value(i) : h->max;
	}
	return h->max;
}

static inline double histogram_mean(const struct histogram *h)
{
	return h->nr_all ? (double)h->sum / (double)h->nr_all : 0;
}

#endif
