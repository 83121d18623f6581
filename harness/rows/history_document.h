/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_document.h - a history as a part of the page's document. Here since the page knows
 * nothing of bench/, which has it (bench/history/history_document.c).
 *
 *	{"groups": [{"host", "compiler", "flavour"}],
 *	 "runs": [{"id", "time", "revision", "dirty", "source", "group"}]	oldest first
 *	 "sets": [[a run's place in runs, ...]]
 *	 "series": [{"workload", "engine", "metric", "unit", "kind": count | time | memory | ratio,
 *		     "group", "set", "exact", "at": [...], "values": [...], "low", "high": [...],
 *		     "changes": [{"run", "before", "after"}]}],
 *	 "left_out": points that were left out,
 *	 "alerts": [{"id", "series", "host", "compiler", "flavour", "before_revision", "revision",
 *		     "run", "before", "after", "percent", "state", "text", "opened", "changed"}]}
 *
 * R1  A series is of one group: host, compiler and flavour are never mixed.
 * R2  values[i] is the median at the run sets[set][at[i]]; a single value is at 0, and has no at. A
 *     series that does not change has no changes. Of an exact series only those values are there
 *     that differ from the one before: it has each value until the next. Of others at most so many
 *     are left that a page stays small: every n-th, and the newest.
 * R3  low and high are the median's 95 % interval, null where there are fewer than six repetitions;
 *     both are absent where no run has one.
 */
#ifndef HISTORY_DOCUMENT_H
#define HISTORY_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns whether a history that the user named may be read: a file that is one, or a URL without a
   password. NULL may be. False after printing a diagnostic. */
bool history_document_may_take(const char *name);
/* Of the file or the postgresql:// URL. NULL with words "": there is none, or no run in it; NULL
   with words: why it cannot be used, which is printed too. */
json_t *history_document(const char *path, char *words, size_t capacity);

#endif
