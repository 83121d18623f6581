/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * html_text.h - text that is not constant, in a page: traces, kernel logs and crash files are
 * untrusted.
 */
#ifndef HTML_TEXT_H
#define HTML_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints text, escaped; also usable inside a double-quoted attribute. NULL prints nothing. */
void html_text(FILE *page, const char *text);

/* Prints JSON into a <script> that is no program: `<` and `>` as \u003c and \u003e, so that nothing
   in it can end the script, and what is not ASCII as \uXXXX. False: no JSON can have it. */
bool html_json(FILE *page, const json_t *value);

#endif
