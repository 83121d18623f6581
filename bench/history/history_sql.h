/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_sql.h - the database below a history: a file of SQLite or a PostgreSQL server. Every
 * statement about runs and alerts goes through here, and is written once for both:
 *
 *	parameters are $1, $2 ..., numbered by their first place in the text
 *	INSERT ... ON CONFLICT DO NOTHING, INSERT ... RETURNING id
 *
 * The first error of a connection is recorded and printed, `NAME: cannot be used: WHY`; a statement
 * that failed has no rows, so that a caller checks once, at its end. Damage of a file is recorded,
 * but printed when the file is put aside.
 */
#ifndef HISTORY_SQL_H
#define HISTORY_SQL_H

#include <stdbool.h>
#include <stdint.h>

struct sql;
struct sql_statement;

enum sql_fault {
	SQL_NO_FAULT,
	SQL_FAILED,  /* a statement, the connection, a lock that was not released in time */
	SQL_MISSING, /* a statement names a table or a column that does not exist */
	SQL_DAMAGED, /* the contents of the file are bad */
};

enum sql_access { SQL_CREATE, SQL_READ_ONLY, SQL_IN_MEMORY };

/* Opens a file with SQLite; SQL_IN_MEMORY: an empty database without one, the path is its name in
   messages. NULL after printing a diagnostic. */
struct sql *sql_open_file(const char *path, enum sql_access access);
/* Connects to the server that a postgresql:// URL names. NULL after printing a diagnostic, also
   where this build has no libpq. */
struct sql *sql_open_server(const char *url);
/* Returns whether the name of a history is a server's, not a file's. */
bool sql_is_url(const char *name);
/* Returns whether a URL has no password in it; false after printing where one belongs. */
bool sql_url_is_fit(const char *url);
void sql_close(struct sql *sql); /* NULL is accepted */

/* The path or URL, for messages. */
const char *sql_name(const struct sql *sql);
/* Returns whether a PostgreSQL server is behind it. */
bool sql_is_server(const struct sql *sql);

/* Returns the kind of the first error. */
enum sql_fault sql_fault(const struct sql *sql);
/* While errors are expected they are recorded, not printed. Either call begins a new record. */
void sql_expect_fault(struct sql *sql, bool expected);
/* Prints the error of the last call, if none was before. */
void sql_print_error(struct sql *sql);

/* Runs one or more statements that have no parameters. False after an error. */
bool sql_execute(struct sql *sql, const char *text);
/* Begins a transaction that writes, after waiting for those of others (LAB_WAIT_SECONDS). */
bool sql_begin(struct sql *sql);
bool sql_commit(struct sql *sql);
void sql_rollback(struct sql *sql);

/* Never NULL: after an error the statement has no rows. End it by sql_finish(). */
struct sql_statement *sql_prepare(struct sql *sql, const char *text);
void sql_bind_text(struct sql_statement *statement, int parameter, const char *text);
void sql_bind_integer(struct sql_statement *statement, int parameter, int64_t integer);
void sql_bind_real(struct sql_statement *statement, int parameter, double real);
/* Advances to the next row. False: there is none, or an error. */
bool sql_next(struct sql_statement *statement);
/* Runs a statement whose rows are not wanted, and makes it ready for other parameters. */
bool sql_run(struct sql_statement *statement);
void sql_finish(struct sql_statement *statement);

/* Columns of the row, from 0. NULL is "", 0; a text is valid until the next row. */
const char *sql_text(struct sql_statement *statement, int column);
int64_t sql_integer(struct sql_statement *statement, int column);
double sql_real(struct sql_statement *statement, int column);

/* Returns the first column of the first row of a question without parameters; 0 without a row. */
int64_t sql_number(struct sql *sql, const char *question);

#endif
