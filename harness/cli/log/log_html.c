/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_html.c - logs copied from web pages: <br> is a newline, other tags are dropped, &gt; is `>`.
 * A newline after <br> is dropped. <6>, a printk level, is not a tag.
 */
#include "harness/cli/log/log_clean.h"

#include <string.h>
#include <strings.h>

enum { MAX_TAG = 256 };

static const struct entity {
	const char *name;
	char character;
} entities[] = {
	{ "&gt;", '>' },  { "&lt;", '<' },   { "&amp;", '&' },	{ "&quot;", '"' },
	{ "&#39;", '\'' }, { "&nbsp;", ' ' }, { "&#160;", ' ' }, { "\xc2\xa0", ' ' },
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Returns the bytes of a tag at `at`; 0 when there is none. */
static size_t tag_bytes(const char *at, const char *end)
{
	const char *name = at + 1, *stop;

	if (*at != '<')
		return 0;
	name += name < end && *name == '/';
	if (name >= end || !is_letter(*name))
		return 0;
	for (stop = name; stop < end && stop < at + MAX_TAG; stop++) {
		if (*stop == '>')
			return (size_t)(stop + 1 - at);
		if (*stop == '<' || *stop == '\n')
			break;
	}
	return 0;
}

static bool is_break(const char *at, size_t nr)
{
	return nr >= 4 && !strncasecmp(at, "<br", 3) && !is_letter(at[3]);
}

static const struct entity *find_entity(const char *at, const char *end)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		size_t nr = strlen(entities[i].name);

		if ((size_t)(end - at) >= nr && !memcmp(at, entities[i].name, nr))
			return &entities[i];
	}
	return NULL;
}

/* Skips blanks and a newline after <br>. */
static const char *skip_newline(const char *at, const char *end)
{
	const char *blank = at;

	while (blank < end && (*blank == ' ' || *blank == '\t'))
		blank++;
	return blank < end && *blank == '\n' ? blank + 1 : at;
}

void log_from_html(struct log_text *text)
{
	const char *at = text->at, *end = text->at + text->bytes;
	char *out = text->at;

	while (at < end) {
		size_t nr = tag_bytes(at, end);
		const struct entity *entity = nr ? NULL : find_entity(at, end);

		if (nr && is_break(at, nr)) {
			at = skip_newline(at + nr, end);
			*out++ = '\n';
		} else if (nr) {
			at += nr;
		} else {
			*out++ = entity ? entity->character : *at;
			at += entity ? strlen(entity->name) : 1;
		}
	}
	text->bytes = (size_t)(out - text->at);
}
