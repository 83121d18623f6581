/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_run.c - `lab replay --recorded`: a comparison for each engine, its output and status. */
#include <glib.h>
#include <string.h>

#include "harness/cli/memory_file.h"
#include "harness/cli/replay/recorded_report.h"
#include "harness/cli/replay/replay.h"

static int refuse_misfit(const struct replay *r, size_t misfit)
{
	return cmd_usage(&cmd_replay, "%s: event %zu: offset %u is in no unit of %u bytes: "
			 "name the recorded machine by --topology LOG, or --unit", r->path,
			 misfit + 1, r->trace.ops[misfit].offset, r->unit_bytes);
}

static int refuse_nothing(const struct replay *r, const struct recorded *result)
{
	fprintf(stderr, "%s: ", r->path);
	recorded_print_nothing(stderr, result);
	fprintf(stderr, "\n");
	return CMD_USAGE;
}

static int recorded_output(const struct replay *r, const struct recorded *results,
			   const char *json)
{
	bool is_stdout = json && strcmp(json, "-") == 0, good = true;

	for (uint32_t i = 0; i < r->nr_columns; i++)
		good = good && recorded_is_good(&results[i]);
	if (json) {
		json_t *all = recorded_json(r->path, results, r->nr_columns);
		bool written = json_write_file(json, all, JSON_INDENT(2));

		json_decref(all);
		if (!written)
			return CMD_USAGE;
	}
	if (!is_stdout) {
		replay_print_head(stdout, r);
		recorded_print(stdout, results, r->nr_columns);
	}
	return good ? CMD_OK : CMD_FOUND;
}

int replay_recorded(const struct replay *r, const char *json)
{
	size_t misfit = recorded_misfit(&r->trace, r->unit_bytes);
	struct recorded *results;
	int status;

	if (misfit < r->trace.nr_ops)
		return refuse_misfit(r, misfit);
	results = g_new0(struct recorded, r->nr_columns);
	for (uint32_t i = 0; i < r->nr_columns; i++)
		recorded_compare(&r->trace, r->column[i].engine, r->unit_bytes, &results[i]);
	status = recorded_nr_compared(&results[0]) ? recorded_output(r, results, json) :
						     refuse_nothing(r, &results[0]);
	for (uint32_t i = 0; i < r->nr_columns; i++)
		recorded_free(&results[i]);
	g_free(results);
	return status;
}
