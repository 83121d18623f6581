/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_check.h - checks a run before its import: dates exist, times are possible. */
#ifndef HISTORY_CHECK_H
#define HISTORY_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_TIME_EXPECTED "a time like 2026-01-31T12:00:00+00:00"

/* A date and a time of day that exist: 2026-01-31T12:00:00 and the offset behind it, or as older
   versions of Google Benchmark write it, 2018/01/31-12:00:00. "" is one that is not known. */
bool history_time_exists(const char *text);
/* NULL, or what was expected of this value of this metric. */
const char *history_value_fault(const char *metric, const char *unit, double value);
/* A decimal number, finite: no hexadecimal, no nan. */
bool history_take_number(const char *text, double *value);
/* The line, from 1, of element `index` of the array of this name in a JSON object's text; 1 where
   there is none. The text is whole JSON. */
uint32_t history_json_line(const char *text, size_t bytes, const char *array, size_t index);

#endif
