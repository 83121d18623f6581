/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_open.h - internal to history.c: opens a history file, and handles files that are none. */
#ifndef HISTORY_OPEN_H
#define HISTORY_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/history/history_sql.h"

/* Identity of the file that a path named. */
struct history_file {
	uint64_t device, inode;
	bool is_new; /* it was created by this open */
	bool aside;  /* a file at this path was renamed */
};

/* Returns a database that holds the tables of this version; to_read: also on a read-only place.
   NULL after printing a diagnostic. */
struct sql *history_database(const char *path, bool to_read, struct history_file *file);
/* The same for a postgresql:// URL. */
struct sql *history_server(const char *url, bool to_read);
/* Returns whether it may be opened so: it answers, unless it is only read, when opening will show.
   False after printing a diagnostic. */
bool history_server_may_take(const char *url, bool to_read);
/* Renames a damaged file and prints that, unless another file is at the path by now. */
void history_put_aside(const char *path, const struct history_file *file);

#endif
