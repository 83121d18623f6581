/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_open.h - inside of history.c: is this file a history, and what to do when it is not. */
#ifndef HISTORY_OPEN_H
#define HISTORY_OPEN_H

#include <sqlite3.h>

/* A database that holds the tables of this version. NULL after telling. */
sqlite3 *history_database(const char *path);

#endif
