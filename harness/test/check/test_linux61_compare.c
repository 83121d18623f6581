/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_compare.c - engines that are to place as Linux 6.1 does, against the model, over
 * random traces. An engine that is not built is skipped with a reason.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/check/linux61_compare.h"
#include "harness/test/check/linux61_random.h"
#include "harness/test/lib/test.h"

#define BOTH_FLAGS (LAB_OP_ATOMIC | LAB_OP_RESERVED)

/* One random trace; the running test fails at the first difference. exact: by 15.17. */
static void compare(const char *engine_name, bool exact, uint64_t seed, uint32_t unit,
		    uint32_t fixed, uint32_t reserved, uint32_t dyn, bool atomic)
{
	struct lab_linux61_config config = {
		.unit_bytes = unit,
		.static_bytes = fixed,
		.reserved_bytes = reserved,
		.dyn_bytes = dyn,
		.honour_atomic = atomic,
		.exact = exact,
	};
	const struct pcpu_engine *engine = pcpu_engine_find(engine_name);
	struct linux61_difference difference;
	struct run_trace random;
	bool same;

	if (!engine)
		SKIP("no such engine is built");
	linux61_random_trace(&random, seed, getenv("LAB_FULL") ? 3000 : 1000, BOTH_FLAGS);
	same = linux61_compare(engine, &config, &random.trace, &difference);
	run_trace_free(&random);
	if (!same)
		FAIL("%s, seed %" PRIu64 ", %u/%u/%u/%u%s, step %zu: %s", engine_name, seed, unit,
		     fixed, reserved, dyn, atomic ? ", atomic" : "", difference.step,
		     difference.sentence);
}

static void compare_many(const char *engine_name, bool exact)
{
	static const uint32_t rows[][4] = {
		{ 32768, 4100, 0, 16384 },	{ 32768, 4096, 8192, 13065 },
		{ 65536, 4100, 1000, 13065 },	{ 262144, 4100, 4096, 13065 },
		{ 65536, 20480, 1000, 12288 },	{ 32768, 4097, 0, 12288 },
		{ 1048576, 212992, 8192, 28672 },
	};
	const uint32_t nr_rows = sizeof(rows) / sizeof(rows[0]);

	for (uint64_t seed = 1; seed <= (getenv("LAB_FULL") ? 700 : 28); seed++) {
		const uint32_t *row = rows[seed % nr_rows];

		compare(engine_name, exact, seed, row[0], row[1], row[2], row[3],
			seed / nr_rows % 2);
	}
}

TEST(linux61_places_as_the_model)
{
	compare_many("linux61", false);
}

TEST(linux61_exact_places_as_the_model)
{
	compare_many("linux61-exact", true);
}

/* Another policy is seen at once. */
TEST(comparison_sees_another_policy)
{
	struct lab_linux61_config config = {
		.unit_bytes = 65536, .static_bytes = 4096, .dyn_bytes = 12288,
	};
	struct linux61_difference difference;
	struct run_trace random;

	linux61_random_trace(&random, 1, 1000, BOTH_FLAGS);
	CHECK(!linux61_compare(pcpu_engine_find("area"), &config, &random.trace, &difference));
	CHECK(difference.sentence[0] != '\0');
	run_trace_free(&random);
}

/*
 * Each kind of difference, by engine area, whose policy is another: up to there both agree. In
 * whole pages both place by first fit, so that what differs lies in the chunks alone.
 */
static const struct {
	const char *operations, *sentence;
	size_t step;
} seen[] = {
	{ "a 0 64 4 --\na 1 64 4 --\nf 0\na 2 64 4 --\n", "", 3 },
	{ "a 0 4 4 --\na 1 6 4 --\na 2 2 2 --\n", "a 2 2 2 --: engine 0 at 4106, model 0 at 4108",
	  2 },
	{ "a 0 4 3 --\n", "a 0 4 3 --: engine refused, model 0 at 4096", 0 },
	{ "a 0 6 4 --\n", "chunk 0: free bytes 40954, model 40952", 0 },
	{ "a 0 20480 4 --\na 1 4 4 --\nf 0\na 2 20480 4 --\n",
	  "chunk 0: hint bytes 20480, model 20476", 3 },
	{ "a 0 32768 4 --\na 1 8192 4 --\n", "chunk 1 is not there, so not on list 16", 1 },
	{ "a 0 24576 4 --\na 1 20480 4 --\na 2 20480 4 --\nf 1\na 3 20480 4 --\nf 0\n"
	  "a 4 20480 4 --\na 5 32768 4 --\nf 3\n",
	  "chunk 1: page 2 is not populated", 8 },
	{ "a 0 16384 4 --\na 1 32768 4 --\na 2 20480 4 --\nf 0\na 3 28672 4 --\nf 3\nf 2\n"
	  "a 4 32768 4 --\na 5 24576 4 --\na 6 32768 4 --\na 7 20480 4 --\n",
	  "chunk 0 is not behind its neighbour on list 11", 10 },
};

TEST(comparison_sees_each_kind_of_difference)
{
	struct lab_linux61_config config = {
		.unit_bytes = 65536, .static_bytes = 4096, .dyn_bytes = 40960,
	};

	for (uint32_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		struct linux61_difference difference;
		struct run_trace trace;
		char text[512];
		bool same;

		snprintf(text, sizeof(text), "# pcpu-trace 1\n%s", seen[i].operations);
		run_trace_parse(&trace, text, strlen(text));
		same = linux61_compare(pcpu_engine_find("area"), &config, &trace.trace,
				       &difference);
		run_trace_free(&trace);
		CHECK_STR(difference.sentence, seen[i].sentence);
		CHECK_EQ(difference.step, seen[i].step);
		CHECK_EQ(same, i == 0);
	}
}
