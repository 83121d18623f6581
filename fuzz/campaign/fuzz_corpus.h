/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_corpus.h - where a target's inputs are, and the working corpus: seeded, fed, minimised.
 *
 *	corpus/TARGET/			committed seeds, read only
 *	build/fuzz-corpus/TARGET/	the working corpus, shared by both engines
 *	build/fuzz-corpus/TARGET.afl/	AFL++'s instances (or the fleet's folder)
 *	build/fuzz-corpus/TARGET.found/	what broke something and was not looked at yet;
 *			.WRITER.NAME	what a process that runs may be writing
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

/* Makes the folders and brings the seeds into the working corpus. What is no input there is named
   and set aside, among the seeds skipped. False after telling. */
bool fuzz_corpus_open(const struct fuzz_paths *paths);

/* Puts an input into the folder as PREFIX-HASH, whole or not at all; longer ones are cut to what a
   target reads. False: it could not be written. */
bool fuzz_corpus_put(const char *folder, const char *prefix, const uint8_t *bytes, size_t nr);
/* Likewise, from a file. */
bool fuzz_corpus_copy(const char *folder, const char *prefix, const char *file);

/* .WRITER.NAME becomes NAME: what this writer wrote is whole, since its process has ended. NULL:
   any writer, none runs. Returns how many. */
unsigned fuzz_corpus_release(const char *folder, const char *writer);

/* Removes files with these very bytes: an input that ends the process keeps libFuzzer from
   starting. */
void fuzz_corpus_drop(const char *folder, const uint8_t *bytes, size_t nr);

/* Minimises it into a fresh folder with libFuzzer (all that the files cover stays) and swaps the
   two. False: it stays as it was. */
bool fuzz_corpus_merge(const struct fuzz_paths *paths, double timeout_seconds);

unsigned fuzz_corpus_count(const char *folder);

/* Is there hardly any room left where this folder is? */
bool fuzz_disk_full(const char *folder);

/* A file of at most an input's length, and a byte more if it is longer. False: unreadable. */
bool fuzz_read_input(const char *file, uint8_t *bytes, size_t *nr);

#endif
