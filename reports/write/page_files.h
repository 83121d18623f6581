/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* page_files.h - the files of reports/page as texts; embed.py makes them a part of the program. */
#ifndef PAGE_FILES_H
#define PAGE_FILES_H

/* In the order of page/scripts; a NULL name ends them. */
struct page_file {
	const char *name; /* "style.css", "js/core.js" ... */
	const char *text;
};
extern const struct page_file page_files[];

/* The text of a file that is there. */
const char *page_file(const char *name);

#endif
