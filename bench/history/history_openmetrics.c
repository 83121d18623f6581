/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_openmetrics.c - OpenMetrics 1.0 text: one info for the run, one gauge for its samples.
 *
 *	# TYPE pcpu_bench_run info
 *	pcpu_bench_run_info{revision="...",host="..."} 1
 *	# TYPE pcpu_bench gauge
 *	pcpu_bench{workload="pair/8B",engine="area",metric="real_time",unit="ns",repetition="0"} 98.6
 *	# EOF
 *
 * Reading takes these two metrics out of any such text and refuses what has no `# EOF`: it is cut.
 */
#include "harness/cli/cmd.h"
#include "bench/history/history_formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INFO  "pcpu_bench_run_info"
#define GAUGE "pcpu_bench"

static const char *const run_labels[] = {
	"time", "revision", "dirty", "host", "compiler", "flavour", "source",
};
static const char *const sample_labels[] = {"workload", "engine", "metric", "unit"};
enum {
	NR_RUN_LABELS = sizeof(run_labels) / sizeof(run_labels[0]),
	NR_SAMPLE_LABELS = sizeof(sample_labels) / sizeof(sample_labels[0]),
};

/* --- writing ------------------------------------------------------------------------------ */

static void put_label(FILE *to, const char *name, const char *text)
{
	fprintf(to, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", to);
		else if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
	fputc('"', to);
}

static void put_run(FILE *to, const json_t *run)
{
	fprintf(to, "# TYPE pcpu_bench_run info\n"
		    "# HELP pcpu_bench_run Where and of what the samples are.\n" INFO "{");
	for (size_t i = 0; i < NR_RUN_LABELS; i++) {
		const json_t *value = json_object_get(run, run_labels[i]);
		const char *text = json_is_boolean(value) ? json_is_true(value) ? "1" : "0" :
							    history_text(run, run_labels[i]);

		if (i)
			fputc(',', to);
		put_label(to, run_labels[i], text);
	}
	fputs("} 1\n", to);
}

static void put_sample(FILE *to, const json_t *sample)
{
	fputs(GAUGE "{", to);
	for (size_t i = 0; i < NR_SAMPLE_LABELS; i++) {
		put_label(to, sample_labels[i], history_text(sample, sample_labels[i]));
		fputc(',', to);
	}
	fprintf(to, "repetition=\"%lld\"} %.15g\n",
		(long long)json_integer_value(json_object_get(sample, "repetition")),
		json_number_value(json_object_get(sample, "value")));
}

static bool print(FILE *to, const json_t *runs)
{
	const json_t *run = json_array_get(runs, 0), *sample;
	size_t i;

	put_run(to, run);
	fputs("# TYPE pcpu_bench gauge\n"
	      "# HELP pcpu_bench What was measured: metric, in unit.\n",
	      to);
	json_array_foreach(json_object_get(run, "samples"), i, sample) put_sample(to, sample);
	fputs("# EOF\n", to);
	return true;
}

/* --- reading ------------------------------------------------------------------------------ */

/* A label's value behind its opening quote, unescaped; NULL: it does not end. */
static char *take_value(const char **at)
{
	char *value = malloc(strlen(*at) + 1);
	size_t nr = 0;

	if (!value)
		abort();
	for (; **at && **at != '"' && **at != '\n'; (*at)++) {
		if (**at == '\\' && (*at)[1] && (*at)[1] != '\n') {
			(*at)++;
			value[nr++] = **at == 'n' ? '\n' : **at;
		} else {
			value[nr++] = **at;
		}
	}
	value[nr] = '\0';
	if (**at == '"') {
		(*at)++;
		return value;
	}
	free(value);
	return NULL;
}

static void put_text(json_t *object, const char *name, size_t bytes, json_t *text)
{
	char *key = strndup(name, bytes);

	if (!key)
		abort();
	json_object_set_new(object, key, text);
	free(key);
}

/* "{a="x",b="y"}" as an object; *at goes behind it. NULL: it is none. */
static json_t *take_labels(const char **at)
{
	json_t *labels = json_object();

	while (**at == '{' || **at == ',') {
		size_t bytes = strcspn(++*at, "=\"},\n");
		const char *name = *at;
		json_t *text;
		char *value;

		*at += bytes;
		if (strncmp(*at, "=\"", 2))
			break;
		*at += 2;
		value = take_value(at);
		text = value ? json_string(value) : NULL;
		free(value);
		if (!text || !bytes)
			break;
		put_text(labels, name, bytes, text);
	}
	if (**at == '}') {
		(*at)++;
		return labels;
	}
	json_decref(labels);
	return NULL;
}

static const char *take_sample(json_t *run, const json_t *labels, const char *at)
{
	char *end;
	double value = strtod(at, &end);

	if (*at != ' ' || end == at || (*end != '\n' && *end != ' ' && *end) || !isfinite(value))
		return "a finite number behind the labels";
	history_sample_add(run, history_text(labels, "workload"), history_text(labels, "engine"),
			   history_text(labels, "metric"), history_text(labels, "unit"),
			   strtoll(history_text(labels, "repetition"), NULL, 10), value);
	return NULL;
}

static void take_run(json_t *run, const json_t *labels)
{
	for (size_t i = 0; i < NR_RUN_LABELS; i++)
		json_object_set_new(run, run_labels[i],
				    json_string(history_text(labels, run_labels[i])));
	json_object_set_new(run, "dirty",
			    json_boolean(!strcmp(history_text(labels, "dirty"), "1")));
}

/* NULL, or what was expected there. */
static const char *take_line(json_t *run, const char *line)
{
	bool is_info = !strncmp(line, INFO "{", sizeof(INFO));
	bool is_gauge = !strncmp(line, GAUGE "{", sizeof(GAUGE));
	const char *at = line + strcspn(line, "{\n"), *expected = NULL;
	json_t *labels;

	if (!is_info && !is_gauge)
		return NULL;
	labels = take_labels(&at);
	if (!labels)
		return "labels like {name=\"value\",...}";
	if (is_info)
		take_run(run, labels);
	else
		expected = take_sample(run, labels, at);
	json_decref(labels);
	return expected;
}

static json_t *parse(const char *path, const char *text, size_t bytes)
{
	json_t *run = history_run_new("openmetrics");
	const char *expected = NULL, *at = text;
	uint32_t line = 0;

	while (!expected && *at && strcmp(at, "# EOF\n") && strcmp(at, "# EOF")) {
		line++;
		expected = take_line(run, at);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	if (!expected && !*at)
		expected = "`# EOF` as the last line";
	if (!expected)
		return json_pack("[o]", run);
	json_decref(run);
	cmd_bad_input(path, line ? line : 1, expected);
	return NULL;
}

const struct history_format history_openmetrics = {
	.name = "openmetrics",
	.parse = parse,
	.print = print,
};
