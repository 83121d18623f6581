/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_quoted.c - mail's quoted-printable (RFC 2045, 6.7): =3D is `=`, and a line that ends in `=`
 * continues.
 *
 *	alloc=3D1*2097152		every `=` is written so: this identifies the form
 *	[0] 000 001 =			then: alloc=16*4096 is no hexadecimal 16
 *	002 003
 */
#include "harness/cli/log/log_clean.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_quoted_printable(const struct log_text *text)
{
	return log_holds(text, "=3D") || log_holds(text, "=3d") ||
	       log_holds(text, "Content-Transfer-Encoding: quoted-printable");
}

/* Skips blanks added after a soft break. Returns where the line ends, or 0. */
static size_t soft_break(const struct log_text *text, size_t at)
{
	do
		at++;
	while (at < text->bytes && (text->at[at] == ' ' || text->at[at] == '\t'));
	return at < text->bytes && text->at[at] == '\n' ? at : 0;
}

void log_from_quoted_printable(struct log_text *text)
{
	size_t nr = 0, nr_joined = 0;

	if (!is_quoted_printable(text))
		return;
	for (size_t i = 0; i < text->bytes; i++) {
		size_t end = text->at[i] == '=' ? soft_break(text, i) : 0;
		int high = i + 2 < text->bytes ? hex_digit(text->at[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text->at[i + 2]) : -1;

		if (end) {
			nr_joined++;
			i = end;
		} else if (text->at[i] == '=' && low >= 0) {
			text->at[nr++] = (char)(high << 4 | low);
			i += 2;
		} else {
			text->at[nr++] = text->at[i];
		}
		for (; nr_joined && !end && text->at[nr - 1] == '\n'; nr_joined--)
			text->at[nr++] = '\n';
	}
	for (; nr_joined; nr_joined--)
		text->at[nr++] = '\n';
	text->bytes = nr;
}
