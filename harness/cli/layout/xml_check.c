/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * xml_check.c - is a file whole, well-formed XML?
 *
 * hwloc's own reader is lenient, crashes on some damaged files, and cannot say in which line it
 * lost its way. So the form is checked here first: elements, nesting, attributes, comments, one
 * doctype without declarations of its own. What the elements mean is hwloc's business.
 */
#include "harness/cli/layout/xml_check.h"

#include <string.h>

#define MAX_DEPTH 256

struct name {
	const char *at;
	size_t bytes;
};

struct reader {
	const char *start, *at, *end;
	struct name open[MAX_DEPTH];
	size_t depth;
	bool had_root;
	struct lab_error *error;
};

static bool refuse(struct reader *reader, const char *expected)
{
	uint32_t line = 1;

	for (const char *at = reader->start; at < reader->at && at < reader->end; at++)
		line += *at == '\n' && at + 1 < reader->end; /* the end is on the last line */
	reader->error->line = line;
	reader->error->expected = expected;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && is_blank(*reader->at))
		reader->at++;
}

/* Moves behind `string` if it comes next. */
static bool skip(struct reader *reader, const char *string)
{
	size_t bytes = strlen(string);

	if ((size_t)(reader->end - reader->at) < bytes || memcmp(reader->at, string, bytes) != 0)
		return false;
	reader->at += bytes;
	return true;
}

/* Moves behind the next `string`. */
static bool skip_past(struct reader *reader, const char *string, const char *expected)
{
	while (reader->at < reader->end) {
		if (skip(reader, string))
			return true;
		reader->at++;
	}
	return refuse(reader, expected);
}

static struct name take_name(struct reader *reader)
{
	struct name name = { .at = reader->at };

	while (reader->at < reader->end && !is_blank(*reader->at) &&
	       !memchr("<>/=\"'", *reader->at, 6) && *reader->at != '\0')
		reader->at++;
	name.bytes = (size_t)(reader->at - name.at);
	return name;
}

/* NAME="VALUE", the name being next. */
static bool take_attribute(struct reader *reader)
{
	char quote;

	if (take_name(reader).bytes == 0)
		return refuse(reader, "an XML attribute NAME=\"VALUE\", or the end of the tag");
	skip_blanks(reader);
	if (!skip(reader, "="))
		return refuse(reader, "an XML attribute NAME=\"VALUE\"");
	skip_blanks(reader);
	if (reader->at == reader->end || (*reader->at != '"' && *reader->at != '\''))
		return refuse(reader, "an XML attribute NAME=\"VALUE\"");
	quote = *reader->at++;
	while (reader->at < reader->end && *reader->at != quote && *reader->at != '<' &&
	       *reader->at != '\0')
		reader->at++;
	if (reader->at == reader->end || *reader->at != quote)
		return refuse(reader, "an XML attribute NAME=\"VALUE\"");
	reader->at++;
	return true;
}

static bool name_is(struct name name, const char *at, size_t bytes)
{
	return name.bytes == bytes && memcmp(name.at, at, bytes) == 0;
}

/* Behind `<`: an element's start, to its end. */
static bool take_start(struct reader *reader, const char *root)
{
	struct name name = take_name(reader);

	if (name.bytes == 0)
		return refuse(reader, "an XML element's name");
	if (reader->depth == 0 && (reader->had_root || !name_is(name, root, strlen(root))))
		return refuse(reader, "an hwloc XML export: one element <topology>");
	if (reader->depth == MAX_DEPTH)
		return refuse(reader, "at most 256 nested XML elements");
	reader->had_root = true;
	for (;;) {
		skip_blanks(reader);
		if (skip(reader, "/>"))
			return true;
		if (skip(reader, ">")) {
			reader->open[reader->depth++] = name;
			return true;
		}
		if (!take_attribute(reader))
			return false;
	}
}

/* Behind `</`. */
static bool take_end(struct reader *reader)
{
	struct name name = take_name(reader);

	skip_blanks(reader);
	if (reader->depth == 0 || !name_is(reader->open[reader->depth - 1], name.at, name.bytes) ||
	    !skip(reader, ">"))
		return refuse(reader, "the end tag of the innermost open XML element");
	reader->depth--;
	return true;
}

static bool take_markup(struct reader *reader, const char *root)
{
	if (skip(reader, "<?"))
		return skip_past(reader, "?>", "`?>`");
	if (skip(reader, "<!--"))
		return skip_past(reader, "-->", "`-->`");
	if (skip(reader, "<!DOCTYPE")) {
		while (reader->at < reader->end && *reader->at != '[' && *reader->at != '>')
			reader->at++;
		return skip(reader, ">") || refuse(reader, "a DOCTYPE without declarations");
	}
	if (skip(reader, "</"))
		return take_end(reader);
	reader->at++;
	return take_start(reader, root);
}

bool xml_check(const char *text, size_t bytes, const char *root, struct lab_error *error)
{
	struct reader reader = { .start = text, .at = text, .end = text + bytes, .error = error };

	while (reader.at < reader.end) {
		if (*reader.at == '<') {
			if (!take_markup(&reader, root))
				return false;
		} else if (reader.depth == 0 && !is_blank(*reader.at)) {
			return refuse(&reader, "an hwloc XML export");
		} else if (*reader.at++ == '\0') {
			return refuse(&reader, "XML without NUL bytes");
		}
	}
	if (reader.depth > 0)
		return refuse(&reader, "the end tag of the innermost open XML element");
	return reader.had_root || refuse(&reader, "an hwloc XML export");
}
