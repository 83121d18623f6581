/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_formats.c - the table of formats, and helpers they share. */
#include "bench/history/history_formats.h"
#include <pcpu/engine.h>

#include <ctype.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const struct history_format *const formats[] = {
	&history_google,
	&history_custom,
	&history_bencher,
	&history_openmetrics,
	&history_csv,
};
enum { NR_FORMATS = sizeof(formats) / sizeof(formats[0]) };

const struct history_format *history_format_find(const char *name)
{
	for (size_t i = 0; i < NR_FORMATS; i++) {
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	}
	return NULL;
}

const struct history_format *history_format_guess(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	if (*text == '{')
		return &history_google;
	return !strncmp(text, "run,", 4) ? &history_csv : NULL;
}

const char *history_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

void history_put_json(FILE *to, const json_t *value)
{
	json_dumpf(value, to, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	fputc('\n', to);
}

json_t *history_run_new(const char *source)
{
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:{}, s:[]}", "time", "", "revision",
			 "", "dirty", 0, "host", "", "compiler", "", "flavour", "", "source",
			 source, "context", "samples");
}

void history_sample_add(json_t *run, const char *workload, const char *engine, const char *metric,
			const char *unit, json_int_t repetition, double value)
{
	json_array_append_new(json_object_get(run, "samples"),
			      json_pack("{s:s, s:s, s:s, s:s, s:I, s:f}", "workload", workload,
					"engine", engine, "metric", metric, "unit", unit,
					"repetition", repetition, "value", value));
}

/* An engine, or the front over one; NULL: neither. */
static const char *design_find(const char *name)
{
	const struct pcpu_engine *engine = pcpu_engine_find(name);

	return engine ? engine->name : !strcmp(name, "front") ? "front" : NULL;
}

const char *history_engine_of(const char *name, char *workload, size_t capacity)
{
	const char *slash = strrchr(name, '/');
	const char *design = slash ? design_find(slash + 1) : NULL;

	snprintf(workload, capacity, "%.*s", design ? (int)(slash - name) : (int)strlen(name),
		 name);
	return design ? design : "-";
}

static bool holds_word(const char *name, const char *word)
{
	size_t bytes = strlen(word);

	for (const char *at = name; (at = strstr(at, word)) != NULL; at += bytes) {
		char before = at == name ? '_' : at[-1];

		if (!isalnum((unsigned char)before) && !isalnum((unsigned char)at[bytes]))
			return true;
	}
	return false;
}

const char *history_unit(const char *metric)
{
	static const char *const units[] = {"bytes", "ns", "ms"};

	if (!strcmp(metric, "real_time") || !strcmp(metric, "cpu_time"))
		return "ns";
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (holds_word(metric, units[i]))
			return units[i];
	}
	return "1";
}

char *history_host(const json_t *context)
{
	const char *cpu = history_text(context, "cpu_model");
	double gib = strtod(history_text(context, "memory"), NULL) / (1 << 20);
	char *words;

	if (!*cpu)
		cpu = history_text(context, "host_name");
	words = g_strdup_printf(
		"%s, %s cores, %.0f GiB", *cpu ? cpu : "unknown",
		*history_text(context, "cores") ? history_text(context, "cores") : "?", gib);
	return words;
}
