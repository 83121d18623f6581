/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* junit_suites.c - lanes of tests and steps of a run as suites of JUnit. */
#include "harness/cli/run/junit.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Some tests of a program may be skipped; it is one as a whole when nothing of it ran. */
static const char *state_of(const json_t *counted)
{
	if (json_integer_value(json_object_get(counted, "failed")))
		return "failed";
	return json_integer_value(json_object_get(counted, "passed")) ? "passed" : "skipped";
}

static json_t *case_of(const json_t *counted, const char *name)
{
	return json_pack("{s:s, s:O, s:s, s:s, s:s}", "name", name, "seconds",
			 json_object_get(counted, "seconds"), "state", state_of(counted), "words",
			 text_of(counted, "words"), "output", text_of(counted, "output"));
}

json_t *junit_of_lanes(const json_t *lanes)
{
	json_t *suites = json_array();
	const json_t *lane, *test;
	size_t i, j;

	json_array_foreach(lanes, i, lane)
	{
		json_t *tests = json_array();

		json_array_foreach(json_object_get(lane, "tests"), j, test)
			json_array_append_new(tests, case_of(test, text_of(test, "name")));
		if (!json_array_size(tests))
			json_array_append_new(tests, case_of(lane, text_of(lane, "name")));
		json_array_append_new(suites,
				      json_pack("{s:O, s:O, s:o}", "name",
						json_object_get(lane, "name"), "seconds",
						json_object_get(lane, "seconds"), "tests", tests));
	}
	return suites;
}

static char *joined_lines(const json_t *lines)
{
	GString *text = g_string_new(NULL);
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
		g_string_append_printf(text, "%s\n", json_string_value(line));
	return g_string_free(text, FALSE);
}

static json_t *case_of_step(const json_t *step)
{
	char *output = joined_lines(json_object_get(step, "said"));
	bool ok = json_is_true(json_object_get(step, "ok"));
	bool cut = json_is_true(json_object_get(step, "interrupted"));
	json_t *test = json_pack("{s:s, s:O, s:s, s:s, s:s}", "name", text_of(step, "name"),
				 "seconds", json_object_get(step, "seconds"), "state",
				 ok  ? "passed" :
				 cut ? "skipped" :
				       "failed",
				 "words", text_of(step, "ended"), "output", output);

	free(output);
	return test;
}

/* Returns the suite of this name, the last one or a new one: steps of a stage are neighbours. */
static json_t *suite_of(json_t *suites, const char *name)
{
	size_t nr = json_array_size(suites);
	json_t *suite = nr ? json_array_get(suites, nr - 1) : NULL;

	if (!suite || strcmp(text_of(suite, "name"), name)) {
		suite = json_pack("{s:s, s:f, s:[]}", "name", name, "seconds", 0.0, "tests");
		json_array_append_new(suites, suite);
	}
	return suite;
}

json_t *junit_of_steps(const json_t *steps)
{
	json_t *suites = json_array();
	const json_t *step;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		json_t *suite = suite_of(suites, text_of(step, "stage"));
		double seconds = json_number_value(json_object_get(suite, "seconds")) +
				 json_number_value(json_object_get(step, "seconds"));

		json_object_set_new(suite, "seconds", json_real(seconds));
		json_array_append_new(json_object_get(suite, "tests"), case_of_step(step));
	}
	return suites;
}
