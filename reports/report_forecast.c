/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_forecast.c - the forecast of `lab bench --forecast`: charts by CPUs, published beside. */
#include "reports/chart.h"
#include "reports/html.h"
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SERIES = 16, MAX_POINTS = 16 };

struct lines {
	double x[MAX_SERIES][MAX_POINTS], y[MAX_SERIES][MAX_POINTS];
	struct chart_series series[MAX_SERIES];
	size_t nr;
};

/* A point at the end of the last series. */
static void point_add(struct lines *lines, const json_t *point, const char *key, double scale)
{
	struct chart_series *series = &lines->series[lines->nr - 1];

	if (series->nr == MAX_POINTS)
		return;
	lines->x[lines->nr - 1][series->nr] = report_number(point, "cpus");
	lines->y[lines->nr - 1][series->nr++] = report_number(point, key) * scale;
}

static void series_add(struct lines *lines, const char *name)
{
	lines->series[lines->nr] = (struct chart_series){
		.name = name, .x = lines->x[lines->nr], .y = lines->y[lines->nr]};
	lines->nr++;
}

static void designs_add(struct lines *lines, const json_t *forecast, const char *key, double scale)
{
	const json_t *design, *point;
	size_t i, k;

	json_array_foreach(json_object_get(forecast, "designs"), i, design)
	{
		if (lines->nr == MAX_SERIES - 1)
			return;
		series_add(lines, report_text(design, "design"));
		json_array_foreach(json_object_get(design, "points"), k, point)
			point_add(lines, point, key, scale);
	}
}

/* `published`: with those figures as one more series. */
static void chart_put(FILE *page, const json_t *forecast, const char *key, double scale,
		      const char *title, const char *label, bool published)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	struct chart chart = {.title = title,
			      .x_label = "CPUs",
			      .y_label = label,
			      .log_x = true,
			      .log_y = !published};
	const json_t *figure;
	size_t i;

	if (!lines)
		return;
	designs_add(lines, forecast, key, scale);
	if (published)
		series_add(lines, "published");
	json_array_foreach(json_object_get(forecast, "published"), i, figure) if (published)
		point_add(lines, figure, key, scale);
	chart.series = lines->series;
	chart.nr_series = lines->nr;
	chart_lines(page, &chart);
	free(lines);
}

static void constants_put(FILE *page, const json_t *constants)
{
	fputs("<p>", page);
	html_print(page,
		   "An instruction takes %g ns, a line that moves %g ns (%g when it is written "
		   "only), an exec without the allocator %g us.",
		   report_number(constants, "instruction_ns"), report_number(constants, "line_ns"),
		   report_number(constants, "store_ns"), report_number(constants, "work_us"));
	fputs("</p>\n", page);
}

void report_forecast(FILE *page)
{
	json_t *forecast = report_load("forecast");

	html_section(page, "forecast", "Forecast to 512 CPUs");
	if (!forecast) {
		report_missing(page, "forecast",
			       "./lab bench --forecast --json reports/out/forecast.json");
	} else {
		fputs("<p>Exact counts of this build through a queueing model: what it leaves out, "
		      "<code>./lab bench --forecast</code> says.</p>\n",
		      page);
		constants_put(page, json_object_get(forecast, "constants"));
		chart_put(page, forecast, "calls_per_second", 1e-6,
			  "allocations and frees, nothing between them", "million a second", false);
		chart_put(page, forecast, "exec_share", 100,
			  "the allocator's share of an exec; published: execl", "%", true);
	}
	json_decref(forecast);
	html_section_end(page);
}
