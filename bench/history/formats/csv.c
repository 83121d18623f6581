/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * csv.c - one sample per line, preceded by its run's fields: RFC 4180, quotes doubled.
 *
 *	run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,unit,...
 *
 * Lines of one run follow one another and have the same number in front.
 */
#include "harness/cli/cmd.h"
#include "bench/history/history_check.h"
#include "bench/history/history_formats.h"
#include "harness/text/text.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {
	"run",	  "time",     "revision", "dirty",  "host", "compiler",	  "flavour",
	"source", "workload", "engine",	  "metric", "unit", "repetition", "value",
};
enum { RUN, TIME, DIRTY = 3, WORKLOAD = 8, REPETITION = 12, VALUE, NR_COLUMNS };

/* --- reading ------------------------------------------------------------------------------ */

struct reader {
	const char *path, *at, *end;
	uint32_t line;
	char *fields[NR_COLUMNS];
	bool quote_open; /* the text ended within quotes */
};

/* Returns one field in new memory; stops at its comma or line end. */
static char *take_field(struct reader *r)
{
	bool quoted = r->at < r->end && *r->at == '"';
	char *field = g_malloc((size_t)(r->end - r->at) + 1);
	size_t nr = 0;

	r->at += quoted;
	for (; r->at < r->end; r->at++) {
		if (quoted && *r->at == '"') {
			if (r->at + 1 >= r->end || r->at[1] != '"')
				break;
			r->at++;
		} else if (!quoted && (*r->at == ',' || *r->at == '\n' || *r->at == '\r')) {
			break;
		}
		r->line += *r->at == '\n';
		field[nr++] = *r->at;
	}
	r->quote_open = quoted && r->at >= r->end;
	r->at += quoted && r->at < r->end;
	field[nr] = '\0';
	return field;
}

static void drop_fields(struct reader *r)
{
	for (int i = 0; i < NR_COLUMNS; i++) {
		free(r->fields[i]);
		r->fields[i] = NULL;
	}
}

/* Reads a line that must have one field per column. */
static bool take_line(struct reader *r)
{
	drop_fields(r);
	for (int i = 0; i < NR_COLUMNS; i++) {
		r->fields[i] = take_field(r);
		if (r->quote_open)
			return false;
		if (i + 1 < NR_COLUMNS && (r->at >= r->end || *r->at++ != ','))
			return false;
	}
	if (r->at < r->end && *r->at == '\r')
		r->at++;
	if (r->at < r->end && *r->at != '\n')
		return false;
	r->at += r->at < r->end;
	return true;
}

static bool is_header(const struct reader *r)
{
	for (int i = 0; i < NR_COLUMNS; i++) {
		if (strcmp(r->fields[i], columns[i]))
			return false;
	}
	return true;
}

static json_t *start_run(const struct reader *r)
{
	json_t *run = history_run_new("csv");

	for (int i = RUN + 1; i < WORKLOAD; i++) {
		if (i != DIRTY)
			json_object_set_new(run, columns[i], json_string(r->fields[i]));
	}
	json_object_set_new(run, "dirty", json_boolean(!strcmp(r->fields[DIRTY], "1")));
	return run;
}

/* Returns NULL, or what was expected of the fields, each checked alone. */
static const char *fields_fault(const struct reader *r)
{
	for (int i = 0; i < NR_COLUMNS; i++) {
		json_t *text = json_string(r->fields[i]);

		if (!text)
			return "text in UTF-8";
		json_decref(text);
	}
	if (strcmp(r->fields[DIRTY], "0") && strcmp(r->fields[DIRTY], "1"))
		return "0 or 1 as dirty";
	return history_time_exists(r->fields[TIME]) ? NULL : HISTORY_TIME_EXPECTED;
}

/* Returns whether the line's run fields equal those of the run's first line. */
static bool is_same_run(const json_t *run, const struct reader *r)
{
	for (int i = RUN + 1; i < WORKLOAD; i++)
		if (i != DIRTY && strcmp(history_text(run, columns[i]), r->fields[i]))
			return false;
	return json_is_true(json_object_get(run, "dirty")) == !strcmp(r->fields[DIRTY], "1");
}

/* Returns whether the run has this sample already. seen: the run's samples so far. */
static bool is_again(const struct reader *r, json_t *seen)
{
	bool again;
	char *key = g_strdup_printf("%s\n%s\n%s\n%s\n%s", r->fields[WORKLOAD],
				    r->fields[WORKLOAD + 1], r->fields[WORKLOAD + 2],
				    r->fields[WORKLOAD + 3], r->fields[REPETITION]);
	again = json_object_get(seen, key) != NULL;
	json_object_set_new(seen, key, json_true());
	free(key);
	return again;
}

static const char *take_sample(const struct reader *r, json_t *run, json_t *seen)
{
	const char *repeated = r->fields[REPETITION], *fault;
	uint64_t repetition;
	double value;

	if (!lab_parse_u64(repeated, strlen(repeated), UINT32_MAX, &repetition))
		return "a number as repetition";
	if (!history_take_number(r->fields[VALUE], &value))
		return "a finite decimal number as value";
	fault = history_value_fault(r->fields[WORKLOAD + 2], r->fields[WORKLOAD + 3], value);
	if (fault)
		return fault;
	if (is_again(r, seen))
		return "each repetition of a series once in a run";
	history_sample_add(run, r->fields[WORKLOAD], r->fields[WORKLOAD + 1],
			   r->fields[WORKLOAD + 2], r->fields[WORKLOAD + 3],
			   (json_int_t)repetition, value);
	return NULL;
}

/* The runs so far, and the one being read. */
struct runs {
	json_t *all, *run, *seen;
	json_t *numbers; /* numbers of the runs that have started */
	char *number;	 /* number of the run being read */
};

/* Finds the run of this line: the current one, or a new one. Returns NULL, or what was expected. */
static const char *take_run(const struct reader *r, struct runs *runs)
{
	if (runs->number && !strcmp(runs->number, r->fields[RUN]))
		return is_same_run(runs->run, r) ? NULL :
						   "the words of a run as in its first line";
	if (json_object_get(runs->numbers, r->fields[RUN]))
		return "the lines of a run behind one another";
	free(runs->number);
	runs->number = g_strdup(r->fields[RUN]);
	json_object_set_new(runs->numbers, runs->number, json_true());
	json_object_clear(runs->seen);
	runs->run = start_run(r);
	json_array_append_new(runs->all, runs->run);
	return NULL;
}

/* Returns NULL, or what was expected in the line that begins at *line. */
static const char *take_all(struct reader *r, struct runs *runs, uint32_t *line)
{
	const char *expected = NULL;

	if (!take_line(r) || !is_header(r))
		expected = "the header `run,time,...,repetition,value`";
	while (!expected && r->at < r->end) {
		*line = ++r->line;
		if (!take_line(r))
			return "fourteen fields, separated by commas, in whole quotes";
		expected = fields_fault(r);
		if (!expected)
			expected = take_run(r, runs);
		if (!expected)
			expected = take_sample(r, runs->run, runs->seen);
	}
	return expected;
}

/* Returns the line of the first NUL; 0 when there is none. */
static uint32_t line_of_nul(const char *text, size_t bytes)
{
	const char *nul = memchr(text, '\0', bytes);
	uint32_t line = 1;

	for (; nul && text < nul; text++)
		line += *text == '\n';
	return nul ? line : 0;
}

static json_t *csv_parse(const char *path, const char *text, size_t bytes)
{
	struct reader r = {.path = path, .at = text, .end = text + bytes, .line = 1};
	struct runs runs = {.all = json_array(), .seen = json_object(), .numbers = json_object()};
	uint32_t line = 1, nul = line_of_nul(text, bytes);
	const char *expected = nul ? "text without NUL bytes" : take_all(&r, &runs, &line);

	drop_fields(&r);
	json_decref(runs.seen);
	json_decref(runs.numbers);
	free(runs.number);
	if (!expected)
		return runs.all;
	json_decref(runs.all);
	cmd_bad_input(path, nul ? nul : line, expected);
	return NULL;
}

/* --- writing ------------------------------------------------------------------------------ */

static void put_field(FILE *to, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fprintf(to, "%s,", text);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputs("\",", to);
}

static void put_sample(FILE *to, size_t number, const json_t *run, const json_t *sample)
{
	fprintf(to, "%zu,", number);
	for (int i = RUN + 1; i < WORKLOAD; i++) {
		if (i == DIRTY)
			fprintf(to, "%d,", json_is_true(json_object_get(run, "dirty")));
		else
			put_field(to, history_text(run, columns[i]));
	}
	for (int i = WORKLOAD; i < REPETITION; i++)
		put_field(to, history_text(sample, columns[i]));
	fprintf(to, "%lld,%.15g\n",
		(long long)json_integer_value(json_object_get(sample, "repetition")),
		json_number_value(json_object_get(sample, "value")));
}

static bool csv_print(FILE *to, const json_t *runs)
{
	json_t *run, *sample;
	size_t i, j;

	for (i = 0; i < NR_COLUMNS; i++)
		fprintf(to, "%s%c", columns[i], i + 1 < NR_COLUMNS ? ',' : '\n');
	json_array_foreach(runs, i, run)
	{
		json_array_foreach(json_object_get(run, "samples"), j, sample)
			put_sample(to, i + 1, run, sample);
	}
	return true;
}

const struct history_format history_csv = {
	.name = "csv",
	.many = true,
	.parse = csv_parse,
	.print = csv_print,
};
