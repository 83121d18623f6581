/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_clean.h - a kernel log as people pass it on, made into the lines that the kernel printed.
 *
 *	file -> encoding -> journal -> ends -> quoted-printable -> colour -> html -> quotes -> wraps
 *	     -> boots: doubled lines dropped, one boot chosen -> the strict parser (topology_text.h)
 *
 * R1  A pass changes only what its form explains: a log that the parser takes as it is comes out
 *     with the same dump.
 * R2  A line keeps its number: what is joined is followed by as many empty lines. Only where one
 *     line held several (<br>, a lone CR, a journal's message of several lines) do they part.
 * R3  What begins like a form and is none is refused, with the line and the form's name.
 */
#ifndef LOG_CLEAN_H
#define LOG_CLEAN_H

#include "harness/text/topology_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_MARK "pcpu-alloc:"

/* A text that the passes own: at[bytes] is there for a NUL. No pass but log_unwrap() makes it
   longer, and that one moves it. */
struct log_text {
	char *at; /* malloc'ed */
	size_t bytes;
};

/* UTF-16 of either order, with its mark or without, and the mark of UTF-8. What is no ASCII
   becomes `?`. False: *error. */
bool log_decode(struct log_text *text, struct lab_error *error);
/* One JSON object after the other, as `journalctl -o json` writes them: MESSAGE as a string, as an
   array of bytes, as several strings. Others pass. False: *error. */
bool log_from_journal(struct log_text *text, struct lab_error *error);
/* CR LF, CR CR LF, a lone CR: newlines; NULs go. */
void log_line_ends(struct log_text *text);
/* Quoted-printable: =XX and the soft break, where the text is so encoded. */
void log_from_quoted_printable(struct log_text *text);
/* Escape sequences of terminals, also as ^[, #033, \033 or with the escape lost. */
void log_drop_colours(struct log_text *text);
/* <br> is a newline, other tags go; &gt; and its like. */
void log_from_html(struct log_text *text);
/* `> ` of quoted mail at the start of lines. */
void log_unquote(struct log_text *text);
/* Lines that a mail program broke, if joining them makes a line that a kernel prints. */
void log_unwrap(struct log_text *text);

/* All of the above. False: *error. */
bool log_clean(struct log_text *text, struct lab_error *error);

/* Leaves one boot's lines, each once, and blanks out those of others. boot: from 1. Returns how
   many boots there are; beyond them nothing is changed. */
uint32_t log_choose_boot(struct log_text *text, uint32_t boot);

/* --- what passes share (log_clean.c) --------------------------------------------------------- */

/* The payload of a line with the mark: behind it, blanks at both ends cut. */
bool log_payload(const char *line, size_t bytes, const char **payload, size_t *nr);
/* The same of a line `... pages/cpu ...`: from the word Embedded or the count on. */
bool log_pages_payload(const char *line, size_t bytes, const char **payload, size_t *nr);
bool log_holds(const struct log_text *text, const char *words);

#endif
