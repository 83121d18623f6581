/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash.h - from failing inputs to groups with one small input each, described in words.
 *
 *	files -> trial -> groups -> shrink the shortest -> crash_report, crash_json, crash_test
 *		   `-> does not fail
 */
#ifndef FUZZ_CRASH_H
#define FUZZ_CRASH_H

#include "fuzz/crash/crash_request.h"
#include "fuzz/crash/trial.h"

#include <jansson.h>
#include <stdio.h>

enum { CRASH_LIMIT_MS = 3000 }; /* of CPU time that an input may take */

/* An input and how it fails. */
struct crash_input {
	const uint8_t *bytes;
	size_t nr;
	struct trial trial;
	struct trial_lines output; /* printed by the trial on stderr */
};

/* The output of describe(), parsed. */
struct crash_story {
	struct trial_lines lines;
	size_t nr_ops; /* lines that are operations */
	size_t *op;    /* for each line: its operation, or SIZE_MAX */
	size_t breaks; /* line of the failing operation, or SIZE_MAX */
	bool is_trace; /* the lines are a trace for lab_trace_parse() */
};

struct crash_group {
	const struct fuzz_target *target;
	const char *path; /* of its shortest input */
	GPtrArray *others; /* paths of the longer ones */
	struct crash_input found, small;       /* small: shrunk, or equal to found */
	struct crash_story found_story, story; /* of found, of small */
	bool is_shrunk;			       /* small is smaller */
	bool lost; /* the shrunk input failed otherwise when tried again: found is used */
	size_t nr_attempts;
	bool stopped;
	uint8_t small_bytes[FUZZ_MAX_BYTES];
	char *small_path, *test_path; /* where they were written; NULL: nowhere */
	bool test_listed;	      /* in fuzz/test/crashes/meson.build */
	bool draws;
	size_t step; /* the failing operation; SIZE_MAX: none, or unknown */
	struct trial_lines before,
		after; /* drawings; after is empty when it broke after the last one */
};

struct crash {
	struct crash_request request;
	struct crash_group *groups;
	size_t nr_groups;
	GPtrArray *healthy; /* files that do not fail */
};

/* --- crash_group.c: does all work for a group. False after a diagnostic: something could not be
   written --- */
bool crash_group_work(const struct crash *crash, struct crash_group *group);

/* --- crash_story.c --- */
void crash_story_make(struct crash_story *story, const struct fuzz_target *target,
		      const struct crash_input *input);
void crash_story_free(struct crash_story *story);
/* Marks the line of this operation as the failing one. */
void crash_story_mark(struct crash_story *story, size_t op);
/* Describes an operation of a trace: "a 3 16 8 --" -> "allocate 16 bytes ..."; "" for other
   lines. */
void crash_op_words(const char *line, char words[128]);

/* Returns the text without the path of the checkout (free it). */
char *crash_short(const char *text);

/* --- crash_report.c: for people; crash_json.c: for programs (a new reference) --- */
void crash_report(const struct crash *crash, FILE *to);
json_t *crash_json(const struct crash *crash);
/* --- crash_sarif.c: for code scanning --- */
json_t *crash_sarif(const struct crash *crash);

/* --- crash_test.c: a complete file of tests (free it) --- */
char *crash_test_text(const struct crash_group *group, size_t *bytes);
/* Writes "fuzz_alloc_3f2a9c01", the name of the test and of its file. */
void crash_test_name(const struct crash_group *group, char name[64]);
/* Adds NAME.c to the list of fuzz/test/crashes/meson.build, unless it is there. False: not
   added. */
bool crash_test_list(const char *name);

#endif
