/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_shape.h - what a result has to look like before the page shows it (report_shapes.def): a
 * file that was cut, edited or written by something else is damaged, it is not an empty result.
 */
#ifndef REPORT_SHAPE_H
#define REPORT_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Is value what reports/out/NAME.json has to hold? If not, words: "steps[3].name: text was
   expected". A NAME that the table does not have is refused. */
bool report_shape_holds(const char *name, const json_t *value, char *words, size_t capacity);

#endif
