/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_output.c - reads the image's TAP and its comment lines, one line at a time. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-test/host/boot.h"

void boot_output_init(struct boot_output *output)
{
	*output = (struct boot_output){.plan = UINT32_MAX, .tests = json_array(),
					.layout = g_string_new(NULL)};
}

void boot_output_free(struct boot_output *output)
{
	json_decref(output->tests);
	if (output->layout)
		g_string_free(output->layout, TRUE);
}

/* reason: ends at the end of the line, or NULL. */
static void add_test(struct boot_output *output, const char *result, const char *name,
		     const char *reason)
{
	json_t *test =
		json_pack("{s:s#, s:s}", "name", name, (int)strcspn(name, " \r"), "result", result);

	if (reason)
		json_object_set_new(test, "reason", json_stringn(reason, strcspn(reason, "\r")));
	json_array_append_new(output->tests, test);
}

static void add_layout(struct boot_output *output, const char *line)
{
	g_string_append_len(output->layout, line, (gssize)strcspn(line, "\r"));
	g_string_append_c(output->layout, '\n');
}

static void set_reason(struct boot_output *output, const char *text)
{
	snprintf(output->reason, sizeof(output->reason), "%.*s", (int)strcspn(text, "\r"), text);
}

static void keep_reason(struct boot_output *output, const char *text)
{
	if (!output->reason[0])
		set_reason(output, text);
}

/* Sets the reason of the test that was added last. */
static void add_reason(struct boot_output *output, const char *text)
{
	json_t *test = json_array_get(output->tests, json_array_size(output->tests) - 1);

	json_object_set_new(test, "reason", json_stringn(text, strcspn(text, "\r")));
	keep_reason(output, text);
}

static bool output_starts(const char **line, const char *words)
{
	size_t bytes = strlen(words);

	if (strncmp(*line, words, bytes) != 0)
		return false;
	*line += bytes;
	return true;
}

/* Returns the name in "3 - name". */
static const char *name_of(const char *line)
{
	const char *dash = strstr(line, " - ");

	return dash ? dash + 3 : line;
}

static void take_line(struct boot_output *output, const char *line)
{
	bool failed = output->reason_follows;

	output->reason_follows = false;
	if (output_starts(&line, "ok ")) {
		const char *skip = strstr(line, " # SKIP ");

		output->nr_ok += !skip;
		output->nr_skipped += skip != NULL;
		add_test(output, skip ? "skipped" : "passed", name_of(line),
			 skip ? skip + 8 : NULL);
	} else if (output_starts(&line, "not ok ")) {
		output->nr_not_ok++;
		output->reason_follows = true;
		add_test(output, "failed", name_of(line), NULL);
	} else if (output_starts(&line, "1..")) {
		output->plan = (uint32_t)strtoul(line, NULL, 10);
	} else if (output_starts(&line, "Bail out! ")) {
		output->bailed_out = true;
		set_reason(output, line);
	} else if (failed && output_starts(&line, "# ")) {
		add_reason(output, line);
	} else if (output_starts(&line, "# run hash ")) {
		output->hash = strtoull(line, NULL, 16);
		output->has_hash = true;
	} else if (output_starts(&line, "# ")) {
		if (strncmp(line, "pcpu-alloc: ", 12) == 0)
			add_layout(output, line);
		else if (strstr(line, ": not true: "))
			keep_reason(output, line);
	}
}

void boot_output_line(struct boot_output *output, const char *line)
{
	char *text = g_strdup(line);

	for (char *at = text; *at; at++)
		if ((*at < ' ' || *at > '~') && *at != '\r')
			*at = '?';
	take_line(output, text);
	free(text);
}
