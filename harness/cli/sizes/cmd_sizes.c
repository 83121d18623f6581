/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* cmd_sizes.c - `lab sizes TRACE...`: what traces request of a percpu allocator. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"
#include "harness/cli/sizes/size_report.h"
#include "harness/cli/sizes/size_share.h"
#include "harness/cli/trace_file.h"

struct sizes_options {
	const char *json, *share;
	uint64_t top;
};

static int write_share(const struct sizes_options *o, const struct lab_trace *trace)
{
	uint64_t nr_nameless;
	size_t bytes;
	char *text = size_share(trace, &bytes, &nr_nameless);
	bool good = cmd_write_file(o->share, text, bytes);

	free(text);
	if (good && nr_nameless)
		fprintf(stderr, "lab sizes: %" PRIu64 " sites are no names and left out\n",
			nr_nameless);
	return good ? CMD_OK : CMD_USAGE;
}

/* Folders' names are the machine's; the trace's own stays. */
static int add_trace(struct size_objects *all, const char *path, const struct sizes_options *o)
{
	struct trace_file file;
	int status = CMD_OK;
	char *name;

	if (!trace_file_read(path, &file))
		return CMD_USAGE;
	if (o->share) {
		status = write_share(o, &file.trace);
	} else {
		name = g_path_get_basename(cmd_shown(path));
		size_objects_add(all, name, &file.trace);
		g_free(name);
	}
	trace_file_free(&file);
	return status;
}

static int show_sizes(struct size_objects *all, const struct sizes_options *o)
{
	bool good = true;

	if (o->json) {
		json_t *report = size_report_json(all);

		good = json_write_file(o->json, report, JSON_INDENT(1));
		json_decref(report);
	}
	if (good && (!o->json || strcmp(o->json, "-") != 0))
		size_report_print(stdout, all, (uint32_t)o->top);
	return good ? CMD_OK : CMD_USAGE;
}

static int check_words(const struct sizes_options *o, char **words, int nr_words)
{
	int nr_stdin = 0;

	if (nr_words == 0)
		return cmd_usage(&cmd_sizes, "a TRACE was expected, none was given");
	for (int i = 0; i < nr_words; i++)
		nr_stdin += strcmp(words[i], "-") == 0;
	if (nr_stdin > 1)
		return cmd_usage(&cmd_sizes, "stdin can be read once");
	if (o->share && nr_words > 1)
		return cmd_usage(&cmd_sizes, "--share goes with one TRACE, %d were given",
				 nr_words);
	if (o->share && o->json)
		return cmd_usage(&cmd_sizes, "only one of --share and --json was expected");
	return cmd_can_write(o->json) && cmd_can_write(o->share) ? CMD_OK : CMD_USAGE;
}

static int run_sizes(int argc, char **argv)
{
	struct sizes_options o = { NULL, NULL, 20 };
	const struct cmd_option options[] = {
		{ "json", CMD_OPTIONAL_TEXT, &o.json, 0, 0, NULL },
		{ "share", CMD_TEXT, &o.share, 0, 0, NULL },
		{ "top", CMD_NUMBER, &o.top, 1, UINT32_MAX, NULL },
	};
	struct size_objects all;
	int nr_words, status = cmd_parse(&cmd_sizes, argc, argv, options, G_N_ELEMENTS(options),
					 &nr_words);

	if (status == CMD_OK)
		status = check_words(&o, argv + 1, nr_words);
	if (status != CMD_OK)
		return status;
	size_objects_init(&all);
	for (int i = 1; status == CMD_OK && i <= nr_words; i++)
		status = add_trace(&all, argv[i], &o);
	if (status == CMD_OK && !o.share)
		status = show_sizes(&all, &o);
	size_objects_free(&all);
	return status;
}

const struct cmd cmd_sizes = {
	.name = "sizes",
	.run = run_sizes,
};
