/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_history_points.c - where a series changes, and which of its points are shown. */
#include "bench/history/history_points.h"
#include "harness/test/lib/test.h"

enum { NR = 60 };

/* Noise of +-1 % that repeats nowhere: a linear congruence, the same each time. */
static double noise(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return ((double)(*state >> 16 & 0x7fff) / 0x7fff - 0.5) * 2;
}

TEST(exact_counts_change_wherever_they_differ)
{
	const double values[] = {1000, 1000, 1030, 1030, 1030.5, 1000, 1000};
	size_t at[7];

	CHECK(points_are_exact(values, 7));
	CHECK_EQ(points_changes(values, 7, true, at), 2u);
	CHECK_EQ(at[0], 2u); /* +3 %; then +0.05 %, which is none */
	CHECK_EQ(at[1], 5u);
	CHECK_EQ(points_shown(values, 7, true, 2, at), 4u);
	CHECK(at[0] == 0 && at[1] == 2 && at[2] == 4 && at[3] == 5);
}

TEST(a_floor_is_a_change)
{
	const double rises[] = {1000, 1005}, less[] = {1000, 1004.9}, from_0[] = {0, 1},
		     to_0[] = {1, 0};
	size_t at[2];

	CHECK_EQ(points_changes(rises, 2, true, at), 1u);
	CHECK_EQ(points_changes(less, 2, true, at), 0u);
	CHECK_EQ(points_changes(from_0, 2, true, at), 1u);
	CHECK_EQ(points_changes(to_0, 2, true, at), 1u);
}

TEST(noise_alone_is_no_change)
{
	double values[NR];
	unsigned state = 7;
	size_t at[NR];

	for (size_t i = 0; i < NR; i++)
		values[i] = 100 + noise(&state);
	values[30] = 500; /* an outlier */
	CHECK(!points_are_exact(values, NR));
	CHECK_EQ(points_changes(values, NR, false, at), 0u);
}

TEST(a_step_within_noise_is_found_where_it_is)
{
	double values[NR];
	unsigned state = 9;
	size_t at[NR];

	for (size_t i = 0; i < NR; i++)
		values[i] = (i < 25 ? 100 : i < 42 ? 106 : 94) + noise(&state);
	CHECK_EQ(points_changes(values, NR, false, at), 2u);
	CHECK_EQ(at[0], 25u);
	CHECK_EQ(at[1], 42u);
	/* The same step, but less than 3 %. */
	for (size_t i = 0; i < NR; i++)
		values[i] = (i < 25 ? 100 : 102) + noise(&state);
	CHECK_EQ(points_changes(values, NR, false, at), 0u);
	CHECK_EQ(points_changes(values, 9, false, at), 0u); /* too few */
}

TEST(the_newest_point_is_always_shown)
{
	double values[NR];
	unsigned state = 3;
	size_t at[NR], nr;

	for (size_t i = 0; i < NR; i++)
		values[i] = noise(&state);
	for (size_t most = 2; most <= NR; most++) {
		nr = points_shown(values, NR, false, most, at);
		CHECK(nr > 0 && nr <= most);
		CHECK_EQ(at[nr - 1], (size_t)NR - 1);
		for (size_t i = 1; i < nr; i++)
			CHECK(at[i] > at[i - 1]);
	}
	CHECK_EQ(points_shown(values, NR, false, NR, at), (size_t)NR);
}

TEST(a_median_takes_any_order)
{
	const double values[] = {9, 1, 5, 3};

	CHECK(points_median(values, 3) == 5);
	CHECK(points_median(values, 4) == 4);
	CHECK(values[0] == 9);
}
