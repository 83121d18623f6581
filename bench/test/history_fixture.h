/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_fixture.h - shared by tests of the benchmark history: a folder, a run, stderr. */
#ifndef HISTORY_FIXTURE_H
#define HISTORY_FIXTURE_H

#include "bench/history/history.h"

/* Returns the URL of the PostgreSQL server that the test got (PCPU_TEST_POSTGRES, with a ? in it)
   or NULL. */
const char *history_test_server(void);

/* Makes a new folder below /tmp, for the history and what is put aside; with a server the history
   is in a new schema there, and test_path its URL. */
void history_folder_make(void);
void history_folder_remove(void);
extern char test_path[256], test_aside[272];

/* Writes text to the history's path. */
void history_write_text(const char *text);

/* From stderr_capture() on stderr goes to a file of the folder; stderr_captured() restores it and
   returns what was written, valid until the next call. */
void stderr_capture(void);
const char *stderr_captured(void);

/* Returns two series with two repetitions; their texts need quoting in every format. */
json_t *history_sample_run(void);

/* Fails the running test when this field, or any of a run's fields and samples, differs. */
void history_check_same(const json_t *got, const json_t *wanted, const char *key);
void history_check_same_run(const json_t *got, const json_t *wanted);

#endif
