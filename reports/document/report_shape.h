/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_shape.h - checks the shape of a result before the page shows it (report_shapes.def): a
 * file that was truncated, edited or written by another program is damaged, not empty.
 */
#ifndef REPORT_SHAPE_H
#define REPORT_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns whether value has the shape of reports/out/NAME.json; if not, sets words: "steps[3].name:
   text was expected". A NAME that is not in the table is refused. */
bool report_shape_holds(const char *name, const json_t *value, char *words, size_t capacity);

#endif
