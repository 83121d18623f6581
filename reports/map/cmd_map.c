/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_map.c - `lab map TRACE`: the memory of each engine, event by event, as a page that plays it.
 *
 *	trace -> [ platform, allocator, lab_run -> map_record ] per engine -> document -> page
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"
#include "harness/cli/trace_file.h"
#include "reports/document/document.h"
#include "reports/map/map_session.h"
#include "reports/write/page_write.h"

#define MAP_ENGINES "bitmap,linux61"

struct map_options {
	const char *engine, *output, *json;
};

static int parse_options(struct map_session *s, struct map_options *o, int argc, char **argv)
{
	const struct cmd_option options[] = {
		REPLAY_MACHINE_OPTIONS(&s->machine),
		{ "engine", CMD_TEXT, &o->engine, 0, 0, NULL },
		{ "atomic", CMD_FLAG, &s->honour_atomic, 0, 0, NULL },
		{ "output", CMD_TEXT, &o->output, 0, 0, NULL },
		{ "o", CMD_TEXT, &o->output, 0, 0, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &o->json, 0, 0, NULL },
	};
	int nr_words, status;

	replay_machine_init(&s->machine, &cmd_map);
	status = cmd_parse(&cmd_map, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status != CMD_OK)
		return status;
	if (nr_words != 1)
		return cmd_usage(&cmd_map, "one TRACE was expected, %d were given", nr_words);
	if (o->json && o->output && strcmp(o->json, "-") == 0 && strcmp(o->output, "-") == 0)
		return cmd_usage(&cmd_map, "only one of --json and -o can be stdout");
	if (!cmd_can_write(o->output) || !cmd_can_write(o->json))
		return CMD_USAGE;
	s->path = argv[1];
	s->engines = replay_engines(&cmd_map, o->engine ? o->engine : MAP_ENGINES,
				    &s->nr_engines);
	return s->engines ? CMD_OK : CMD_USAGE;
}

static int load_trace(struct map_session *s, struct trace_file *file)
{
	if (!trace_file_read(s->path, file))
		return CMD_USAGE;
	s->trace = file->trace;
	if (s->trace.nr_ops > MAP_MAX_EVENTS)
		return cmd_usage(&cmd_map, "%s has %zu events: a page has room for %u",
				 cmd_shown(s->path), s->trace.nr_ops, MAP_MAX_EVENTS);
	return CMD_OK;
}

/* A page with the player alone. */
static bool write_page(const char *output, const json_t *map)
{
	static const char *const tabs[] = { "map", NULL };
	char *folder = cmd_path("reports/out"), *path = cmd_path("reports/out/map.html");
	const char *to = output ? output : path;
	json_t *document = document_begin();
	bool good = output || cmd_make_folders(folder);

	json_object_set_new(document, "maps", json_pack("[O]", map));
	good = good && page_write_file(to, document, "pcpu-lab: a memory map", tabs);
	if (good && strcmp(to, "-") != 0)
		printf("%s\n", to);
	json_decref(document);
	free(path);
	free(folder);
	return good;
}

static int write_results(struct map_session *s, const struct map_options *o)
{
	json_t *map = map_json(s);
	bool good = !o->json || json_write_file(o->json, map, JSON_COMPACT);

	if (good && (!o->json || o->output))
		good = write_page(o->output, map);
	json_decref(map);
	return good ? CMD_OK : CMD_USAGE;
}

static int run_map(int argc, char **argv)
{
	struct map_session s = { .path = NULL };
	struct map_options o = {0};
	struct trace_file file = { .ops = NULL };
	int status = parse_options(&s, &o, argc, argv);

	if (status == CMD_OK)
		status = load_trace(&s, &file);
	if (status == CMD_OK)
		status = replay_machine_load(&s.machine);
	if (status == CMD_OK)
		status = map_run(&s);
	if (status == CMD_OK)
		status = write_results(&s, &o);
	json_decref(s.layout);
	json_decref(s.columns);
	g_free(s.engines);
	replay_machine_free(&s.machine);
	trace_file_free(&file);
	return status;
}

const struct cmd cmd_map = {
	.name = "map",
	.run = run_map,
};
