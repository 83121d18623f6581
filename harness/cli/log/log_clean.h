/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_clean.h - restores the kernel's lines from a log as users forward it.
 *
 *	file -> encoding -> journal -> ends -> quoted-printable -> colour -> html -> quotes -> wraps
 *	     -> boots: doubled lines dropped, one boot chosen -> the strict parser (topology_text.h)
 *
 * R1  A pass changes only text of its form: a log that the parser accepts unchanged yields the same
 *     dump.
 * R2  A line keeps its number: joined lines are followed by as many empty ones. Only when one line
 *     contained several (<br>, a lone CR, a journal's message of several lines) do numbers change.
 * R3  Text that begins like a form but violates it is refused, with the line and the form's name.
 */
#ifndef LOG_CLEAN_H
#define LOG_CLEAN_H

#include "harness/text/topology_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_MARK "pcpu-alloc:"

/* A text owned by the passes; at[bytes] exists, for a NUL. Only log_unwrap() makes it longer, and
   reallocates it. */
struct log_text {
	char *at; /* malloc'ed */
	size_t bytes;
};

/* Decodes UTF-16 of either order, with or without byte-order mark, and drops the mark of UTF-8.
   Other characters than ASCII become `?`. False: *error. */
bool log_decode(struct log_text *text, struct lab_error *error);
/* Takes JSON objects, as `journalctl -o json` writes them: MESSAGE as a string, as an
   array of bytes, as several strings. Other texts are unchanged. False: *error. */
bool log_from_journal(struct log_text *text, struct lab_error *error);
/* Turns CR LF, CR CR LF and a lone CR into newlines; drops NULs. */
void log_line_ends(struct log_text *text);
/* Decodes quoted-printable: =XX and the soft break, if the text is so encoded. */
void log_from_quoted_printable(struct log_text *text);
/* Drops escape sequences of terminals, also as ^[, #033, \033 or with the escape lost. */
void log_drop_colours(struct log_text *text);
/* Turns <br> into a newline, drops other tags, decodes &gt; and similar. */
void log_from_html(struct log_text *text);
/* Drops `> ` of quoted mail at the start of lines. */
void log_unquote(struct log_text *text);
/* Joins lines that a mail program broke, if the result is a line that a kernel prints. */
void log_unwrap(struct log_text *text);

/* Runs all of the above. False: *error. */
bool log_clean(struct log_text *text, struct lab_error *error);

/* Keeps one boot's lines, each once, and blanks out those of others. boot: from 1. Returns how many
   boots there are; changes nothing when boot is larger. */
uint32_t log_choose_boot(struct log_text *text, uint32_t boot);

/* --- shared by the passes (log_clean.c) ------------------------------------------------------ */

/* Finds the payload of a line with the mark: the text after it, without blanks at both ends. */
bool log_payload(const char *line, size_t bytes, const char **payload, size_t *nr);
/* Does the same for a line `... pages/cpu ...`: from the word Embedded or the count on. */
bool log_pages_payload(const char *line, size_t bytes, const char **payload, size_t *nr);
bool log_holds(const struct log_text *text, const char *words);

#endif
