/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* driver.h - internal to sql.c: what SQLite and PostgreSQL each do. */
#ifndef SQL_DRIVER_H
#define SQL_DRIVER_H

#include "bench/history/history_sql.h"

enum sql_step { SQL_STEP_ROW, SQL_STEP_DONE, SQL_STEP_FAILED };

struct sql {
	const struct sql_driver *driver;
	void *connection; /* the driver's */
	char *name;
	enum sql_fault fault; /* of the first error */
	bool is_expected;     /* errors are not printed */
	bool is_printed; /* an error was: what follows from it is not */
};

struct sql_statement {
	struct sql *sql;
	void *prepared; /* the driver's; NULL after an error */
};

struct sql_driver {
	bool is_server;
	void (*close)(void *connection);
	bool (*execute)(struct sql *sql, const char *text);
	bool (*begin)(struct sql *sql);
	/* The last error: its kind, and in words of one line, malloc'ed. */
	enum sql_fault (*fault)(void *connection);
	char *(*words)(void *connection);

	/* NULL after an error. */
	void *(*prepare)(void *connection, const char *text);
	void (*bind_text)(void *prepared, int parameter, const char *text);
	void (*bind_integer)(void *prepared, int parameter, int64_t integer);
	void (*bind_real)(void *prepared, int parameter, double real);
	enum sql_step (*step)(void *prepared);
	void (*reset)(void *prepared);
	void (*finish)(void *prepared);
	/* NULL: the column is NULL. */
	const char *(*text)(void *prepared, int column);
	int64_t (*integer)(void *prepared, int column);
	double (*real)(void *prepared, int column);
};

/* Returns a connection without errors; it owns the driver's. */
struct sql *sql_new(const struct sql_driver *driver, void *connection, const char *name);

#endif
