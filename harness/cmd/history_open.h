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
};

/* A database that holds the tables of this version. NULL after telling. */
sqlite3 *history_database(const char *path, struct history_file *file);
/* Renames what has turned out damaged, and tells, unless another file is there by now. */
void history_put_aside(const char *path, const struct history_file *file);
/* Is SQLite's complaint about what is in the file? */
bool history_is_damage(int status);

#endif
