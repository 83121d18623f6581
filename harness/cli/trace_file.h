/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace_file.h - traces from files, read twice: counted, then taken. Held are the operations and
 * each SITE once, never the text: a trace may be larger than memory would hold as text.
 */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include "harness/text/trace.h"

#define TRACE_MAX_LINE	(1u << 20)	     /* bytes of a line */
#define TRACE_MAX_BYTES UINT32_MAX	     /* of the text, unpacked */

struct trace_file {
	struct lab_trace trace; /* .text: the sites */
	struct lab_op *ops;
	char *sites;
};

/* PATH: whatever input.h opens; a pipe is kept in an unnamed file of at most 1 GiB meanwhile.
   False after one line, `PATH:LINE: what was expected`; *file is then empty. */
bool trace_file_read(const char *path, struct trace_file *file);
void trace_file_free(struct trace_file *file);

/* The text itself, at most 1 GiB, NUL-terminated, malloc'ed; for who hands it on as it is. What
   does not begin like a trace is refused by its first bytes. False after one line. */
bool trace_file_text(const char *path, char **text, size_t *bytes);

#endif
