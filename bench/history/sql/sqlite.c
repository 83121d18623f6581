/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* sqlite.c - a file of SQLite behind history_sql.h. */
#include "bench/history/history_wait.h"
#include "bench/history/sql/driver.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SQLite's busy handler counts its calls for one lock from 0. */
static int sqlite_on_busy(void *db, int nr_calls)
{
	static struct history_waiting waiting;

	if (!nr_calls)
		waiting = history_waiting_start(sqlite3_db_filename(db, "main"));
	return history_wait_more(&waiting);
}

static void sqlite_close_file(void *connection)
{
	sqlite3_close(connection);
}

static bool sqlite_execute(struct sql *sql, const char *text)
{
	return sqlite3_exec(sql->connection, text, NULL, NULL, NULL) == SQLITE_OK;
}

static bool sqlite_begin(struct sql *sql)
{
	return sqlite_execute(sql, "BEGIN IMMEDIATE");
}

/* SQLite has one code for all that is wrong with a text; our texts are right but for tables. */
static enum sql_fault sqlite_fault(void *connection)
{
	int status = sqlite3_errcode(connection) & 0xff;

	if (status == SQLITE_CORRUPT || status == SQLITE_NOTADB)
		return SQL_DAMAGED;
	return status == SQLITE_ERROR ? SQL_MISSING : SQL_FAILED;
}

static char *sqlite_words(void *connection)
{
	int error = sqlite3_system_errno(connection);

	return g_strdup_printf("%s%s%s", sqlite3_errmsg(connection), error ? ": " : "",
			       error ? strerror(error) : "");
}

static void *sqlite_prepare(void *connection, const char *text)
{
	sqlite3_stmt *statement = NULL;

	sqlite3_prepare_v2(connection, text, -1, &statement, NULL);
	return statement;
}

/* "$1" is a name to SQLite. */
static int place_of(sqlite3_stmt *statement, int parameter)
{
	char name[16];

	snprintf(name, sizeof(name), "$%d", parameter);
	return sqlite3_bind_parameter_index(statement, name);
}

static void sqlite_bind_text(void *prepared, int parameter, const char *text)
{
	sqlite3_bind_text(prepared, place_of(prepared, parameter), text, -1, SQLITE_TRANSIENT);
}

static void sqlite_bind_integer(void *prepared, int parameter, int64_t integer)
{
	sqlite3_bind_int64(prepared, place_of(prepared, parameter), integer);
}

static void sqlite_bind_real(void *prepared, int parameter, double real)
{
	sqlite3_bind_double(prepared, place_of(prepared, parameter), real);
}

static enum sql_step sqlite_step(void *prepared)
{
	switch (sqlite3_step(prepared)) {
	case SQLITE_ROW:
		return SQL_STEP_ROW;
	case SQLITE_DONE:
		return SQL_STEP_DONE;
	default:
		return SQL_STEP_FAILED;
	}
}

static void sqlite_reset(void *prepared)
{
	sqlite3_reset(prepared);
}

static void sqlite_finish(void *prepared)
{
	sqlite3_finalize(prepared);
}

static const char *sqlite_text(void *prepared, int column)
{
	return (const char *)sqlite3_column_text(prepared, column);
}

static int64_t sqlite_integer(void *prepared, int column)
{
	return sqlite3_column_int64(prepared, column);
}

static double sqlite_real(void *prepared, int column)
{
	return sqlite3_column_double(prepared, column);
}

static const struct sql_driver sqlite_driver = {
	.close = sqlite_close_file,
	.execute = sqlite_execute,
	.begin = sqlite_begin,
	.fault = sqlite_fault,
	.words = sqlite_words,
	.prepare = sqlite_prepare,
	.bind_text = sqlite_bind_text,
	.bind_integer = sqlite_bind_integer,
	.bind_real = sqlite_bind_real,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.finish = sqlite_finish,
	.text = sqlite_text,
	.integer = sqlite_integer,
	.real = sqlite_real,
};

struct sql *sql_open_file(const char *path, enum sql_access access)
{
	static const int flags[] = {
		[SQL_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		[SQL_READ_ONLY] = SQLITE_OPEN_READONLY,
		[SQL_IN_MEMORY] = SQLITE_OPEN_READWRITE,
	};
	const char *file = access == SQL_IN_MEMORY ? ":memory:" : path;
	sqlite3 *db = NULL;

	/* One thread uses it: its own locks are a twelfth of what a report of 1,000 runs takes. */
	if (sqlite3_open_v2(file, &db, flags[access] | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		sqlite3_busy_handler(db, sqlite_on_busy, db);
		return sql_new(&sqlite_driver, db, path);
	}
	error_file(path, "opened", sqlite3_errmsg(db));
	sqlite3_close(db);
	return NULL;
}
