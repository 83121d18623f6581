/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* chart.c - writes a gnuplot script with its data, and reads back the SVG. */
#include "reports/chart.h"
#include "reports/html.h"
#include "harness/cli/process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Gnuplot's strings in double quotes have escapes and, when enhanced, markup: data must contain
 * neither.
 */
static void put_string(FILE *script, const char *text)
{
	fputc('\'', script);
	for (; text && *text; text++) {
		if (*text != '\'' && (unsigned char)*text >= ' ')
			fputc(*text, script);
	}
	fputc('\'', script);
}

/* A single value is not a range: gnuplot would choose one, and complain. */
static void put_range(FILE *script, const struct chart *chart, char axis)
{
	double least = INFINITY, most = -INFINITY;

	for (size_t i = 0; i < chart->nr_series; i++) {
		const struct chart_series *series = &chart->series[i];
		const double *values = axis == 'x' ? series->x : series->y;

		for (size_t j = 0; j < series->nr; j++) {
			least = fmin(least, values[j]);
			most = fmax(most, values[j]);
		}
	}
	if (least == most && least > 0)
		fprintf(script, "set %crange [%.9g:%.9g]\n", axis, least / 1.25, most * 1.25);
}

static void put_script(FILE *script, const struct chart *chart)
{
	static unsigned nr_charts; /* ids of parts must be unique within a page */

	fprintf(script,
		"set encoding utf8\nset terminal svg size 760,340 dynamic noenhanced "
		"name 'chart%u' font 'sans-serif,12' background 'white'\n",
		nr_charts++);
	fputs("set grid lc rgb '#d9dfe6'\nset border 3 lc rgb '#5b6675'\nset tics nomirror\n"
	      "set key outside right top\n",
	      script);
	fputs("set title ", script);
	put_string(script, chart->title);
	fputs("\nset xlabel ", script);
	put_string(script, chart->x_label);
	fputs("\nset ylabel ", script);
	put_string(script, chart->y_label);
	fputs(chart->log_x ? "\nset logscale x 2\n" : "\n", script);
	fputs(chart->log_y ? "set logscale y 10\n" : "set yrange [0:*]\n", script);
	put_range(script, chart, 'x');
	if (chart->log_y)
		put_range(script, chart, 'y');
	for (size_t i = 0; i < chart->nr_series; i++) {
		const struct chart_series *series = &chart->series[i];

		fprintf(script, "$data%zu << EOD\n", i);
		for (size_t j = 0; j < series->nr; j++)
			fprintf(script, "%.9g %.9g\n", series->x[j], series->y[j]);
		fputs("EOD\n", script);
	}
	for (size_t i = 0; i < chart->nr_series; i++) {
		fprintf(script, "%s$data%zu using 1:2 with linespoints lw 2 pt 7 ps 0.5 title ",
			i ? ", " : "plot ", i);
		put_string(script, chart->series[i].name);
	}
	fputc('\n', script);
}

struct svg {
	FILE *page;
	bool inside;
};

/* Takes only the SVG element: a page must not contain XML and document type declarations. */
static void take_svg(void *context, const char *line, size_t bytes)
{
	struct svg *svg = context;
	const char *start = svg->inside ? line : strstr(line, "<svg");

	if (!start)
		return;
	svg->inside = true;
	fprintf(svg->page, "%s\n", start);
}

static bool chart_render(FILE *page, const char *script)
{
	const char *argv[] = {"gnuplot", script, NULL};
	struct svg svg = {.page = page};
	struct process process = {.argv = argv,
				  .out_line = take_svg,
				  .err_file = "-",
				  .context = &svg,
				  .timeout_seconds = 30};
	struct process_result result;
	bool ok;

	fputs("<div class=\"chart\">", page);
	ok = process_run(&process, &result) && svg.inside;
	fputs("</div>\n", page);
	return ok;
}

static size_t nr_points(const struct chart *chart)
{
	size_t nr = 0;

	for (size_t i = 0; i < chart->nr_series; i++)
		nr += chart->series[i].nr;
	return nr;
}

void chart_lines(FILE *page, const struct chart *chart)
{
	char path[] = "/tmp/pcpu-lab-chart-XXXXXX";
	int fd;
	FILE *script;

	if (!nr_points(chart)) {
		html_print(page, "(%s: nothing was measured)", chart->title);
		return;
	}
	if (!program_exists("gnuplot")) {
		html_print(page, "(%s: no chart, for there is no gnuplot)", chart->title);
		return;
	}
	fd = mkstemp(path);
	script = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!script)
		return;
	put_script(script, chart);
	fclose(script);
	if (!chart_render(page, path))
		html_print(page, "(%s: gnuplot failed)", chart->title);
	unlink(path);
}
