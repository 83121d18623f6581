/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_files.h - files for tests: the corpus of this checkout, read whole, folder by folder. */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include <stddef.h>

/* PATH below the checkout's root ("corpus/layouts"), in a static buffer that the next call
   reuses. */
const char *test_source_path(const char *path);

/* The whole file, NUL-terminated behind its end, to be freed; the running test fails when it
   cannot be read. */
char *test_read_file(const char *path, size_t *bytes);

/* Calls each(path, name without suffix) for every file of the folder that ends in suffix, in
   order of name. Returns how many. The running test fails when the folder cannot be read. */
unsigned test_each_file(const char *folder, const char *suffix,
			void (*each)(const char *path, const char *name));

#endif
