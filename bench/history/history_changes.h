/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_changes.h - finds where a series of the history changed permanently. */
#ifndef HISTORY_CHANGES_H
#define HISTORY_CHANGES_H

#include "bench/history/history.h"

/* Prints the changes. Returns CMD_OK, or CMD_FOUND after printing that none could be computed. */
int history_changes(struct history *history);

#endif
