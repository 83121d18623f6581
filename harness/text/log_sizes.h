/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_sizes.h - what a kernel says of its first chunk in one line, where the dump is missing (it is
 * of level debug). Freestanding.
 *
 *	PERCPU: Embedded 13 pages/cpu @f5400000 s28800 r0 d24448 u524288
 *	PERCPU: 32 4K pages/cpu @ffffc90000000000 s107200 r8192 d15680		page by page
 */
#ifndef LAB_LOG_SIZES_H
#define LAB_LOG_SIZES_H

#include "harness/text/trace.h" /* struct lab_error */

struct lab_log_sizes {
	bool is_page;	     /* page by page: no unit is named */
	uint32_t line;	     /* from 1 */
	uint64_t nr_pages;   /* of each CPU */
	uint64_t page_bytes; /* as said, or as the sizes make it */
	uint64_t static_bytes, reserved_bytes, dyn_bytes;
	uint64_t unit_bytes; /* 0: page by page */
	/* Of the last line `setup_percpu: ... nr_cpu_ids:N nr_node_ids:N` before it; 0: none. */
	uint64_t nr_cpu_ids, nr_node_ids;
};

/* Reads the first line with `pages/cpu`. False: there is none, or it is damaged: *error. */
bool lab_log_sizes_parse(const char *text, size_t bytes, struct lab_log_sizes *sizes,
			 struct lab_error *error);

#endif
