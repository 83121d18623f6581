/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_table.c - benchmark results for people, in a terminal.
 * A row is made of the cells of bench_cells.h.
 */
#include "harness/rows/bench_cells.h"
#include "harness/rows/bench_table.h"

#include <stdio.h>
#include <string.h>

static void print_host(FILE *to, const json_t *context)
{
	fprintf(to, "host: %s, %s cores, %s, Linux %s\n", bench_text(context, "cpu_model"),
		bench_text(context, "cores"), bench_text(context, "memory"),
		bench_text(context, "kernel"));
	fprintf(to, "state: load %s; governor %s; huge pages %s; compiler %s, %s\n",
		bench_text(context, "load"), bench_text(context, "governor"),
		bench_text(context, "thp"), bench_text(context, "compiler"),
		bench_text(context, "build"));
	if (*bench_text(context, "pinning"))
		fprintf(to, "pinned: %s\n", bench_text(context, "pinning"));
	if (*bench_text(context, "placement"))
		fprintf(to, "placement: %s\n", bench_text(context, "placement"));
	if (*bench_text(context, "warning"))
		fprintf(to, "warning: %s\n", bench_text(context, "warning"));
}

static int width_of(const struct bench_rows *table, const struct bench_column *column)
{
	return column->width ? column->width : -table->name_width;
}

/* Blanks at the end of a line are left out. */
static void print_cells(FILE *to, const struct bench_layout *layout, const struct bench_rows *table,
			bench_cell cells[BENCH_MAX_COLUMNS], size_t nr)
{
	while (nr > 0 && !cells[nr - 1][0])
		nr--;
	for (size_t i = 0; i < nr; i++)
		fprintf(to, "%s%*s", i ? " " : "",
			i + 1 < nr || i > 2 ? width_of(table, &layout->columns[i]) : 0, cells[i]);
	fputc('\n', to);
}

/* The heading is printed before the first row. Returns how many rows there are. */
static size_t print_layout(FILE *to, const struct bench_layout *layout,
			   const struct bench_rows *table, const char *heading)
{
	bool is_million = layout == &bench_layout_million;
	bench_cell cells[BENCH_MAX_COLUMNS];
	size_t nr = 0;

	for (size_t i = 0; i < table->nr; i++) {
		const struct bench_row *row = &table->rows[i];

		if (bench_is_million(row) != is_million)
			continue;
		if (!nr++) {
			fputs(heading, to);
			for (size_t c = 0; c < layout->nr_columns; c++)
				snprintf(cells[c], BENCH_CELL_BYTES, "%s",
					 layout->columns[c].heading);
			print_cells(to, layout, table, cells, layout->nr_columns);
		}
		print_cells(to, layout, table, cells, bench_cells_make(layout, table, row, cells));
	}
	return nr;
}

/* What the harness itself adds to each time: the bar is 1 ns. */
static void print_harness(FILE *to, const struct bench_rows *table, const json_t *context)
{
	for (size_t i = 0; i < table->nr; i++) {
		const struct bench_row *row = &table->rows[i];

		if (!strcmp(row->name, "access/empty_loop") && row->nr_samples)
			fprintf(to, "\nempty loop: %.2f ns a turn (1 ns at most is wanted)",
				bench_median_ns(row));
	}
	if (*bench_text(context, "run_to_run"))
		fprintf(to, "\nrun to run: %s", bench_text(context, "run_to_run"));
}

unsigned bench_table_print(FILE *to, const json_t *bench)
{
	struct bench_rows table;
	unsigned nr_failed = 0, nr_skipped = 0;

	bench_rows_make(&table, bench);
	print_host(to, json_object_get(bench, "context"));
	print_layout(to, &bench_layout_rows, &table, "\n");
	if (print_layout(
		    to, &bench_layout_million, &table,
		    "\n2^20 objects of one size, ms; published: 2017, machine not stated; +: cut "
		    "by the time budget\n"))
		bench_million_against_mimalloc(to, &table);
	print_harness(to, &table, json_object_get(bench, "context"));
	for (size_t i = 0; i < table.nr; i++) {
		nr_skipped += bench_is_skipped(&table.rows[i]);
		nr_failed += table.rows[i].error && !bench_is_skipped(&table.rows[i]);
	}
	fprintf(to, "\n%zu benchmarks, %u failed, %u skipped\n", table.nr, nr_failed, nr_skipped);
	bench_rows_free(&table);
	return nr_failed;
}
