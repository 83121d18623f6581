/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* chart.h - charts as SVG inside of the page, drawn by gnuplot. */
#ifndef CHART_H
#define CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct chart_series {
	const char *name;
	const double *x, *y;
	size_t nr;
};

struct chart {
	const char *title, *x_label, *y_label;
	bool log_x, log_y; /* both axes: powers of two below x, of ten beside y */
	const struct chart_series *series;
	size_t nr_series;
};

/* Draws lines through points. Without gnuplot, or without data, prints a sentence instead. */
void chart_lines(FILE *page, const struct chart *chart);

#endif
