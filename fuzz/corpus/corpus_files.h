/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_files.h - the committed corpus as files: targets, inputs, and the inputs that killed
   defects last. */
#ifndef CORPUS_FILES_H
#define CORPUS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORPUS_MAX_BYTES ((uint64_t)2 << 20) /* all of corpus/ */

/* Names, sorted, NULL behind the last; g_strfreev() them. */

/* The targets of fuzz/targets/targets.def. NULL after printing a diagnostic. */
char **corpus_targets(void);

/* Returns the inputs in a folder: plain files except README.md and dot files; none for a missing
   folder. */
char **corpus_inputs(const char *folder);

/* Creates or empties a folder below build/. False after printing a diagnostic. */
bool corpus_work_folder(const char *path);

/* Reads an input's bytes, at most capacity; false when there are more or it cannot be read. */
bool corpus_read(const char *path, uint8_t *bytes, size_t capacity, size_t *nr);
/* Copies an input into a folder below build/, with the same name. False after printing a
   diagnostic. */
bool corpus_copy(const char *folder, const char *name, const char *to);

/* Returns the bytes of all files below a folder. */
uint64_t corpus_folder_bytes(const char *folder);

/* Returns the defects that this input killed last (fuzz/zoo/killers), "`a`, `b`"; malloc'ed. NULL:
   none. */
char *corpus_defects_killed(const char *target, const char *input);

#endif
