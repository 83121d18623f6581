/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_schema.h - the tables of a history, in SQLite and PostgreSQL alike, and their versions.
 *
 *	1	run, series, sample
 *	2	alert
 *
 * Each version is made of the one before by a migration, all in one transaction: killed at any
 * moment, a history has the version that it had, or the new one.
 */
#ifndef HISTORY_SCHEMA_H
#define HISTORY_SCHEMA_H

#include "bench/history/history_sql.h"

enum schema_state {
	SCHEMA_GOOD,	   /* of this version, every column there */
	SCHEMA_FRESH,	   /* nothing in it */
	SCHEMA_MIGRATABLE, /* of an older version that has a migration */
	SCHEMA_DAMAGED,	   /* not a database, or columns are missing */
	SCHEMA_FOREIGN,	   /* of another program */
	SCHEMA_OLDER,	   /* of an older lab, without a migration */
	SCHEMA_NEWER,	   /* of a newer lab */
	SCHEMA_UNKNOWN,	   /* it could not be read; that is printed */
};

enum schema_state history_schema_state(struct sql *sql);
/* Makes the tables that a fresh or migratable history does not have yet; of several processes at
   once one does. False after printing a diagnostic. */
bool history_schema_make(struct sql *sql);
/* The same for a file that cannot be written: later tables are empty ones of this connection. */
bool history_schema_stand_in(struct sql *sql);

#endif
