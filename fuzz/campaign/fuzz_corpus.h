/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_corpus.h - paths of a target's inputs, and its working corpus: seeded, extended, minimised.
 *
 *	corpus/TARGET/			committed seeds, read only
 *	build/fuzz-corpus/TARGET/	the working corpus, shared by both engines
 *	build/fuzz-corpus/TARGET.afl/	AFL++'s instances (or the fleet's folder)
 *	build/fuzz-corpus/TARGET.found/	findings that are not replayed yet;
 *			.WRITER.NAME	a running process may still be writing it
 *	fuzz/dict/TARGET.dict		words for both engines, if there are any
 */
#ifndef FUZZ_CORPUS_H
#define FUZZ_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_paths {
	const char *target;
	char *seeds, *corpus, *afl, *found, *dict; /* absolute; dict NULL: none */
};

/* afl_folder: the fleet's, or NULL. */
void fuzz_paths_init(struct fuzz_paths *paths, const char *target, const char *afl_folder);
void fuzz_paths_finish(struct fuzz_paths *paths);

/* Makes the folders and copies the seeds into the working corpus. Files there that are not inputs
   are reported and moved away; such seeds are skipped. False after a diagnostic. */
bool fuzz_corpus_open(const struct fuzz_paths *paths);

/* Writes an input into the folder as PREFIX-HASH, completely or not at all; longer ones are cut to
   what a target reads. False: it could not be written. */
bool fuzz_corpus_put(const char *folder, const char *prefix, const uint8_t *bytes, size_t nr);
/* Does the same for a file. */
bool fuzz_corpus_copy(const char *folder, const char *prefix, const char *file);

/* Renames .WRITER.NAME to NAME: the writer's process has ended, so the file is complete. NULL: any
   writer, when none runs. Returns how many. */
unsigned fuzz_corpus_release(const char *folder, const char *writer);

/* Removes files with exactly these bytes: libFuzzer does not start with an input that crashes
   it. */
void fuzz_corpus_drop(const char *folder, const uint8_t *bytes, size_t nr);

/* Minimises it into a new folder with libFuzzer, keeping all coverage, and swaps the two. False: it
   is unchanged. */
bool fuzz_corpus_merge(const struct fuzz_paths *paths, double timeout_seconds);

unsigned fuzz_corpus_count(const char *folder);

/* Returns whether the folder's disk is almost full. */
bool fuzz_disk_full(const char *folder);

/* Reads a file of at most an input's length, and one byte more if it is longer. False:
   unreadable. */
bool fuzz_read_input(const char *file, uint8_t *bytes, size_t *nr);

#endif
