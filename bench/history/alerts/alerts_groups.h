/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* alerts_groups.h - the exact counts of the runs so far, by series, in the order of the branch. */
#ifndef ALERTS_GROUPS_H
#define ALERTS_GROUPS_H

#include "bench/history/alerts/alerts.h"

#include <glib.h>

/* Revisions along HEAD's first parents. */
struct alert_order {
	char **revisions;      /* oldest first */
	GHashTable *positions; /* revision -> place + 1 */
};

void alert_order_read(struct alert_order *order);
void alert_order_free(struct alert_order *order);
/* From 1; 0: not on this branch. */
size_t alert_order_find(const struct alert_order *order, const char *revision);

/* One series of one compiler and flavour. */
struct alert_group {
	int64_t series;
	char *compiler, *flavour;
	GArray *points; /* struct alert_point, one a revision: the least; in their order */
};

/* Returns the groups (struct alert_group *) as an array that frees them. */
GPtrArray *alert_groups_read(struct history *history, const struct alert_order *order);

#endif
