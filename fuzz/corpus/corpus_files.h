/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_files.h - the committed corpus as files: targets, inputs, what killed a defect last. */
#ifndef CORPUS_FILES_H
#define CORPUS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORPUS_MAX_BYTES ((uint64_t)2 << 20) /* all of corpus/ */

/* Names, sorted, NULL behind the last; g_strfreev() them. */

/* The targets of fuzz/targets/targets.def. NULL after printing a diagnostic. */
char **corpus_targets(void);

/* The inputs in a folder: plain files but README.md and dot files; a missing folder has none. */
char **corpus_inputs(const char *folder);

/* Empties or makes a folder below build/. False after printing a diagnostic. */
bool corpus_work_folder(const char *path);

/* An input's bytes as they are, at most room; false when there are more or it cannot be read. */
bool corpus_read(const char *path, uint8_t *bytes, size_t capacity, size_t *nr);
/* Copies an input into a folder below build/, under its name. False after printing a diagnostic. */
bool corpus_copy(const char *folder, const char *name, const char *to);

/* Bytes of all files below a folder. */
uint64_t corpus_folder_bytes(const char *folder);

/* The defects that this input killed last (fuzz/zoo/killers), "`a`, `b`"; malloc'ed. NULL: none. */
char *corpus_defects_killed(const char *target, const char *input);

#endif
