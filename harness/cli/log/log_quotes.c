/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_quotes.c - `> `, `>> `, `> > ` in front of the lines of quoted mail. */
#include "harness/cli/log/log_clean.h"

/* Returns where the quoted line begins: one blank belongs to the mark. */
static const char *behind_quotes(const char *at, const char *end)
{
	const char *start = at, *begin = at;

	for (; at < end && (*at == '>' || *at == ' ' || *at == '\t'); at++)
		if (*at == '>')
			begin = at + 1;
	return begin > start && begin < end && *begin == ' ' ? begin + 1 : begin;
}

void log_unquote(struct log_text *text)
{
	const char *at = text->at, *end = text->at + text->bytes;
	char *out = text->at;

	while (at < end) {
		at = behind_quotes(at, end);
		while (at < end && *at != '\n')
			*out++ = *at++;
		if (at < end)
			*out++ = *at++;
	}
	text->bytes = (size_t)(out - text->at);
}
