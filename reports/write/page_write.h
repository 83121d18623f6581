/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * page_write.h - the page: template (page/page.html), style, libraries, scripts, tables and the
 * document in one file that works from disk. page/ is a part of this program (page_files.h).
 */
#ifndef PAGE_WRITE_H
#define PAGE_WRITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Writes the page of a document. tabs: ids of tables.json, NULL at the end, that it has; NULL: all.
 * Libraries that are not installed are left out, and the page says which (library.h). False: the
 * document has a text or number that no JSON has.
 */
bool page_write(FILE *page, const json_t *document, const char *title, const char *const tabs[]);

/* The same to FILE, as cmd_write_file(). False after printing a diagnostic. */
bool page_write_file(const char *path, const json_t *document, const char *title,
		     const char *const tabs[]);

#endif
