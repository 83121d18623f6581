/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_table.c - what hunts come to: medians over seeds, and over defects. */
#include "harness/rows/numbers.h"
#include "fuzz/zoo/zoo_hunts.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double table_median(double *values, size_t nr)
{
	numbers_sort(values, nr);
	return numbers_median(values, nr);
}

static double *room_for(size_t nr)
{
	double *values = g_new0(double, nr + 1);

	return values;
}

/* A hunt without a find counts as longer than any with one: a finite median is one of finds. */
struct zoo_row zoo_row_of(const struct zoo_defect_row *defect, const struct zoo_hunt *hunts,
			  size_t nr)
{
	struct zoo_row row = {.defect = defect, .engine = hunts[0].engine, .hunts = json_array()};
	double *seconds = room_for(nr), *executions = room_for(nr);

	for (size_t i = 0; i < nr; i++) {
		bool found = hunts[i].end == ZOO_FOUND;

		if (!found && hunts[i].end != ZOO_MISSED)
			continue;
		seconds[row.nr_seeds] = found ? hunts[i].cpu_seconds : INFINITY;
		executions[row.nr_seeds++] = found ? (double)hunts[i].nr_execs : INFINITY;
		row.nr_found += found;
		row.nr_reached += hunts[i].reached;
		row.nr_triggered += hunts[i].triggered;
		json_array_append_new(
			row.hunts, json_pack("{s:i, s:b, s:b, s:b, s:f, s:I}", "seed",
					     (int)hunts[i].seed, "reached", (int)hunts[i].reached,
					     "triggered", (int)hunts[i].triggered, "found",
					     (int)found, "cpu_seconds", hunts[i].cpu_seconds,
					     "executions", (json_int_t)hunts[i].nr_execs));
	}
	if (row.nr_seeds > 0) {
		row.cpu_seconds = table_median(seconds, row.nr_seeds);
		row.executions = table_median(executions, row.nr_seeds);
	}
	row.found = row.nr_seeds > 0 && isfinite(row.cpu_seconds);
	free(seconds);
	free(executions);
	return row;
}

void zoo_rows_free(struct zoo_row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		json_decref(rows[i].hunts);
	free(rows);
}

void zoo_row_print(const struct zoo_row *row, unsigned limit_seconds)
{
	printf("%-40s %-4s %-11s %-9s %zu/%zu  ", row->defect->name, row->defect->row,
	       row->defect->target, row->engine, row->nr_found, row->nr_seeds);
	if (row->found)
		printf("%7.2f CPU s  %9.0f executions\n", row->cpu_seconds, row->executions);
	else
		printf("not within %u s; reached by %zu, triggered by %zu\n", limit_seconds,
		       row->nr_reached, row->nr_triggered);
	fflush(stdout);
}

size_t zoo_rows_print_sum(const struct zoo_row *rows, size_t nr, const char *engine,
			  unsigned limit_seconds)
{
	double *seconds = room_for(nr);
	const struct zoo_row *worst = NULL;
	size_t nr_found = 0, nr_missed = 0, nr_reached = 0, nr_triggered = 0;

	for (size_t i = 0; i < nr; i++) {
		if (strcmp(rows[i].engine, engine))
			continue;
		nr_reached += rows[i].nr_reached > 0;
		nr_triggered += rows[i].nr_triggered > 0;
		if (!rows[i].found) {
			nr_missed++;
			continue;
		}
		seconds[nr_found++] = rows[i].cpu_seconds;
		if (!worst || rows[i].cpu_seconds > worst->cpu_seconds)
			worst = &rows[i];
	}
	printf("%s: %zu of %zu found within %u s", engine, nr_found, nr_found + nr_missed,
	       limit_seconds);
	if (worst)
		printf("; median of the medians %.2f CPU s, slowest %.2f CPU s (%s)",
		       table_median(seconds, nr_found), worst->cpu_seconds, worst->defect->name);
	printf("\n%s: by a seed at least: %zu reached, %zu triggered\n", engine, nr_reached,
	       nr_triggered);
	free(seconds);
	return nr_missed;
}

static json_t *row_json(const struct zoo_row *row)
{
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:O}", "defect",
		row->defect->name, "row", row->defect->row, "says", row->defect->says, "target",
		row->defect->target, "engine", row->engine, "seeds", (json_int_t)row->nr_seeds,
		"reached", (json_int_t)row->nr_reached, "triggered", (json_int_t)row->nr_triggered,
		"found", (json_int_t)row->nr_found, "cpu_seconds",
		row->found ? json_real(row->cpu_seconds) : json_null(), "executions",
		row->found ? json_real(row->executions) : json_null(), "hunts", row->hunts);
}

json_t *zoo_json(const struct zoo_list *list, const struct zoo_row *rows, size_t nr,
		 unsigned limit_seconds)
{
	json_t *hunted = json_array(), *others = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(hunted, row_json(&rows[i]));
	for (size_t i = 0; i < list->nr; i++) {
		const struct zoo_defect_row *d = &list->defects[i];

		if (!d->is_hunted)
			json_array_append_new(others,
					      json_pack("{s:s, s:s, s:s, s:s, s:s}", "defect",
							d->name, "row", d->row, "says", d->says,
							"why", d->why, "unit", d->unit));
	}
	return json_pack("{s:I, s:o, s:o}", "time_limit_seconds", (json_int_t)limit_seconds, "rows",
			 hunted, "others", others);
}
