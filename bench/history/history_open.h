/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_open.h - inside of history.c: is this file a history, and what to do when it is not. */
#ifndef HISTORY_OPEN_H
#define HISTORY_OPEN_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Which file a path led to. */
struct history_file {
	uint64_t device, inode;
	bool is_new; /* it was made just now */
	bool aside;  /* what lay there was renamed */
};

/* A database that holds the tables of this version; to_read: also where nothing may be written.
   NULL after printing a diagnostic. */
sqlite3 *history_database(const char *path, bool to_read, struct history_file *file);
/* Prints what SQLite says of it, and what the system says. */
void history_cannot(const char *path, sqlite3 *db);
/* Renames what has turned out damaged, and tells, unless another file is there by now. */
void history_put_aside(const char *path, const struct history_file *file);
/* Is SQLite's complaint about what is in the file? */
bool history_is_damage(int status);

#endif
