/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* sql.c - what both databases have in common: the first error, and statements after one. */
#include "bench/history/history_sql.h"
#include "bench/history/sql/driver.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdlib.h>

struct sql *sql_new(const struct sql_driver *driver, void *connection, const char *name)
{
	struct sql *sql = g_new0(struct sql, 1);

	sql->driver = driver;
	sql->connection = connection;
	sql->name = g_strdup(name);
	return sql;
}

void sql_close(struct sql *sql)
{
	if (!sql)
		return;
	sql->driver->close(sql->connection);
	free(sql->name);
	free(sql);
}

const char *sql_name(const struct sql *sql)
{
	return sql->name;
}

bool sql_is_server(const struct sql *sql)
{
	return sql->driver->is_server;
}

/* --- errors ------------------------------------------------------------------------------- */

enum sql_fault sql_fault(const struct sql *sql)
{
	return sql->fault;
}

void sql_expect_fault(struct sql *sql, bool expected)
{
	sql->is_expected = expected;
	sql->fault = SQL_NO_FAULT;
}

void sql_print_error(struct sql *sql)
{
	char *words;

	if (sql->is_printed)
		return;
	sql->is_printed = true;
	words = sql->driver->words(sql->connection);
	error_file(sql->name, "used", words);
	free(words);
}

/* Records the last call's error. Damage outdoes what came before it: the file has to go. */
static bool record_error(struct sql *sql)
{
	enum sql_fault fault = sql->driver->fault(sql->connection);

	if (!sql->fault && fault != SQL_DAMAGED && !sql->is_expected)
		sql_print_error(sql);
	if (!sql->fault || fault == SQL_DAMAGED)
		sql->fault = fault;
	return false;
}

/* --- without parameters ------------------------------------------------------------------- */

bool sql_execute(struct sql *sql, const char *text)
{
	return sql->driver->execute(sql, text) || record_error(sql);
}

bool sql_begin(struct sql *sql)
{
	return sql->driver->begin(sql) || record_error(sql);
}

bool sql_commit(struct sql *sql)
{
	return sql_execute(sql, "COMMIT");
}

void sql_rollback(struct sql *sql)
{
	sql->driver->execute(sql, "ROLLBACK"); /* what led here is recorded */
}

/* --- statements --------------------------------------------------------------------------- */

struct sql_statement *sql_prepare(struct sql *sql, const char *text)
{
	struct sql_statement *statement = g_new0(struct sql_statement, 1);

	statement->sql = sql;
	statement->prepared = sql->driver->prepare(sql->connection, text);
	if (!statement->prepared)
		record_error(sql);
	return statement;
}

void sql_bind_text(struct sql_statement *statement, int parameter, const char *text)
{
	if (statement->prepared)
		statement->sql->driver->bind_text(statement->prepared, parameter, text ? text : "");
}

void sql_bind_integer(struct sql_statement *statement, int parameter, int64_t integer)
{
	if (statement->prepared)
		statement->sql->driver->bind_integer(statement->prepared, parameter, integer);
}

void sql_bind_real(struct sql_statement *statement, int parameter, double real)
{
	if (statement->prepared)
		statement->sql->driver->bind_real(statement->prepared, parameter, real);
}

static enum sql_step statement_step(struct sql_statement *statement)
{
	enum sql_step result = SQL_STEP_FAILED;

	if (!statement->prepared)
		return result;
	result = statement->sql->driver->step(statement->prepared);
	if (result == SQL_STEP_FAILED)
		record_error(statement->sql);
	return result;
}

bool sql_next(struct sql_statement *statement)
{
	return statement_step(statement) == SQL_STEP_ROW;
}

bool sql_run(struct sql_statement *statement)
{
	enum sql_step result;

	do
		result = statement_step(statement);
	while (result == SQL_STEP_ROW);
	if (statement->prepared)
		statement->sql->driver->reset(statement->prepared);
	return result == SQL_STEP_DONE;
}

void sql_finish(struct sql_statement *statement)
{
	if (statement->prepared)
		statement->sql->driver->finish(statement->prepared);
	free(statement);
}

const char *sql_text(struct sql_statement *statement, int column)
{
	const char *text = statement->sql->driver->text(statement->prepared, column);

	return text ? text : "";
}

int64_t sql_integer(struct sql_statement *statement, int column)
{
	return statement->sql->driver->integer(statement->prepared, column);
}

double sql_real(struct sql_statement *statement, int column)
{
	return statement->sql->driver->real(statement->prepared, column);
}

int64_t sql_number(struct sql *sql, const char *question)
{
	struct sql_statement *statement = sql_prepare(sql, question);
	int64_t number = sql_next(statement) ? sql_integer(statement, 0) : 0;

	sql_finish(statement);
	return number;
}
