/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* html_text.c - see html_text.h. */
#include "reports/write/html_text.h"

void html_text(FILE *page, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", page);
			break;
		case '>':
			fputs("&gt;", page);
			break;
		case '&':
			fputs("&amp;", page);
			break;
		case '"':
			fputs("&quot;", page);
			break;
		case '\'':
			fputs("&#39;", page);
			break;
		default:
			/* Control characters are not allowed in HTML at all. */
			if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
				fputc(*text, page);
			break;
		}
	}
}

/* `<` and `>` stand in JSON's texts alone, where an escape is the same. */
static int json_take(const char *buffer, size_t size, void *page)
{
	for (size_t i = 0; i < size; i++) {
		if (buffer[i] == '<' || buffer[i] == '>')
			fputs(buffer[i] == '<' ? "\\u003c" : "\\u003e", page);
		else
			fputc(buffer[i], page);
	}
	return ferror((FILE *)page) ? -1 : 0;
}

bool html_json(FILE *page, const json_t *value)
{
	return !json_dump_callback(value, json_take, page,
				   JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
}
