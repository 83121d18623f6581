/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_said.c - reads the image's TAP and its comment lines, one line at a time. */
#include <stdlib.h>
#include <string.h>

#include "boot.h"

void boot_said_init(struct boot_said *said)
{
	*said = (struct boot_said){.plan = UINT32_MAX, .tests = json_array()};
}

void boot_said_free(struct boot_said *said)
{
	json_decref(said->tests);
	free(said->layout);
}

/* reason: up to the end of the line, or NULL. */
static void add_test(struct boot_said *said, const char *result, const char *name,
		     const char *reason)
{
	json_t *test =
		json_pack("{s:s#, s:s}", "name", name, (int)strcspn(name, " \r"), "result", result);

	if (reason)
		json_object_set_new(test, "reason", json_stringn(reason, strcspn(reason, "\r")));
	json_array_append_new(said->tests, test);
}

static void add_layout(struct boot_said *said, const char *line)
{
	size_t bytes = strcspn(line, "\r");
	char *more = realloc(said->layout, said->layout_bytes + bytes + 2);

	if (!more)
		abort();
	memcpy(more + said->layout_bytes, line, bytes);
	said->layout = more;
	said->layout_bytes += bytes;
	more[said->layout_bytes++] = '\n';
	more[said->layout_bytes] = '\0';
}

static void set_reason(struct boot_said *said, const char *text)
{
	snprintf(said->reason, sizeof(said->reason), "%.*s", (int)strcspn(text, "\r"), text);
}

static void keep_reason(struct boot_said *said, const char *text)
{
	if (!said->reason[0])
		set_reason(said, text);
}

/* Of the test that was added last. */
static void add_reason(struct boot_said *said, const char *text)
{
	json_t *test = json_array_get(said->tests, json_array_size(said->tests) - 1);

	json_object_set_new(test, "reason", json_stringn(text, strcspn(text, "\r")));
	keep_reason(said, text);
}

static bool starts(const char **line, const char *words)
{
	size_t bytes = strlen(words);

	if (strncmp(*line, words, bytes) != 0)
		return false;
	*line += bytes;
	return true;
}

/* "3 - name": name. */
static const char *name_of(const char *line)
{
	const char *dash = strstr(line, " - ");

	return dash ? dash + 3 : line;
}

static void take_line(struct boot_said *said, const char *line)
{
	bool failed = said->reason_follows;

	said->reason_follows = false;
	if (starts(&line, "ok ")) {
		const char *skip = strstr(line, " # SKIP ");

		said->nr_ok += !skip;
		said->nr_skipped += skip != NULL;
		add_test(said, skip ? "skipped" : "passed", name_of(line), skip ? skip + 8 : NULL);
	} else if (starts(&line, "not ok ")) {
		said->nr_not_ok++;
		said->reason_follows = true;
		add_test(said, "failed", name_of(line), NULL);
	} else if (starts(&line, "1..")) {
		said->plan = (uint32_t)strtoul(line, NULL, 10);
	} else if (starts(&line, "Bail out! ")) {
		said->bailed_out = true;
		set_reason(said, line);
	} else if (failed && starts(&line, "# ")) {
		add_reason(said, line);
	} else if (starts(&line, "# run hash ")) {
		said->hash = strtoull(line, NULL, 16);
		said->has_hash = true;
	} else if (starts(&line, "# ")) {
		if (strncmp(line, "pcpu-alloc: ", 12) == 0)
			add_layout(said, line);
		else if (strstr(line, ": not true: "))
			keep_reason(said, line);
	}
}

void boot_said_line(struct boot_said *said, const char *line)
{
	char *text = strdup(line);

	if (!text)
		abort();
	for (char *at = text; *at; at++)
		if ((*at < ' ' || *at > '~') && *at != '\r')
			*at = '?';
	take_line(said, text);
	free(text);
}
