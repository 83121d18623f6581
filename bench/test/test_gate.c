/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_gate.c - which counts pass: at most 1 % more; a count of 0 must stay 0; no row may be
   missing. */
#include "harness/test/lib/test.h"

#include "bench/gate/gate.h"

#include <stdlib.h>
#include <string.h>

/* Compares two JSON texts. *out is the table; free() it. */
static unsigned compare(const char *baseline, const char *counted, char **out)
{
	json_t *before = json_loads(baseline, 0, NULL), *now = json_loads(counted, 0, NULL);
	size_t bytes;
	FILE *to = open_memstream(out, &bytes);
	unsigned nr;

	CHECK(before && now && to);
	nr = gate_compare(to, before, now, false);
	fclose(to);
	json_decref(before);
	json_decref(now);
	return nr;
}

#define ONE(metric, value) "{\"pair/8B/area\": {\"" metric "\": " value "}}"

static unsigned of_counts(const char *before, const char *now)
{
	char *out;
	unsigned nr = compare(before, now, &out);
	bool has_failed = strstr(out, "FAILED") != NULL;

	CHECK_EQ(has_failed, nr > 0);
	CHECK(!nr || strstr(out, "pair/8B/area"));
	free(out);
	return nr;
}

TEST(gate_lets_one_percent_pass_and_no_more)
{
	CHECK_EQ(of_counts(ONE("instructions/op", "1000"), ONE("instructions/op", "1010")), 0);
	CHECK_EQ(of_counts(ONE("instructions/op", "1000"), ONE("instructions/op", "1011")), 1);
	CHECK_EQ(of_counts(ONE("instructions/op", "1000"), ONE("instructions/op", "10")), 0);
}

static bool still_rises(const char *before, const char *first, const char *again, double least)
{
	json_t *baseline = json_loads(before, 0, NULL), *counted = json_loads(first, 0, NULL);
	json_t *other = json_loads(again, 0, NULL);
	bool rises = gate_least(baseline, counted, other);

	CHECK(json_number_value(json_object_get(json_object_get(counted, "pair/8B/area"),
						"instructions/op")) == least);
	json_decref(baseline);
	json_decref(counted);
	json_decref(other);
	return rises;
}

/* Noise only adds to a count. */
TEST(gate_takes_the_least_of_several_counts)
{
	const char *before = ONE("instructions/op", "1000");

	CHECK(!still_rises(before, ONE("instructions/op", "1020"), ONE("instructions/op", "1001"),
			   1001));
	CHECK(still_rises(before, ONE("instructions/op", "1020"), ONE("instructions/op", "1030"),
			  1020));
	CHECK(still_rises(before, ONE("instructions/op", "1020"), "{}", 1020));
}

TEST(gate_lets_nothing_rise_from_zero)
{
	CHECK_EQ(of_counts(ONE("moved_bytes/op", "0"), ONE("moved_bytes/op", "0")), 0);
	CHECK_EQ(of_counts(ONE("moved_bytes/op", "0"), ONE("moved_bytes/op", "0.001")), 1);
}

TEST(gate_misses_what_is_gone)
{
	CHECK_EQ(of_counts(ONE("probes/op", "1"), "{}"), 1);
	CHECK_EQ(of_counts(ONE("probes/op", "1"), ONE("zeroed_bytes/op", "1")), 1);
}

TEST(gate_names_what_is_new)
{
	char *out;

	CHECK_EQ(compare("{}", ONE("probes/op", "1"), &out), 0);
	CHECK(strstr(out, "pair/8B/area") && strstr(out, "is new"));
	free(out);
}

TEST(gate_counts_every_metric)
{
	char *out;
	unsigned nr = compare(
		"{\"a\": {\"probes/op\": 4, \"metadata_bytes\": 100}, \"b\": {\"probes/op\": 4}}",
		"{\"a\": {\"probes/op\": 5, \"metadata_bytes\": 102}, \"b\": {\"probes/op\": 4}}",
		&out);

	CHECK_EQ(nr, 2);
	CHECK(strstr(out, "+25.00 %") && strstr(out, "+2.00 %") && !strstr(out, "\nb "));
	free(out);
}
