/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_request.h - the request of `lab crash`. The command parses its words (crash_words.c),
 * refuses errors before it builds anything, and passes the request as a text to crash_main.c, which
 * does not parse words again:
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
	const char *target;  /* --target; NULL: from each file's name or folder */
	const char *output;  /* where the smaller input goes; NULL: beside the file */
	const char *json;    /* NULL: none; "-": stdout */
	const char *sarif;   /* the same */
	const char *as_test; /* NULL: none; "": a name in fuzz/test/crashes; "-": stdout */
	uint64_t max_attempts;
	struct inputs inputs;
	const char **targets; /* of each input: a name in targets.def */
	GVariant *form;	      /* owner of the texts, in a request that was read */
};

/* CMD_OK, or CMD_USAGE after printing one line. Moves words in argv as cmd_parse() does. */
int crash_request_parse(const struct cmd *cmd, int argc, char **argv,
			struct crash_request *request);
void crash_request_free(struct crash_request *request);

/* Returns it as text (free it). */
char *crash_request_text(const struct crash_request *request);
/* Reads a file with such a text, and its inputs. False after printing a diagnostic. */
bool crash_request_read(struct crash_request *request, const char *file);

/* Returns whether the text is the name, followed by one of the characters in next, or nothing. */
bool crash_begins_with(const char *text, const char *name, const char *next);
/* Returns whether the input is in a corpus of its target. Then nothing is written beside it. */
bool crash_in_corpus(const char *path, const char *target);

#endif
