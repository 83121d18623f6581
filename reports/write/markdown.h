/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* markdown.h - the document in ten lines of Markdown, for the summary of a CI job. */
#ifndef MARKDOWN_H
#define MARKDOWN_H

#include <jansson.h>
#include <stdio.h>

/*
 * Of each machine: its verdict, what is red with the command that repeats it, open alerts, what the
 * newest run changed; at most ten lines, and how many more there are. Whatever the names hold is
 * text.
 */
void markdown_write(FILE *to, const json_t *document);

#endif
