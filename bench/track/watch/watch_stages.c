/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * watch_stages.c - what is done with each commit, in this order. A line is a name and a command of
 * sh; * behind the name: again and again, until the next commit is there.
 */
#include "bench/track/watch/watch.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_STAGES = 64 };

static const char usual[] =
	"gate ./lab bench --gate --history \"$LAB_OUT/history.db\"\n"
	"compare [ -z \"$LAB_BEFORE\" ] || ./lab bench --compare \"$LAB_BEFORE\" --quick"
	" --json \"$LAB_OUT/compare.json\"\n"
	"boot ./lab boot --json \"$LAB_OUT/boot.json\"\n"
	"zoo ./lab zoo --corpus\n"
	"fuzz* ./lab fuzz all --time \"$LAB_SLICE\" --json \"$LAB_OUT/fuzz.json\"\n";

static bool is_name(const char *name, size_t bytes)
{
	return bytes > 0 && bytes <= 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") >= bytes && *name != '-';
}

static bool is_taken(const struct watch *watch, const char *name)
{
	for (size_t i = 0; i < watch->nr_stages; i++) {
		if (!strcmp(watch->stages[i].name, name))
			return true;
	}
	return false;
}

/* Returns what is wrong with a line, or NULL. */
static const char *take_stage(struct watch *watch, char *line)
{
	struct watch_stage stage = {0};
	size_t bytes;

	g_strstrip(line);
	if (!*line || *line == '#')
		return NULL;
	bytes = strcspn(line, "* \t");
	if (!is_name(line, bytes) || watch->nr_stages == MOST_STAGES)
		return "NAME COMMAND or NAME* COMMAND, a name of a-z, 0-9 and -, at most 64 lines";
	stage.name = g_strndup(line, bytes);
	stage.repeats = line[bytes] == '*';
	stage.command = g_strdup(g_strchug(line + bytes + stage.repeats));
	if (!*stage.command || is_taken(watch, stage.name)) {
		free(stage.name);
		free(stage.command);
		return "a command behind a name that no other line has";
	}
	watch->stages[watch->nr_stages++] = stage;
	return NULL;
}

int watch_stages_read(struct watch *watch)
{
	const char *file = watch->stages_file, *wrong = NULL;
	char *text = NULL, **lines;
	size_t bytes;
	uint32_t i;

	if (file && !cmd_read_file(file, &text, &bytes))
		return CMD_USAGE;
	lines = g_strsplit(text ? text : usual, "\n", -1);
	free(text);
	watch->stages = g_new0(struct watch_stage, MOST_STAGES);
	for (i = 0; lines[i] && !wrong; i++)
		wrong = take_stage(watch, lines[i]);
	if (!wrong && !watch->nr_stages)
		wrong = "a stage: NAME COMMAND";
	g_strfreev(lines);
	return wrong ? cmd_bad_input(file, i ? i : 1, wrong) : CMD_OK;
}

void watch_stages_free(struct watch *watch)
{
	for (size_t i = 0; i < watch->nr_stages; i++) {
		free(watch->stages[i].name);
		free(watch->stages[i].command);
	}
	free(watch->stages);
}
