/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_matrix_fill.c - the cells of the matrix, by what finds a defect.
 *
 *	pcpu-zoo --findings		 corpus, schedules, and by whom: walker, model, others
 *	LAB_DEFECT=NAME zoo_test_...	 unit, inductive
 *	reports/out/zoo.json		 fuzzing
 *	kernel-test/common/zoo_defects.def	boot
 */
#include "fuzz/targets/finding.h"
#include "fuzz/zoo/zoo_matrix.h"
#include "harness/cli/cmd.h"
#include "harness/cli/progress.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNIT_SECONDS = 120 };

/* --- the corpus ------------------------------------------------------------------------------ */

/* A line of pcpu-zoo --findings. */
static void note_findings(void *context, const char *line, size_t bytes)
{
	struct zoo_matrix *matrix = context;
	struct zoo_finding found;
	const bool *by = found.by;

	(void)bytes;
	if (!zoo_finding_parse(line, &found)) {
		matrix->is_broken = true;
		return;
	}
	zoo_matrix_note(matrix, found.defect, ZOO_WALKER, by[FINDING_WALKER]);
	zoo_matrix_note(matrix, found.defect, ZOO_MODEL,
			by[FINDING_MODEL] || by[FINDING_ORACLE] || by[FINDING_REPLAY]);
	zoo_matrix_note(matrix, found.defect,
			strcmp(found.target, "fuzz_sched") ? ZOO_CORPUS : ZOO_SCHEDULES,
			found.counts.detected > 0);
	for (size_t i = 0; i < matrix->list->nr; i++) {
		if (strcmp(matrix->list->defects[i].name, found.defect))
			continue;
		zoo_counts_add(&matrix->inputs[i], &found.counts);
		matrix->others[i] |= by[FINDING_FAULT] || by[FINDING_ASSERTION] ||
				     by[FINDING_SANITIZER] || by[FINDING_TIME] || by[FINDING_END];
	}
}

static bool fill_corpus(struct zoo_matrix *matrix, const char *name)
{
	char *program = cmd_path("build/main/fuzz/zoo/pcpu-zoo"), *corpus = cmd_path("corpus");
	const char *argv[] = {program, "--findings", "--defect", name, corpus, NULL};
	struct process process = {
		.argv = argv, .out_line = note_findings, .err_file = "-", .context = matrix};
	struct process_result result;
	bool ok = process_run(&process, &result);

	if (!ok && !process_interrupted())
		process_explain(&process, &result);
	free(program);
	free(corpus);
	return ok;
}

/* --- unit tests ------------------------------------------------------------------------------ */

static enum zoo_column column_of(const char *test)
{
	static const char *const inductive[] = {"test_exhaustive", "test_block_states"};

	for (size_t i = 0; i < G_N_ELEMENTS(inductive); i++)
		if (g_str_has_prefix(test, inductive[i]))
			return ZOO_INDUCTIVE;
	return ZOO_UNIT;
}

/* Exit status 2 and a time limit say nothing of the core. */
static bool unit_run(struct zoo_matrix *matrix, const char *test, const char *defect)
{
	char *program = cmd_path("build/main/fuzz/test/zoo_%s", test);
	char *choice = g_strdup_printf("LAB_DEFECT=%s", defect);
	const char *argv[] = {program, NULL}, *environment[] = {choice, NULL};
	struct process process = {
		.argv = argv, .environment = environment, .timeout_seconds = UNIT_SECONDS};
	struct process_result result;
	bool passed = process_run(&process, &result);
	bool ran = passed || result.signal || result.status == 1 || result.status > 2;

	if (result.spawn_errno || result.timed_out)
		ran = false;
	if (ran)
		zoo_matrix_note(matrix, defect, column_of(test), !passed);
	else if (!process_interrupted())
		process_explain(&process, &result);
	matrix->is_broken |= !ran;
	g_free(choice);
	free(program);
	return !process_interrupted();
}

/* Programs of the build that are linked with the mutated core. */
static char **unit_names(void)
{
	char *folder = cmd_path("build/main/fuzz/test");
	char **all = folder_names(folder);
	GPtrArray *names = g_ptr_array_new();

	for (char **name = all; *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);

		if (g_str_has_prefix(*name, "zoo_test_") && !access(path, X_OK) &&
		    g_file_test(path, G_FILE_TEST_IS_REGULAR))
			g_ptr_array_add(names, g_strdup(*name + strlen("zoo_")));
		g_free(path);
	}
	g_ptr_array_add(names, NULL);
	g_strfreev(all);
	free(folder);
	return (char **)g_ptr_array_free(names, FALSE);
}

static bool fill_units(struct zoo_matrix *matrix, const struct zoo_defect_row *defect,
		       char *const *names)
{
	bool ok = true;

	if (!matrix->every_unit)
		return !*defect->unit || unit_run(matrix, defect->unit, defect->name);
	for (; ok && *names; names++)
		ok = unit_run(matrix, *names, defect->name);
	return ok;
}

/* --- what others left ------------------------------------------------------------------------ */

/* What is damaged or was never made says nothing. */
static void fill_hunts(struct zoo_matrix *matrix)
{
	char *path = cmd_path("reports/out/zoo.json");
	json_t *all = json_load_file(path, 0, NULL), *row;
	size_t i;

	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		const char *defect = json_string_value(json_object_get(row, "defect"));
		const json_t *seconds = json_object_get(row, "cpu_seconds");

		if (!defect || !seconds)
			continue;
		matrix->has_hunts = true;
		zoo_matrix_note(matrix, defect, ZOO_FUZZING, json_is_number(seconds));
	}
	json_decref(all);
	free(path);
}

/* X("defect", ... of each line. */
static bool fill_boot(struct zoo_matrix *matrix)
{
	char *path = cmd_path("kernel-test/common/zoo_defects.def"), *text;
	size_t bytes;
	bool ok = cmd_read_file(path, &text, &bytes);
	char **line = ok ? g_strsplit(text, "\n", 0) : NULL;

	for (size_t i = 0; i < matrix->list->nr; i++)
		zoo_matrix_note(matrix, matrix->list->defects[i].name, ZOO_BOOT, false);
	for (char **at = line; ok && *at; at++) {
		char **word = g_strsplit(*at, "\"", 3);

		if (word[0] && !strcmp(word[0], "X(") && word[1])
			zoo_matrix_note(matrix, word[1], ZOO_BOOT, true);
		g_strfreev(word);
	}
	g_strfreev(line);
	if (ok)
		free(text);
	free(path);
	return ok;
}

bool zoo_matrix_fill(struct zoo_matrix *matrix)
{
	static const enum zoo_column replayed[] = {ZOO_WALKER, ZOO_MODEL, ZOO_CORPUS,
						   ZOO_SCHEDULES};
	const struct zoo_list *list = matrix->list;
	char **names = unit_names();
	bool ok = fill_boot(matrix);

	fill_hunts(matrix);
	for (size_t i = 0; ok && i < list->nr; i++) {
		const char *name = list->defects[i].name;

		if (!zoo_matrix_has(matrix, i))
			continue;
		progress_show("zoo %zu/%zu  %s", i + 1, list->nr, name);
		for (size_t column = 0; column < G_N_ELEMENTS(replayed); column++)
			zoo_matrix_note(matrix, name, replayed[column], false);
		ok = fill_corpus(matrix, name) && fill_units(matrix, &list->defects[i], names);
	}
	progress_clear();
	g_strfreev(names);
	return ok && !matrix->is_broken;
}
