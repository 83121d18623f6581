/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_million.c - the table of 2^20 objects of one size, beside the published figures: ratios
 * first, then making them, the first touch, three orders of freeing, and what the time budget cut.
 *
 * Ratios are of times for one object, against the case's first engine: a cut step counts for what
 * it did. "+touch" is alloc and first touch together: an allocator that puts the page faults off
 * until the touch, and one that takes them when it allocates, are equals there.
 */
#include "harness/rows/bench_cells.h"

#include <string.h>

bool bench_is_million(const struct bench_row *row)
{
	return !strncmp(row->name, "million/", 8);
}

static const char *const orders[] = {"forward", "reverse", "alternating"};

double bench_alloc_each(const struct bench_row *row)
{
	double done = bench_number(row->run, "done");

	return done > 0 ? bench_median_ns(row) / done : 0;
}

double bench_touched_each(const struct bench_row *row)
{
	double done = bench_number(row->run, "done");

	return done > 0 ? bench_alloc_each(row) + bench_number(row->run, "touch_ms") * 1e6 / done :
			  0;
}

double bench_free_each(const struct bench_row *row)
{
	double worst = 0;

	for (size_t i = 0; i < 3; i++) {
		char ms[40], freed[40];
		double each;

		snprintf(ms, sizeof(ms), "free_%s_ms", orders[i]);
		snprintf(freed, sizeof(freed), "freed_%s", orders[i]);
		each = bench_number(row->run, ms) * 1e6;
		each /= bench_number(row->run, freed) > 0 ? bench_number(row->run, freed) : 1;
		if (each > worst)
			worst = each;
	}
	return worst;
}

/* --- cells -------------------------------------------------------------------------------- */

enum { ALLOC_RATIO = 2, TOUCH_RATIO, FREE_RATIO, ALLOC, ALLOC_THEN, TOUCH, FREE, WORST = FREE + 3,
       WORST_THEN, RECLAIM, MEMORY, WORDS = MEMORY + BENCH_NR_MEMORY };

static void fill_ratio(bench_cell cell, double is, double base)
{
	if (base > 0)
		snprintf(cell, BENCH_CELL_BYTES, is < 0.1 * base ? "%.3f" : "%.2f", is / base);
	else
		strcpy(cell, "-");
}

static void fill_number(bench_cell cell, const json_t *run, const char *key, int decimals)
{
	if (json_object_get(run, key))
		snprintf(cell, BENCH_CELL_BYTES, "%.*f", decimals, bench_number(run, key));
	else
		strcpy(cell, "-");
}

static void fill_published(bench_cell cell, const json_t *run, const char *engine, const char *what)
{
	char key[64];

	snprintf(key, sizeof(key), "published_%s_%s_ms", engine, what);
	fill_number(cell, run, key, 0);
}

/* Each order's time, with a mark when it was cut; then the worst of them. */
static void fill_frees(bench_cell cells[BENCH_MAX_COLUMNS], const json_t *run)
{
	double worst = 0;
	bool cut = false;

	for (size_t i = 0; i < 3; i++) {
		char ms[40], left[40];
		bool is_cut;

		snprintf(ms, sizeof(ms), "free_%s_ms", orders[i]);
		snprintf(left, sizeof(left), "left_%s", orders[i]);
		is_cut = bench_number(run, left) > 0;
		snprintf(cells[FREE + i], BENCH_CELL_BYTES, "%.1f%c", bench_number(run, ms),
			 is_cut ? '+' : ' ');
		cut |= is_cut;
		worst = bench_number(run, ms) > worst ? bench_number(run, ms) : worst;
	}
	snprintf(cells[WORST], BENCH_CELL_BYTES, "%.1f%c", worst, cut ? '+' : ' ');
}

static void fill_words(bench_cell cell, const json_t *run, bool is_base)
{
	double bitmap = bench_number(run, "published_bitmap_alloc_ms");
	int nr = 0;

	if (bench_number(run, "done") < bench_number(run, "objects"))
		nr += snprintf(cell, BENCH_CELL_BYTES, " cut: %.0f of %.0f objects made ",
			       bench_number(run, "done"), bench_number(run, "objects"));
	for (size_t i = 0; i < 3; i++) {
		char freed[40], left[40];

		snprintf(freed, sizeof(freed), "freed_%s", orders[i]);
		snprintf(left, sizeof(left), "left_%s", orders[i]);
		if (bench_number(run, left) > 0)
			nr += snprintf(cell + nr, (size_t)(BENCH_CELL_BYTES - nr),
				       " cut: %s freed %.0f ", orders[i], bench_number(run, freed));
	}
	if (is_base && bitmap > 0)
		snprintf(cell + nr, (size_t)(BENCH_CELL_BYTES - nr),
			 " published of a bitmap: alloc %.0f, free %.0f", bitmap,
			 bench_number(run, "published_bitmap_free_ms"));
}

static void fill_million(const struct bench_rows *table, const struct bench_row *row,
			 bench_cell cells[BENCH_MAX_COLUMNS])
{
	const struct bench_row *base = bench_base_of(table, row);
	size_t family = strlen("million/");

	if (cells[0][0])
		memmove(cells[0], cells[0] + family, strlen(cells[0] + family) + 1);
	fill_ratio(cells[ALLOC_RATIO], bench_alloc_each(row), bench_alloc_each(base));
	fill_ratio(cells[TOUCH_RATIO], bench_touched_each(row), bench_touched_each(base));
	fill_ratio(cells[FREE_RATIO], bench_free_each(row), bench_free_each(base));
	snprintf(cells[ALLOC], BENCH_CELL_BYTES, "%.1f", bench_median_ns(row) * 1e-6);
	fill_published(cells[ALLOC_THEN], row->run, row->engine, "alloc");
	snprintf(cells[TOUCH], BENCH_CELL_BYTES, "%.1f", bench_number(row->run, "touch_ms"));
	fill_frees(cells, row->run);
	fill_published(cells[WORST_THEN], row->run, row->engine, "free");
	fill_number(cells[RECLAIM], row->run, "balance_ms", 1);
	bench_fill_memory(&cells[MEMORY], row->run);
	fill_words(cells[WORDS], row->run, row == base);
}

const struct bench_layout bench_layout_million = {
	.columns = {{"case", -20},
		    {"engine", -15},
		    {"alloc", 6},
		    {"+touch", 6},
		    {"free", 6},
		    {"alloc", 9},
		    {"published", 9},
		    {"touch", 9},
		    {"free forward ", 12},
		    {"reverse ", 12},
		    {"alternating ", 12},
		    {"worst ", 10},
		    {"published", 9},
		    {"reclaim", 9},
		    BENCH_MEMORY_COLUMNS,
		    {"", -1}},
	.nr_columns = WORDS + 1,
	.fill = fill_million,
};

/* The bar that an engine's alloc is held to: 1.2 times a good general allocator's. */
void bench_million_against_mimalloc(FILE *to, const struct bench_rows *table)
{
	for (size_t i = 0; i < table->nr; i++) {
		const struct bench_row *row = &table->rows[i], *base = bench_base_of(table, row);

		if (!bench_is_million(row) || strncmp(row->engine, "mimalloc", 8) || row->error ||
		    row == base || bench_alloc_each(row) <= 0)
			continue;
		fprintf(to, "%s: alloc of %s is %.2f times that of %s, %.2f with the first touch\n",
			row->name + strlen("million/"), base->engine,
			bench_alloc_each(base) / bench_alloc_each(row), row->engine,
			bench_touched_each(base) / bench_touched_each(row));
	}
}
