/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_request.h - what `lab crash` is to do. The command reads its words (crash_words.c), refuses
 * what is wrong before it builds anything, and hands the request as a text to the program that does
 * the work (crash_main.c), in which no word is read again:
 *
 *	{'attempts': <uint64 20000>, 'json': <b'-'>, 'inputs': <[('fuzz_map', b'fuzz_map-x')]>}
 *
 * That is GLib's GVariant and not JSON: names of files are bytes, of whatever encoding.
 */
#ifndef CRASH_REQUEST_H
#define CRASH_REQUEST_H

#include "harness/cli/cmd.h"
#include "fuzz/targets/inputs.h"

#include <glib.h>

struct crash_request {
	const char *target;  /* --target; NULL: each file tells by its name or folder */
	const char *output;  /* where the smaller input goes; NULL: beside the file */
	const char *json;    /* NULL: none; "-": stdout */
	const char *as_test; /* NULL: none; "": a name in fuzz/test/crashes; "-": stdout */
	uint64_t max_attempts;
	struct inputs inputs;
	const char **targets; /* of each input: a name of targets.def */
	GVariant *form;	      /* what has the texts, of a request that was read */
};

/* CMD_OK, or CMD_USAGE after telling in one line what was wrong. Moves words in argv as
   cmd_parse(). */
int crash_request_parse(const struct cmd *cmd, int argc, char **argv,
			struct crash_request *request);
void crash_request_free(struct crash_request *request);

/* As text (free it). */
char *crash_request_text(const struct crash_request *request);
/* From a file with such a text; reads its inputs. False after printing a diagnostic. */
bool crash_request_read(struct crash_request *request, const char *file);

/* Is it the name and behind it one of the characters next, or nothing? */
bool crash_begins_with(const char *text, const char *name, const char *next);
/* Does the input lie in a corpus of its target? Then nothing is written beside it. */
bool crash_in_corpus(const char *path, const char *target);

#endif
