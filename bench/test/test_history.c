/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_history.c - stored runs: complete, counted once, added by several programs at once;
   spread. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "bench/history/bench_spread.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/test/history_fixture.h"

TEST(history_gives_back_what_it_got)
{
	struct history *history;
	json_t *run = history_sample_run(), *got, *list;

	history_folder_make();
	history = history_open(test_path);
	CHECK(history);
	CHECK_EQ(history_newest(history), 0);
	CHECK_EQ(history_add(history, run), 1);
	CHECK_EQ(history_add(history, run), 2);
	history_close(history);
	history = history_open(test_path);
	CHECK(history);
	CHECK_EQ(history_newest(history), 2);
	got = history_load(history, 2);
	CHECK(got && !history_load(history, 3));
	history_check_same_run(got, run);
	CHECK_STR(history_text(json_object_get(got, "context"), "engines"), "area");
	list = history_list(history);
	CHECK_EQ(json_array_size(list), 2);
	CHECK_EQ(json_integer_value(json_object_get(json_array_get(list, 0), "nr_samples")), 4);
	history_close(history);
	json_decref(list);
	json_decref(got);
	json_decref(run);
	history_folder_remove();
}

/* A duplicate sample violates the table's key: no part of that run may remain. */
TEST(history_keeps_a_run_whole_or_not)
{
	struct history *history;
	json_t *run = history_sample_run();

	history_folder_make();
	history = history_open(test_path);
	CHECK(history);
	history_sample_add(run, "pair/8B", "area", "probes/op", "1", 0, 5);
	stderr_capture();
	CHECK_EQ(history_add(history, run), 0);
	CHECK(strstr(stderr_captured(), "cannot be used: "));
	CHECK_EQ(history_newest(history), 0);
	history_close(history);
	json_decref(run);
	history_folder_remove();
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

/* 100 and 104 are 3.9 % of 102 apart; another revision's 300 does not count. */
TEST(history_spread_is_of_one_revision)
{
	struct history *history;

	history_folder_make();
	history = history_open(test_path);
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
	history_folder_remove();
}

/* --- several at once ---------------------------------------------------------------------- */

enum { PROCESSES = 8, RUNS_EACH = 20 };

/* A server starts a process for each connection: some are enough. */
static int nr_each(void)
{
	return history_test_server() ? RUNS_EACH / 5 : RUNS_EACH;
}

static int add_many(void)
{
	json_t *run = history_sample_run();

	for (int i = 0; i < nr_each(); i++) {
		struct history *history = history_open(test_path);

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

/* All start with a damaged file: exactly one process puts it aside, and none a new one. All start
   with an empty server: one makes its tables. */
TEST(history_takes_many_at_once)
{
	struct history *history;
	json_t *list;
	char second[272];
	bool on_server = history_test_server() != NULL;

	history_folder_make();
	snprintf(second, sizeof(second), "%s.aside-2", test_path);
	if (!on_server)
		history_write_text("no database at all, padded to more than one hundred bytes, "
				   "to be looked at .............................................");
	stderr_capture();
	for (int i = 0; i < PROCESSES; i++) {
		if (!fork())
			_exit(add_many());
	}
	CHECK(all_end_well());
	stderr_captured();
	history = history_open(test_path);
	CHECK(history);
	list = history_list(history);
	CHECK_EQ(json_array_size(list), PROCESSES * nr_each());
	for (size_t i = 0; i < json_array_size(list); i++)
		CHECK_EQ(json_integer_value(json_object_get(json_array_get(list, i), "nr_samples")),
			 4);
	CHECK(on_server || (!access(test_aside, F_OK) && access(second, F_OK)));
	history_close(history);
	json_decref(list);
	history_folder_remove();
}

/* --- identity -------------------------------------------------------------------------------- */

static void check_once(struct history *history, const json_t *run, int64_t id, bool added)
{
	bool was;

	CHECK_EQ(history_add_once(history, run, &was), id);
	CHECK_EQ(was, added);
	CHECK(!history_has_error(history));
}

/* A run that differs in a text or a value is another run; one with fewer samples, another source or
   another 13th digit is the same. */
TEST(history_counts_a_run_once)
{
	static const char *const words[] = {"time", "revision", "host", "compiler", "flavour"};
	json_t *run = history_sample_run(), *other;
	struct history *history;
	int64_t nr = 1;

	history_folder_make();
	history = history_open(test_path);
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
	history_folder_remove();
}
