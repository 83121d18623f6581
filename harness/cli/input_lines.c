/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * input_lines.c - see input_lines.h.
 *
 *	buffer	[taken|line\n|half a line ...|room] an incomplete line moves to the front before a
 *		block is read behind it; the buffer doubles for long lines
 */
#include "harness/cli/input_lines.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static enum input_line lines_refuse(const struct input_lines *lines, const char *what,
				    uint64_t limit)
{
	char sentence[128];

	snprintf(sentence, sizeof(sentence), "%s of at most %llu bytes", what,
		 (unsigned long long)limit);
	cmd_bad_input(lines->path, lines->number + 1, sentence);
	return INPUT_REFUSED;
}

static enum input_line refuse_long(const struct input_lines *lines)
{
	if (!lines->long_sentence)
		return lines_refuse(lines, "a line", lines->max_line);
	cmd_bad_input(lines->path, lines->number + 1, lines->long_sentence);
	return INPUT_REFUSED;
}

/* Makes room for another block behind the incomplete line. */
static void make_room(struct input_lines *lines)
{
	if (lines->at > 0)
		memmove(lines->buffer, lines->buffer + lines->at, lines->nr - lines->at);
	lines->nr -= lines->at;
	lines->at = 0;
	if (lines->capacity - lines->nr >= INPUT_BLOCK_BYTES)
		return;
	lines->capacity = lines->capacity ? 2 * lines->capacity : 2 * INPUT_BLOCK_BYTES;
	lines->buffer = g_realloc(lines->buffer, lines->capacity + 1);
}

/* Reads until there is a complete line, or the end. *end: where the line stops. */
static enum input_line find_end(struct input_lines *lines, const char **end)
{
	size_t seen = 0;

	for (;;) {
		size_t from = lines->at + seen, got;

		*end = lines->nr > from ?
			       memchr(lines->buffer + from, '\n', lines->nr - from) :
			       NULL;
		seen = lines->nr - lines->at;
		if ((*end ? (size_t)(*end - (lines->buffer + lines->at)) : seen) > lines->max_line)
			return refuse_long(lines);
		if (*end || lines->ended)
			return INPUT_LINE;
		make_room(lines);
		if (!input_read(lines->input, lines->buffer + lines->nr, INPUT_BLOCK_BYTES, &got))
			return INPUT_REFUSED;
		lines->nr += got;
		lines->bytes += got;
		lines->ended = got == 0;
		if (lines->bytes > lines->max_bytes)
			return lines_refuse(lines, "a text", lines->max_bytes);
	}
}

enum input_line input_next_line(struct input_lines *lines, const char **line, size_t *nr)
{
	const char *end;

	if (find_end(lines, &end) == INPUT_REFUSED)
		return INPUT_REFUSED;
	if (!end && lines->at == lines->nr)
		return INPUT_NO_LINE;
	*line = lines->buffer + lines->at;
	*nr = end ? (size_t)(end - *line) : lines->nr - lines->at;
	lines->buffer[lines->nr] = '\0'; /* after a last line without newline */
	lines->at += *nr + (end != NULL);
	lines->number++;
	if (*nr > 0 && (*line)[*nr - 1] == '\r')
		--*nr;
	return INPUT_LINE;
}

bool input_lines_rewind(struct input_lines *lines)
{
	lines->at = lines->nr = 0;
	lines->number = 0;
	lines->bytes = 0;
	lines->ended = false;
	return input_rewind(lines->input);
}

void input_lines_finish(struct input_lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
}
