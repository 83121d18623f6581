/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * html.h - a page in pieces. Everything that is not literally ours goes through html_text():
 * traces, kernel logs and crash files hold whatever somebody put there.
 */
#ifndef HTML_H
#define HTML_H

#include <jansson.h>
#include <stdio.h>

/* Text, escaped; also right inside a double-quoted attribute. NULL prints nothing. */
void html_text(FILE *page, const char *text);
/* printf, escaped. */
void html_print(FILE *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* From the doctype to the heading; and the end. */
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

/* A two-column table of what an object holds: its keys, with blanks for underscores. */
void html_facts(FILE *page, const json_t *object);

/* A badge: good or bad, and words. */
void html_badge(FILE *page, int good, const char *words);

/* Lines as they are, folded away behind a summary when `fold` is not NULL. */
void html_lines(FILE *page, const char *fold, const char *text);

#endif
