/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trace_oracle.h - a second reader of traces, dumb on purpose: SPEC.md 12 and the table on top of
 * trace.h, kind by kind. For tests and fuzz targets; O(n^2). Freestanding.
 */
#ifndef LAB_TRACE_ORACLE_H
#define LAB_TRACE_ORACLE_H

#include "harness/text/oracle_text.h"
#include "harness/text/trace.h"

/* Scratch and result; large: allocate it. */
struct lab_trace_oracle {
	uint32_t bad_line; /* the first one, from 1; 0: the text is a trace */
	bool ops_form, has_places;
	bool unknown; /* the last line was `u unknown_chunk` */
	uint32_t unknown_chunk;
	size_t nr_ops;
	struct lab_op op[LAB_ORACLE_MAX_PIECES]; /* site: offset in the text */
	struct lab_pieces lines, words;
};

/* At most LAB_ORACLE_MAX_PIECES lines. */
void lab_trace_oracle(const char *text, size_t nr, struct lab_trace_oracle *oracle);

#endif
