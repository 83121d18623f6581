/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crash_json.c - the output of crash_report.c, for programs. */
#include "fuzz/crash/crash.h"
#include "fuzz/targets/finding_json.h"

#include <stdlib.h>

static json_t *json_texts(void *const *text, size_t nr)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(array, finding_text(text[i]));
	return array;
}

static json_t *json_lines(const struct trial_lines *lines)
{
	return json_texts((void *const *)lines->line, lines->nr);
}

static json_t *json_size(const struct crash_input *input, const struct crash_story *story)
{
	return json_pack("{s:i, s:i}", "bytes", (int)input->nr, "operations", (int)story->nr_ops);
}

static json_t *json_test(const struct crash_group *group)
{
	size_t bytes;
	char *text = crash_test_text(group, &bytes);
	json_t *test = finding_text(text);

	free(text);
	return test;
}

static json_t *group_json(const struct crash_group *group)
{
	json_t *object = finding_json(&group->small.trial.finding);

	json_object_update_new(
		object,
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:b, s:b}", "target",
			  group->target->name, "file", finding_text(group->path), "alike",
			  json_texts(group->others->pdata, group->others->len), "found",
			  json_size(&group->found, &group->found_story), "shrunk",
			  json_size(&group->small, &group->story), "shrunk_file",
			  finding_text(group->small_path), "attempts", (int)group->nr_attempts,
			  "at_bound", group->stopped, "lost", group->lost));
	json_object_set_new(object, "test_file", finding_text(group->test_path));
	json_object_set_new(object, "test", json_test(group));
	json_object_set_new(object, "story", json_lines(&group->story.lines));
	json_object_set_new(object, "before", json_lines(&group->before));
	json_object_set_new(object, "after", json_lines(&group->after));
	json_object_set_new(object, "said", json_lines(&group->small.output));
	/* The step in the story may be known without a property, or unknown with one. */
	json_object_del(object, "step");
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
			 json_texts(crash->healthy->pdata, crash->healthy->len));
}
