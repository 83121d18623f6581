/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_wait.h - part of history_open.c: waits while another process has the history locked. A
 * message names the lock after a second; the wait ends after a minute (LAB_WAIT_SECONDS).
 */
#ifndef HISTORY_WAIT_H
#define HISTORY_WAIT_H

#include <sqlite3.h>
#include <stdbool.h>

/* Returns whether LAB_WAIT_SECONDS is unset or a number of seconds; false after a diagnostic. */
bool history_wait_is_known(void);

/* Creates and locks PATH.lock; it is removed when it is released. Returns the descriptor, -1 when
   it cannot be made (errno; nothing is printed), -2 after printing that another process holds
   it. */
int history_lock(const char *path);
void history_unlock(const char *path, int fd);

/* Makes SQLite wait for its own locks in the same way. */
void history_wait_for(sqlite3 *db);

#endif
