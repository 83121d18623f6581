/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_cells.h - a row of benchmark results as cells of text, which the terminal (bench_table.c)
 * and the page (report_bench.c) put into tables.
 *
 *	case                 engine  ratio      time  spread         95 %  probes/op ...
 *	pair/8B/cpus:8/bare  area     1.00   98.6 ns   2.1 %   -0.4 +1.1 %       4.00
 */
#ifndef BENCH_CELLS_H
#define BENCH_CELLS_H

#include "harness/rows/bench_rows.h"

enum { BENCH_MAX_COLUMNS = 20, BENCH_CELL_BYTES = 512 };

struct bench_column {
	const char *heading;
	int width; /* in a terminal; to the left where it is negative; 0: of the longest name */
};

typedef char bench_cell[BENCH_CELL_BYTES];

/* A kind of table. Its first two columns are case and engine, the last one is words. */
struct bench_layout {
	struct bench_column columns[BENCH_MAX_COLUMNS];
	size_t nr_columns;
	/* Fills in what stands behind the engine; the row has no error. */
	void (*fill)(const struct bench_rows *table, const struct bench_row *row,
		     bench_cell cells[BENCH_MAX_COLUMNS]);
};

/* Every case; and those of 2^20 objects (bench_million.c), which have times for each step. */
extern const struct bench_layout bench_layout_rows, bench_layout_million;

/* The cells of a row. One with an error has three: case, engine, the error. Returns how many. */
size_t bench_cells_make(const struct bench_layout *layout, const struct bench_rows *table,
			const struct bench_row *row, bench_cell cells[BENCH_MAX_COLUMNS]);

/* The three ratios of memory to live bytes, "-" where one is not known. */
enum { BENCH_NR_MEMORY = 3 };
#define BENCH_MEMORY_COLUMNS {"pop/live", 9}, {"held/live", 9}, {"rss/live", 9}
void bench_fill_memory(bench_cell cells[BENCH_NR_MEMORY], const json_t *run);

/* Time against the case's first engine; 1 where there is none. */
double bench_ratio(const struct bench_rows *table, const struct bench_row *row);

#endif
