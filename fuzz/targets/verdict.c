/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* verdict.c - see verdict.h. */
#include "fuzz/targets/verdict.h"

#include <stdio.h>
#include <string.h>

static void keep_first(char text[VERDICT_BYTES], const char *words)
{
	if (*text)
		return;
	snprintf(text, VERDICT_BYTES, "%s", words);
	for (char *at = text; *at; at++)
		*at = *at < ' ' || *at == '\x7f' ? '?' : *at; /* a byte >= 128 is negative */
}

void verdict_of_outcome(struct verdict *verdict, const struct fuzz_outcome *outcome)
{
	char group[VERDICT_BYTES];

	*verdict = (struct verdict){.broken = true};
	snprintf(group, sizeof(group), "%s at %s", outcome->sentence, outcome->place);
	keep_first(verdict->words, outcome->words);
	keep_first(verdict->group, group);
}

void verdict_take_line(struct verdict *verdict, const char *line)
{
	static const struct {
		const char *word;
		bool whole, group;
	} signs[] = {
		{"BROKEN: ", false, false},	   {"GROUP: ", false, true},
		{"SUMMARY: ", false, true},	   {"ERROR: ", false, false},
		{"assertion failed", true, false}, {"runtime error: ", true, false},
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const char *at = strstr(line, signs[i].word);

		if (!at)
			continue;
		at = signs[i].whole ? line : at + strlen(signs[i].word);
		keep_first(signs[i].group ? verdict->group : verdict->words, at);
		verdict->broken = true;
		return;
	}
}

void verdict_endless(struct verdict *verdict, const char *words)
{
	verdict->broken = true;
	keep_first(verdict->words, words);
	keep_first(verdict->group, VERDICT_ENDLESS);
}

void verdict_settle(struct verdict *verdict, const char *ended)
{
	if (ended && !verdict->broken) {
		keep_first(verdict->words, ended);
		verdict->broken = true;
	}
	keep_first(verdict->group, verdict->words);
}
