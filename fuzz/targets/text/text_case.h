/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text_case.h - gives one text to one parser and checks the result. fuzz_text decodes a case from
 * bytes; a test made from a crash spells it out.
 */
#ifndef FUZZ_TEXT_CASE_H
#define FUZZ_TEXT_CASE_H

#include "fuzz/targets/outcome.h"

#include "harness/text/trace.h" /* struct lab_error */

enum text_kind {
	TEXT_TRACE,	/* lab_trace_parse(), both forms */
	TEXT_TOPOLOGY,	/* lab_topology_parse() */
	TEXT_LOG,	/* lab_log_parse() */
	TEXT_CHOICE,	/* pcpu_choice_parse() */
	TEXT_ARGUMENTS, /* cmd_parse(): words, parted by newlines */
	TEXT_NR_KINDS
};

/* Returns whether the parser is right on the text and on small changes of its accepted part. Each
   is copied to memory of its exact size first. Assertions go to plat_assert_failed(). */
bool text_case_run(enum text_kind kind, const char *text, size_t nr, struct fuzz_outcome *outcome);

/* --- one parser each, and what they share --------------------------------------------- */

/* *nr_good: nr when the parser accepts; else the bytes before the line that it refuses, 0 when it
   names no line. */

bool text_trace_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome);
bool text_topology_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome);
bool text_log_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome);
bool text_choice_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome);
bool text_arguments_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome);

/* Checks a refusal: it names a line of the text and states in one line what was expected. */
bool text_expect_refusal(struct fuzz_outcome *outcome, const char *text, size_t nr,
			 const struct lab_error *error);
/* Returns where line n, counted from 0, starts; nr when there are fewer lines. */
size_t text_line_start(const char *text, size_t nr, size_t n);
void text_mix(struct fuzz_outcome *outcome, const void *bytes, size_t nr);
void *text_room(size_t bytes); /* malloc() that does not fail */

#endif
