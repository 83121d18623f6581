/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_reach.c - what inputs show of a defect, from the program that has it built in. */
#include "harness/cli/cmd.h"
#include "fuzz/targets/fuzz.h"
#include "fuzz/zoo/zoo_hunts.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_BEFORE = 2, CELLS = CELLS_BEFORE + 4 + FINDING_NR_BY - 1, REACH_SECONDS = 600 };

bool zoo_finding_parse(const char *line, struct zoo_finding *finding)
{
	char **cell = g_strsplit(line, "\t", CELLS + 1);
	size_t *const counts[] = {&finding->counts.replayed, &finding->counts.reached,
				  &finding->counts.triggered, &finding->counts.detected};
	bool good = g_strv_length(cell) == CELLS;

	*finding = (struct zoo_finding){0};
	if (good) {
		g_strlcpy(finding->defect, cell[0], sizeof(finding->defect));
		g_strlcpy(finding->target, cell[1], sizeof(finding->target));
		for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
			*counts[i] = strtoull(cell[CELLS_BEFORE + i], NULL, 10);
		for (size_t by = FINDING_NONE + 1; by < FINDING_NR_BY; by++)
			finding->by[by] = strtoull(cell[CELLS_BEFORE + 4 + by - 1], NULL, 10) > 0;
	} else {
		fprintf(stderr, "lab zoo: pcpu-zoo wrote '%s'\n", line);
	}
	g_strfreev(cell);
	return good;
}

static void note_line(void *context, const char *line, size_t bytes)
{
	struct zoo_finding *finding = context;

	(void)bytes;
	zoo_finding_parse(line, finding);
}

bool zoo_reach_measure(const char *defect, const char *target, const char *path,
		       struct zoo_counts *counts)
{
	char *program = cmd_path("build/main/fuzz/zoo/pcpu-zoo");
	const char *argv[] = {program, "--reach", target, "--defect", defect, path, NULL};
	struct zoo_finding finding = {.defect = ""};
	struct process process = {.argv = argv,
				  .out_line = note_line,
				  .context = &finding,
				  .timeout_seconds = REACH_SECONDS};
	struct process_result result;
	bool ok = process_run(&process, &result);

	if (!ok && !process_interrupted())
		process_explain(&process, &result);
	*counts = finding.counts;
	free(program);
	return ok && !strcmp(finding.defect, defect);
}
