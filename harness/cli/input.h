/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * input.h - what the user gives to be read: a file, a FIFO, `-` for stdin; plain, .gz or .xz by
 * its content. Bytes come unpacked, in blocks; nothing is held but the block.
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

/* What is no trace: a larger one is refused, by its size before anything is read. */
#define INPUT_MAX_BYTES	 (UINT64_C(64) << 20)
/* What a pipe may bring of a trace, packed or plain: it is kept in an unnamed file. */
#define INPUT_MAX_SPOOL	 (UINT64_C(1) << 30)
#define INPUT_BLOCK_BYTES 65536u

struct input;

/* NULL: cannot be opened, a folder, or packed by what is not known here. stdin is opened once a
   process: a second `-` is refused. */
struct input *input_open(const char *path);
/* Bytes of the file as stored; UINT64_MAX for what has no size: a pipe, a device. */
uint64_t input_stored_bytes(const struct input *input);
/* Is it plain, and does it begin so? start: at most 12 characters. Before anything is read. */
bool input_begins(const struct input *input, const char *start);
/* The same, and true for what is packed: nobody knows yet. */
bool input_may_begin(const struct input *input, const char *start);
/* At most nr bytes; *got 0 at the end. */
bool input_read(struct input *input, void *to, size_t nr, size_t *got);
/* Makes what cannot be read twice (a pipe) readable twice, before anything is read. */
bool input_spool(struct input *input);
/* From the first byte again: a file, or what was spooled. */
bool input_rewind(struct input *input);
void input_close(struct input *input);

/* The rest of it, at most max_bytes (a larger file is refused before it is read), NUL-terminated
   behind its end; path is for the refusal. free() it. (files.c) */
bool cmd_read_all(struct input *input, const char *path, uint64_t max_bytes, char **text,
		  size_t *bytes);

#endif
