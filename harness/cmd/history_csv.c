/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_csv.c - a sample a line, with its run's words in front: RFC 4180, quotes doubled.
 *
 *	run,time,revision,dirty,host,compiler,flavour,source,workload,engine,metric,unit,...
 *
 * Lines of one run follow one another and have the same number in front.
 */
#include "cmd.h"
#include "history_formats.h"

#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {
	"run",	  "time",     "revision", "dirty",  "host", "compiler",	  "flavour",
	"source", "workload", "engine",	  "metric", "unit", "repetition", "value",
};
enum { RUN, DIRTY = 3, WORKLOAD = 8, REPETITION = 12, VALUE, NR_COLUMNS };

/* --- reading ------------------------------------------------------------------------------ */

struct reader {
	const char *path, *at, *end;
	uint32_t line;
	char *fields[NR_COLUMNS];
	bool quote_open; /* the text ended within quotes */
};

/* One field into fresh memory; stops at its comma or line end. */
static char *take_field(struct reader *r)
{
	bool quoted = r->at < r->end && *r->at == '"';
	char *field = malloc((size_t)(r->end - r->at) + 1);
	size_t nr = 0;

	if (!field)
		abort();
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

/* A whole line of as many fields as there are columns. */
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

static bool take_number(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return *text && !*end;
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

static const char *take_sample(const struct reader *r, json_t *run)
{
	double repetition, value;

	if (!take_number(r->fields[REPETITION], &repetition) || repetition < 0 ||
	    repetition != (double)(json_int_t)repetition)
		return "a number as repetition";
	if (!take_number(r->fields[VALUE], &value))
		return "a number as value";
	history_sample_add(run, r->fields[WORKLOAD], r->fields[WORKLOAD + 1],
			   r->fields[WORKLOAD + 2], r->fields[WORKLOAD + 3], (json_int_t)repetition,
			   value);
	return NULL;
}

/* NULL, or what was expected in the line that begins at *line. */
static const char *take_all(struct reader *r, json_t *runs, uint32_t *line)
{
	char *number = NULL;
	json_t *run = NULL;
	const char *expected = NULL;

	if (!take_line(r) || !is_header(r))
		expected = "the header `run,time,...,repetition,value`";
	while (!expected && r->at < r->end) {
		*line = ++r->line;
		if (!take_line(r)) {
			expected = "fourteen fields, separated by commas, in whole quotes";
			break;
		}
		if (!number || strcmp(number, r->fields[RUN])) {
			free(number);
			number = strdup(r->fields[RUN]);
			run = start_run(r);
			json_array_append_new(runs, run);
		}
		expected = take_sample(r, run);
	}
	free(number);
	return expected;
}

static json_t *parse(const char *path, const char *text, size_t bytes)
{
	struct reader r = {.path = path, .at = text, .end = text + bytes, .line = 1};
	json_t *runs = json_array();
	uint32_t line = 1;
	const char *expected = take_all(&r, runs, &line);

	drop_fields(&r);
	if (!expected)
		return runs;
	json_decref(runs);
	cmd_bad_input(path, line, expected);
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

static bool print(FILE *to, const json_t *runs)
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
	.parse = parse,
	.print = print,
};
