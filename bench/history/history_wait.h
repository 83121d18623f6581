/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_wait.h - part of history_open.c: waits while another process has the history locked. A
 * message names the lock after a second; the wait ends after a minute (LAB_WAIT_SECONDS).
 */
#ifndef HISTORY_WAIT_H
#define HISTORY_WAIT_H

#include <sqlite3.h>
#include <stdbool.h>

/* LAB_WAIT_SECONDS, where it is set, is a number of seconds. False after printing that it is
   none. */
bool history_wait_is_known(void);

/* The lock beside PATH: PATH.lock is made, locked, and gone when it is released. The descriptor;
   -1: it cannot be made (errno, nothing is told); -2: after printing that somebody keeps it. */
int history_lock(const char *path);
void history_unlock(const char *path, int fd);

/* SQLite's own locks are waited for in the same way. */
void history_wait_for(sqlite3 *db);

#endif
