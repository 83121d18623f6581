/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * html.h - a page in pieces. All text that is not constant goes through html_text(): traces, kernel
 * logs and crash files are untrusted.
 */
#ifndef HTML_H
#define HTML_H

#include <jansson.h>
#include <stdio.h>

/* Prints text, escaped; also usable inside a double-quoted attribute. NULL prints nothing. */
void html_text(FILE *page, const char *text);
/* printf, escaped. */
void html_print(FILE *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print the page up to the heading; and its end. */
void html_begin(FILE *page, const char *title);
void html_end(FILE *page);

/* A section with a heading. */
void html_section(FILE *page, const char *id, const char *heading);
void html_section_end(FILE *page);

/* Tables: headings and cells; a number is right-aligned with thin spaces between thousands. */
void html_table(FILE *page, const char *const headings[]); /* NULL-terminated */
void html_row(FILE *page);
void html_cell(FILE *page, const char *text);
void html_number(FILE *page, double number, int decimals);
void html_value(FILE *page, const json_t *value,
		int decimals); /* number, text, boolean; a dash for NULL */
void html_row_end(FILE *page);
void html_table_end(FILE *page);

/* Prints a two-column table of an object: its keys, with blanks for underscores, and values. */
void html_facts(FILE *page, const json_t *object);

/* Prints a badge: good or bad, and words. */
void html_badge(FILE *page, int good, const char *words);

/* Prints lines unchanged, folded behind a summary when `fold` is not NULL. */
void html_lines(FILE *page, const char *fold, const char *text);

#endif
