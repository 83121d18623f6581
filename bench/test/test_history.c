/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_history.c - runs kept: in, out, through every format, and what is no history is kept
   aside. */
#include "harness/test/lib/test.h"

#include "bench/history/bench_spread.h"
#include "bench/history/history.h"
#include "bench/history/history_check.h"
#include "bench/history/history_formats.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder of its own for each use; what is in it is the test's. */
static char folder[64], path[96], aside[112];

static void start(void)
{
	snprintf(folder, sizeof(folder), "/tmp/pcpu-history-XXXXXX");
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/h.db", folder);
	snprintf(aside, sizeof(aside), "%s.aside-1", path);
}

static void stop(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(!system(command));
}

/* stderr goes to a file of the folder from now on, and back. */
static int err_saved = -1;

static void stderr_capture(void)
{
	char name[112];
	int fd;

	snprintf(name, sizeof(name), "%s/err", folder);
	fflush(stderr);
	err_saved = dup(2);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 2);
	close(fd);
}

static const char *stderr_captured(void)
{
	static char text[2048];
	char name[112];
	FILE *file;
	size_t nr;

	fflush(stderr);
	dup2(err_saved, 2);
	close(err_saved);
	snprintf(name, sizeof(name), "%s/err", folder);
	file = fopen(name, "r");
	nr = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[nr] = '\0';
	if (file)
		fclose(file);
	return text;
}

/* Two series, two repetitions; words that need quoting everywhere. */
static json_t *sample_run(void)
{
	json_t *run = history_run_new("bench");

	json_object_set_new(run, "time", json_string("2026-01-31T12:00:00Z"));
	json_object_set_new(run, "revision", json_string("0123456789abcdef"));
	json_object_set_new(run, "dirty", json_true());
	json_object_set_new(run, "host", json_string("a \"CPU\", 2 cores\\4 GiB"));
	json_object_set_new(run, "compiler", json_string("12.2.0"));
	json_object_set_new(run, "flavour", json_string("release"));
	json_object_set_new(json_object_get(run, "context"), "engines", json_string("area"));
	history_sample_add(run, "pair/8B", "area", "real_time", "ns", 0, 98.625);
	history_sample_add(run, "pair/8B", "area", "real_time", "ns", 1, 99.125);
	history_sample_add(run, "pair/8B", "area", "probes/op", "1", 0, 4);
	history_sample_add(run, "access/add", "-", "real_time", "ns", 0, 0.375);
	return run;
}

static void check_same(const json_t *got, const json_t *wanted, const char *key)
{
	CHECK_STR(history_text(got, key), history_text(wanted, key));
}

static void check_same_run(const json_t *got, const json_t *wanted)
{
	static const char *const keys[] = {"time", "revision", "host", "compiler", "flavour"};

	for (size_t i = 0; i < 5; i++)
		check_same(got, wanted, keys[i]);
	CHECK(json_equal(json_object_get(got, "dirty"), json_object_get(wanted, "dirty")));
	CHECK(json_equal(json_object_get(got, "samples"), json_object_get(wanted, "samples")));
}

TEST(history_gives_back_what_it_got)
{
	struct history *history;
	json_t *run = sample_run(), *got, *list;

	start();
	history = history_open(path);
	CHECK(history);
	CHECK_EQ(history_newest(history), 0);
	CHECK_EQ(history_add(history, run), 1);
	CHECK_EQ(history_add(history, run), 2);
	history_close(history);
	history = history_open(path);
	CHECK(history);
	CHECK_EQ(history_newest(history), 2);
	got = history_load(history, 2);
	CHECK(got && !history_load(history, 3));
	check_same_run(got, run);
	CHECK_STR(history_text(json_object_get(got, "context"), "engines"), "area");
	list = history_list(history);
	CHECK_EQ(json_array_size(list), 2);
	CHECK_EQ(json_integer_value(json_object_get(json_array_get(list, 0), "nr_samples")), 4);
	history_close(history);
	json_decref(list);
	json_decref(got);
	json_decref(run);
	stop();
}

/* A sample twice breaks the table's key: nothing of that run may stay. */
TEST(history_keeps_a_run_whole_or_not)
{
	struct history *history;
	json_t *run = sample_run();

	start();
	history = history_open(path);
	CHECK(history);
	history_sample_add(run, "pair/8B", "area", "probes/op", "1", 0, 5);
	stderr_capture();
	CHECK_EQ(history_add(history, run), 0);
	CHECK(strstr(stderr_captured(), "cannot be used: "));
	CHECK_EQ(history_newest(history), 0);
	history_close(history);
	json_decref(run);
	stop();
}

/* --- kept aside --------------------------------------------------------------------------- */

static void execute(const char *text)
{
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void write_text(const char *text)
{
	FILE *file = fopen(path, "w");

	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

static void check_aside(const char *word)
{
	struct history *history;
	struct stat before, after;
	const char *output;

	CHECK(!stat(path, &before));
	stderr_capture();
	history = history_open(path);
	output = stderr_captured();
	CHECK(history && !history_newest(history));
	history_close(history);
	CHECK(strstr(output, word) && strstr(output, aside));
	CHECK(!stat(aside, &after));
	CHECK_EQ(after.st_ino, before.st_ino);
	CHECK_EQ(after.st_size, before.st_size);
}

static void make_one(void)
{
	struct history *history;
	json_t *run = sample_run();

	start();
	history = history_open(path);
	CHECK(history && history_add(history, run) == 1);
	history_close(history);
	json_decref(run);
}

TEST(history_of_an_older_lab_is_kept_aside)
{
	make_one();
	execute("PRAGMA user_version=0");
	check_aside("of an older lab");
	stop();
}

TEST(history_that_is_text_is_kept_aside)
{
	start();
	write_text("this is no database, and longer than the header of one would be, to be sure\n"
		   "that it is looked at: one hundred bytes are the header's length in any case\n");
	check_aside("damaged");
	stop();
}

/* Pages behind the first are overwritten: the header is still good. */
TEST(history_with_broken_pages_is_kept_aside)
{
	char noise[4096];
	int fd;

	make_one();
	memset(noise, 0xa5, sizeof(noise));
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, noise, sizeof(noise), 4096) == sizeof(noise));
	CHECK(pwrite(fd, noise, sizeof(noise), 8192) == sizeof(noise));
	close(fd);
	check_aside("damaged");
	stop();
}

TEST(history_of_others_is_kept_aside)
{
	start();
	execute("CREATE TABLE recipes (cake TEXT)");
	check_aside("of another program");
	stop();
}

/* A name that is taken is not used again. */
TEST(history_aside_never_replaces)
{
	struct history *history;
	char second[112];

	start();
	snprintf(second, sizeof(second), "%s.aside-2", path);
	write_text("first, no database at all, padded to more than one hundred bytes ............."
		   "......................................................");
	stderr_capture();
	history = history_open(path);
	history_close(history);
	stderr_captured();
	write_text("second, neither, also padded to more than one hundred bytes .................."
		   "......................................................");
	stderr_capture();
	history = history_open(path);
	history_close(history);
	CHECK(strstr(stderr_captured(), second));
	CHECK(!access(aside, F_OK) && !access(second, F_OK));
	stop();
}

/* A run of so many samples that they fill pages of their own. */
static json_t *long_run(void)
{
	json_t *run = sample_run();

	for (int i = 0; i < 2000; i++)
		history_sample_add(run, "pair/8B", "other", "real_time", "ns", i, i);
	return run;
}

/* Behind the back of whoever has it open: every page but the first is garbage, and the first one
   says that the file has changed (bytes 24 to 27). */
static void damage_the_rest(void)
{
	int fd = open(path, O_RDWR);
	char garbage[4096], changes[4];
	struct stat status;

	CHECK(fd >= 0 && !fstat(fd, &status) && status.st_size > 4 * 4096);
	memset(garbage, 0x5a, sizeof(garbage));
	for (off_t at = 4096; at < status.st_size; at += 4096)
		CHECK_EQ(pwrite(fd, garbage, sizeof(garbage), at), 4096);
	CHECK_EQ(pread(fd, changes, 4, 24), 4);
	changes[3]++;
	CHECK_EQ(pwrite(fd, changes, 4, 24), 4);
	close(fd);
}

static void check_read_fails(void (*read)(struct history *))
{
	json_t *run = long_run();
	struct history *history;
	const char *words;

	start();
	history = history_open(path);
	CHECK(history && history_add(history, run) == 1 && history_newest(history) == 1);
	damage_the_rest();
	stderr_capture();
	CHECK(!history_has_error(history));
	read(history);
	CHECK(history_has_error(history));
	history_close(history);
	words = stderr_captured();
	CHECK(strstr(words, "damaged: kept as") && strstr(words, aside));
	CHECK_EQ(strchr(words, '\n') - words, (long)strlen(words) - 1);
	CHECK(!access(aside, F_OK) && access(path, F_OK));
	json_decref(run);
	stop();
}

static void read_list(struct history *history)
{
	CHECK(!history_list(history));
}
static void read_one(struct history *history)
{
	CHECK(!history_load(history, 1));
}
static void read_series(struct history *history)
{
	CHECK(!history_series(history, NULL));
}
static void add_one(struct history *history)
{
	json_t *run = long_run();

	CHECK(!history_add(history, run));
	json_decref(run);
}

TEST(history_damaged_in_the_middle_is_reported_and_kept)
{
	check_read_fails(read_list);
	check_read_fails(read_one);
	check_read_fails(read_series);
	check_read_fails(add_one);
}

/* What another process has put aside and made anew is not put aside again. */
TEST(history_aside_takes_the_damaged_one_only)
{
	json_t *run = long_run();
	struct history *history, *other;

	start();
	history = history_open(path);
	CHECK(history && history_add(history, run));
	damage_the_rest();
	stderr_capture();
	CHECK(!history_list(history));
	other = history_open(path); /* sees the damage too, and begins a new one */
	CHECK(other && history_add(other, run) == 1);
	history_close(history);
	CHECK(strstr(stderr_captured(), "somebody has put it aside already"));
	CHECK_EQ(history_newest(other), 1);
	history_close(other);
	CHECK(!access(path, F_OK));
	json_decref(run);
	stop();
}

TEST(history_of_a_newer_lab_is_refused)
{
	make_one();
	execute("PRAGMA user_version=1000");
	stderr_capture();
	CHECK(!history_open(path));
	CHECK(strstr(stderr_captured(), "of a newer lab"));
	CHECK(access(aside, F_OK));
	stop();
}

/* --- from run to run ---------------------------------------------------------------------- */

static void add_time(struct history *history, const char *revision, double ns)
{
	json_t *run = history_run_new("bench");

	json_object_set_new(run, "revision", json_string(revision));
	history_sample_add(run, "pair/8B", "area", "real_time", "ns", 0, ns);
	history_sample_add(run, "pair/8B", "area", "probes/op", "1", 0, 4);
	CHECK(history_add(history, run));
	json_decref(run);
}

static void check_spread(struct history *history, const char *revision, const char *words)
{
	json_t *run = json_pack("{s:s, s:s, s:s, s:s}", "host", "", "compiler", "", "flavour", "",
				"revision", revision);
	json_t *all = history_series(history, "real_time");
	char text[256];

	CHECK_EQ(json_array_size(all), 1);
	bench_spread_words(all, run, text, sizeof(text));
	CHECK(strstr(text, words));
	json_decref(all);
	json_decref(run);
}

/* 100 and 104 are 3.9 % of 102 apart; another revision's 300 has nothing to do with it. */
TEST(history_spread_is_of_one_revision)
{
	struct history *history;

	start();
	history = history_open(path);
	add_time(history, "a", 100);
	check_spread(history, "a", "the first run of this revision");
	add_time(history, "b", 300);
	add_time(history, "a", 104);
	check_spread(history, "a", "last 2 runs of this revision on this host are 3.9 % apart");
	check_spread(history, "a", "5 %: 1 of 1 benchmarks");
	add_time(history, "a", 112);
	check_spread(history, "a", "last 3 runs of this revision on this host are 11.5 % apart");
	check_spread(history, "a", "5 %: 0 of 1 benchmarks");
	history_close(history);
	stop();
}

/* --- several at once ---------------------------------------------------------------------- */

enum { PROCESSES = 8, RUNS_EACH = 20 };

static int add_many(void)
{
	json_t *run = sample_run();

	for (int i = 0; i < RUNS_EACH; i++) {
		struct history *history = history_open(path);

		if (!history || !history_add(history, run))
			return 1;
		history_close(history);
	}
	json_decref(run);
	return 0;
}

static bool all_end_well(void)
{
	bool ok = true;
	int status;

	while (wait(&status) > 0)
		ok = ok && WIFEXITED(status) && !WEXITSTATUS(status);
	return ok;
}

/* All begin with a damaged file: one puts it aside, none what another has made. */
TEST(history_takes_many_at_once)
{
	struct history *history;
	json_t *list;
	char second[112];

	start();
	snprintf(second, sizeof(second), "%s.aside-2", path);
	write_text("no database at all, padded to more than one hundred bytes, to be looked at ..."
		   "......................................................");
	stderr_capture();
	for (int i = 0; i < PROCESSES; i++) {
		if (!fork())
			_exit(add_many());
	}
	CHECK(all_end_well());
	stderr_captured();
	history = history_open(path);
	CHECK(history);
	list = history_list(history);
	CHECK_EQ(json_array_size(list), PROCESSES * RUNS_EACH);
	for (size_t i = 0; i < json_array_size(list); i++)
		CHECK_EQ(json_integer_value(json_object_get(json_array_get(list, i), "nr_samples")),
			 4);
	CHECK(!access(aside, F_OK) && access(second, F_OK));
	history_close(history);
	json_decref(list);
	stop();
}

/* --- formats ------------------------------------------------------------------------------ */

static char *print(const struct history_format *format, const json_t *runs, size_t *bytes)
{
	char *text;
	FILE *to = open_memstream(&text, bytes);

	CHECK(to && format->print(to, runs) && !fclose(to));
	return text;
}

/* Out and in again. */
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
	json_t *run = sample_run(), *back = through("csv", run);

	CHECK_EQ(json_array_size(back), 1);
	check_same_run(json_array_get(back, 0), run);
	json_decref(back);
	json_decref(run);
}

TEST(history_openmetrics_is_exact)
{
	json_t *run = sample_run(), *runs = json_pack("[O]", run);
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
		"flavour=\"two\\nlines\",source=\"bench\"} 1\n"
		"# TYPE pcpu_bench gauge\n"
		"# HELP pcpu_bench What was measured: metric, in unit.\n"
		"pcpu_bench{workload=\"pair/8B\",engine=\"area\",metric=\"real_time\",unit=\"ns\","
		"repetition=\"0\"} 98.625\n"
		"pcpu_bench{workload=\"pair/8B\",engine=\"area\",metric=\"real_time\",unit=\"ns\","
		"repetition=\"1\"} 99.125\n"
		"pcpu_bench{workload=\"pair/8B\",engine=\"area\",metric=\"probes/op\",unit=\"1\","
		"repetition=\"0\"} 4\n"
		"pcpu_bench{workload=\"access/add\",engine=\"-\",metric=\"real_time\",unit=\"ns\","
		"repetition=\"0\"} 0.375\n"
		"# EOF\n");
	free(text);
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
	json_t *run = sample_run(), *back = through("google", run), *got = json_array_get(back, 0);

	check_same(got, run, "revision");
	check_same(got, run, "time");
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
	json_t *run = sample_run(), *runs = json_pack("[O]", run), *all;
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

TEST(history_csv_holds_many_runs)
{
	json_t *run = sample_run(), *runs = json_pack("[OO]", run, run), *back;
	size_t bytes;
	char *text = print(&history_csv, runs, &bytes);

	back = history_csv.parse("text", text, bytes);
	CHECK(back);
	CHECK_EQ(json_array_size(back), 2);
	check_same_run(json_array_get(back, 1), run);
	json_decref(back);
	json_decref(runs);
	json_decref(run);
	free(text);
}

static void refuse(const struct history_format *format, const char *text, const char *words)
{
	start();
	stderr_capture();
	CHECK(!format->parse("FILE", text, strlen(text)));
	CHECK(strstr(stderr_captured(), words));
	stop();
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

/* The entry's line: each is one of its own, the first is 4. */
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

/* In error, skipped, never gone round: none of them took 0 ns. Versions that number no repetition
   have them in order. */
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

/* --- identity -------------------------------------------------------------------------------- */

static void check_once(struct history *history, const json_t *run, int64_t id, bool added)
{
	bool was;

	CHECK_EQ(history_add_once(history, run, &was), id);
	CHECK_EQ(was, added);
	CHECK(!history_has_error(history));
}

/* What differs in a word or a value is another run; in fewer samples, in the source, in the 13th
   digit it is not. */
TEST(history_counts_a_run_once)
{
	static const char *const words[] = {"time", "revision", "host", "compiler", "flavour"};
	json_t *run = sample_run(), *other;
	struct history *history;
	int64_t nr = 1;

	start();
	history = history_open(path);
	check_once(history, run, 1, true);
	check_once(history, run, 1, false);
	json_object_set_new(run, "source", json_string("csv"));
	json_array_remove(json_object_get(run, "samples"), 2);
	check_once(history, run, 1, false);
	for (size_t i = 0; i < 5; i++) {
		other = json_deep_copy(run);
		json_object_set_new(other, words[i], json_string("another"));
		check_once(history, other, ++nr, true);
		check_once(history, other, nr, false);
		json_decref(other);
	}
	other = json_deep_copy(run);
	json_object_set_new(other, "dirty", json_false());
	check_once(history, other, ++nr, true);
	json_decref(other);
	json_object_set_new(json_array_get(json_object_get(run, "samples"), 0), "value",
			    json_real(98.6250000000001));
	check_once(history, run, 1, false);
	json_object_set_new(json_array_get(json_object_get(run, "samples"), 0), "value",
			    json_real(98.62501));
	check_once(history, run, ++nr, true);
	CHECK_EQ(history_newest(history), nr);
	history_close(history);
	json_decref(run);
	stop();
}
