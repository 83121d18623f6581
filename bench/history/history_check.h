/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_check.h - checks a run before its import: dates exist, times are possible. */
#ifndef HISTORY_CHECK_H
#define HISTORY_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_TIME_EXPECTED "a time like 2026-01-31T12:00:00+00:00"

/* Returns whether a date and a time of day exist: 2026-01-31T12:00:00 and the offset behind it, or
   as older versions of Google Benchmark write it, 2018/01/31-12:00:00. "" means unknown and is
   accepted. */
bool history_time_exists(const char *text);
/* Reads a time as history_time_exists() accepts it, without an offset as UTC; seconds since 1970.
   False: it is unknown, or there is no such time. */
bool history_time_seconds(const char *text, int64_t *seconds);
/* Returns NULL, or what was expected of a value of this metric. */
const char *history_value_fault(const char *metric, const char *unit, double value);
/* Reads a finite decimal number; hexadecimal and nan are refused. */
bool history_take_number(const char *text, double *value);
/* Returns the line, from 1, of element `index` of the array of this name in a JSON object's text; 1
   when there is no such element. The text must be complete JSON. */
uint32_t history_json_line(const char *text, size_t bytes, const char *array, size_t index);

#endif
