/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_ends.c - line ends. Serial consoles write CR LF, which some programs turn into CR CR LF; a
 * lone CR is a line end or a return to the start of the line; NULs are unwritten blocks of a file
 * system.
 */
#include "harness/cli/log/log_clean.h"

void log_line_ends(struct log_text *text)
{
	size_t nr = 0;

	for (size_t i = 0; i < text->bytes; i++) {
		char c = text->at[i];

		if (c == '\0')
			continue;
		if (c == '\r') {
			while (i + 1 < text->bytes && (text->at[i + 1] == '\r' ||
						       text->at[i + 1] == '\0'))
				i++;
			if (i + 1 < text->bytes && text->at[i + 1] == '\n')
				i++;
			c = '\n';
		}
		text->at[nr++] = c;
	}
	text->bytes = nr;
}
