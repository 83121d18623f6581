/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * table_html.h - the tables that tables.json describes, as HTML from the document: what the page
 * shows without JavaScript, and what it sorts, filters and copies with it.
 *
 *	{"id": "boot-machines", "tab": "boot", "caption": "...", "rows": "machines[].results...",
 *	 "fold": true (closed at first),
 *	 "stack": true (in a narrow window a row is a list of its cells),
 *	 "columns": [{"head": "time", "key": "seconds", "kind": "number", "unit": "s", "digits": 1,
 *		      "good": ["ok"], "plain": ["skipped"], "words": {"true": "ok"},
 *		      "many": true (only where there are several machines)}]}
 *
 * Kinds: text; code; commit (the first digits of its id); when (a UTC time, to the minute); number
 * (unit, digits); bytes (KiB, MiB ...); time (unit: ns, us, ms or s; shown in what fits); percent;
 * badge: green where its words are among `good`, without colour among `plain`, else red; mark:
 * true, false and null as x, - and ?; lines: a list of texts.
 */
#ifndef TABLE_HTML_H
#define TABLE_HTML_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes the table, nothing where it has no rows. Returns whether it has some. */
bool table_write(FILE *page, const json_t *table, const json_t *document);

#endif
