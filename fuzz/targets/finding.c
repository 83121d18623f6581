/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* finding.c - see finding.h. */
#include "fuzz/targets/finding.h"

#include <stdlib.h>
#include <string.h>

const char *const finding_by_words[FINDING_NR_BY] = {
	[FINDING_NONE] = "",
	[FINDING_WALKER] = "walker",
	[FINDING_MODEL] = "model",
	[FINDING_ORACLE] = "oracle",
	[FINDING_FAULT] = "fault",
	[FINDING_ASSERTION] = "assertion",
	[FINDING_REPLAY] = "replay",
	[FINDING_SANITIZER] = "sanitizer",
	[FINDING_TIME] = "time",
	[FINDING_END] = "end",
};

/* One line of printable ASCII. */
static void put_text(char *text, size_t capacity, const char *words)
{
	if (*text)
		return;
	snprintf(text, capacity, "%s", words);
	for (char *at = text; *at; at++)
		*at = *at < ' ' || *at > '~' ? '?' : *at; /* chars may be signed */
}

bool finding_is_of_property(const struct finding *finding)
{
	return finding->by >= FINDING_WALKER && finding->by <= FINDING_REPLAY;
}

void finding_of_outcome(struct finding *finding, const struct fuzz_outcome *outcome)
{
	char group[FINDING_BYTES];

	*finding = (struct finding){
		.by = outcome->by, .step = outcome->step, .nr_ops = outcome->nr_ops};
	if (!finding_is_of_property(finding))
		abort();
	snprintf(group, sizeof(group), "%s at %s", outcome->sentence, outcome->place);
	put_text(finding->words, FINDING_BYTES, outcome->words);
	put_text(finding->group, FINDING_BYTES, group);
	put_text(finding->sentence, sizeof(finding->sentence), outcome->sentence);
	put_text(finding->place, sizeof(finding->place), outcome->place);
}

void finding_take_line(struct finding *finding, const char *line)
{
	static const struct {
		const char *word;
		bool whole, group;
	} signs[] = {
		{"SUMMARY: ", false, true},
		{"ERROR: ", false, false},
		{"assertion failed", true, false},
		{"runtime error: ", true, false},
	};

	if (finding->by != FINDING_NONE && finding->by != FINDING_SANITIZER)
		return;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const char *at = strstr(line, signs[i].word);

		if (!at)
			continue;
		at = signs[i].whole ? line : at + strlen(signs[i].word);
		put_text(signs[i].group ? finding->group : finding->words, FINDING_BYTES, at);
		finding->by = FINDING_SANITIZER;
		return;
	}
}

void finding_endless(struct finding *finding, const char *words)
{
	if (finding->by == FINDING_NONE)
		finding->by = FINDING_TIME;
	put_text(finding->words, FINDING_BYTES, words);
	put_text(finding->group, FINDING_BYTES, FINDING_ENDLESS);
}

void finding_settle(struct finding *finding, const char *ended)
{
	if (ended && finding->by == FINDING_NONE) {
		put_text(finding->words, FINDING_BYTES, ended);
		finding->by = FINDING_END;
	}
	put_text(finding->group, FINDING_BYTES, finding->words);
}

static void print_string(const char *key, const char *text, FILE *to)
{
	fprintf(to, "\"%s\": \"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text < ' ' || *text > '~' ? '?' : *text, to);
	}
	fputc('"', to);
}

void finding_print(const struct finding *finding, const char *file, FILE *to)
{
	fputs("{\"finding\": {", to);
	print_string("words", finding->words, to);
	fputs(", ", to);
	print_string("group", finding->group, to);
	fputs(", ", to);
	print_string("sentence", finding->sentence, to);
	fputs(", ", to);
	print_string("place", finding->place, to);
	fprintf(to, ", \"by\": \"%s\", \"step\": %zu, \"operations\": %zu}, ",
		finding_by_words[finding->by], finding->step, finding->nr_ops);
	print_string("file", file, to);
	fputs("}\n", to);
}
