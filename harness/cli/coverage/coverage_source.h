/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* coverage_source.h - a source file as lines, and which function a line belongs to. */
#ifndef COVERAGE_SOURCE_H
#define COVERAGE_SOURCE_H

#include <stdbool.h>

struct coverage_source {
	char *text;
	char **lines;	   /* lines[0] is line 1; no newlines */
	bool *in_function; /* between a function's outermost braces */
	unsigned nr;
};

/* name: from the root. False after printing a diagnostic. */
bool coverage_source_read(struct coverage_source *source, const char *name);
void coverage_source_free(struct coverage_source *source);

/* Returns the line on which the function around this line begins, or 0. A function must begin at
   the left margin. */
unsigned coverage_source_head(const struct coverage_source *source, unsigned line);
/* Returns the function's name, malloc'ed; "" for none. */
char *coverage_source_function(const struct coverage_source *source, unsigned line);
/* Returns the text of a line from a column (1: the first) to another (0: its end), without blanks
   and comments at its ends; malloc'ed. */
char *coverage_source_cut(const struct coverage_source *source, unsigned line, unsigned from,
			  unsigned to);

#endif
