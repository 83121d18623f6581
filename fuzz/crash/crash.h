/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash.h - from inputs that break something to groups with one small input each, told in words.
 *
 *	files -> trial -> groups -> shrink the shortest -> crash_report, crash_json, crash_test
 *		   `-> does not break
 */
#ifndef FUZZ_CRASH_H
#define FUZZ_CRASH_H

#include "fuzz/crash/crash_request.h"
#include "fuzz/crash/trial.h"

#include <jansson.h>
#include <stdio.h>

enum { CRASH_LIMIT_MS = 3000 }; /* of CPU time that an input may take */

/* An input and how it breaks. */
struct crash_input {
	const uint8_t *bytes;
	size_t nr;
	struct trial trial;
	struct trial_lines output; /* by it, on stderr */
};

/* What describe() tells, told apart. */
struct crash_story {
	struct trial_lines lines;
	size_t nr_ops; /* lines that are operations */
	size_t *op;    /* of each line: which operation, or SIZE_MAX */
	size_t breaks; /* the line of the breaking one, or SIZE_MAX */
	bool is_trace; /* lines that lab_trace_parse() takes */
};

struct crash_group {
	const struct fuzz_target *target;
	const char *path; /* of its shortest input */
	GPtrArray *others; /* paths of the longer ones */
	struct crash_input found, small;       /* small: shrunk, or equal to found */
	struct crash_story found_story, story; /* of found, of small */
	bool is_shrunk;			       /* small is smaller */
	bool lost; /* what shrinking gave broke otherwise at a second look: found stands */
	size_t nr_attempts;
	bool stopped;
	uint8_t small_bytes[FUZZ_MAX_BYTES];
	char *small_path, *test_path; /* where they were written; NULL: nowhere */
	bool test_listed;	      /* in fuzz/test/crashes/meson.build */
	bool draws;
	size_t step; /* the operation that breaks; SIZE_MAX: none, or not known */
	struct trial_lines before,
		after; /* drawings; after is empty when it broke after the last one */
};

struct crash {
	struct crash_request request;
	struct crash_group *groups;
	size_t nr_groups;
	GPtrArray *healthy; /* files that do not break */
};

/* --- crash_group.c: all that is to be done for it. False: something could not be written, and
   was told --- */
bool crash_group_work(const struct crash *crash, struct crash_group *group);

/* --- crash_story.c --- */
void crash_story_make(struct crash_story *story, const struct fuzz_target *target,
		      const struct crash_input *input);
void crash_story_free(struct crash_story *story);
/* The line of this operation is the breaking one. */
void crash_story_mark(struct crash_story *story, size_t op);
/* An operation of a trace in words: "a 3 16 8 --" -> "allocate 16 bytes ..."; "" where it is
   none. */
void crash_op_words(const char *line, char words[128]);

/* The text without the path of the checkout, which says nothing to others (free it). */
char *crash_short(const char *text);

/* --- crash_report.c: for people; crash_json.c: for programs (a new reference) --- */
void crash_report(const struct crash *crash, FILE *to);
json_t *crash_json(const struct crash *crash);

/* --- crash_test.c: a file of tests, complete (free it) --- */
char *crash_test_text(const struct crash_group *group, size_t *bytes);
/* "fuzz_alloc_3f2a9c01": of the test and its file. */
void crash_test_name(const struct crash_group *group, char name[64]);
/* Puts NAME.c into the list of fuzz/test/crashes/meson.build, unless it is there. False: not
   done. */
bool crash_test_list(const char *name);

#endif
