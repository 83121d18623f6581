/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_ends.c - where lines end. Serial consoles write CR LF, and what passes them on makes CR CR
 * LF of it; a lone CR went back to the start of the line, or ends it; NULs are what a file system
 * left where it had no data.
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
