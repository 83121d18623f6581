/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* watch_state.c - which commit is done, and which is at work. */
#include "bench/track/watch/watch.h"
#include "harness/cli/memory_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT "pcpu-lab-watch"
enum { VERSION = 1 };

static void take_id(const json_t *state, const char *key, char id[GIT_ID_BYTES])
{
	const char *text = json_string_value(json_object_get(state, key));

	snprintf(id, GIT_ID_BYTES, "%s", text ? text : "");
}

bool watch_state_read(struct watch *watch)
{
	json_t *state;
	const char *format;
	bool ours;

	if (access(watch->state_file, F_OK))
		return true;
	state = json_load_file(watch->state_file, 0, NULL);
	format = json_string_value(json_object_get(state, "format"));
	ours = format && !strcmp(format, FORMAT) &&
	       json_integer_value(json_object_get(state, "version")) == VERSION;
	if (ours) {
		take_id(state, "last", watch->last);
		take_id(state, "current", watch->current);
	} else {
		cmd_bad_input(watch->state_file, 1,
			      "the state of this lab's watch (without the file it begins anew)");
	}
	json_decref(state);
	return ours;
}

bool watch_state_write(const struct watch *watch)
{
	json_t *state = json_pack("{s:s, s:i, s:s, s:s}", "format", FORMAT, "version", VERSION,
				  "last", watch->last, "current", watch->current);
	bool ok = json_write_file(watch->state_file, state, JSON_INDENT(1));

	json_decref(state);
	return ok;
}

char *watch_result_path(const struct watch *watch, const char *id, const char *stage,
			const char *file)
{
	return file ? g_build_filename(watch->results, id, stage, file, NULL) :
		      g_build_filename(watch->results, id, stage, NULL);
}

bool watch_is_done(const struct watch *watch, const char *id, const struct watch_stage *stage)
{
	char *path = watch_result_path(watch, id, stage->name, "result.json");
	bool is_done = !access(path, F_OK);

	free(path);
	return is_done;
}
