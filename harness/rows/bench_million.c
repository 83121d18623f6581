/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_million.c - the table of 2^20 objects of one size, beside the published figures: ratios
 * first, then making them, the first touch, three orders of freeing, and what the time budget cut.
 *
 * Ratios are of times for one object, against the case's first engine: a cut step counts for what
 * it did. "+touch" is alloc and first touch together: an allocator that puts the page faults off
 * until the touch, and one that takes them when it allocates, are equals there.
 */
#include "harness/rows/bench_rows.h"

#include <string.h>

bool bench_is_million(const struct bench_row *row)
{
	return !strncmp(row->name, "million/", 8);
}

static const char *const orders[] = {"forward", "reverse", "alternating"};

/* One time and a mark when it was cut; true then. */
static bool print_free(FILE *to, const json_t *run, const char *order)
{
	char ms[40], left[40];
	bool cut;

	snprintf(ms, sizeof(ms), "free_%s_ms", order);
	snprintf(left, sizeof(left), "left_%s", order);
	cut = bench_number(run, left) > 0;
	fprintf(to, " %11.1f%c", bench_number(run, ms), cut ? '+' : ' ');
	return cut;
}

static double worst_free(const json_t *run)
{
	double worst = 0;

	for (size_t i = 0; i < 3; i++) {
		char ms[40];

		snprintf(ms, sizeof(ms), "free_%s_ms", orders[i]);
		if (bench_number(run, ms) > worst)
			worst = bench_number(run, ms);
	}
	return worst;
}

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

static void print_ratio(FILE *to, double is, double base)
{
	if (base > 0)
		fprintf(to, is < 0.1 * base ? " %6.3f" : " %6.2f", is / base);
	else
		fprintf(to, " %6s", "-");
}

static void print_published(FILE *to, const json_t *run, const char *engine, const char *what)
{
	char key[64];

	snprintf(key, sizeof(key), "published_%s_%s_ms", engine, what);
	if (json_object_get(run, key))
		fprintf(to, " %9.0f", bench_number(run, key));
	else
		fprintf(to, " %9s", "-");
}

static void print_cuts(FILE *to, const json_t *run)
{
	if (bench_number(run, "done") < bench_number(run, "objects"))
		fprintf(to, "  cut: %.0f of %.0f objects made", bench_number(run, "done"),
			bench_number(run, "objects"));
	for (size_t i = 0; i < 3; i++) {
		char freed[40], left[40];

		snprintf(freed, sizeof(freed), "freed_%s", orders[i]);
		snprintf(left, sizeof(left), "left_%s", orders[i]);
		if (bench_number(run, left) > 0)
			fprintf(to, "  cut: %s freed %.0f", orders[i], bench_number(run, freed));
	}
}

static void print_million_row(FILE *to, const struct bench_rows *table, const struct bench_row *row)
{
	const struct bench_row *base = bench_base_of(table, row);
	bool cut = false;

	fprintf(to, "%-20s %-15s", row == base ? row->name + strlen("million/") : "", row->engine);
	if (row->error) {
		fprintf(to, " %s%s\n", bench_is_skipped(row) ? "" : "FAILED: ", row->error);
		return;
	}
	print_ratio(to, bench_alloc_each(row), bench_alloc_each(base));
	print_ratio(to, bench_touched_each(row), bench_touched_each(base));
	print_ratio(to, bench_free_each(row), bench_free_each(base));
	fprintf(to, " %9.1f", bench_median_ns(row) * 1e-6);
	print_published(to, row->run, row->engine, "alloc");
	fprintf(to, " %9.1f", bench_number(row->run, "touch_ms"));
	for (size_t i = 0; i < 3; i++)
		cut |= print_free(to, row->run, orders[i]);
	fprintf(to, " %9.1f%c", worst_free(row->run), cut ? '+' : ' ');
	print_published(to, row->run, row->engine, "free");
	if (json_object_get(row->run, "balance_ms"))
		fprintf(to, " %9.1f", bench_number(row->run, "balance_ms"));
	else
		fprintf(to, " %9s", "-");
	print_cuts(to, row->run);
	fprintf(to, "\n");
}

/* The bar that an engine's alloc is held to: 1.2 times a good general allocator's. */
static void print_against_mimalloc(FILE *to, const struct bench_rows *table)
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

void bench_million_print(FILE *to, const struct bench_rows *table)
{
	bool any = false;

	for (size_t i = 0; i < table->nr; i++) {
		if (!bench_is_million(&table->rows[i]))
			continue;
		if (!any)
			fprintf(to,
				"\n2^20 objects of one size, ms; published: 2017, machine not "
				"stated; +: cut by the time budget\n"
				"%-20s %-15s %6s %6s %6s %9s %9s %9s %12s %12s %12s %10s %9s %9s\n",
				"case", "engine", "alloc", "+touch", "free", "alloc", "published",
				"touch", "free forward ", "reverse ", "alternating ", "worst ",
				"published", "reclaim");
		any = true;
		print_million_row(to, table, &table->rows[i]);
	}
	if (any)
		print_against_mimalloc(to, table);
}
