/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_files.h - the committed corpus as files: targets, inputs, what killed a defect last. */
#ifndef CORPUS_FILES_H
#define CORPUS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORPUS_MAX_BYTES ((uint64_t)2 << 20) /* all of corpus/ */

/* Names, sorted. */
struct corpus_names {
	char **at;
	size_t nr;
};

void corpus_names_free(struct corpus_names *names);
bool corpus_names_have(const struct corpus_names *names, const char *name);

/* The targets of fuzz/targets/targets.def. False after printing a diagnostic. */
bool corpus_targets(struct corpus_names *targets);

/* The inputs in a folder: plain files but README.md and dot files; a missing folder has none. */
void corpus_inputs(struct corpus_names *inputs, const char *folder);

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
