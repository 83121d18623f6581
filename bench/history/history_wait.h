/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_wait.h - waits while another process has the history locked. A
 * message names the lock after a second; the wait ends after a minute (LAB_WAIT_SECONDS).
 */
#ifndef HISTORY_WAIT_H
#define HISTORY_WAIT_H

#include <stdbool.h>

/* Returns whether LAB_WAIT_SECONDS is unset or a number of seconds; false after a diagnostic. */
bool history_wait_is_known(void);

/* Creates and locks PATH.lock; it is removed when it is released. Returns the descriptor, -1 when
   it cannot be made (errno; nothing is printed), -2 after printing that another process holds
   it. */
int history_lock(const char *path);
void history_unlock(const char *path, int fd);

/* How a database waits for its own locks in the same way. */
struct history_waiting {
	const char *name; /* of the history, for the message; borrowed */
	double since;
	bool is_announced;
};
struct history_waiting history_waiting_start(const char *name);
/* Sleeps for a moment. Returns false when the limit is reached. */
bool history_wait_more(struct history_waiting *waiting);
/* Prints that somebody else has the history, and for how long it is waited for. */
void history_wait_announce(const char *name);
/* Returns LAB_WAIT_SECONDS, or its default; -1 when it is not a number. */
long history_wait_seconds(void);

#endif
