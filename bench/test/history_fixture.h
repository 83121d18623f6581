/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_fixture.h - what tests of the history of benchmarks share: a folder, a run, stderr. */
#ifndef HISTORY_FIXTURE_H
#define HISTORY_FIXTURE_H

#include "bench/history/history.h"

/* A new folder below /tmp for each use: a history in it, and where a damaged one is put aside. */
void history_folder_make(void);
void history_folder_remove(void);
extern char test_path[96], test_aside[112];

/* Writes text instead of a history. */
void history_write_text(const char *text);

/* From stderr_capture() on stderr goes to a file of the folder; stderr_captured() restores it and
   returns what was written, until the next call. */
void stderr_capture(void);
const char *stderr_captured(void);

/* Two series, two repetitions; words that need quoting everywhere. */
json_t *history_sample_run(void);

/* The running test fails when this word, or any of a run's words and samples, differs. */
void history_check_same(const json_t *got, const json_t *wanted, const char *key);
void history_check_same_run(const json_t *got, const json_t *wanted);

#endif
