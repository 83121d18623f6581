/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_history_aside.c - a file that is damaged or not a history is put aside. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_sql.h"
#include "bench/test/history_fixture.h"

static void execute(const char *text)
{
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(test_path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void check_aside(const char *word)
{
	struct history *history;
	struct stat before, after;
	const char *output;

	CHECK(!stat(test_path, &before));
	stderr_capture();
	history = history_open(test_path);
	output = stderr_captured();
	CHECK(history && !history_newest(history));
	history_close(history);
	CHECK(strstr(output, word) && strstr(output, test_aside));
	CHECK(!stat(test_aside, &after));
	CHECK_EQ(after.st_ino, before.st_ino);
	CHECK_EQ(after.st_size, before.st_size);
}

static void make_one(void)
{
	struct history *history;
	json_t *run = history_sample_run();

	history_folder_make();
	history = history_open(test_path);
	CHECK(history && history_add(history, run) == 1);
	history_close(history);
	json_decref(run);
}

TEST(history_of_an_older_lab_is_kept_aside)
{
	make_one();
	execute("PRAGMA user_version=0");
	check_aside("of an older lab");
	history_folder_remove();
}

TEST(history_that_is_text_is_kept_aside)
{
	history_folder_make();
	history_write_text(
		"this is no database, and longer than the header of one would be, to be sure\n"
		"that it is looked at: one hundred bytes are the header's length in any case\n");
	check_aside("damaged");
	history_folder_remove();
}

/* Pages behind the first are overwritten: the header is still valid. */
TEST(history_with_broken_pages_is_kept_aside)
{
	char noise[4096];
	int fd;

	make_one();
	memset(noise, 0xa5, sizeof(noise));
	fd = open(test_path, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, noise, sizeof(noise), 4096) == sizeof(noise));
	CHECK(pwrite(fd, noise, sizeof(noise), 8192) == sizeof(noise));
	close(fd);
	check_aside("damaged");
	history_folder_remove();
}

TEST(history_of_others_is_kept_aside)
{
	history_folder_make();
	execute("CREATE TABLE recipes (cake TEXT)");
	check_aside("of another program");
	history_folder_remove();
}

/* An existing name is not used again. */
TEST(history_aside_never_replaces)
{
	struct history *history;
	char second[272];

	history_folder_make();
	snprintf(second, sizeof(second), "%s.aside-2", test_path);
	history_write_text(
		"first, no database at all, padded to more than one hundred bytes ............."
		"......................................................");
	stderr_capture();
	history = history_open(test_path);
	history_close(history);
	stderr_captured();
	history_write_text(
		"second, neither, also padded to more than one hundred bytes .................."
		"......................................................");
	stderr_capture();
	history = history_open(test_path);
	history_close(history);
	CHECK(strstr(stderr_captured(), second));
	CHECK(!access(test_aside, F_OK) && !access(second, F_OK));
	history_folder_remove();
}

/* A run with so many samples that they fill several pages. */
static json_t *long_run(void)
{
	json_t *run = history_sample_run();

	for (int i = 0; i < 2000; i++)
		history_sample_add(run, "pair/8B", "other", "real_time", "ns", i, i);
	return run;
}

/* Damages a file that is open: every page but the first becomes garbage, and the first one states
   that the file has changed (bytes 24 to 27). */
static void damage_the_rest(void)
{
	int fd = open(test_path, O_RDWR);
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

	history_folder_make();
	history = history_open(test_path);
	CHECK(history && history_add(history, run) == 1 && history_newest(history) == 1);
	damage_the_rest();
	stderr_capture();
	CHECK(!history_has_error(history));
	read(history);
	CHECK(history_has_error(history));
	history_close(history);
	words = stderr_captured();
	CHECK(strstr(words, "damaged: kept as") && strstr(words, test_aside));
	CHECK_EQ(strchr(words, '\n') - words, (long)strlen(words) - 1);
	CHECK(!access(test_aside, F_OK) && access(test_path, F_OK));
	json_decref(run);
	history_folder_remove();
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

/* Damage outdoes an error that came before it: the file is still put aside. */
TEST(history_damaged_after_another_error_is_kept_too)
{
	json_t *run = long_run();
	struct history *history;

	history_folder_make();
	history = history_open(test_path);
	CHECK(history && history_add(history, run) == 1);
	stderr_capture();
	CHECK(!sql_execute(history_sql(history), "SELECT nothing FROM nowhere"));
	CHECK(history_has_error(history) && !history_lost(history));
	damage_the_rest();
	CHECK(!history_list(history));
	CHECK(history_lost(history));
	history_close(history);
	CHECK(strstr(stderr_captured(), "damaged: kept as"));
	CHECK(!access(test_aside, F_OK) && access(test_path, F_OK));
	json_decref(run);
	history_folder_remove();
}

/* A new file that replaced the damaged one is not put aside. */
TEST(history_aside_takes_the_damaged_one_only)
{
	json_t *run = long_run();
	struct history *history, *other;

	history_folder_make();
	history = history_open(test_path);
	CHECK(history && history_add(history, run));
	damage_the_rest();
	stderr_capture();
	CHECK(!history_list(history));
	other = history_open(test_path); /* detects the damage too, and creates a new file */
	CHECK(other && history_add(other, run) == 1);
	history_close(history);
	CHECK(strstr(stderr_captured(), "somebody has put it aside already"));
	CHECK_EQ(history_newest(other), 1);
	history_close(other);
	CHECK(!access(test_path, F_OK));
	json_decref(run);
	history_folder_remove();
}

TEST(history_of_a_newer_lab_is_refused)
{
	make_one();
	execute("PRAGMA user_version=1000");
	stderr_capture();
	CHECK(!history_open(test_path));
	CHECK(strstr(stderr_captured(), "of a newer lab"));
	CHECK(access(test_aside, F_OK));
	history_folder_remove();
}
