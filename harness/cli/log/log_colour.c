/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_colour.c - escape sequences of terminals (ECMA-48), and the ways in which ESC is written out.
 *
 *	ESC [ 32 m	control sequence: parameters, then one letter
 *	ESC ] 0;x BEL	operating system command: to BEL or ESC \
 *	ESC ( B, ESC c	any other: intermediates, one character
 *	^[[32m #033[32m \033[32m \x1b[32m \e[32m copied from a program that displays ESC [32m ESC
 *	was lost: colours only
 */
#include "harness/cli/log/log_clean.h"

#include <string.h>

static const char *const escapes[] = { "\x1b", "^[", "#033", "\\033", "\\x1b", "\\x1B", "\\e" };

struct rest {
	const char *at, *end;
};

/* Returns the bytes of the written ESC at the start; 0 when there is none. */
static size_t escape_bytes(struct rest rest)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		size_t nr = strlen(escapes[i]);

		if ((size_t)(rest.end - rest.at) >= nr && !memcmp(rest.at, escapes[i], nr))
			return nr;
	}
	return 0;
}

/* Returns the length of `[`, parameters, intermediates, one final byte; 0 when it does not
   match. */
static size_t control_bytes(struct rest rest)
{
	const char *at = rest.at;

	if (at == rest.end || *at != '[')
		return 0;
	for (at++; at < rest.end && *at >= 0x20 && *at < 0x40; at++)
		;
	return at < rest.end && *at >= 0x40 && *at < 0x7f ? (size_t)(at + 1 - rest.at) : 0;
}

/* Returns the length of `]` up to BEL or ESC \, within its line. */
static size_t command_bytes(struct rest rest)
{
	for (const char *at = rest.at; at < rest.end && *at != '\n'; at++) {
		if (*at == '\a')
			return (size_t)(at + 1 - rest.at);
		if (*at == '\x1b' && at + 1 < rest.end && at[1] == '\\')
			return (size_t)(at + 2 - rest.at);
	}
	return 0;
}

/* Intermediates, then one character: `(B`, `c`. */
static size_t other_bytes(struct rest rest)
{
	const char *at = rest.at;

	while (at < rest.end && *at >= 0x20 && *at < 0x30)
		at++;
	return (size_t)(at - rest.at) + (at < rest.end && *at != '\n');
}

/* Matches [0m, [1;32m without ESC: a digit, more digits and semicolons, then m. */
static size_t lost_bytes(struct rest rest)
{
	const char *at = rest.at + 1;

	while (at < rest.end && ((*at >= '0' && *at <= '9') || *at == ';'))
		at++;
	return at < rest.end && *at == 'm' && at > rest.at + 1 ? (size_t)(at + 1 - rest.at) : 0;
}

static size_t sequence_bytes(struct rest rest)
{
	size_t escape = escape_bytes(rest), more;
	struct rest behind = { rest.at + escape, rest.end };

	if (!escape)
		return *rest.at == '[' ? lost_bytes(rest) : 0;
	more = control_bytes(behind);
	if (!more && behind.at < rest.end && *behind.at == ']')
		more = command_bytes(behind);
	if (more)
		return escape + more;
	if (*rest.at != '\x1b') /* letters that only look like an escape sequence */
		return 0;
	return escape + other_bytes(behind);
}

void log_drop_colours(struct log_text *text)
{
	const char *end = text->at + text->bytes;
	size_t nr = 0;

	for (const char *at = text->at; at < end;) {
		size_t skip = sequence_bytes((struct rest){ at, end });

		if (!skip)
			text->at[nr++] = *at++;
		at += skip;
	}
	text->bytes = nr;
}
