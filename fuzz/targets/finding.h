/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * finding.h - an input's failure, in the same form for each detector, from the failing process to
 * the report. Inputs of one group probably show the same defect.
 *
 *	by		group			what it is made of
 *	"walker" "model" "oracle" "fault" "assertion" "replay"
 *			"sentence at place"	what a target's property returned (struct
 *						fuzz_outcome; enum finding_by says who they are)
 *	"sanitizer"	behind SUMMARY:		a sanitizer, an assertion: lines on stderr
 *	"time"		FINDING_ENDLESS		a limit
 *	"end"		how it ended		a signal, an exit status
 *
 * Between programs it is a line of JSON: finding_print() writes it, finding_parse() reads it.
 */
#ifndef FUZZ_FINDING_H
#define FUZZ_FINDING_H

#include "fuzz/targets/fuzz.h"

#include <stdio.h>

#define FINDING_BYTES	1024u
#define FINDING_ENDLESS "it does not end"

extern const char *const finding_by_words[FINDING_NR_BY]; /* as above; "": nothing */

struct finding {
	enum finding_by by;
	char words[FINDING_BYTES], group[FINDING_BYTES]; /* one printable line each, or "" */
	/* By a property, else empty and 0: */
	char sentence[256], place[64];
	size_t step, nr_ops; /* the operation at which it was detected; how many were done */
};

/* Makes the finding of a failed property; outcome->by is a property's detector. */
void finding_of_outcome(struct finding *finding, const struct fuzz_outcome *outcome);
/* Did a property see it? Then it has sentence, place and step. */
bool finding_is_of_property(const struct finding *finding);

/* Reads one line that a sanitizer or an assertion printed. The first match of a kind is kept. No
   other text is searched for words. */
void finding_take_line(struct finding *finding, const char *line);
/* The input was ended by a time limit; words name it. */
void finding_endless(struct finding *finding, const char *words);
/* Call it after the last line. ended: how the process ended ("exit status 1"), NULL when it ended
   well; it is the finding when no line was one. */
void finding_settle(struct finding *finding, const char *ended);

/* {"finding": {...}, "file": "..."} and a newline; without a library, for programs under test. */
void finding_print(const struct finding *finding, const char *file, FILE *to);

#endif
