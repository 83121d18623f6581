/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_history_schema.c - a history of version 1 becomes one of this version: in place, whole or
 * not at all, with every run that it had.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_sql.h"
#include "bench/test/history_fixture.h"

/* As the lab of version 1 made it, but for the run in it. */
static const char version_1[] =
	"BEGIN;"
	"CREATE TABLE run (id INTEGER PRIMARY KEY, time TEXT NOT NULL, revision TEXT NOT NULL,"
	" dirty INTEGER NOT NULL, host TEXT NOT NULL, compiler TEXT NOT NULL,"
	" flavour TEXT NOT NULL, source TEXT NOT NULL, context TEXT NOT NULL);"
	"CREATE TABLE series (id INTEGER PRIMARY KEY, workload TEXT NOT NULL,"
	" engine TEXT NOT NULL, metric TEXT NOT NULL, unit TEXT NOT NULL,"
	" UNIQUE (workload, engine, metric, unit));"
	"CREATE TABLE sample (run INTEGER NOT NULL REFERENCES run, series INTEGER NOT NULL"
	" REFERENCES series, repetition INTEGER NOT NULL, value REAL NOT NULL,"
	" PRIMARY KEY (run, series, repetition)) WITHOUT ROWID;"
	"INSERT INTO run VALUES (7, '2026-01-31T12:00:00Z', 'abc', 1, 'here', 'gcc', 'release',"
	" 'bench', '{\"engines\":\"area\"}');"
	"INSERT INTO series VALUES (3, 'pair/8B', 'area', 'probes/op', '1');"
	"INSERT INTO sample VALUES (7, 3, 0, 4.25);"
	"PRAGMA application_id=1885565026; PRAGMA user_version=1; COMMIT;";

static void execute(const char *text)
{
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(test_path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int query(const char *text)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int number;

	CHECK_EQ(sqlite3_open(test_path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

static int nr_alert_tables(void)
{
	return query("SELECT count(*) FROM sqlite_master WHERE name = 'alert'");
}

static void make_version_1(void)
{
	unlink(test_path);
	execute(version_1);
}

static void check_content(struct history *history)
{
	json_t *run;
	const json_t *sample;

	CHECK(history);
	run = history_load(history, 7);
	sample = json_array_get(json_object_get(run, "samples"), 0);
	CHECK_STR(history_text(run, "revision"), "abc");
	CHECK_STR(history_text(json_object_get(run, "context"), "engines"), "area");
	CHECK_STR(history_text(sample, "metric"), "probes/op");
	CHECK(json_number_value(json_object_get(sample, "value")) == 4.25);
	CHECK_EQ(history_newest(history), 7);
	json_decref(run);
	CHECK_EQ(sql_number(history_sql(history), "SELECT count(*) FROM alert"), 0);
	CHECK(!history_has_error(history));
	CHECK(!history_lost(history));
	history_close(history);
}

static void check_migrated(void)
{
	check_content(history_open(test_path));
	CHECK_EQ(query("PRAGMA user_version"), HISTORY_VERSION);
	CHECK_EQ(query("PRAGMA application_id"), HISTORY_APPLICATION);
	CHECK_EQ(nr_alert_tables(), 1);
	CHECK(access(test_aside, F_OK));
}

TEST(history_of_version_1_is_migrated_in_place)
{
	struct stat before, after;

	history_folder_make();
	make_version_1();
	CHECK(!stat(test_path, &before));
	stderr_capture();
	check_migrated();
	check_migrated();
	CHECK_STR(stderr_captured(), "");
	CHECK(!stat(test_path, &after));
	CHECK_EQ(after.st_ino, before.st_ino);
	make_version_1();
	check_content(history_open_to_read(test_path));
	CHECK_EQ(query("PRAGMA user_version"), HISTORY_VERSION);
	history_folder_remove();
}

/* Counts of the front that an older lab had as a workload of no engine: with a series of the name
   that they have now, and without one. */
TEST(fronts_of_no_engine_get_their_name)
{
	history_folder_make();
	make_version_1();
	execute("INSERT INTO series VALUES (4, 'pair/8B/front', '-', 'probes/op', '1'),"
		" (5, 'pair/8B', 'front', 'probes/op', '1'), (6, 'setup', '-', 'probes/op', '1'),"
		" (8, 'churn/front', '-', 'probes/op', '1'), (9, '/front', '-', 'probes/op', '1');"
		"INSERT INTO run SELECT 8, '2026-02-01T12:00:00Z', 'def', dirty, host, compiler,"
		" flavour, source, context FROM run;"
		"INSERT INTO sample VALUES (7, 4, 0, 1), (8, 5, 0, 2), (7, 6, 0, 3), (7, 8, 0, 4)");
	history_close(history_open(test_path));
	CHECK_EQ(query("SELECT count(*) FROM series WHERE engine = '-'"), 2);
	CHECK_EQ(query("SELECT count(*) FROM series WHERE workload LIKE '%_/front'"), 0);
	CHECK_EQ(query("SELECT count(*) FROM sample WHERE series = 5"), 2);
	CHECK_EQ(query("SELECT value FROM sample JOIN series ON id = series WHERE engine = 'front'"
		       " AND workload = 'churn'"),
		 4);
	CHECK_EQ(query("SELECT count(*) FROM sample"), 5);
	history_folder_remove();
}

TEST(history_takes_alerts)
{
	struct history *history;
	struct sql_statement *alert;
	struct sql *sql;

	history_folder_make();
	history = history_open(test_path);
	CHECK(history);
	sql = history_sql(history);
	CHECK(sql_begin(sql));
	alert = sql_prepare(sql, "INSERT INTO alert (series, host, compiler, flavour,"
				 " before_revision, revision, run, before, after, state, text,"
				 " opened, changed) VALUES (1, 'h', 'c', 'f', 'a', 'b', 2, $1, $2,"
				 " $3, '', 'now', 'now') RETURNING id");
	sql_bind_real(alert, 1, 100);
	sql_bind_real(alert, 2, 0.1);
	sql_bind_text(alert, 3, "new");
	CHECK(sql_next(alert));
	CHECK_EQ(sql_integer(alert, 0), 1);
	CHECK(!sql_next(alert));
	sql_finish(alert);
	CHECK(sql_commit(sql));
	alert = sql_prepare(sql, "SELECT before, after, state, run FROM alert");
	CHECK(sql_next(alert));
	CHECK(sql_real(alert, 0) == 100 && sql_real(alert, 1) == 0.1);
	CHECK_STR(sql_text(alert, 2), "new");
	CHECK_EQ(sql_integer(alert, 3), 2);
	sql_finish(alert);
	CHECK(!history_has_error(history));
	stderr_capture();
	CHECK(!sql_execute(sql, "UPDATE alert SET state = 'forgotten'"));
	CHECK(strstr(stderr_captured(), "cannot be used: "));
	history_close(history);
	history_folder_remove();
}

/* A column is missing: that is damage, before a migration as behind it. */
TEST(history_of_version_1_without_a_column_is_kept_aside)
{
	struct history *history;

	history_folder_make();
	make_version_1();
	execute("ALTER TABLE run DROP COLUMN source");
	stderr_capture();
	history = history_open(test_path);
	CHECK(strstr(stderr_captured(), "damaged: kept as"));
	CHECK(history && history_lost(history));
	history_close(history);
	CHECK_EQ(nr_alert_tables(), 1);
	execute("ALTER TABLE alert DROP COLUMN opened");
	CHECK(!unlink(test_aside));
	stderr_capture();
	history_close(history_open(test_path));
	CHECK(strstr(stderr_captured(), "damaged: kept as"));
	history_folder_remove();
}

/* --- killed in the middle ----------------------------------------------------------------- */

/* Calls of the file system until this process kills itself; 0: it does not. */
static int nr_until_kill;
static sqlite3_io_methods killing;
static const sqlite3_io_methods *usual;
static int (*usual_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static int (*usual_delete)(sqlite3_vfs *, const char *, int);

static void count_down(void)
{
	if (nr_until_kill && !--nr_until_kill)
		raise(SIGKILL);
}

static int killing_write(sqlite3_file *file, const void *bytes, int nr, sqlite3_int64 at)
{
	count_down();
	return usual->xWrite(file, bytes, nr, at);
}

static int killing_sync(sqlite3_file *file, int flags)
{
	count_down();
	return usual->xSync(file, flags);
}

static int killing_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	count_down();
	return usual->xTruncate(file, size);
}

static int killing_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	count_down();
	return usual_delete(vfs, name, sync);
}

static int killing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
	int status = usual_open(vfs, name, file, flags, got);

	if (status != SQLITE_OK || !file->pMethods)
		return status;
	usual = file->pMethods;
	killing = *usual;
	killing.xWrite = killing_write;
	killing.xSync = killing_sync;
	killing.xTruncate = killing_truncate;
	file->pMethods = &killing;
	return status;
}

/* Every file that this process opens from here on counts its writes. */
static void count_writes(int nr)
{
	static sqlite3_vfs vfs;

	vfs = *sqlite3_vfs_find(NULL);
	usual_open = vfs.xOpen;
	usual_delete = vfs.xDelete;
	vfs.xOpen = killing_open;
	vfs.xDelete = killing_delete;
	vfs.zName = "killing";
	sqlite3_vfs_register(&vfs, 1);
	nr_until_kill = nr;
}

/* Returns whether a process that opens the history was killed at its nr-th write. */
static bool open_and_kill(int nr)
{
	pid_t child = fork();
	int status;

	if (!child) {
		count_writes(nr);
		history_close(history_open(test_path));
		_exit(nr_until_kill ? 0 : 1);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : !WEXITSTATUS(status));
	return WIFSIGNALED(status);
}

TEST(history_migration_is_whole_or_not_at_all)
{
	int nr = 1, nr_old = 0;

	history_folder_make();
	for (;; nr++) {
		make_version_1();
		if (!open_and_kill(nr))
			break;
		CHECK_EQ(query("PRAGMA user_version"), nr_alert_tables() ? HISTORY_VERSION : 1);
		nr_old += !nr_alert_tables();
		check_migrated();
	}
	CHECK(nr > 5 && nr_old > 3); /* journal, its sync, pages, their sync, the journal's end */
	history_folder_remove();
}

/* --- several at once ---------------------------------------------------------------------- */

TEST(history_is_migrated_once)
{
	int status;

	history_folder_make();
	make_version_1();
	for (int i = 0; i < 4; i++) {
		if (!fork()) {
			struct history *history = history_open(test_path);
			bool ok = history && history_newest(history) == 7 && !history_lost(history);

			history_close(history);
			_exit(!ok);
		}
	}
	while (wait(&status) > 0)
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	check_migrated();
	history_folder_remove();
}

/* A file that may be read alone is not migrated; it has no alerts. Root may write any. */
TEST(history_of_version_1_is_read_where_nothing_can_be_written)
{
	char folder[256];
	int status;

	history_folder_make();
	make_version_1();
	snprintf(folder, sizeof(folder), "%s", test_path);
	*strrchr(folder, '/') = '\0';
	CHECK(!chmod(test_path, 0444));
	CHECK(!chmod(folder, 0555));
	if (!fork()) {
		if (!getuid() && setuid(65534))
			_exit(1);
		check_content(history_open_to_read(test_path));
		_exit(0);
	}
	wait(&status);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	CHECK(!chmod(folder, 0755));
	if (!fork()) {
		if (!getuid() && (chown(folder, 65534, -1) || setuid(65534)))
			_exit(1);
		check_content(history_open_to_read(test_path));
		_exit(0);
	}
	wait(&status);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	CHECK_EQ(query("PRAGMA user_version"), 1);
	history_folder_remove();
}
