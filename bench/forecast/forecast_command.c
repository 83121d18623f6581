/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* forecast_command.c - `lab bench --forecast`: counts by pcpu-hits, one design at a time. */
#include "bench/forecast/forecast.h"
#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <glib.h>
#include <pcpu/engine.h>
#include <string.h>

enum { COUNT_SECONDS = 600 };

struct counting {
	struct forecast_design *design;
	uint32_t nr_lines;
	bool broken;
};

static void line_take(void *context, const char *line, size_t bytes)
{
	struct counting *counting = context;
	json_t *answer = json_loadb(line, bytes, 0, NULL);

	if (counting->nr_lines == 2 ||
	    !forecast_costs_read(answer, &counting->design->two[counting->nr_lines]))
		counting->broken = true;
	else
		counting->nr_lines++;
	json_decref(answer);
}

static void complaint_show(void *context, const char *line, size_t bytes)
{
	progress_say("%s", line);
}

/* False after a line on stderr. */
static bool design_count(const char *program, struct forecast_design *design)
{
	const char *argv[] = {program, "--costs", design->name, NULL};
	const char *environment[] = {"HWLOC_HIDE_ERRORS=2", NULL};
	struct counting counting = {.design = design};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .out_line = line_take,
				  .err_line = complaint_show,
				  .context = &counting,
				  .timeout_seconds = COUNT_SECONDS};
	struct process_result result;
	bool good;

	progress_show("count %s", design->name);
	good = process_run(&process, &result);
	progress_clear();
	if (!good) {
		if (result.status != CMD_FOUND)
			process_explain(&process, &result);
		return false;
	}
	good = !counting.broken && counting.nr_lines == 2 &&
	       design->two[0].nr_cpus < design->two[1].nr_cpus;
	if (!good)
		cmd_bad_input(program, 1, "two lines of counts");
	return good;
}

/* Every engine, and the front. */
static uint32_t designs_all(struct forecast_design *designs)
{
	uint32_t nr = 0;

	for (; nr < pcpu_nr_engines && nr < FORECAST_DESIGNS_MAX - 1; nr++)
		snprintf(designs[nr].name, sizeof(designs[nr].name), "%s", pcpu_engines[nr].name);
	snprintf(designs[nr].name, sizeof(designs[nr].name), "front");
	return nr + 1;
}

static uint32_t designs_named(struct forecast_design *designs, const char *list)
{
	gchar **words = g_strsplit(list, ",", FORECAST_DESIGNS_MAX);
	uint32_t nr = 0;

	for (; words[nr] && nr < FORECAST_DESIGNS_MAX; nr++)
		snprintf(designs[nr].name, sizeof(designs[nr].name), "%s", words[nr]);
	g_strfreev(words);
	return nr;
}

int forecast_command(const struct forecast_options *options)
{
	struct forecast_design designs[FORECAST_DESIGNS_MAX] = {0};
	bool all = !options->designs || !strcmp(options->designs, "all");
	uint32_t nr = all ? designs_all(designs) : designs_named(designs, options->designs);
	int status = CMD_OK;

	for (uint32_t d = 0; d < nr; d++)
		if (!design_count(options->program, &designs[d]))
			return CMD_FOUND;
	if (options->json) {
		json_t *json = forecast_json(designs, nr, &options->constants);

		if (!json_write_file(options->json, json, JSON_INDENT(1)))
			status = CMD_USAGE;
		json_decref(json);
	}
	if (!options->json || strcmp(options->json, "-"))
		forecast_print(stdout, designs, nr, &options->constants);
	return status;
}
