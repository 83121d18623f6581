/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alerts.h - rises of exact counts, each with a life, in the history.
 *
 *	new --seen--> seen --explained, with a text--> explained
 *	  any --fixed by hand, or the newest count is back--> fixed
 *
 * A1  Exact counts alone (host "any"), of committed revisions along HEAD's first parents; a
 *     revision's count is the least of its runs. No statistics: a change of a count is exact.
 * A2  A rise is more than 1 % (gate.h) over the revision measured before it or, where it creeps,
 *     over the least since the last rise.
 * A3  A gap that is filled later narrows the alert: it keeps its number, state and text.
 * A4  What `lab bench --gate` fails on has an alert too, from the baseline on (before_revision "").
 *
 * As JSON: {"id", "series": {"workload", "engine", "metric", "unit", "host", "compiler",
 * "flavour"}, "before_revision", "revision", "run", "before", "after", "percent" (not from 0),
 * "state", "text", "opened", "changed"}
 */
#ifndef ALERTS_H
#define ALERTS_H

#include "bench/history/history.h"

#include <stddef.h>

/* Finds what rose in the runs so far; one transaction. False after printing a diagnostic. */
bool alerts_update(struct history *history);
/* All alerts, oldest first. NULL after an error. */
json_t *alerts_list(struct history *history);
/* Gives an alert another state, and a text unless that is NULL. False: *found is false when there
   is no such alert, else an error was printed. */
bool alerts_set(struct history *history, int64_t id, const char *state, const char *text,
		bool *found);

/* A count that the gate failed on. */
struct gate_rise {
	const char *name, *metric, *compiler, *revision;
	double before, after;
	bool dirty; /* `revision` is not what was counted: no alert is made */
};
/* Returns the alert of that count, which is made when there is none; NULL: none, or an error. */
json_t *alerts_of_gate(struct history *history, const struct gate_rise *rise);
/* "pair/8B/area", of the alert's series, malloc'ed. */
char *alert_name(const json_t *alert);
/* "alert 3 (new): pair/8B/area instructions/op, +3.0 % since 0123456789ab", malloc'ed. */
char *alert_words(const json_t *alert);

/* cmd_history.c: prints the list, and how many there are of each state. */
int alerts_print(struct history *history);

/* --- inside ------------------------------------------------------------------------------- */

struct alert_point {
	size_t position; /* of the revision */
	double value;
	int64_t run;
};
struct alert_change {
	size_t from, at; /* indices of points */
	double before;
};
bool alert_rose(double before, double after);
/* Fills in what rose among points in the order of their revisions; changes has room for nr.
   Returns how many. */
size_t alerts_find(const struct alert_point *points, size_t nr, struct alert_change *changes);

/* alerts_store.c. An alert of the database: parts that change. */
struct alert_row {
	int64_t id, series, run;
	char *compiler, *flavour, *before_revision, *revision, *state;
	double before, after;
};
/* Returns the rows as a GPtrArray that frees them. */
void *alerts_rows(struct history *history);
bool alerts_insert(struct history *history, const struct alert_row *row);
bool alerts_move(struct history *history, const struct alert_row *row);
bool alerts_change_state(struct history *history, int64_t id, const char *state);
/* The time now, as runs have it. */
void alerts_now(char when[32]);

#endif
