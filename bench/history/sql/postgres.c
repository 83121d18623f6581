/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * postgres.c - a PostgreSQL server behind history_sql.h, by libpq. Parameters and columns go as
 * text, numbers with every digit. Writers wait for one another by an advisory lock of the database,
 * which the server releases when its holder's connection ends, however that happens.
 *
 * Rows come one by one, so that an answer of any size takes the memory of a row. A connection has
 * one answer at a time: before anything else is sent, what is left of it is read and kept.
 */
#include "bench/history/history.h"
#include "bench/history/history_wait.h"
#include "bench/history/sql/driver.h"
#include "bench/history/sql/libpq.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS	   "10"
#define LOCK_NOT_AVAILABLE "55P03" /* SQLSTATE */
enum { IDLE_SECONDS = 60, NOTICE_MS = 1000, MAX_PARAMETERS = 1024 };

struct server {
	PGconn *connection;
	char *name;
	unsigned nr_statements; /* each has a name: "s1", "s2" ... */
	enum sql_fault fault;	/* the last error, and why */
	char *words;
	bool is_busy;			  /* ... a lock that was not free in time */
	struct server_statement *reading; /* whose answer is on its way; NULL: none is */
};

struct server_statement {
	struct server *server;
	char name[16];
	int nr_parameters;
	char *values[MAX_PARAMETERS];
	bool is_executed, has_failed;
	PGresult *row; /* NULL: before the first, or behind the last */
	GQueue ahead;  /* PGresult *: the rest of the answer, where it had to be read */
};

/* --- errors ------------------------------------------------------------------------------- */

/* One line of it: libpq breaks lines and indents. */
static char *one_line(const char *text)
{
	GString *line = g_string_new(NULL);

	for (; *text; text++) {
		bool is_space = (unsigned char)*text <= ' ';

		if (!is_space)
			g_string_append_c(line, *text);
		else if (line->len && line->str[line->len - 1] != ' ')
			g_string_append_c(line, ' ');
	}
	g_strchomp(line->str);
	return g_string_free(line, FALSE);
}

static void set_error(struct server *server, enum sql_fault fault, const char *words)
{
	free(server->words);
	server->words = one_line(words && *words ? words : "the connection is gone");
	server->fault = fault;
}

static enum sql_fault fault_of_state(const char *state)
{
	static const struct {
		const char *state;
		enum sql_fault fault;
	} rows[] = {
		{"42P01", SQL_MISSING}, /* a table */
		{"42703", SQL_MISSING}, /* a column */
	};

	for (size_t i = 0; state && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcmp(state, rows[i].state))
			return rows[i].fault;
	}
	return SQL_FAILED;
}

static void take_error(struct server *server, const PGresult *result)
{
	const char *words = pq.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = pq.resultErrorField(result, PG_DIAG_SQLSTATE);

	server->is_busy = state && !strcmp(state, LOCK_NOT_AVAILABLE);
	set_error(server, fault_of_state(state),
		  words ? words : pq.errorMessage(server->connection));
}

static bool is_fine(const PGresult *result)
{
	ExecStatusType status = pq.resultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Reads what is left of an answer, so that something else can be sent. */
static void answer_keep(struct server *server)
{
	while (server->reading) {
		PGresult *result = pq.getResult(server->connection);

		if (result)
			g_queue_push_tail(&server->reading->ahead, result);
		else
			server->reading = NULL;
	}
}

static PGresult *server_run(struct server *server, const char *text)
{
	answer_keep(server);
	return pq.exec(server->connection, text);
}

static enum sql_fault postgres_fault(void *connection)
{
	return ((struct server *)connection)->fault;
}

static char *postgres_words(void *connection)
{
	const struct server *server = connection;

	return g_strdup(server->words ? server->words : "");
}

/* --- without parameters ------------------------------------------------------------------- */

static bool run_text(struct server *server, const char *text)
{
	PGresult *result = server_run(server, text);
	bool fine = is_fine(result);

	if (!fine)
		take_error(server, result);
	pq.clear(result);
	return fine;
}

static bool postgres_execute(struct sql *sql, const char *text)
{
	return run_text(sql->connection, text);
}

/* Begins a transaction and waits in the server's queue. Whoever is stopped in the middle of it does
   not hold up the others for ever. */
static bool begin_within(struct server *server, long milliseconds)
{
	char *text = g_strdup_printf("BEGIN; SET LOCAL idle_in_transaction_session_timeout='%ds';"
				     "SET LOCAL lock_timeout='%ldms';"
				     "SELECT pg_advisory_xact_lock(%d);"
				     "SET LOCAL lock_timeout=0",
				     IDLE_SECONDS, milliseconds, HISTORY_APPLICATION);
	bool begun = run_text(server, text);

	free(text);
	if (!begun)
		pq.clear(server_run(server, "ROLLBACK"));
	return begun;
}

static bool postgres_begin(struct sql *sql)
{
	struct server *server = sql->connection;
	long limit = 1000 * history_wait_seconds();
	long first = limit < NOTICE_MS ? limit : NOTICE_MS;

	if (begin_within(server, first > 0 ? first : 1))
		return true;
	if (server->is_busy && limit > first) {
		history_wait_announce(server->name);
		if (begin_within(server, limit - first))
			return true;
	}
	if (server->is_busy)
		set_error(server, SQL_FAILED, "another process has it locked for too long");
	return false;
}

/* --- statements --------------------------------------------------------------------------- */

/* Returns the largest N of "$N" in the text. */
static int count_parameters(const char *text)
{
	int most = 0;

	for (; *text; text++) {
		int number = *text == '$' ? atoi(text + 1) : 0;

		most = number > most ? number : most;
	}
	return most;
}

static void *postgres_prepare(void *connection, const char *text)
{
	struct server *server = connection;
	struct server_statement *statement = g_new0(struct server_statement, 1);
	PGresult *result;
	bool fine;

	statement->server = server;
	statement->nr_parameters = count_parameters(text);
	g_assert(statement->nr_parameters < MAX_PARAMETERS);
	g_snprintf(statement->name, sizeof(statement->name), "s%u", ++server->nr_statements);
	answer_keep(server);
	result = pq.prepare(server->connection, statement->name, text, 0, NULL);
	fine = is_fine(result);
	if (!fine)
		take_error(server, result);
	pq.clear(result);
	if (fine)
		return statement;
	free(statement);
	return NULL;
}

static void bind_value(struct server_statement *statement, int parameter, char *value)
{
	char **at = &statement->values[parameter - 1];

	g_assert(parameter >= 1 && parameter <= statement->nr_parameters);
	free(*at);
	*at = value;
}

static void postgres_bind_text(void *prepared, int parameter, const char *text)
{
	bind_value(prepared, parameter, g_strdup(text));
}

static void postgres_bind_integer(void *prepared, int parameter, int64_t integer)
{
	bind_value(prepared, parameter, g_strdup_printf("%" G_GINT64_FORMAT, integer));
}

static void postgres_bind_real(void *prepared, int parameter, double real)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	bind_value(prepared, parameter, g_strdup(g_ascii_dtostr(digits, sizeof(digits), real)));
}

/* Has the server execute it. False after an error. */
static bool execute_prepared(struct server_statement *statement)
{
	struct server *server = statement->server;

	answer_keep(server);
	statement->is_executed = true;
	statement->has_failed =
		!pq.sendQueryPrepared(server->connection, statement->name, statement->nr_parameters,
				     (const char *const *)statement->values, NULL, NULL, 0);
	if (statement->has_failed) {
		take_error(server, NULL);
		return false;
	}
	pq.setSingleRowMode(server->connection);
	server->reading = statement;
	return true;
}

/* The next part of the answer, a row or how it ended; NULL: there is no more. */
static PGresult *answer_next(struct server_statement *statement)
{
	struct server *server = statement->server;
	PGresult *result = g_queue_pop_head(&statement->ahead);

	if (result || server->reading != statement)
		return result;
	result = pq.getResult(server->connection);
	if (!result)
		server->reading = NULL;
	return result;
}

static enum sql_step postgres_step(void *prepared)
{
	struct server_statement *statement = prepared;
	PGresult *result;

	pq.clear(statement->row);
	statement->row = NULL;
	if (!statement->is_executed && !execute_prepared(statement))
		return SQL_STEP_FAILED;
	while ((result = answer_next(statement)) != NULL) {
		if (pq.resultStatus(result) == PGRES_SINGLE_TUPLE) {
			statement->row = result;
			return SQL_STEP_ROW;
		}
		if (!is_fine(result)) {
			take_error(statement->server, result);
			statement->has_failed = true;
		}
		pq.clear(result);
	}
	return statement->has_failed ? SQL_STEP_FAILED : SQL_STEP_DONE;
}

static void postgres_reset(void *prepared)
{
	struct server_statement *statement = prepared;
	PGresult *result;

	while ((result = answer_next(statement)) != NULL)
		pq.clear(result);
	pq.clear(statement->row);
	statement->row = NULL;
	statement->is_executed = statement->has_failed = false;
}

static void postgres_finish(void *prepared)
{
	struct server_statement *statement = prepared;
	PGconn *connection = statement->server->connection;
	char text[32];

	postgres_reset(statement);
	for (int i = 0; i < statement->nr_parameters; i++)
		free(statement->values[i]);
	g_snprintf(text, sizeof(text), "DEALLOCATE %s", statement->name);
	if (pq.status(connection) == CONNECTION_OK &&
	    pq.transactionStatus(connection) != PQTRANS_INERROR)
		pq.clear(server_run(statement->server, text));
	free(statement);
}

/* --- columns ------------------------------------------------------------------------------ */

static const char *postgres_text(void *prepared, int column)
{
	const struct server_statement *statement = prepared;

	return pq.getvalue(statement->row, 0, column);
}

static int64_t postgres_integer(void *prepared, int column)
{
	return g_ascii_strtoll(postgres_text(prepared, column), NULL, 10);
}

static double postgres_real(void *prepared, int column)
{
	return g_ascii_strtod(postgres_text(prepared, column), NULL);
}

/* --- the connection ----------------------------------------------------------------------- */

static void close_server(void *connection)
{
	struct server *server = connection;

	pq.finish(server->connection);
	free(server->words);
	free(server->name);
	free(server);
}

static const struct sql_driver postgres_driver = {
	.is_server = true,
	.close = close_server,
	.execute = postgres_execute,
	.begin = postgres_begin,
	.fault = postgres_fault,
	.words = postgres_words,
	.prepare = postgres_prepare,
	.bind_text = postgres_bind_text,
	.bind_integer = postgres_bind_integer,
	.bind_real = postgres_bind_real,
	.step = postgres_step,
	.reset = postgres_reset,
	.finish = postgres_finish,
	.text = postgres_text,
	.integer = postgres_integer,
	.real = postgres_real,
};

static void ignore_notice(void *nothing, const char *message)
{
	(void)nothing;
	(void)message;
}

/* What stands behind the URL cannot be overridden by it; the limit can, also by the environment.
 * A server that is shut down may send a notice before the connection stands. It would go to stderr:
 * where it goes can be set only once a connection has begun, hence the second beginning. */
static PGconn *connect_to(const char *url)
{
	const char *limit = getenv("PGCONNECT_TIMEOUT") ? NULL : CONNECT_SECONDS;
	const char *const names[] = {"connect_timeout", "fallback_application_name", "dbname",
				     "client_encoding", NULL};
	const char *const values[] = {limit, "pcpu-lab", url, "UTF8", NULL};
	PGconn *connection = pq.connectStartParams(names, values, 1);

	if (pq.status(connection) == CONNECTION_BAD)
		return connection;
	pq.setNoticeProcessor(connection, ignore_notice, NULL);
	pq.reset(connection);
	return connection;
}

struct sql *sql_open_server(const char *url)
{
	const char *missing = libpq_load();
	struct server *server;
	PGconn *connection;
	char *why;

	if (missing) {
		error_file(url, "opened", missing);
		return NULL;
	}
	connection = connect_to(url);
	if (pq.status(connection) != CONNECTION_OK) {
		why = one_line(pq.errorMessage(connection));
		error_file(url, "opened", why);
		free(why);
		pq.finish(connection);
		return NULL;
	}
	server = g_new0(struct server, 1);
	server->connection = connection;
	server->name = g_strdup(url);
	return sql_new(&postgres_driver, server, url);
}
