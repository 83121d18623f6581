/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_matrix.h - `lab zoo --matrix`: which defect is found by what.
 *
 *	zoo_columns.def				name, and where its cells come from
 *	zoo_matrix.c	fill, print, JSON	the table, and what one column alone finds
 *	zoo_matrix_fill.c			one function for each source
 */
#ifndef ZOO_MATRIX_H
#define ZOO_MATRIX_H

#include "fuzz/zoo/zoo_hunts.h"

enum zoo_column {
#define X(id, name, source) ZOO_##id,
#include "fuzz/zoo/zoo_columns.def"
#undef X
	ZOO_NR_COLUMNS,
};

enum zoo_cell { ZOO_UNKNOWN, ZOO_NOT_FOUND, ZOO_IS_FOUND };

struct zoo_matrix {
	const struct zoo_list *list;
	const char *only;	 /* this defect alone; NULL: all */
	bool every_unit;	 /* unit tests: all with all defects, not those that are named */
	enum zoo_cell (*cells)[ZOO_NR_COLUMNS]; /* [list->nr] */
	bool *others;		 /* [list->nr] an input was caught by neither walker nor model */
	struct zoo_counts *inputs; /* [list->nr] of corpus/, what they showed of it */
	bool has_hunts;		 /* there were results of a whole hunt */
	bool is_broken;		 /* something ran that says nothing; it was printed */
};

/* Is this defect in the matrix? Those that are not built in are not. */
bool zoo_matrix_has(const struct zoo_matrix *matrix, size_t i);

/* Sets a cell of a defect: what was found stays found. An unknown name is ignored. */
void zoo_matrix_note(struct zoo_matrix *matrix, const char *defect, enum zoo_column column,
		     bool found);

/* Fills all cells. False after printing a diagnostic, or when interrupted. */
bool zoo_matrix_fill(struct zoo_matrix *matrix);

/* Builds, fills and prints; the same as JSON into a file ("-": instead of the table). Returns the
   command's exit status: CMD_FOUND when a defect that is looked for is found by nothing. */
int zoo_matrix_run(const struct zoo_list *list, const char *only, bool every_unit,
		   const char *json);

#endif
