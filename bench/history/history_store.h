/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_store.h - internal to history*.c: an open history, and what its files share. */
#ifndef HISTORY_STORE_H
#define HISTORY_STORE_H

#include "bench/history/history.h"
#include "bench/history/history_open.h"
#include "bench/history/history_sql.h"

struct history {
	struct sql *sql;
	struct history_file file; /* identity of the open file; of a server: nothing */
};

enum { NR_RUN_TEXTS = 6 };
extern const char *const history_run_texts[NR_RUN_TEXTS];
#define RUN_COLUMNS "time, revision, host, compiler, flavour, source, dirty, context"

/* Binds a run's texts, nr of them from parameter 1 on, and behind them whether it is dirty. */
void history_bind_run(struct sql_statement *statement, const json_t *run, int nr);
/* Returns the id of a run of the same time, revision, host, compiler and flavour that has each
   sample of this one; 0: there is none, or an error. */
int64_t history_find_same(struct history *history, const json_t *run);
/* What identifies a series, malloc'ed. As JSON: whatever is in the texts, two keys are equal only
   when all four are. */
char *history_series_key(const char *workload, const char *engine, const char *metric,
			 const char *unit);
char *history_series_key_of(const json_t *sample);

/* Returns a text of the row. */
json_t *history_column(struct sql_statement *row, int column);
/* Returns what was read, or NULL when part of it is missing after an error. */
json_t *history_is_whole(const struct history *history, json_t *read);

#endif
