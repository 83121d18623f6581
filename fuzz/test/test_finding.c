/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_finding.c - what an input breaks: from an outcome or a sanitizer's lines, to JSON and
   back. */
#include "harness/test/lib/test.h"

#include "fuzz/targets/finding_json.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fuzz_outcome outcome = {
	.nr_ops = 9, .by = FINDING_WALKER, .step = 4,
	.sentence = "a \"sentence\" \\", .place = "free",
	.words = "step 4\t(f 0): caf\xe9",
};

/* The line that a replay prints; free() it. */
static char *print(const struct finding *finding, const char *file)
{
	char *text;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	CHECK(to);
	finding_print(finding, file, to);
	CHECK(!fclose(to));
	return text;
}

TEST(finding_of_a_property_comes_back)
{
	struct finding finding, back = {0};
	char *line;

	finding_of_outcome(&finding, &outcome);
	CHECK_STR(finding.words, "step 4?(f 0): caf?");
	CHECK_STR(finding.group, "a \"sentence\" \\ at free");
	line = print(&finding, "dir/\"name\"\x01\xff");
	CHECK_EQ(line[strlen(line) - 1], '\n');
	CHECK(finding_parse(&back, line));
	CHECK_STR(back.words, "step 4?(f 0): caf?");
	CHECK_STR(back.group, finding.group);
	CHECK_STR(back.sentence, "a \"sentence\" \\");
	CHECK_STR(back.place, "free");
	CHECK_EQ(back.by, FINDING_WALKER);
	CHECK_EQ(back.step, 4);
	CHECK_EQ(back.nr_ops, 9);
	free(line);
}

#define FINDING_BY(who)                                                                            \
	"{\"finding\": {\"by\": \"" who "\", \"words\": \"w\", \"group\": \"g\","	\
	" \"sentence\": \"\", \"place\": \"\", \"step\": 0, \"operations\": 0}}"

/* Each source by its own name, out and back. */
TEST(who_saw_it_comes_back)
{
	static const char *const names[] = {"walker", "model", "oracle", "fault", "assertion",
					    "replay"};
	struct fuzz_outcome seen = outcome;

	for (int i = 0; i < 6; i++) {
		struct finding finding, back = {0};
		char *line, *by = g_strdup_printf("\"by\": \"%s\"", names[i]);
		json_t *json;

		seen.by = (enum finding_by)(FINDING_WALKER + i);
		finding_of_outcome(&finding, &seen);
		CHECK(finding_is_of_property(&finding));
		line = print(&finding, "x");
		CHECK(strstr(line, by));
		CHECK(finding_parse(&back, line));
		CHECK_EQ(back.by, seen.by);
		json = finding_json(&back);
		CHECK_STR(json_string_value(json_object_get(json, "by")), names[i]);
		CHECK_STR(json_string_value(json_object_get(json, "place")), "free");
		json_decref(json);
		free(by);
		free(line);
	}
}

TEST(other_lines_are_no_findings)
{
	static const char *const lines[] = {
		"", "{", "{}", "x", "{\"finding\": {}}", "{\"finding\": \"broken\"}",
		"{\"finding\": {\"by\": \"walker\", \"words\": \"w\"}}",
		FINDING_BY(""), FINDING_BY("end"), FINDING_BY("sanitizer"), FINDING_BY("property"),
	};
	struct finding finding = {.words = "as it was"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK(!finding_parse(&finding, lines[i]));
	CHECK_STR(finding.words, "as it was");
	CHECK_EQ(finding.by, FINDING_NONE);
}

static void take(struct finding *finding, const char *const lines[])
{
	*finding = (struct finding){0};
	for (; *lines; lines++)
		finding_take_line(finding, *lines);
}

TEST(sanitizers_are_known_by_their_lines)
{
	static const char *const asan[] = {"==1==ERROR: AddressSanitizer: heap", "#0 0x1 in f",
					   "SUMMARY: AddressSanitizer: heap f.c:3",
					   "SUMMARY: another", NULL};
	static const char *const assertion[] = {"x.c:9: assertion failed: a < b", NULL};
	static const char *const plain[] = {"hello", "BROKEN: words of an engine", NULL};
	struct finding finding;

	take(&finding, asan);
	finding_settle(&finding, "exit status 1");
	CHECK_EQ(finding.by, FINDING_SANITIZER);
	CHECK_STR(finding.words, "AddressSanitizer: heap");
	CHECK_STR(finding.group, "AddressSanitizer: heap f.c:3");
	take(&finding, assertion);
	finding_settle(&finding, NULL);
	CHECK_STR(finding.words, "x.c:9: assertion failed: a < b");
	CHECK_STR(finding.group, finding.words);
	take(&finding, plain);
	CHECK_EQ(finding.by, FINDING_NONE);
	finding_settle(&finding, NULL);
	CHECK_EQ(finding.by, FINDING_NONE);
	finding_settle(&finding, "exit status 3");
	CHECK_EQ(finding.by, FINDING_END);
	CHECK_STR(finding.group, "exit status 3");
}

/* Neither what a sanitizer prints behind it, nor how the process ended, is better. */
TEST(what_a_property_found_stays)
{
	struct finding finding;
	json_t *json;

	finding_of_outcome(&finding, &outcome);
	finding_take_line(&finding, "SUMMARY: AddressSanitizer: leak");
	finding_endless(&finding, "no end within 3 s");
	finding_settle(&finding, "exit status 1");
	CHECK_EQ(finding.by, FINDING_WALKER);
	CHECK_STR(finding.group, "a \"sentence\" \\ at free");
	json = finding_json(&finding);
	CHECK_STR(json_string_value(json_object_get(json, "by")), "walker");
	CHECK_STR(json_string_value(json_object_get(json, "words")), "step 4?(f 0): caf?");
	CHECK_EQ(json_integer_value(json_object_get(json, "step")), 4);
	CHECK_EQ(json_integer_value(json_object_get(json, "operations")), 9);
	json_decref(json);
}

TEST(what_does_not_end_is_one_group)
{
	struct finding finding = {0};
	json_t *json;

	finding_endless(&finding, "no end within 3 s");
	finding_settle(&finding, "ended by signal 9");
	CHECK_EQ(finding.by, FINDING_TIME);
	CHECK_STR(finding.words, "no end within 3 s");
	CHECK_STR(finding.group, FINDING_ENDLESS);
	json = finding_json(&finding);
	CHECK_STR(json_string_value(json_object_get(json, "by")), "time");
	CHECK(json_is_null(json_object_get(json, "sentence")));
	CHECK(json_is_null(json_object_get(json, "step")));
	json_decref(json);
}
