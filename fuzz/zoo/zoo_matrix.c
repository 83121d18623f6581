/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_matrix.c - defects x what finds them, as a table and as JSON.
 *
 * One alone finds a defect when of unit, inductive, corpus, schedules and boot one does, and the
 * others do not or were not run; hunts are left out, since their targets are the corpus'. Where
 * that is corpus or schedules, and none but the walker, or none but the model, saw it there, it is
 * walker or model.
 */
#include "fuzz/zoo/zoo_matrix.h"
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const column_names[] = {
#define X(id, name, source) name,
#include "fuzz/zoo/zoo_columns.def"
#undef X
};

bool zoo_matrix_has(const struct zoo_matrix *matrix, size_t i)
{
	const struct zoo_defect_row *defect = &matrix->list->defects[i];

	return defect->is_built_in && (!matrix->only || !strcmp(matrix->only, defect->name));
}

void zoo_matrix_note(struct zoo_matrix *matrix, const char *defect, enum zoo_column column,
		     bool found)
{
	for (size_t i = 0; i < matrix->list->nr; i++) {
		enum zoo_cell *cell = &matrix->cells[i][column];

		if (!strcmp(matrix->list->defects[i].name, defect) && *cell != ZOO_IS_FOUND)
			*cell = found ? ZOO_IS_FOUND : ZOO_NOT_FOUND;
	}
}

/* --- who alone ------------------------------------------------------------------------------- */

static bool is_found(const struct zoo_matrix *matrix, size_t i, enum zoo_column column)
{
	return matrix->cells[i][column] == ZOO_IS_FOUND;
}

/* ZOO_NR_COLUMNS: nothing finds it, or several do. */
static enum zoo_column found_alone_by(const struct zoo_matrix *matrix, size_t i)
{
	static const enum zoo_column apart[] = {ZOO_UNIT, ZOO_INDUCTIVE, ZOO_CORPUS, ZOO_SCHEDULES,
						ZOO_BOOT};
	enum zoo_column one = ZOO_NR_COLUMNS;

	for (size_t c = 0; c < G_N_ELEMENTS(apart); c++) {
		if (!is_found(matrix, i, apart[c]))
			continue;
		if (one != ZOO_NR_COLUMNS)
			return ZOO_NR_COLUMNS;
		one = apart[c];
	}
	if ((one != ZOO_CORPUS && one != ZOO_SCHEDULES) || matrix->others[i] ||
	    is_found(matrix, i, ZOO_WALKER) == is_found(matrix, i, ZOO_MODEL))
		return one;
	return is_found(matrix, i, ZOO_WALKER) ? ZOO_WALKER : ZOO_MODEL;
}

static bool found_by_any(const struct zoo_matrix *matrix, size_t i)
{
	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		if (is_found(matrix, i, (enum zoo_column)column))
			return true;
	return false;
}

/* Something is to find it, and nothing does. */
static bool is_missed(const struct zoo_matrix *matrix, size_t i)
{
	const struct zoo_defect_row *defect = &matrix->list->defects[i];

	return (*defect->found_by || *defect->unit) && !found_by_any(matrix, i);
}

struct totals {
	size_t nr, nr_missed;
	size_t found[ZOO_NR_COLUMNS], alone[ZOO_NR_COLUMNS + 1];
	struct zoo_counts inputs; /* defects, by an input of corpus/ at least */
};

static struct totals totals_of(const struct zoo_matrix *matrix)
{
	struct totals totals = {0};

	for (size_t i = 0; i < matrix->list->nr; i++) {
		if (!zoo_matrix_has(matrix, i))
			continue;
		totals.nr++;
		totals.nr_missed += is_missed(matrix, i);
		totals.inputs.replayed += matrix->inputs[i].replayed > 0;
		totals.inputs.reached += matrix->inputs[i].reached > 0;
		totals.inputs.triggered += matrix->inputs[i].triggered > 0;
		totals.inputs.detected += matrix->inputs[i].detected > 0;
		totals.alone[found_alone_by(matrix, i)]++;
		for (int column = 0; column < ZOO_NR_COLUMNS; column++)
			totals.found[column] += is_found(matrix, i, (enum zoo_column)column);
	}
	return totals;
}

/* --- text ------------------------------------------------------------------------------------ */

enum { NAME_COLUMNS = 44 };

static void print_counts(const char *name, const size_t nr[ZOO_NR_COLUMNS])
{
	printf("%-*s", NAME_COLUMNS, name);
	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		printf("  %*zu", (int)strlen(column_names[column]), nr[column]);
	printf("\n");
}

static void print_row(const struct zoo_matrix *matrix, size_t i)
{
	static const char *const marks[] = {
		[ZOO_UNKNOWN] = "?", [ZOO_NOT_FOUND] = "-", [ZOO_IS_FOUND] = "x"};

	printf("%-*s", NAME_COLUMNS, matrix->list->defects[i].name);
	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		printf("  %*s", (int)strlen(column_names[column]), marks[matrix->cells[i][column]]);
	printf("\n");
}

static void print_alone(const struct zoo_matrix *matrix)
{
	printf("\nby one alone:\n");
	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		for (size_t i = 0; i < matrix->list->nr; i++)
			if (zoo_matrix_has(matrix, i) && (int)found_alone_by(matrix, i) == column)
				printf("%-9s  %s\n", column_names[column],
				       matrix->list->defects[i].name);
}

static void print_matrix(const struct zoo_matrix *matrix, const struct totals *totals)
{
	printf("%-*s", NAME_COLUMNS, "defect");
	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		printf("  %s", column_names[column]);
	printf("\n");
	for (size_t i = 0; i < matrix->list->nr; i++)
		if (zoo_matrix_has(matrix, i))
			print_row(matrix, i);
	printf("\n");
	print_counts("found", totals->found);
	print_counts("by it alone", totals->alone);
	print_alone(matrix);
	printf("\nby corpus/: of %zu replayed %zu are reached, %zu triggered, %zu detected\n",
	       totals->inputs.replayed, totals->inputs.reached, totals->inputs.triggered,
	       totals->inputs.detected);
	printf("\nx found, - not, ? not run%s\n",
	       matrix->has_hunts ? "" : "; fuzzing: no whole `lab zoo` left its results");
	for (size_t i = 0; i < matrix->list->nr; i++)
		if (zoo_matrix_has(matrix, i) && is_missed(matrix, i))
			printf("found by nothing: %s\n", matrix->list->defects[i].name);
	printf("%zu defects, %zu found by nothing\n", totals->nr, totals->nr_missed);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *counts_json(const size_t nr[ZOO_NR_COLUMNS])
{
	json_t *counts = json_object();

	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		json_object_set_new(counts, column_names[column],
				    json_integer((json_int_t)nr[column]));
	return counts;
}

static json_t *inputs_json(const struct zoo_counts *counts)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "replayed", (json_int_t)counts->replayed,
			 "reached", (json_int_t)counts->reached, "triggered",
			 (json_int_t)counts->triggered, "detected", (json_int_t)counts->detected);
}

static json_t *row_json(const struct zoo_matrix *matrix, size_t i)
{
	const struct zoo_defect_row *defect = &matrix->list->defects[i];
	enum zoo_column one = found_alone_by(matrix, i);
	json_t *found = json_object();

	for (int column = 0; column < ZOO_NR_COLUMNS; column++)
		json_object_set_new(found, column_names[column],
				    matrix->cells[i][column] == ZOO_UNKNOWN ?
					    json_null() :
					    json_boolean(matrix->cells[i][column] == ZOO_IS_FOUND));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "defect", defect->name, "row",
			 defect->row, "says", defect->says, "found", found, "inputs",
			 inputs_json(&matrix->inputs[i]), "alone",
			 one == ZOO_NR_COLUMNS ? json_null() : json_string(column_names[one]));
}

static bool write_json(const struct zoo_matrix *matrix, const struct totals *totals,
		       const char *path)
{
	json_t *rows = json_array(), *all;
	bool ok;

	for (size_t i = 0; i < matrix->list->nr; i++)
		if (zoo_matrix_has(matrix, i))
			json_array_append_new(rows, row_json(matrix, i));
	all = json_pack("{s:o, s:o, s:o, s:o}", "defects", rows, "found",
			counts_json(totals->found), "alone", counts_json(totals->alone), "inputs",
			inputs_json(&totals->inputs));
	ok = json_write_file(path, all, JSON_INDENT(1));
	json_decref(all);
	return ok;
}

/* For the report: a whole one, never a part. */
static bool matrix_store(const struct zoo_matrix *matrix, const struct totals *totals)
{
	char *folder = cmd_path("reports/out"), *path = cmd_path("reports/out/matrix.json");
	bool ok = cmd_make_folders(folder) && write_json(matrix, totals, path);

	free(path);
	free(folder);
	return ok;
}

/* --- all of it ------------------------------------------------------------------------------- */

int zoo_matrix_run(const struct zoo_list *list, const char *only, bool every_unit, const char *json)
{
	static const char *const targets[] = {"zoo-tests", NULL};
	struct zoo_matrix matrix = {.list = list, .only = only, .every_unit = every_unit};
	struct totals totals = {0};
	bool ok;

	if (!flavour_build("main", targets, NULL))
		return flavour_failed();
	matrix.cells = g_malloc0_n(list->nr + 1, sizeof(*matrix.cells));
	matrix.others = g_new0(bool, list->nr + 1);
	matrix.inputs = g_new0(struct zoo_counts, list->nr + 1);
	ok = zoo_matrix_fill(&matrix);
	if (ok) {
		totals = totals_of(&matrix);
		if (!json || strcmp(json, "-"))
			print_matrix(&matrix, &totals);
		ok = !json || write_json(&matrix, &totals, json);
		ok = (only || matrix_store(&matrix, &totals)) && ok;
	}
	g_free(matrix.cells);
	g_free(matrix.others);
	g_free(matrix.inputs);
	if (!ok)
		return flavour_failed();
	return totals.nr_missed == 0 ? CMD_OK : CMD_FOUND;
}
