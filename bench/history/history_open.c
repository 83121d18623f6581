/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_open.c - opens a history; a file that is not a history of this version is put aside.
 *
 *	absent, empty			-> tables are made
 *	ours, this version		-> opened
 *	damaged, older, not ours	-> renamed to PATH.aside-N, named; a new one is made
 *	ours, newer			-> refused and left in place for the newer lab
 *	unreadable, busy for a minute	-> refused: its contents are unknown
 *	where nothing may be written	-> read, if it is ours; absent: an empty one in memory
 *
 * Damage that the check at open misses is found by a later query, which calls history_put_aside().
 *
 * Two processes at once: check and rename happen under a lock (PATH.lock, which exists only
 * meanwhile), so that the second does not put aside what the first has just made.
 */
#include "bench/history/history_open.h"
#include "harness/cli/cmd.h"
#include "bench/history/history.h"
#include "bench/history/history_wait.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ASIDE = 10000 };

static const char tables[] =
	"CREATE TABLE run (id INTEGER PRIMARY KEY, time TEXT NOT NULL, revision TEXT NOT NULL,"
	" dirty INTEGER NOT NULL, host TEXT NOT NULL, compiler TEXT NOT NULL,"
	" flavour TEXT NOT NULL, source TEXT NOT NULL, context TEXT NOT NULL);"
	"CREATE TABLE series (id INTEGER PRIMARY KEY, workload TEXT NOT NULL,"
	" engine TEXT NOT NULL, metric TEXT NOT NULL, unit TEXT NOT NULL,"
	" UNIQUE (workload, engine, metric, unit));"
	"CREATE TABLE sample (run INTEGER NOT NULL REFERENCES run, series INTEGER NOT NULL"
	" REFERENCES series, repetition INTEGER NOT NULL, value REAL NOT NULL,"
	" PRIMARY KEY (run, series, repetition)) WITHOUT ROWID;";

/* A statement that uses every column; preparing it fails when one is missing. */
static const char shape[] =
	"SELECT run.time, run.revision, run.dirty, run.host, run.compiler, run.flavour,"
	" run.source, run.context, series.workload, series.engine, series.metric, series.unit,"
	" sample.repetition, sample.value FROM run, series, sample LIMIT 0";

enum state {
	GOOD,
	FRESH,	 /* nothing in it */
	DAMAGED, /* not SQLite, or broken inside */
	FOREIGN,
	OLDER,
	NEWER,
	UNKNOWN, /* it could not be read */
};

static const char *const words[] = {
	[DAMAGED] = "damaged",
	[FOREIGN] = "of another program",
	[OLDER] = "of an older lab",
	[NEWER] = "of a newer lab",
};

/* Returns the first column of the first row as a number; *status is SQLite's. */
static int64_t query_number(sqlite3 *db, const char *question, int *status)
{
	sqlite3_stmt *statement = NULL;
	int64_t answer = 0;

	*status = sqlite3_prepare_v2(db, question, -1, &statement, NULL);
	if (*status == SQLITE_OK) {
		*status = sqlite3_step(statement);
		if (*status == SQLITE_ROW)
			answer = sqlite3_column_int64(statement, 0);
	}
	sqlite3_finalize(statement);
	return answer;
}

bool history_is_damage(int status)
{
	return (status & 0xff) == SQLITE_CORRUPT || (status & 0xff) == SQLITE_NOTADB;
}

/* The row of quick_check is "ok", or describes the first damage. */
static enum state check_pages(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	int status = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
	enum state state = UNKNOWN;

	if (status == SQLITE_OK)
		status = sqlite3_step(statement);
	if (status == SQLITE_ROW)
		state = !strcmp((const char *)sqlite3_column_text(statement, 0), "ok") ? GOOD :
											 DAMAGED;
	else if (history_is_damage(status))
		state = DAMAGED;
	sqlite3_finalize(statement);
	return state;
}

static enum state check_version(sqlite3 *db)
{
	int status;
	int64_t application = query_number(db, "PRAGMA application_id", &status);
	int64_t version = query_number(db, "PRAGMA user_version", &status);
	int64_t nr_tables = query_number(db, "SELECT count(*) FROM sqlite_master", &status);

	if (status != SQLITE_ROW)
		return history_is_damage(status) ? DAMAGED : UNKNOWN;
	if (!application && !version && !nr_tables)
		return FRESH;
	if (application != HISTORY_APPLICATION)
		return FOREIGN;
	if (version != HISTORY_VERSION)
		return version < HISTORY_VERSION ? OLDER : NEWER;
	query_number(db, shape, &status);
	return status == SQLITE_DONE ? GOOD : DAMAGED;
}

static enum state history_inspect(sqlite3 *db)
{
	enum state state = check_pages(db);

	return state == GOOD ? check_version(db) : state;
}

static bool make_tables(sqlite3 *db)
{
	char *all;
	bool ok;

	all = g_strdup_printf("BEGIN IMMEDIATE;%s PRAGMA application_id=%d; PRAGMA user_version=%d;"
			      "COMMIT;",
			      tables, HISTORY_APPLICATION, HISTORY_VERSION);
	ok = sqlite3_exec(db, all, NULL, NULL, NULL) == SQLITE_OK;
	free(all);
	return ok;
}

/* The rollback journal must move with its file, or SQLite would replay it into the new one. */
static void keep_journal(const char *path, const char *aside)
{
	char *from, *to;

	from = g_strdup_printf("%s-journal", path);
	to = g_strdup_printf("%s-journal", aside);
	rename(from, to);
	free(from);
	free(to);
}

/* Renames to the first free name. link() refuses to replace, rename() does not. */
static bool keep_aside(const char *path, enum state state)
{
	char *aside = NULL;
	bool ok = false;

	for (unsigned i = 1; !ok && i <= MAX_ASIDE; i++) {
		free(aside);
		aside = g_strdup_printf("%s.aside-%u", path, i);
		ok = !link(path, aside);
		if (!ok && errno != EEXIST)
			break;
	}
	if (ok) {
		keep_journal(path, aside);
		ok = !unlink(path);
	}
	if (ok)
		fprintf(stderr, "%s: %s: kept as %s, a new history begins\n", path, words[state],
			aside);
	else
		fprintf(stderr, "%s: %s, and cannot be kept aside: %s\n", path, words[state],
			strerror(errno));
	free(aside);
	return ok;
}

void history_cannot(const char *path, sqlite3 *db)
{
	int error = sqlite3_system_errno(db);
	char why[256];

	snprintf(why, sizeof(why), "%s%s%s", sqlite3_errmsg(db), error ? ": " : "",
		 error ? strerror(error) : "");
	error_file(path, "used", why);
}

static sqlite3 *open_file(const char *path, int flags)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK) {
		history_wait_for(db);
		return db;
	}
	error_file(path, "opened", sqlite3_errmsg(db));
	sqlite3_close(db);
	return NULL;
}

static sqlite3 *open_checked(const char *path, bool *aside)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		sqlite3 *db = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
		enum state state = db ? history_inspect(db) : UNKNOWN;

		if (!db || state == GOOD || (state == FRESH && make_tables(db)))
			return db;
		if (state == UNKNOWN || state == FRESH)
			history_cannot(path, db);
		else if (state == NEWER)
			fprintf(stderr, "%s:1: a history of this lab; it is %s\n", path,
				words[state]);
		sqlite3_close(db);
		if (state == UNKNOWN || state == FRESH || state == NEWER ||
		    !keep_aside(path, state))
			return NULL;
		*aside = true;
	}
	return NULL;
}

/* Opens a history in a place where it can be neither renamed nor created. */
static sqlite3 *open_unwritable(const char *path)
{
	bool there = !access(path, F_OK);
	sqlite3 *db = there ? open_file(path, SQLITE_OPEN_READONLY) :
			      open_file(":memory:", SQLITE_OPEN_READWRITE);
	enum state state = db ? history_inspect(db) : UNKNOWN;

	if (!db || state == GOOD || (!there && make_tables(db)))
		return db;
	if (state == UNKNOWN)
		history_cannot(path, db);
	else
		fprintf(stderr, "%s:1: a history of this lab; it is %s\n", path,
			state == FRESH ? "empty" : words[state]);
	sqlite3_close(db);
	return NULL;
}

/* SQLite's header: the magic text, and at 68 the application's number, big-endian. */
bool history_may_take(const char *path)
{
	static const uint8_t number[] = {
		HISTORY_APPLICATION >> 24, HISTORY_APPLICATION >> 16 & 0xff,
		HISTORY_APPLICATION >> 8 & 0xff, HISTORY_APPLICATION & 0xff};
	char head[72] = {0};
	FILE *file = fopen(path, "re");
	size_t nr = file ? fread(head, 1, sizeof(head), file) : 0;
	bool ours = !strcmp(head, "SQLite format 3") && !memcmp(head + 68, number, sizeof(number));

	if (file)
		fclose(file);
	if (ours || !nr)
		return true;
	cmd_bad_input(path, 1, "a history of `lab bench`");
	return false;
}

static void set_identity(struct history_file *file, const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return;
	file->device = status.st_dev;
	file->inode = status.st_ino;
}

/* Where a lock file cannot be made, nothing can be written either. */
static bool is_unwritable(int error)
{
	return error == EROFS || error == EACCES || error == EPERM || error == ENOENT;
}

sqlite3 *history_database(const char *path, bool to_read, struct history_file *file)
{
	bool there = !access(path, F_OK);
	int lock = history_wait_is_known() ? history_lock(path) : -2;
	sqlite3 *db;

	*file = (struct history_file){0};
	if (lock == -1 && to_read && is_unwritable(errno))
		return open_unwritable(path);
	if (lock == -1)
		error_file(path, "locked", strerror(errno));
	if (lock < 0)
		return NULL;
	db = open_checked(path, &file->aside);
	if (!db && !there)
		unlink(path);
	file->is_new = db && !there;
	set_identity(file, path);
	history_unlock(path, lock);
	return db;
}

void history_put_aside(const char *path, const struct history_file *file)
{
	int lock = history_lock(path);
	struct history_file now = {0};

	if (lock < 0) {
		fprintf(stderr, "%s:1: it is %s\n", path, words[DAMAGED]);
		return;
	}
	set_identity(&now, path);
	if (now.device == file->device && now.inode == file->inode)
		keep_aside(path, DAMAGED);
	else
		fprintf(stderr, "%s:1: it was %s; somebody has put it aside already\n", path,
			words[DAMAGED]);
	history_unlock(path, lock);
}
