/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace_file.h - reads traces from files twice: counts, then parses. It stores the operations and
 * each SITE once, never the text, which may be larger than memory.
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

/* Reads PATH: anything that input.h opens; a pipe is stored in an unnamed file of at most 1 GiB
   meanwhile. False after one line, `PATH:LINE: what was expected`; *file is then empty. */
bool trace_file_read(const char *path, struct trace_file *file);
void trace_file_free(struct trace_file *file);

/* Returns the text itself, at most 1 GiB, NUL-terminated, malloc'ed. An input that does not begin
   like a trace is refused by its first bytes. False after one line. */
bool trace_file_text(const char *path, char **text, size_t *bytes);

#endif
