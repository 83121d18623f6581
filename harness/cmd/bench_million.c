/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_million.c - the table of 2^20 objects of one size, beside the published figures: making
 * them, the first touch, three orders of freeing, and what the time budget cut.
 */
#include "bench_rows.h"

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

static void print_million_row(FILE *to, const struct bench_row *row)
{
	bool cut = false;

	fprintf(to, "%-22s %-7s", row->name + strlen("million/"), row->engine);
	if (row->error) {
		fprintf(to, " %s%s\n", bench_is_skipped(row) ? "" : "FAILED: ", row->error);
		return;
	}
	fprintf(to, " %9.1f", bench_median_ns(row) * 1e-6);
	print_published(to, row->run, row->engine, "alloc");
	fprintf(to, " %9.1f", bench_number(row->run, "touch_ms"));
	for (size_t i = 0; i < 3; i++)
		cut |= print_free(to, row->run, orders[i]);
	fprintf(to, " %9.1f%c", worst_free(row->run), cut ? '+' : ' ');
	print_published(to, row->run, row->engine, "free");
	fprintf(to, " %9.1f", bench_number(row->run, "balance_ms"));
	print_cuts(to, row->run);
	fprintf(to, "\n");
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
				"%-22s %-7s %9s %9s %9s %12s %12s %12s %10s %9s %9s\n",
				"case", "engine", "alloc", "published", "touch", "free forward ",
				"reverse ", "alternating ", "worst ", "published", "reclaim");
		any = true;
		print_million_row(to, &table->rows[i]);
	}
}
