/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_check.c - see history_check.h. */
#include "bench/history/history_check.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- times ----------------------------------------------------------------------------------- */

/* Reads exactly nr digits; advances *at. */
static bool take_digits(const char **at, int nr, int *n)
{
	for (*n = 0; nr > 0; nr--, ++*at) {
		if (**at < '0' || **at > '9')
			return false;
		*n = *n * 10 + (**at - '0');
	}
	return true;
}

static bool take_char(const char **at, const char *any)
{
	if (!**at || !strchr(any, **at))
		return false;
	++*at;
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **at)
{
	int year, month, day;

	return take_digits(at, 4, &year) && take_char(at, "-/") && take_digits(at, 2, &month) &&
	       take_char(at, "-/") && take_digits(at, 2, &day) && month >= 1 && month <= 12 &&
	       day >= 1 && day <= days_of(year, month);
}

/* A leap second has the number 60. */
static bool take_clock(const char **at)
{
	int hour, minute, second;

	return take_digits(at, 2, &hour) && take_char(at, ":") && take_digits(at, 2, &minute) &&
	       take_char(at, ":") && take_digits(at, 2, &second) && hour <= 23 && minute <= 59 &&
	       second <= 60;
}

/* Reads an optional fraction, then nothing, Z, +01:00 or -0130. */
static bool take_offset(const char **at)
{
	int hour, minute;

	if (take_char(at, "."))
		while (take_char(at, "0123456789"))
			;
	if (!**at || take_char(at, "Z"))
		return true;
	if (!take_char(at, "+-") || !take_digits(at, 2, &hour))
		return false;
	take_char(at, ":");
	return take_digits(at, 2, &minute) && hour <= 23 && minute <= 59;
}

bool history_time_exists(const char *text)
{
	const char *at = text;

	return !*text || (take_date(&at) && take_char(&at, "T -") && take_clock(&at) &&
			  take_offset(&at) && !*at);
}

/* The older form becomes that of ISO 8601: 2018/01/31-12:00:00. */
bool history_time_seconds(const char *text, int64_t *seconds)
{
	char iso[64];
	GTimeZone *utc;
	GDateTime *time;

	if (!*text || !history_time_exists(text) || strlen(text) >= sizeof(iso))
		return false;
	snprintf(iso, sizeof(iso), "%s", text);
	iso[4] = iso[7] = '-';
	iso[10] = 'T';
	utc = g_time_zone_new_utc();
	time = g_date_time_new_from_iso8601(iso, utc);
	g_time_zone_unref(utc);
	if (!time)
		return false;
	*seconds = g_date_time_to_unix(time);
	g_date_time_unref(time);
	return true;
}

/* --- values ---------------------------------------------------------------------------------- */

static bool is_time(const char *metric, const char *unit)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(unit, units[i]))
			return true;
	return !strcmp(metric, "real_time") || !strcmp(metric, "cpu_time");
}

const char *history_value_fault(const char *metric, const char *unit, double value)
{
	if (!isfinite(value))
		return "a finite number";
	return value < 0 && is_time(metric, unit) ? "a time that is not negative" : NULL;
}

bool history_take_number(const char *text, double *value)
{
	char *end;

	if (!*text || text[strspn(text, "0123456789+-.eE")])
		return false;
	*value = strtod(text, &end);
	return !*end && end != text && isfinite(*value);
}

/* --- lines of JSON --------------------------------------------------------------------------- */

struct scan {
	const char *at, *end;
	uint32_t line;
	int depth; /* depth of braces and brackets */
};

/* Skips a string, whose opening quote is at `at`. */
static void pass_string(struct scan *s)
{
	for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
		s->at += *s->at == '\\' && s->at + 1 < s->end;
	s->at += s->at < s->end;
}

/* Skips one character or string. */
static void history_check_pass(struct scan *s)
{
	if (*s->at == '"') {
		pass_string(s);
		return;
	}
	s->line += *s->at == '\n';
	s->depth += (*s->at == '{' || *s->at == '[') - (*s->at == '}' || *s->at == ']');
	s->at++;
}

/* Moves to the opening bracket of the array of this name, in the outermost object. */
static bool find_array(struct scan *s, const char *array)
{
	size_t nr = strlen(array);

	while (s->at < s->end) {
		bool named = s->depth == 1 && *s->at == '"' && (size_t)(s->end - s->at) > nr + 1 &&
			     !memcmp(s->at + 1, array, nr) && s->at[nr + 1] == '"';

		history_check_pass(s);
		while (named && s->at < s->end && *s->at != '[' && *s->at != '"' && *s->at != ',')
			history_check_pass(s);
		if (named && s->at < s->end && *s->at == '[')
			return true;
	}
	return false;
}

uint32_t history_json_line(const char *text, size_t bytes, const char *array, size_t index)
{
	struct scan s = { .at = text, .end = text + bytes, .line = 1 };

	if (!find_array(&s, array))
		return 1;
	history_check_pass(&s);
	while (s.at < s.end && index > 0) {
		index -= s.depth == 2 && *s.at == ',';
		history_check_pass(&s);
	}
	while (s.at < s.end && strchr(" \t\r\n", *s.at))
		history_check_pass(&s);
	return s.line;
}
