/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_bench_table.c - benchmark results as tables: names, ratios, medians, cuts, failures. */
#include "harness/test/lib/test.h"

#include "bench/runner/bench_placement.h"
#include "harness/rows/bench_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the tables of a JSON text; free() it. */
static char *print(const char *text, unsigned *nr_failed)
{
	json_t *bench = json_loads(text, 0, NULL);
	char *out;
	size_t bytes;
	FILE *to = open_memstream(&out, &bytes);

	CHECK(bench && to && bench_names_clean(bench));
	*nr_failed = bench_table_print(to, bench);
	fclose(to);
	json_decref(bench);
	return out;
}

#define BENCH "{\"context\": {\"engines\": \"area,other,mimalloc-padded\"}, \"benchmarks\": ["
#define RUN(name, time, rest) \
	"{\"name\": \"" name "\", \"run_name\": \"" name "\", \"run_type\": \"iteration\", " \
	"\"real_time\": " time ", \"time_unit\": \"ns\"" rest "}"

TEST(bench_names_lose_their_settings)
{
	json_t *bench = json_loads(BENCH
				   RUN("pair/8B/area/min_time:0.1/manual_time", "1", "") "]}",
				   0, NULL);
	json_t *run;

	CHECK(bench && bench_names_clean(bench));
	run = json_array_get(json_object_get(bench, "benchmarks"), 0);
	CHECK_STR(json_string_value(json_object_get(run, "name")), "pair/8B/area");
	CHECK_STR(json_string_value(json_object_get(run, "run_name")), "pair/8B/area");
	json_decref(bench);
}

TEST(bench_other_json_is_refused)
{
	json_t *bench = json_loads("{\"benchmarks\": 3}", 0, NULL);

	CHECK(bench && !bench_names_clean(bench));
	json_decref(bench);
}

/* The spread of a count that is always 0 would be 0 / 0. */
TEST(bench_variation_of_nothing_is_none)
{
	char text[] = BENCH RUN("pair/area", "10", ", \"left\": NaN") "]}";
	json_t *bench = bench_parse(text);

	CHECK(bench && bench_names_clean(bench));
	json_decref(bench);
}

/* 10, 30, 20: the median is 20, the spread (30 - 10) / 20. */
TEST(bench_repetitions_are_one_row)
{
	unsigned nr_failed;
	char *out = print(BENCH RUN("pair/area", "10", "") ","
			  RUN("pair/area", "30", "") "," RUN("pair/area", "20", "") "]}",
			  &nr_failed);

	CHECK_EQ(nr_failed, 0);
	CHECK(strstr(out, "20.00 ns") && strstr(out, "100.0 %"));
	CHECK(!strstr(out, "30.00 ns"));
	CHECK(strstr(out, "1 benchmarks, 0 failed, 0 skipped"));
	free(out);
}

/* With 97 % the median of six samples is between the least and the largest; five are too few. */
TEST(bench_a_median_has_an_interval)
{
	unsigned nr_failed;
	char *five = print(BENCH RUN("a", "90", "") "," RUN("a", "95", "") ","
			   RUN("a", "100", "") ","
			   RUN("a", "105", "") "," RUN("a", "110", "") "]}", &nr_failed);
	char *six = print(BENCH RUN("a", "90", "") "," RUN("a", "95", "") "," RUN("a", "99", "") ","
			  RUN("a", "101", "") "," RUN("a", "105", "") "," RUN("a", "120", "") "]}",
			  &nr_failed);

	CHECK(strstr(six, "  -10.0 +20.0 %"));
	CHECK(strstr(five, "20.0 %") && !strstr(five, "-10.0"));
	free(five);
	free(six);
}

/* Ratios refer to the first engine of a case, also when repetitions come in another order. */
TEST(bench_ratios_are_against_the_first_engine)
{
	unsigned nr_failed;
	char *out = print(BENCH RUN("a/area", "200", "") "," RUN("b/area", "10", "") ","
			  RUN("a/other", "100", "") "," RUN("b/others", "10", "") "]}",
			  &nr_failed);
	const char *a = strstr(out, "\na "), *b = strstr(out, "\nb ");
	const char *other = strstr(out, "other ");

	CHECK(a && other && b && a < other && other < b);
	CHECK(strstr(other, " 0.50") && strstr(other, " 0.50") < b);
	CHECK(strstr(a, " 1.00") && strstr(a, " 1.00") < other);
	CHECK(strstr(out, "\nb/others "));
	free(out);
}

/* Random order may run a rival first: ratios still refer to the first engine of the list. */
TEST(bench_the_measure_is_the_first_of_the_list)
{
	unsigned nr_failed;
	char *out = print(BENCH RUN("a/mimalloc-padded", "50", "") ","
			  RUN("a/other", "100", "") "," RUN("a/area", "200", "") "]}",
			  &nr_failed);
	const char *area = strstr(out, "area "), *other = strstr(out, "other ");
	const char *mimalloc = strstr(out, "mimalloc-padded ");

	CHECK(area && other && mimalloc && area < other && other < mimalloc);
	CHECK(strstr(area, " 1.00") && strstr(area, " 1.00") < other);
	CHECK(strstr(mimalloc, " 0.25"));
	free(out);
}

TEST(bench_failures_count_and_skips_do_not)
{
	unsigned nr_failed;
	char *out = print(BENCH
			  RUN("a/area", "1", ", \"error_occurred\": true, "
					     "\"error_message\": \"not true\"") ","
			  RUN("b/area", "1", ", \"error_occurred\": true, "
					     "\"error_message\": \"skipped: two cores\"") "]}",
			  &nr_failed);

	CHECK_EQ(nr_failed, 1);
	CHECK(strstr(out, "FAILED: not true"));
	CHECK(strstr(out, "skipped: two cores") && !strstr(out, "FAILED: skipped"));
	free(out);
}

/* A row without a time still names its case, whichever engine is first. */
TEST(bench_a_failure_names_its_case)
{
	unsigned nr_failed;
	char *out = print(
		BENCH RUN("pair/area", "10", "") "," RUN("pair/other", "1",
							 ", \"error_occurred\": true, "
							 "\"error_message\": \"not true\"") "]}",
		&nr_failed);

	CHECK_EQ(nr_failed, 1);
	CHECK(strstr(out, "\npair other           FAILED: not true\n"));
	free(out);
}

/* Small ratios have two significant digits, too. */
TEST(bench_small_ratios_have_a_digit_more)
{
	unsigned nr_failed;
	char *out = print(BENCH RUN("a/area", "1000", "") "," RUN("a/other", "52", "") "]}",
			  &nr_failed);

	CHECK(strstr(out, " 0.052 "));
	free(out);
}

/* In both tables, between counts and words; a dash where it is not known. */
TEST(bench_memory_has_columns)
{
	unsigned nr_failed;
	char *out = print(
		BENCH RUN("a/area", "10", ", \"metadata_bytes\": 77, \"populated/live\": 1.234, "
					  "\"held/live\": 1.301, \"rss/live\": 2048.4") ","
		RUN("a/mimalloc-padded", "10", ", \"held/live\": 2.5, \"ops\": 3") ","
		RUN("million/4B/area", "10", ", \"objects\": 1, \"done\": 1, \"balance_ms\": 8, "
					     "\"held/live\": 1.75") "]}",
		&nr_failed);

	CHECK(strstr(out, "metadata B  pop/live held/live  rss/live"));
	CHECK(strstr(out, "         77      1.23      1.30      2048\n"));
	CHECK(strstr(out, "          -      2.50         -  ops 3 \n"));
	CHECK(strstr(out, "  reclaim  pop/live held/live  rss/live"));
	CHECK(strstr(out, "      8.0         -      1.75         -"));
	free(out);
}

/* Published figures belong to no engine here: they are printed once per case. */
TEST(bench_published_figures_stand_once)
{
	unsigned nr_failed;
	char *out = print(BENCH RUN("million/4B/area", "10",
				    ", \"objects\": 1, \"done\": 1, \"published_bitmap_alloc_ms\": "
				    "31") "," RUN("million/4B/other", "10",
						  ", \"objects\": 1, \"done\": 1, "
						  "\"published_bitmap_alloc_ms\": 31") "]}",
			  &nr_failed);
	const char *first = strstr(out, "of a bitmap");

	CHECK(first && !strstr(first + 1, "of a bitmap"));
	free(out);
}

/* area: 200 ns each for the half that it completed; mimalloc: 100 ns each for all. */
TEST(bench_a_million_is_held_against_mimalloc)
{
	unsigned nr_failed;
	char *out = print(
		BENCH RUN("million/4B/area", "100000",
			  ", \"objects\": 1000, \"done\": 500, \"touch_ms\": 0.1") ","
		RUN("million/4B/mimalloc-padded", "100000",
		    ", \"objects\": 1000, \"done\": 1000, \"touch_ms\": 0.3") "]}",
		&nr_failed);

	CHECK(strstr(out, "4B: alloc of area is 2.00 times that of mimalloc-padded, 1.00 with"));
	CHECK(strstr(out, "mimalloc-padded   0.50   1.00"));
	free(out);
}

/* 3 of 4 pages and 6 of 6: the worst benchmark is named. A benchmark that counts no pages is
   ignored; when none does, a sentence says that. */
TEST(bench_placement_is_of_all_pages)
{
	json_t *bench = json_loads(BENCH RUN("a/area", "1", ", \"unit_pages\": 4, "
							    "\"placed_pages\": 3") ","
				   RUN("b/area", "1", ", \"unit_pages\": 6, "
						      "\"placed_pages\": 6") ","
				   RUN("c/area", "1", "") "]}",
				   0, NULL);
	json_t *runs = json_object_get(bench, "benchmarks"), *none = json_array();
	char words[256];

	bench_placement_words(runs, words, sizeof(words));
	CHECK_STR(words, "90.0 % of 10 unit pages on their node, by move_pages; least in a/area, "
			 "75.0 %");
	bench_placement_words(none, words, sizeof(words));
	CHECK(!strncmp(words, "not told", 8));
	json_decref(none);
	json_decref(bench);
}

TEST(bench_the_harness_reports_itself)
{
	unsigned nr_failed;
	char *out = print("{\"context\": {\"engines\": \"area\", \"run_to_run\": \"3 % apart\"}, "
			  "\"benchmarks\": [" RUN("access/empty_loop", "0.44", "") "]}",
			  &nr_failed);

	CHECK(strstr(out, "empty loop: 0.44 ns") && strstr(out, "run to run: 3 % apart"));
	free(out);
}

TEST(bench_a_cut_row_says_so)
{
	unsigned nr_failed;
	char *out = print(
		BENCH RUN(
			"million/4B/area", "310000000",
			", \"objects\": 1000, \"done\": 1000, \"freed_forward\": 1000, "
			"\"freed_reverse\": 77, \"left_reverse\": 923, "
			"\"free_reverse_ms\": 1200, \"published_area_free_ms\": 4770, "
			"\"published_bitmap_alloc_ms\": 31, \"published_bitmap_free_ms\": 71") "]}",
		&nr_failed);

	CHECK(strstr(out, "1200.0+") && strstr(out, "cut: reverse freed 77"));
	CHECK(!strstr(out, "cut: forward") && strstr(out, "4770") && strstr(out, "310.0"));
	CHECK(strstr(out, "published of a bitmap: alloc 31, free 71\n"));
	CHECK(!strstr(out, " 0.0+")); /* the other orders were not cut */
	CHECK(strstr(strstr(out, "1200.0+") + 1, "1200.0+")); /* the worst of the orders */
	free(out);
}
