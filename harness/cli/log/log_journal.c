/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_journal.c - what `journalctl -o json` writes: an object a line (or over several, -o
 * json-pretty; or behind a record separator, -o json-seq), of which MESSAGE is the line that was
 * logged. It is shorter than its object, so it is decoded in place.
 */
#include "harness/cli/log/log_clean.h"

#include <jansson.h>
#include <string.h>

#define RECORD_SEPARATOR '\x1e'

struct cursor {
	const char *in, *end;
	char *out;
	uint32_t line; /* of in, from 1 */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == RECORD_SEPARATOR;
}

static bool is_journal(const struct log_text *text)
{
	size_t i = 0;

	while (i < text->bytes && is_space(text->at[i]))
		i++;
	return i < text->bytes && text->at[i] == '{' && log_holds(text, "\"MESSAGE\"");
}

static void journal_put(struct cursor *c, const char *bytes, size_t nr)
{
	memcpy(c->out, bytes, nr);
	c->out += nr;
}

/* An element of an array: a byte, or one of several strings. */
static bool put_element(struct cursor *c, const json_t *element, bool is_first)
{
	json_int_t byte = json_integer_value(element);

	if (json_is_string(element)) {
		if (!is_first)
			*c->out++ = '\n';
		journal_put(c, json_string_value(element), json_string_length(element));
		return true;
	}
	if (!json_is_integer(element) || byte < 0 || byte > 255)
		return false;
	*c->out++ = (char)byte;
	return true;
}

/* Returns false for a MESSAGE that no journal writes. */
static bool put_message(struct cursor *c, const json_t *message)
{
	const json_t *element;
	size_t i;

	if (json_is_string(message)) {
		journal_put(c, json_string_value(message), json_string_length(message));
		return true;
	}
	if (!message || json_is_null(message)) /* another record; or one too large to print */
		return true;
	if (!json_is_array(message))
		return false;
	json_array_foreach(message, i, element)
		if (!put_element(c, element, i == 0))
			return false;
	return true;
}

/* Keeps line ends between objects, so that lines keep their numbers. */
static void pass_space(struct cursor *c)
{
	for (; c->in < c->end && is_space(*c->in); c->in++) {
		if (*c->in != '\n')
			continue;
		*c->out++ = '\n';
		c->line++;
	}
}

static bool journal_refuse(const struct cursor *c, int line, const char *expected,
			   struct lab_error *error)
{
	*error = (struct lab_error){ .line = c->line + (line > 0 ? (uint32_t)line - 1 : 0),
				     .expected = expected };
	return false;
}

/* Replaces the object at c->in by its message and the line ends inside it. */
static bool take_object(struct cursor *c, struct lab_error *error)
{
	json_error_t wrong;
	json_t *object = json_loadb(c->in, (size_t)(c->end - c->in),
				    JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &wrong);
	const char *stop;
	uint32_t nr_lines = 0;
	bool ok;

	if (!object)
		return journal_refuse(c, wrong.line, "a whole JSON object, as a journal has them",
				      error);
	stop = c->in + wrong.position;
	for (; c->in < stop; c->in++) /* before the message overwrites it */
		nr_lines += *c->in == '\n';
	ok = put_message(c, json_object_get(object, "MESSAGE"));
	json_decref(object);
	if (!ok)
		return journal_refuse(c, 1, "a MESSAGE that is a string, or an array of bytes",
				      error);
	c->line += nr_lines;
	while (nr_lines-- > 0)
		*c->out++ = '\n';
	return true;
}

bool log_from_journal(struct log_text *text, struct lab_error *error)
{
	struct cursor c = { text->at, text->at + text->bytes, text->at, 1 };

	if (!is_journal(text))
		return true;
	for (pass_space(&c); c.in < c.end; pass_space(&c)) {
		if (c.out > text->at && c.out[-1] != '\n') /* a second object of one line */
			*c.out++ = '\n';
		if (!take_object(&c, error))
			return false;
	}
	text->bytes = (size_t)(c.out - text->at);
	return true;
}
