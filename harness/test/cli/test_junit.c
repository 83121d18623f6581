/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_junit.c - JUnit's XML as a parser that is not ours reads it, whatever the texts hold. */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "harness/cli/cmd.h"
#include "harness/cli/run/junit.h"

/* What was read, as text: (NAME ATTRIBUTE=VALUE;... WORDS) */
static char output[4096];
static size_t nr_output;
static bool has_words; /* within an element that has them, not between elements */

static void add_output(const char *text, size_t nr)
{
	CHECK(nr_output + nr < sizeof(output));
	memcpy(output + nr_output, text, nr);
	nr_output += nr;
	output[nr_output] = '\0';
}

static void on_start(void *nothing, const char *name, const char **attributes)
{
	add_output("(", 1);
	add_output(name, strlen(name));
	has_words = !strcmp(name, "failure") || !strcmp(name, "skipped");
	for (; *attributes; attributes++) {
		add_output(" ", 1);
		add_output(*attributes, strlen(*attributes));
	}
	add_output(" ", 1);
}

static void on_end(void *nothing, const char *name)
{
	add_output(")", 1);
	has_words = false;
}

static void on_text(void *nothing, const char *text, int nr)
{
	if (has_words)
		add_output(text, (size_t)nr);
}

/* Returns what a parser reads of these suites. */
static const char *read_back(json_t *suites)
{
	char path[] = "/tmp/pcpu-junit-XXXXXX", *text;
	int fd = mkstemp(path);
	XML_Parser parser = XML_ParserCreate(NULL);
	size_t bytes;

	CHECK(fd >= 0 && suites);
	CHECK(junit_write_file(path, suites));
	CHECK(cmd_read_file(path, &text, &bytes));
	nr_output = 0;
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, text, (int)bytes, true) != XML_STATUS_OK)
		FAIL("line %lu: %s", XML_GetCurrentLineNumber(parser),
		     XML_ErrorString(XML_GetErrorCode(parser)));
	XML_ParserFree(parser);
	free(text);
	close(fd);
	unlink(path);
	json_decref(suites);
	return output;
}

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	CHECK(value);
	return value;
}

TEST(junit_of_lanes_counts_and_explains)
{
	json_t *lanes = parse(
		"[{\"name\": \"build main\", \"seconds\": 2.5, \"passed\": 1, \"failed\": 0,"
		"  \"skipped\": 0, \"tests\": []},"
		" {\"name\": \"main unit\", \"seconds\": 1, \"passed\": 7, \"failed\": 2,"
		"  \"skipped\": 3, \"tests\": ["
		"   {\"name\": \"a\", \"seconds\": 0.25, \"passed\": 7, \"failed\": 0, "
		"\"skipped\": 1},"
		"   {\"name\": \"b\", \"seconds\": 0.125, \"passed\": 3, \"failed\": 2,"
		"    \"skipped\": 0, \"words\": \"exit status 1\", \"output\": \"x < y\\n\"},"
		"   {\"name\": \"c\", \"seconds\": 0, \"passed\": 0, \"failed\": 0, \"skipped\": 2,"
		"    \"words\": \"skipped\", \"output\": \"no such thing\"}]},"
		" {\"name\": \"coverage\", \"seconds\": 0, \"passed\": 0, \"failed\": 1,"
		"  \"skipped\": 0, \"tests\": []}]");

	CHECK_STR(read_back(junit_of_lanes(lanes)),
		  "(testsuites name pcpu-lab tests 5 failures 2 errors 0 skipped 1 "
		  "(testsuite name build main tests 1 failures 0 errors 0 skipped 0 time 2.500 "
		  "(testcase classname build main name build main time 2.500 ))"
		  "(testsuite name main unit tests 3 failures 1 errors 0 skipped 1 time 1.000 "
		  "(testcase classname main unit name a time 0.250 )"
		  "(testcase classname main unit name b time 0.125 "
		  "(failure message exit status 1 x < y\n))"
		  "(testcase classname main unit name c time 0.000 "
		  "(skipped message skipped no such thing)))"
		  "(testsuite name coverage tests 1 failures 1 errors 0 skipped 0 time 0.000 "
		  "(testcase classname coverage name coverage time 0.000 (failure message  ))))");
	json_decref(lanes);
}

TEST(junit_of_steps_is_a_suite_a_stage)
{
	json_t *steps =
		parse("[{\"stage\": \"replay\", \"name\": \"fork\", \"seconds\": 1, \"ok\": true},"
		      " {\"stage\": \"replay\", \"name\": \"perf\", \"seconds\": 2, \"ok\": false,"
		      "  \"ended\": \"exit status 1\", \"said\": [\"one\", \"two\"]},"
		      " {\"stage\": \"boot\", \"name\": \"boot\", \"seconds\": 0.5, \"ok\": false,"
		      "  \"interrupted\": true, \"ended\": \"interrupted\", \"said\": []}]");

	CHECK_STR(
		read_back(junit_of_steps(steps)),
		"(testsuites name pcpu-lab tests 3 failures 1 errors 0 skipped 1 "
		"(testsuite name replay tests 2 failures 1 errors 0 skipped 0 time 3.000 "
		"(testcase classname replay name fork time 1.000 )"
		"(testcase classname replay name perf time 2.000 "
		"(failure message exit status 1 one\ntwo\n)))"
		"(testsuite name boot tests 1 failures 0 errors 0 skipped 1 time 0.500 "
		"(testcase classname boot name boot time 0.500 (skipped message interrupted ))))");
	json_decref(steps);
}

/* Characters that XML does not have, markup, quotes, the end of CDATA, right-to-left. */
TEST(junit_takes_any_text)
{
	json_t *suites =
		parse("[{\"name\": \"<&>\\\"'\\u0001\", \"seconds\": 0, \"tests\": [{\"name\": "
		      "\"\\u202e]]>\","
		      " \"seconds\": 0, \"state\": \"failed\", \"words\": \"\\u001b[31m\\ufffe\","
		      " \"output\": \"<script>\\u0008\\t\\u00e4\"}]}]");
	const char *text = read_back(suites);

	CHECK(strstr(text, "(testsuite name <&>\"'\xef\xbf\xbd tests 1 "));
	CHECK(strstr(text, " name \xe2\x80\xae]]> time"));
	CHECK(strstr(
		text,
		"(failure message \xef\xbf\xbd[31m\xef\xbf\xbd <script>\xef\xbf\xbd\t\xc3\xa4)"));
}
