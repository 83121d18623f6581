/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_fuzz.c - how far each fuzz engine got, over time, and what broke. */
#include "chart.h"
#include "html.h"
#include "report.h"

#include <stdlib.h>

/* A run's series is [[seconds, executions, edges, corpus], ...]. */
enum { SECONDS, EXECUTIONS, EDGES, CORPUS };

static void put_runs(FILE *page, const json_t *runs)
{
	static const char *const headings[] = {
		"engine", "#seconds", "#executions", "#executions / s", "#edges", "#corpus", NULL};
	const json_t *run;
	size_t i;

	html_table(page, headings);
	json_array_foreach(runs, i, run)
	{
		html_row(page);
		html_cell(page, report_text(run, "engine"));
		html_number(page, report_number(run, "seconds"), 1);
		html_number(page, report_number(run, "executions"), 0);
		html_number(page, report_number(run, "executions_per_second"), 0);
		html_number(page, report_number(run, "edges"), 0);
		html_number(page, report_number(run, "corpus"), 0);
		html_row_end(page);
	}
	html_table_end(page);
}

static void take_series(const json_t *points, int column, double **x, double **y, size_t *nr)
{
	const json_t *point;
	size_t i;

	*nr = json_array_size(points);
	*x = calloc(*nr + 1, sizeof(**x));
	*y = calloc(*nr + 1, sizeof(**y));
	if (!*x || !*y)
		abort();
	json_array_foreach(points, i, point)
	{
		(*x)[i] = json_number_value(json_array_get(point, SECONDS));
		(*y)[i] = json_number_value(json_array_get(point, (size_t)column));
	}
}

static void put_chart(FILE *page, const json_t *run)
{
	const json_t *points = json_object_get(run, "series");
	struct chart_series series[2] = {{.name = "edges"}, {.name = "corpus"}};
	struct chart chart = {.title = "coverage while fuzzing",
			      .x_label = "seconds",
			      .y_label = "edges; inputs",
			      .series = series,
			      .nr_series = 2};
	double *x[2], *y[2];

	take_series(points, EDGES, &x[0], &y[0], &series[0].nr);
	take_series(points, CORPUS, &x[1], &y[1], &series[1].nr);
	for (int i = 0; i < 2; i++) {
		series[i].x = x[i];
		series[i].y = y[i];
	}
	chart_lines(page, &chart);
	for (int i = 0; i < 2; i++) {
		free(x[i]);
		free(y[i]);
	}
}

static void put_crashes(FILE *page, const json_t *crashes)
{
	static const char *const headings[] = {"input", "what breaks", "shown again by", NULL};
	const json_t *crash;
	size_t i;

	html_table(page, headings);
	json_array_foreach(crashes, i, crash)
	{
		html_row(page);
		html_cell(page, report_text(crash, "file"));
		html_cell(page, report_text(crash, "words"));
		fputs("<td><code>", page);
		html_text(page, report_text(crash, "reproduce"));
		fputs("</code></td>", page);
		html_row_end(page);
	}
	html_table_end(page);
}

void report_fuzz(FILE *page)
{
	json_t *fuzz = report_load("fuzz");
	const json_t *crashes = json_object_get(fuzz, "crashes"), *run;
	size_t i;

	html_section(page, "fuzz", "Fuzzing");
	if (!fuzz) {
		report_missing(page, "./lab run");
	} else {
		fputs("<p>", page);
		html_badge(page, !json_array_size(crashes),
			   json_array_size(crashes) ? "inputs that break something" :
						      "nothing broke");
		html_print(page,
			   "  target %s: operations and injected failures against model and walker",
			   report_text(fuzz, "target"));
		fputs("</p>\n", page);
		put_runs(page, json_object_get(fuzz, "runs"));
		json_array_foreach(json_object_get(fuzz, "runs"), i, run) put_chart(page, run);
		if (json_array_size(crashes))
			put_crashes(page, crashes);
	}
	json_decref(fuzz);
	html_section_end(page);
}
