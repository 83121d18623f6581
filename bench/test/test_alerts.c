/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_alerts.c - which rises of an exact count are alerts, and from where on. */
#include "harness/test/lib/test.h"

#include "bench/history/alerts/alerts.h"

enum { MOST = 16 };

static struct alert_change changes[MOST];

static size_t find(const double *values, size_t nr)
{
	struct alert_point points[MOST] = {{0}};

	for (size_t i = 0; i < nr; i++)
		points[i] = (struct alert_point){i + 1, values[i], 1};
	return alerts_find(points, nr, changes);
}
#define FIND(...)                                                                                  \
	find((const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

TEST(what_does_not_rise_is_no_alert)
{
	CHECK_EQ(find(NULL, 0), 0);
	CHECK_EQ(FIND(1000), 0);
	CHECK_EQ(FIND(1000, 1010, 1000, 1010), 0);
	CHECK_EQ(FIND(1000, 900, 905, 800), 0);
	CHECK_EQ(FIND(0, 0, 0), 0);
}

TEST(a_rise_is_where_it_shows)
{
	CHECK_EQ(FIND(1000, 1000, 1011, 1011), 1);
	CHECK_EQ(changes[0].from, 1);
	CHECK_EQ(changes[0].at, 2);
	CHECK(changes[0].before == 1000);
	CHECK_EQ(FIND(0, 0, 1), 1);
	CHECK_EQ(changes[0].at, 2);
}

TEST(each_rise_is_one)
{
	CHECK_EQ(FIND(1000, 1100, 1100, 1210, 1000, 1020), 3);
	CHECK_EQ(changes[0].at, 1);
	CHECK_EQ(changes[1].from, 2);
	CHECK_EQ(changes[1].at, 3);
	CHECK(changes[1].before == 1100);
	CHECK_EQ(changes[2].from, 4);
	CHECK_EQ(changes[2].at, 5);
}

TEST(what_creeps_is_found_from_its_start)
{
	CHECK_EQ(FIND(1000, 1000, 1006, 1009, 1012, 1013), 1);
	CHECK_EQ(changes[0].from, 1);
	CHECK_EQ(changes[0].at, 4);
	CHECK(changes[0].before == 1000);
	/* of two steps from the one that is enough alone */
	CHECK_EQ(FIND(1000, 1005, 1020), 1);
	CHECK_EQ(changes[0].from, 1);
	CHECK(changes[0].before == 1005);
	/* after an alert, from its level on */
	CHECK_EQ(FIND(1000, 1100, 1105, 1112), 2);
	CHECK_EQ(changes[1].from, 1);
	CHECK_EQ(changes[1].at, 3);
	/* a dip is the new start */
	CHECK_EQ(FIND(1000, 990, 998, 1001), 1);
	CHECK_EQ(changes[0].from, 1);
}
