/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history.h - every run of the benchmarks, kept in one SQLite file.
 *
 *	run	one call of `lab bench` (or an import): revision, host, compiler, flavour
 *	series	one quantity: workload, engine, metric, unit
 *	sample	one value of a series in a run; repetitions count from 0
 *
 * R1  What is no database of ours (damaged, of an older lab, of another program) is renamed to
 *     PATH.aside-N and named on stderr, never overwritten; one of a newer lab is refused.
 *     Where nothing may be written it is refused, and what is good is read.
 *     So is one that turns out damaged in the middle of what is read: nothing of it is returned.
 * R2  A run is there with all its samples or not at all; several processes may add at once.
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

enum { HISTORY_VERSION = 1, HISTORY_APPLICATION = 0x70637062 /* "pcpb" */ };

struct history;

/* Opens PATH, or makes it. NULL after printing why not. */
struct history *history_open(const char *path);
/* The same for reading only: the place may be read-only; a file that does not exist is an empty
   history. */
struct history *history_open_to_read(const char *path);
/* Returns whether a file that the user named may be opened so. A file that does not begin like a
   history is refused, not moved aside: the name was a mistake. False after printing a
   diagnostic. */
bool history_may_take(const char *path);
void history_close(struct history *history);

/* The new run's number, from 1; 0 after printing why it was not added. */
int64_t history_add(struct history *history, const json_t *run);
/*
 * The same unless the run is there already: of the same time, revision, host, compiler and flavour,
 * and each of its samples among that one's (a format may hold fewer). Then that one's number, and
 * *added is false.
 */
int64_t history_add_once(struct history *history, const json_t *run, bool *added);

/* Returns whether SQLite has failed. The error is printed by then, or at close; later queries
   return nothing. */
bool history_has_error(const struct history *history);

/* Returns whether the file was unusable as a history. That is printed; see R1. */
bool history_lost(const struct history *history);
/* Closes a history that was created for a run that could not be added, and removes its file. */
void history_drop(struct history *history);

/* All runs, oldest first, without samples; each with "id" and "nr_samples" on top. NULL:
   trouble. */
json_t *history_list(struct history *history);
/* One run, whole; NULL when there is none of this number, or trouble. */
json_t *history_load(struct history *history, int64_t id);
/*
 * Every series (of one metric, unless that is NULL) over its runs, oldest first: one host, compiler
 * and flavour each, never mixed, with the median of each run. [{"name": "WORKLOAD/ENGINE METRIC",
 * "unit", "host", "compiler", "flavour", "values": [...], "runs": [...], "revisions": [...]}]. Runs
 * of changed files count too. NULL: trouble.
 */
json_t *history_series(struct history *history, const char *metric);
/* The number of the newest run; 0: there is none, or trouble. */
int64_t history_newest(struct history *history);

/* "ROOT/reports/out/history.db", malloc'ed. */
char *history_path(void);

#endif
