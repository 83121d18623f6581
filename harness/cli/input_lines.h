/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* input_lines.h - the lines of an input (input.h), one after the other, in a buffer of the longest
   of them. */
#ifndef INPUT_LINES_H
#define INPUT_LINES_H

#include "harness/cli/input.h"

struct input_lines {
	struct input *input;
	const char *path;
	size_t max_line;     /* bytes; a longer line is refused */
	const char *long_sentence; /* message for a longer line; NULL: names the length */
	uint64_t max_bytes;  /* of all lines together, newlines included */
	/* Start with 0. */
	uint64_t bytes;
	uint32_t number;     /* of the line returned last, from 1 */
	char *buffer;
	size_t at, nr, capacity; /* [at, nr) is not yet cut into lines */
	bool ended;
};

enum input_line { INPUT_LINE, INPUT_NO_LINE, INPUT_REFUSED };

/* Returns the next line, without its newline and one CR before it, valid until the next call; it is
   followed by a readable newline, CR or NUL. INPUT_REFUSED after one line on stderr. */
enum input_line input_next_line(struct input_lines *lines, const char **line, size_t *nr);
/* Restarts from the first line. */
bool input_lines_rewind(struct input_lines *lines);
/* Frees the buffer; the input stays open. */
void input_lines_finish(struct input_lines *lines);

#endif
