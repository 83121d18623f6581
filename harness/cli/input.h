/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * input.h - an input of the user: a file, a FIFO, `-` for stdin; plain, .gz or .xz by
 * its content. Bytes come unpacked, in blocks; only one block is in memory.
 *
 *	struct input *in = input_open(path);
 *	while (input_read(in, block, sizeof(block), &nr) && nr)
 *		...
 *	input_close(in);
 *
 * Each function that returns false (or NULL) has printed one line that names the input.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limit of inputs that are not traces: a larger one is refused, if possible by its size before it
   is read. */
#define INPUT_MAX_BYTES	 (UINT64_C(64) << 20)
/* Limit of a trace from a pipe, packed or plain: it is stored in an unnamed file. */
#define INPUT_MAX_SPOOL	 (UINT64_C(1) << 30)
#define INPUT_BLOCK_BYTES 65536u

struct input;

/* NULL: cannot be opened, a folder, or packed in an unsupported format. stdin is opened once per
   process: a second `-` is refused. */
struct input *input_open(const char *path);
/* Returns the bytes of the file as stored; UINT64_MAX for a pipe or a device. */
uint64_t input_stored_bytes(const struct input *input);
/* Returns whether the input is plain and begins with `start`, at most 12 characters. Call it before
   reading. */
bool input_begins(const struct input *input, const char *start);
/* Does the same, but returns true for a packed input, whose text is not known yet. */
bool input_may_begin(const struct input *input, const char *start);
/* Reads at most nr bytes; *got is 0 at the end. */
bool input_read(struct input *input, void *to, size_t nr, size_t *got);
/* Makes an input that cannot be read twice (a pipe) rewindable. Call it before reading. */
bool input_spool(struct input *input);
/* Restarts from the first byte: of a file, or of a spooled input. */
bool input_rewind(struct input *input);
void input_close(struct input *input);

/* Reads the rest, at most max_bytes (a larger file is refused before it is read), NUL-terminated
   behind its end; path is for messages. free() it. (files.c) */
bool cmd_read_all(struct input *input, const char *path, uint64_t max_bytes, char **text,
		  size_t *bytes);

#endif
