/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_history_formats.c - runs written and read in every format, and what an import refuses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"
#include "bench/history/history.h"
#include "bench/history/history_check.h"
#include "bench/history/history_formats.h"
#include "bench/test/history_fixture.h"

/* --- formats ------------------------------------------------------------------------------ */

static char *print(const struct history_format *format, const json_t *runs, size_t *bytes)
{
	char *text;
	FILE *to = open_memstream(&text, bytes);

	CHECK(to && format->print(to, runs) && !fclose(to));
	return text;
}

TEST(a_name_ends_in_its_design)
{
	static const struct {
		const char *name, *workload, *engine;
	} names[] = {
		{"pair/8B/bare/area", "pair/8B/bare", "area"},
		{"pair/8B/bare/front", "pair/8B/bare", "front"},
		{"access/front/empty_loop", "access/front/empty_loop", "-"},
		{"front", "front", "-"},
		{"pair/8B/fronts", "pair/8B/fronts", "-"},
	};
	char workload[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK_STR(history_engine_of(names[i].name, workload, sizeof(workload)),
			  names[i].engine);
		CHECK_STR(workload, names[i].workload);
	}
}

/* Writes a run and reads it back. */
static json_t *through(const char *name, const json_t *run)
{
	const struct history_format *format = history_format_find(name);
	json_t *runs = json_pack("[O]", run), *back;
	size_t bytes;
	char *text;

	CHECK(format);
	text = print(format, runs, &bytes);
	CHECK(history_format_guess(text) == format);
	back = format->parse("text", text, bytes);
	CHECK(back);
	free(text);
	json_decref(runs);
	return back;
}

TEST(history_csv_loses_nothing)
{
	json_t *run = history_sample_run(), *back = through("csv", run);

	CHECK_EQ(json_array_size(back), 1);
	history_check_same_run(json_array_get(back, 0), run);
	json_decref(back);
	json_decref(run);
}

TEST(history_openmetrics_is_exact)
{
	json_t *run = history_sample_run(), *runs = json_pack("[O]", run);
	size_t bytes;
	char *text;

	json_object_set_new(run, "flavour", json_string("two\nlines"));
	text = print(&history_openmetrics, runs, &bytes);
	CHECK_STR(
		text,
		"# TYPE pcpu_bench_run info\n"
		"# HELP pcpu_bench_run Where and of what the samples are.\n"
		"pcpu_bench_run_info{time=\"2026-01-31T12:00:00Z\",revision=\"0123456789abcdef\","
		"dirty=\"1\",host=\"a \\\"CPU\\\", 2 cores\\\\4 GiB\",compiler=\"12.2.0\","
		"flavour=\"two\\nlines\",source=\"bench\"} 1 1769860800\n"
		"# TYPE pcpu_bench gauge\n"
		"# HELP pcpu_bench What was measured: metric, in unit.\n"
		"pcpu_bench{workload=\"pair/8B\",engine=\"area\",metric=\"real_time\",unit=\"ns\","
		"repetition=\"0\"} 98.625 1769860800\n"
		"pcpu_bench{workload=\"pair/8B\",engine=\"area\",metric=\"real_time\",unit=\"ns\","
		"repetition=\"1\"} 99.125 1769860800\n"
		"pcpu_bench{workload=\"pair/8B\",engine=\"area\",metric=\"probes/op\",unit=\"1\","
		"repetition=\"0\"} 4 1769860800\n"
		"pcpu_bench{workload=\"access/add\",engine=\"-\",metric=\"real_time\",unit=\"ns\","
		"repetition=\"0\"} 0.375 1769860800\n"
		"# EOF\n");
	free(text);
	json_decref(runs);
	json_decref(run);
}

/* Other offsets, forms and no time at all. */
TEST(history_openmetrics_has_the_time_of_the_run)
{
	static const struct {
		const char *time, *line;
	} rows[] = {
		{"2026-01-31T12:00:00+02:00", "\"} 4 1769853600\n"},
		{"2026-01-31T12:00:00.250-0130", "\"} 4 1769866200\n"},
		{"2026-01-31T12:00:00", "\"} 4 1769860800\n"},
		{"2026/01/31-12:00:00", "\"} 4 1769860800\n"},
		{"1969-12-31T23:59:59Z", "\"} 4 -1\n"},
		{"", "\"} 4\n"},
		{"yesterday", "\"} 4\n"},
	};
	json_t *run = history_sample_run(), *runs = json_pack("[O]", run);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t bytes;
		char *text;

		json_object_set_new(run, "time", json_string(rows[i].time));
		text = print(&history_openmetrics, runs, &bytes);
		if (!strstr(text, rows[i].line))
			FAIL("%s: %s", rows[i].time, text);
		free(text);
	}
	json_decref(runs);
	json_decref(run);
}

static double value_of(const json_t *run, const char *workload, const char *engine,
		       const char *metric, json_int_t repetition)
{
	json_t *sample;
	size_t i;

	json_array_foreach(json_object_get(run, "samples"), i, sample)
	{
		if (!strcmp(history_text(sample, "workload"), workload) &&
		    !strcmp(history_text(sample, "engine"), engine) &&
		    !strcmp(history_text(sample, "metric"), metric) &&
		    json_integer_value(json_object_get(sample, "repetition")) == repetition)
			return json_number_value(json_object_get(sample, "value"));
	}
	return -1;
}

TEST(history_google_keeps_times_and_counters)
{
	json_t *run = history_sample_run(), *back = through("google", run),
	       *got = json_array_get(back, 0);

	history_check_same(got, run, "revision");
	history_check_same(got, run, "time");
	CHECK(value_of(got, "pair/8B", "area", "real_time", 1) == 99.125);
	CHECK(value_of(got, "pair/8B", "area", "probes/op", 0) == 4);
	CHECK(value_of(got, "access/add", "-", "real_time", 0) == 0.375);
	json_decref(back);
	json_decref(run);
}

/* The median of 98.625 and 99.125. */
TEST(history_custom_is_the_median)
{
	static const char *const names[] = {"pair/8B/area real_time", "pair/8B/area probes/op",
					    "access/add real_time"};
	static const double values[] = {98.875, 4, 0.375};
	json_t *run = history_sample_run(), *runs = json_pack("[O]", run), *all;
	size_t bytes;
	char *text = print(&history_custom, runs, &bytes);

	all = json_loadb(text, bytes, 0, NULL);
	CHECK_EQ(json_array_size(all), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *entry = json_array_get(all, i);

		CHECK_STR(history_text(entry, "name"), names[i]);
		CHECK(json_number_value(json_object_get(entry, "value")) == values[i]);
	}
	CHECK_STR(history_text(json_array_get(all, 0), "unit"), "ns");
	CHECK_STR(history_text(json_array_get(all, 0), "range"), "± 0.25");
	json_decref(all);
	json_decref(runs);
	json_decref(run);
	free(text);
}

static void check_measure(const json_t *all, const char *benchmark, const char *measure,
			  double value, double lower, double upper)
{
	const json_t *it = json_object_get(json_object_get(all, benchmark), measure);

	CHECK_EQ(json_object_size(it), 3);
	CHECK(json_number_value(json_object_get(it, "value")) == value);
	CHECK(json_number_value(json_object_get(it, "lower_value")) == lower);
	CHECK(json_number_value(json_object_get(it, "upper_value")) == upper);
}

TEST(history_bencher_is_the_median_and_its_range)
{
	json_t *run = history_sample_run(), *runs = json_pack("[O]", run), *all;
	char *text, longest[65 + 1];
	size_t bytes;

	memset(longest, 'm', 65);
	longest[65] = '\0';
	history_sample_add(run, "pair/8B", "area", "real_time", "ns", 2, 1000);
	history_sample_add(run, "pair/8B", "area", longest, "1", 0, 1);
	history_sample_add(run, "pair/8B", "area", longest + 1, "1", 0, 2);
	text = print(&history_bencher, runs, &bytes);
	all = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
	CHECK_EQ(json_object_size(all), 2);
	CHECK_EQ(json_object_size(json_object_get(all, "pair/8B/area")), 3);
	check_measure(all, "pair/8B/area", "latency", 99.125, 98.625, 1000);
	check_measure(all, "pair/8B/area", "probes/op", 4, 4, 4);
	check_measure(all, "pair/8B/area", longest + 1, 2, 2, 2);
	check_measure(all, "access/add", "latency", 0.375, 0.375, 0.375);
	json_decref(all);
	json_decref(runs);
	json_decref(run);
	free(text);
}

TEST(history_csv_holds_many_runs)
{
	json_t *run = history_sample_run(), *runs = json_pack("[OO]", run, run), *back;
	size_t bytes;
	char *text = print(&history_csv, runs, &bytes);

	back = history_csv.parse("text", text, bytes);
	CHECK(back);
	CHECK_EQ(json_array_size(back), 2);
	history_check_same_run(json_array_get(back, 1), run);
	json_decref(back);
	json_decref(runs);
	json_decref(run);
	free(text);
}

static void refuse(const struct history_format *format, const char *text, const char *words)
{
	history_folder_make();
	stderr_capture();
	CHECK(!format->parse("FILE", text, strlen(text)));
	CHECK(strstr(stderr_captured(), words));
	history_folder_remove();
}

#define CSV_HEAD                                                                                   \
	"run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,unit,"        \
	"repetition,value\n"

TEST(history_bad_texts_are_refused)
{
	refuse(&history_csv, "run,time\n", "FILE:1: the header");
	refuse(&history_csv, CSV_HEAD "1,t,r,0,h,c,f,s,w,e,m,u,0\n", "FILE:2: fourteen fields");
	refuse(&history_csv, CSV_HEAD "1,,r,0,h,c,f,s,w,e,m,u,0,x\n",
	       "FILE:2: a finite decimal number as value");
	refuse(&history_csv, CSV_HEAD "1,t,r,0,\"h,c,f,s,w,e,m,u,0,1\n", "FILE:2: fourteen fields");
	refuse(&history_google, "{\"benchmarks\": 3}", "FILE:1: Google Benchmark's JSON");
}

/* --- what an import believes ---------------------------------------------------------------- */

TEST(history_times_exist_or_not)
{
	static const char *const good[] = {
		"", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00",
		"2024-02-29T23:59:60-0130", "2000-02-29T00:00:00.125+14:00", "2018/05/10-16:02:12",
		"2018-05-10 16:02:12",
	};
	static const char *const bad[] = {
		"2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z", "2026-04-31T12:00:00Z",
		"2026-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "2026-01-00T12:00:00Z",
		"2026-01-32T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
		"2026-01-31T12:00:61Z", "2026-01-31", "2026-1-31T12:00:00Z", "yesterday",
		"2026-01-31T12:00:00X", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+00:60",
		"2026-01-31T12:00:00Z ", " 2026-01-31T12:00:00Z", "26-01-31T12:00:00Z",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!history_time_exists(good[i]))
			FAIL("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (history_time_exists(bad[i]))
			FAIL("taken: %s", bad[i]);
}

#define GOOGLE(date, entries)                                                                      \
	"{\"context\": {\n\"date\": \"" date "\"},\n\"benchmarks\": [\n" entries "]}\n"
#define DATE	      "2026-01-31T12:00:00Z"
#define ENTRY(fields) "{\"name\": \"a\", \"iterations\": 1, " fields "}\n"
#define GOOD	      ENTRY("\"real_time\": 1.5, \"time_unit\": \"ns\"")

/* Each entry is one line, the first is line 4. */
TEST(history_google_refuses_what_cannot_be)
{
	static const char *const rows[][2] = {
		{GOOGLE("2026-13-01T12:00:00Z", GOOD), "FILE:2: a time like"},
		{GOOGLE(DATE, GOOD "," ENTRY("\"real_time\": -1")),
		 "FILE:5: a time that is not negative"},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1, \"cache_ns\": -2")),
		 "FILE:4: a time that is not negative"},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1e999")), "FILE:4: whole JSON: real number ov"},
		{GOOGLE(DATE, ENTRY("\"real_time\": NaN")), "FILE:4: whole JSON: "},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1e308, \"time_unit\": \"s\"")),
		 "FILE:4: a finite number"},
		{GOOGLE(DATE, ENTRY("\"real_time\": \"1\"")), "FILE:4: a number as real_time"},
		{GOOGLE(DATE, ENTRY("\"cpu_time\": 1")), "FILE:4: a number as real_time"},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1, \"time_unit\": \"h\"")),
		 "FILE:4: ns, us, ms or s as time_unit"},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1, \"repetition_index\": -1")),
		 "FILE:4: a number from 0 as repetition_index"},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1, \"repetition_index\": 0.5")),
		 "FILE:4: a number from 0 as repetition_index"},
		{GOOGLE(DATE, ENTRY("\"real_time\": 1, \"repetition_index\": 0") ",\n\n" ENTRY(
				      "\"real_time\": 1, \"repetition_index\": 0")),
		 "FILE:7: each repetition of a benchmark once"},
		{GOOGLE(DATE, "{\"real_time\": 1}"), "FILE:4: a benchmark with a name"},
		{GOOGLE(DATE, "7"), "FILE:4: an object for each benchmark"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refuse(&history_google, rows[i][0], rows[i][1]);
}

#define CSV_LINE(run, time, dirty, workload, metric, unit, repetition, value)                      \
	run "," time ",r," dirty ",h,c,f,s," workload ",e," metric "," unit "," repetition         \
	    "," value "\n"
#define CSV_GOOD CSV_LINE("1", DATE, "0", "w", "real_time", "ns", "0", "1.5")

TEST(history_csv_refuses_what_cannot_be)
{
	static const char *const rows[][2] = {
		{CSV_LINE("1", "2026-13-01T12:00:00Z", "0", "w", "m", "1", "0", "1"),
		 "FILE:3: a time like"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "0", "1e999"), "FILE:3: a finite decimal"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "0", "nan"), "FILE:3: a finite decimal"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "0", "0x10"), "FILE:3: a finite decimal"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "0", "1 "), "FILE:3: a finite decimal"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "0", "-"), "FILE:3: a finite decimal"},
		{CSV_LINE("1", DATE, "0", "w", "real_time", "ns", "1", "-1"),
		 "FILE:3: a time that"},
		{CSV_LINE("1", DATE, "0", "w", "m", "ms", "1", "-0.5"), "FILE:3: a time that"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "-1", "1"), "FILE:3: a number as rep"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "1e30", "1"), "FILE:3: a number as rep"},
		{CSV_LINE("1", DATE, "0", "w", "m", "1", "0.5", "1"), "FILE:3: a number as rep"},
		{CSV_LINE("1", DATE, "yes", "w", "m", "1", "0", "1"), "FILE:3: 0 or 1 as dirty"},
		{CSV_LINE("1", DATE, "1", "w", "m", "1", "0", "1"),
		 "FILE:3: the words of a run as"},
		{CSV_LINE("1", "", "0", "w", "m", "1", "0", "1"), "FILE:3: the words of a run as"},
		{CSV_GOOD, "FILE:3: each repetition of a series once"},
		{CSV_LINE("2", "", "0", "w", "m", "1", "0", "1") CSV_GOOD,
		 "FILE:4: the lines of a run behind one another"},
		{CSV_LINE("1", DATE, "0", "\xff", "m", "1", "0", "1"), "FILE:3: text in UTF-8"},
	};
	char text[1024];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", CSV_HEAD, CSV_GOOD, rows[i][0]);
		refuse(&history_csv, text, rows[i][1]);
	}
}

TEST(history_csv_takes_negative_numbers_that_are_no_times)
{
	static const char text[] = CSV_HEAD CSV_LINE("1", "", "0", "w", "m", "1", "0", "-1e3");
	json_t *runs = history_csv.parse("text", text, sizeof(text) - 1);

	CHECK(value_of(json_array_get(runs, 0), "w", "e", "m", 0) == -1000);
	json_decref(runs);
}

/* Failed, skipped, never run: none of them took 0 ns. Entries without repetition numbers are
   numbered in order. */
TEST(history_google_takes_what_was_measured)
{
	static const char text[] = GOOGLE(DATE,
		ENTRY("\"real_time\": 1.5, \"time_unit\": \"us\"") ","
		ENTRY("\"real_time\": 0, \"error_occurred\": true") ","
		ENTRY("\"real_time\": 0, \"skipped\": true") ","
		"{\"name\": \"a\", \"iterations\": 0, \"real_time\": 0},"
		ENTRY("\"real_time\": 9, \"run_type\": \"aggregate\"") ","
		ENTRY("\"real_time\": 2.5, \"skipped\": false"));
	json_t *runs = history_google.parse("text", text, sizeof(text) - 1);
	json_t *run = json_array_get(runs, 0);

	CHECK_EQ(json_array_size(json_object_get(run, "samples")), 2);
	CHECK(value_of(run, "a", "-", "real_time", 0) == 1500);
	CHECK(value_of(run, "a", "-", "real_time", 1) == 2.5);
	json_decref(runs);
}
