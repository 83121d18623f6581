/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* inputs.h - the inputs that lie in files and below folders, in order of names, in memory. */
#ifndef FUZZ_INPUTS_H
#define FUZZ_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_MAX_BYTES ((size_t)1 << 20) /* of a file; a larger one is no input */

struct input {
	char *path;
	uint8_t *bytes; /* of exact size, so that ASan detects reads beyond them */
	size_t nr;
};

struct inputs {
	struct input *input;
	size_t nr, capacity;
	size_t nr_skipped;
};

/* Adds a file, or all below a folder but documents (*.md) and dot files. A file that cannot be
   read, is not plain or is too large is named on stderr with the reason, counted and skipped. */
void inputs_add(struct inputs *inputs, const char *path);
void inputs_free(struct inputs *inputs);

#endif
