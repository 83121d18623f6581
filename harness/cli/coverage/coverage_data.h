/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_data.h - the output of `llvm-cov export` for a program's source files, as lines,
 * branches and MC/DC conditions.
 *
 * A branch has two sides, 1: taken, 0: not taken. Several copies of one inline function are one
 * function here, a macro's branches are placed where it is used, and only code inside functions
 * counts: as in llvm-cov's own summary.
 */
#ifndef COVERAGE_DATA_H
#define COVERAGE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coverage_line {
	unsigned line;
	uint64_t count; /* how often it ran */
};

struct coverage_branch {
	unsigned line, column, to_line, to_column; /* of the expression, or of the macro's use */
	unsigned nth_of_macro;			   /* 1 ...; 0: not a macro's */
	uint64_t count[2];			   /* how often each side was taken */
};

struct coverage_file {
	char *name; /* from the root of the checkout: "core/alloc.c" */
	struct coverage_line *lines;
	size_t nr_lines;
	struct coverage_branch *branches;
	size_t nr_branches; /* twice as many sides */
	unsigned nr_conditions, nr_conditions_covered;
};

struct coverage_data {
	struct coverage_file *files;
	size_t nr_files;
};

/* Reads the files of an export whose names have this prefix. False after printing a diagnostic.
   Files without a line are left out. */
bool coverage_data_read(struct coverage_data *data, const char *path, const char *prefix);
void coverage_data_free(struct coverage_data *data);

/* Sums over a file. */
unsigned coverage_lines_covered(const struct coverage_file *file);
unsigned coverage_sides_covered(const struct coverage_file *file);

#endif
