/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_histogram.c - latencies by percentile: exact when small, to 1.6 % when large. */
#include "harness/test/lib/test.h"

#include "bench/runner/histogram.h"

#include <string.h>

static struct histogram h;

static void clear(void)
{
	memset(&h, 0, sizeof(h));
}

/* A bucket's largest value belongs to the bucket, and is at most 1/64 above any value in it. */
TEST(histogram_keeps_every_value_to_a_64th)
{
	for (int bit = 0; bit < 64; bit++) {
		for (int less = -1; less <= 1; less++) {
			uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)less;
			uint32_t bucket = histogram_bucket(value);

			CHECK(bucket < HISTOGRAM_BUCKETS);
			CHECK(histogram_value(bucket) >= value);
			CHECK(histogram_value(bucket) - value <= value / 64);
			CHECK(histogram_bucket(histogram_value(bucket)) == bucket);
		}
	}
	CHECK(histogram_bucket(UINT64_MAX) < HISTOGRAM_BUCKETS);
	CHECK(histogram_value(histogram_bucket(UINT64_MAX)) == UINT64_MAX);
}

TEST(histogram_percentiles_of_1_to_50_are_exact)
{
	clear();
	for (uint64_t value = 50; value > 0; value--)
		histogram_add(&h, value);
	CHECK_EQ(histogram_percentile(&h, 50), 25);
	CHECK_EQ(histogram_percentile(&h, 98), 49);
	CHECK_EQ(histogram_percentile(&h, 99.9), 50);
	CHECK_EQ(h.max, 50);
	CHECK(histogram_mean(&h) == 25.5);
}

/* One call in a thousand is slow: p99 does not show it, p99.9 just does, the maximum does. */
TEST(histogram_knows_a_tail_from_the_rest)
{
	clear();
	for (int i = 0; i < 9990; i++)
		histogram_add(&h, 40);
	for (int i = 0; i < 10; i++)
		histogram_add(&h, 1000000);
	CHECK_EQ(histogram_percentile(&h, 99), 40);
	CHECK_EQ(histogram_percentile(&h, 99.9), 40);
	CHECK_EQ(histogram_percentile(&h, 99.95), 1000000);
	CHECK_EQ(h.max, 1000000);
}

TEST(histogram_of_nothing_is_nothing)
{
	clear();
	CHECK_EQ(histogram_percentile(&h, 99), 0);
	CHECK(histogram_mean(&h) == 0);
}
