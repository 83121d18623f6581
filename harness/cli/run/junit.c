/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* junit.c - see junit.h. */
#include "harness/cli/run/junit.h"
#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* --- XML ---------------------------------------------------------------------------------- */

/* Returns whether XML 1.0 has this character. */
static bool is_in_xml(gunichar c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

static void put_text(FILE *to, const char *any)
{
	char *text = g_utf8_make_valid(any, -1);
	GString *clean = g_string_new(NULL);
	char *escaped;

	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		g_string_append_unichar(clean, is_in_xml(c) ? c : 0xfffd);
	}
	escaped = g_markup_escape_text(clean->str, -1);
	fputs(escaped, to);
	free(escaped);
	g_string_free(clean, TRUE);
	free(text);
}

static void put_attribute(FILE *to, const char *name, const char *value)
{
	fprintf(to, " %s=\"", name);
	put_text(to, value);
	fputc('"', to);
}

/* --- cases and suites --------------------------------------------------------------------- */

static void put_seconds(FILE *to, const json_t *timed)
{
	fprintf(to, " time=\"%.3f\"", json_number_value(json_object_get(timed, "seconds")));
}

static void put_case(FILE *to, const char *suite, const json_t *test)
{
	const char *state = text_of(test, "state");
	bool failed = !strcmp(state, "failed");

	fputs("  <testcase", to);
	put_attribute(to, "classname", suite);
	put_attribute(to, "name", text_of(test, "name"));
	put_seconds(to, test);
	if (!strcmp(state, "passed")) {
		fputs("/>\n", to);
		return;
	}
	fprintf(to, ">\n   <%s", failed ? "failure" : "skipped");
	put_attribute(to, "message", text_of(test, "words"));
	fputc('>', to);
	put_text(to, text_of(test, "output"));
	fprintf(to, "</%s>\n  </testcase>\n", failed ? "failure" : "skipped");
}

static unsigned count_state(const json_t *tests, const char *state)
{
	const json_t *test;
	unsigned nr = 0;
	size_t i;

	json_array_foreach(tests, i, test) nr += !strcmp(text_of(test, "state"), state);
	return nr;
}

static void put_counts(FILE *to, size_t nr, unsigned failed, unsigned skipped)
{
	fprintf(to, " tests=\"%zu\" failures=\"%u\" errors=\"0\" skipped=\"%u\"", nr, failed,
		skipped);
}

static void put_suite(FILE *to, const json_t *suite)
{
	const json_t *tests = json_object_get(suite, "tests"), *test;
	size_t i;

	fputs(" <testsuite", to);
	put_attribute(to, "name", text_of(suite, "name"));
	put_counts(to, json_array_size(tests), count_state(tests, "failed"),
		   count_state(tests, "skipped"));
	put_seconds(to, suite);
	fputs(">\n", to);
	json_array_foreach(tests, i, test) put_case(to, text_of(suite, "name"), test);
	fputs(" </testsuite>\n", to);
}

static void put_suites(FILE *to, const json_t *suites)
{
	unsigned failed = 0, skipped = 0;
	const json_t *suite;
	size_t i, nr = 0;

	json_array_foreach(suites, i, suite)
	{
		const json_t *tests = json_object_get(suite, "tests");

		nr += json_array_size(tests);
		failed += count_state(tests, "failed");
		skipped += count_state(tests, "skipped");
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pcpu-lab\"", to);
	put_counts(to, nr, failed, skipped);
	fputs(">\n", to);
	json_array_foreach(suites, i, suite) put_suite(to, suite);
	fputs("</testsuites>\n", to);
}

bool junit_write_file(const char *path, const json_t *suites)
{
	char *text;
	size_t bytes;
	FILE *to = memory_file_open(&text, &bytes);
	bool ok;

	put_suites(to, suites);
	memory_file_close(to);
	ok = cmd_write_file(path, text, bytes);
	free(text);
	return ok;
}
