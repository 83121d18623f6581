/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history.h - every run of the benchmarks, kept in one SQLite file, or by a PostgreSQL server.
 *
 *	run	one call of `lab bench` (or an import): revision, host, compiler, flavour
 *	series	one quantity: workload, engine, metric, unit
 *	sample	one value of a series in a run; repetitions count from 0
 *	alert	a change for the worse of a series, and what people made of it
 *
 * R1  A file that is not a usable history (damaged, of another program) is renamed to PATH.aside-N
 *     and named on stderr, never overwritten; one of an older version is migrated, whole or not at
 *     all; one of a newer lab is refused. On a
 *     read-only place an unusable file is refused and a good one is read. A file that turns out to
 *     be damaged during a read is put aside too, and no part of it is returned.
 * R2  A run is stored with all its samples or not at all; several processes may add at once.
 *
 * A run as JSON, here and in history_formats.h:
 *
 *	{"time": "2026-01-31T12:00:00Z", "revision": "<git id>", "dirty": false, "host": "...",
 *	 "compiler": "...", "flavour": "release", "source": "bench", "context": {...},
 *	 "samples": [{"workload": "pair/8B", "engine": "area", "metric": "real_time", "unit": "ns",
 *		      "repetition": 0, "value": 98.6}, ...]}
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { HISTORY_VERSION = 3, HISTORY_APPLICATION = 0x70637062 /* "pcpb" */ };

struct history;
struct sql;

/* Opens PATH, a file or a postgresql:// URL, or creates it. Returns NULL after printing a
   diagnostic. */
struct history *history_open(const char *path);
/* The same for reading only: the place may be read-only; a file that does not exist is an empty
   history. */
struct history *history_open_to_read(const char *path);
/* Returns whether the history that the user named may be opened so, before the work whose result
   it gets. A file that does not begin like a history is refused, not moved aside: the name was a
   mistake. A server has to answer. NULL may be. False after printing a diagnostic. */
bool history_may_take(const char *name, bool to_read);
void history_close(struct history *history);
/* Returns the database below, for statements about tables that this header has no calls for. */
struct sql *history_sql(struct history *history);

/* Returns the new run's id, from 1; 0 after printing why it was not added. */
int64_t history_add(struct history *history, const json_t *run);
/*
 * Like history_add(), unless a run of the same time, revision, host, compiler and flavour contains
 * each of its samples (a format may hold fewer). Then returns that run's id and sets *added to
 * false.
 */
int64_t history_add_once(struct history *history, const json_t *run, bool *added);

/* Returns whether the database has failed. The error is printed by then, or at close; later queries
   return nothing. */
bool history_has_error(const struct history *history);

/* Returns whether the file was unusable as a history. That is printed; see R1. */
bool history_lost(const struct history *history);
/* Closes a history that was created for a run that could not be added, and removes its file. */
void history_drop(struct history *history);

/* Returns all runs, oldest first, without samples; each also has "id" and "nr_samples". NULL after
   an error. */
json_t *history_list(struct history *history);
/* Returns one run with its samples; NULL when the id does not exist, or after an error. */
json_t *history_load(struct history *history, int64_t id);
/*
 * Every series (of one metric, unless that is NULL) over its runs, oldest first: one host, compiler
 * and flavour each, never mixed, with the median of each run. [{"name": "WORKLOAD/ENGINE METRIC",
 * "unit", "host", "compiler", "flavour", "values": [...], "runs": [...], "revisions": [...]}]. Runs
 * of changed files count too. NULL: trouble.
 */
json_t *history_series(struct history *history, const char *metric);
/* Returns the id of the newest run; 0 when there is none, or after an error. */
int64_t history_newest(struct history *history);

/* "ROOT/reports/out/history.db", malloc'ed. */
char *history_path(void);

#endif
