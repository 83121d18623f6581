/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crash_json.c - what crash_report.c tells people, for programs. */
#include "fuzz/crash/crash.h"

#include <stdlib.h>
#include <string.h>

/* Text of anybody as JSON: what is not UTF-8 becomes question marks. */
static json_t *any_text(const char *text)
{
	json_t *string = text ? json_string(text) : json_null();
	char *ascii;

	if (string)
		return string;
	ascii = strdup(text);
	if (!ascii)
		abort();
	for (char *at = ascii; *at; at++)
		*at = (unsigned char)*at < 0x80 ? *at : '?';
	string = json_string(ascii);
	free(ascii);
	return string;
}

static json_t *texts(char *const *text, size_t nr)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(array, any_text(text[i]));
	return array;
}

static json_t *lines(const struct trial_lines *lines)
{
	return texts(lines->line, lines->nr);
}

static json_t *size(const struct crash_input *input, const struct crash_story *story)
{
	return json_pack("{s:i, s:i}", "bytes", (int)input->nr, "operations", (int)story->nr_ops);
}

static json_t *group_json(const struct crash_group *group)
{
	const struct trial *trial = &group->small.trial;
	json_t *object = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:b, s:b}", "target",
		group->target->name, "group", any_text(trial->verdict.group), "words",
		any_text(trial->verdict.words), "sentence",
		any_text(trial->by_property ? trial->sentence : NULL), "place",
		any_text(trial->by_property ? trial->place : NULL), "file", any_text(group->path),
		"alike", texts((char *const *)group->others, group->nr_others), "found",
		size(&group->found, &group->found_story), "shrunk",
		size(&group->small, &group->story), "shrunk_file", any_text(group->small_path),
		"attempts", (int)group->nr_attempts, "at_bound", group->stopped, "lost",
		group->lost);

	json_object_set_new(object, "test_file", any_text(group->test_path));
	json_object_set_new(object, "story", lines(&group->story.lines));
	json_object_set_new(object, "before", lines(&group->before));
	json_object_set_new(object, "after", lines(&group->after));
	json_object_set_new(object, "said", lines(&group->small.output));
	if (group->step != SIZE_MAX)
		json_object_set_new(object, "step", json_integer((json_int_t)group->step));
	return object;
}

json_t *crash_json(const struct crash *crash)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < crash->nr_groups; i++)
		json_array_append_new(groups, group_json(&crash->groups[i]));
	return json_pack("{s:o, s:o}", "groups", groups, "healthy",
			 texts((char *const *)crash->healthy, crash->nr_healthy));
}
