/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* count_named.c - runs a pcpu-count for one benchmark, twice where an operation is what counts. */
#include "bench/track/count_named.h"
#include "bench/gate/gate.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT_SECONDS = 1200 };

static const struct row {
	const char *name;
	uint64_t n, m;
} rows[] = {
#define X(name, n, m) {name, n, m},
#define C(name, n) {name, 0, n},
#include "bench/gate/gate.def"
#undef C
#undef X
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

/* --- which ------------------------------------------------------------------------------------ */

/* The row "pair/8B" is that of pair/8B, and of pair/8B/area. */
static const struct row *row_find(const char *name)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		size_t bytes = strlen(rows[i].name);
		const char *rest = name + bytes;

		if (strncmp(name, rows[i].name, bytes))
			continue;
		if (!*rest || (*rest == '/' && rest[1] && !strchr(rest + 1, '/')))
			return &rows[i];
	}
	return NULL;
}

const char *counted_metric_read(const char *text, struct counted_metric *metric)
{
	char **part = g_strsplit(text, " ", 2);
	const struct row *row = part[0] && *part[0] ? row_find(part[0]) : NULL;
	const char *usual = row && row->n ? "instructions/op" : "instructions/run";
	const char *wrong = NULL;

	*metric = (struct counted_metric){0};
	if (!row)
		wrong = "no benchmark of bench/gate/gate.def: NAME/ENGINE[ METRIC] was expected";
	else if (part[1] && (!*part[1] || strchr(part[1], ' ')))
		wrong = "one METRIC was expected behind the benchmark's name";
	else if (part[1] && !strncmp(part[1], "instructions", 12) && strcmp(part[1], usual))
		wrong = row->n ? "its instructions are counted by instructions/op" :
				 "its instructions are counted by instructions/run";
	if (!wrong) {
		metric->name = g_strdup(part[0]);
		metric->metric = g_strdup(part[1] ? part[1] : usual);
		metric->n = row->n;
		metric->m = row->m;
	}
	g_strfreev(part);
	return wrong;
}

void counted_metric_free(struct counted_metric *metric)
{
	free(metric->name);
	free(metric->metric);
	*metric = (struct counted_metric){0};
}

bool counted_metric_is_instructions(const struct counted_metric *metric)
{
	return !strncmp(metric->metric, "instructions/", 13);
}

/* --- one run ---------------------------------------------------------------------------------- */

struct run {
	json_t *answer;
	char complaint[160];
};

static void take_answer(void *context, const char *line, size_t bytes)
{
	struct run *run = context;

	json_decref(run->answer);
	run->answer = json_loadb(line, bytes, 0, NULL);
}

static void take_complaint(void *context, const char *line, size_t bytes)
{
	struct run *run = context;

	if (!strncmp(line, "pcpu-count: ", 12))
		snprintf(run->complaint, sizeof(run->complaint), "%s", line + 12);
}

/* dumps: callgrind's --callgrind-out-file=, or NULL to run without. */
static enum count_state run_program(const char *program, const char *name, uint64_t n,
				    const char *dumps, struct run *run)
{
	char number[24];
	const char *plain[] = {program, name, number, NULL};
	const char *counting[] = {"valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
				  dumps, program, name, number, NULL};
	const char *environment[] = {GATE_PLAIN_FORMS, "HWLOC_HIDE_ERRORS=2", NULL};
	struct process process = {.argv = dumps ? counting : plain,
				  .environment = environment,
				  .out_line = take_answer,
				  .err_line = take_complaint,
				  .context = run,
				  .timeout_seconds = COUNT_SECONDS};
	struct process_result result;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
	if (process_run(&process, &result) && run->answer)
		return COUNT_DONE;
	if (result.interrupted || result.spawn_errno) {
		if (result.spawn_errno)
			process_explain(&process, &result);
		return COUNT_STOPPED;
	}
	if (!run->complaint[0])
		process_words(&result, run->complaint, sizeof(run->complaint));
	return COUNT_ABSENT;
}

/* --- by callgrind ----------------------------------------------------------------------------- */

/* The dump that the program requested; the one at its end, which has no number, is empty. */
static bool take_dump(const char *folder, double factor, struct named_count *count)
{
	char *path = g_build_filename(folder, "counts.1", NULL);
	char *rest = g_build_filename(folder, "counts", NULL);
	bool whole = callgrind_functions(path, factor, count->functions);

	unlink(path);
	unlink(rest);
	free(rest);
	free(path);
	return whole;
}

static enum count_state count_run(const char *program, const struct counted_metric *metric,
				  uint64_t n, double factor, const char *folder,
				  struct named_count *count, struct run *run)
{
	char *dumps = g_strdup_printf("--callgrind-out-file=%s/counts", folder);
	enum count_state state = run_program(program, metric->name, n, dumps, run);

	if (!take_dump(folder, factor, count) && state == COUNT_DONE) {
		snprintf(run->complaint, sizeof(run->complaint), "callgrind left no whole dump");
		state = COUNT_ABSENT;
	}
	free(dumps);
	return state;
}

static double functions_sum(GHashTable *functions)
{
	double sum = 0;
	GHashTableIter at;
	gpointer value;

	g_hash_table_iter_init(&at, functions);
	while (g_hash_table_iter_next(&at, NULL, &value))
		sum += *(double *)value;
	return sum;
}

static enum count_state count_instructions(const char *program,
					   const struct counted_metric *metric,
					   struct named_count *count, struct run *run)
{
	char folder[] = "/tmp/pcpu-count-XXXXXX";
	double factor = metric->n ? 1.0 / (double)(metric->m - metric->n) : 1;
	enum count_state state = COUNT_DONE;

	if (!mkdtemp(folder)) {
		perror(folder);
		return COUNT_STOPPED;
	}
	if (metric->n)
		state = count_run(program, metric, metric->n, -factor, folder, count, run);
	if (state == COUNT_DONE)
		state = count_run(program, metric, metric->m, factor, folder, count, run);
	rmdir(folder);
	count->value = functions_sum(count->functions);
	return state;
}

/* --- either ----------------------------------------------------------------------------------- */

static enum count_state count_own(const char *program, const struct counted_metric *metric,
				  struct named_count *count, struct run *run)
{
	enum count_state state = run_program(program, metric->name, metric->m, NULL, run);
	const json_t *value = json_object_get(json_object_get(run->answer, "counts"),
					      metric->metric);

	if (state != COUNT_DONE)
		return state;
	if (!json_is_number(value)) {
		snprintf(run->complaint, sizeof(run->complaint), "it does not count %s",
			 metric->metric);
		return COUNT_ABSENT;
	}
	count->value = json_number_value(value);
	return COUNT_DONE;
}

enum count_state count_named(const char *program, const struct counted_metric *metric,
			     struct named_count *count, char *why, size_t capacity)
{
	struct run run = {0};
	enum count_state state;

	*count = (struct named_count){0};
	count->functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	state = counted_metric_is_instructions(metric) ?
			count_instructions(program, metric, count, &run) :
			count_own(program, metric, count, &run);
	if (state == COUNT_ABSENT)
		snprintf(why, capacity, "%s", run.complaint);
	json_decref(run.answer);
	if (state != COUNT_DONE)
		named_count_free(count);
	return state;
}

void named_count_free(struct named_count *count)
{
	if (count->functions)
		g_hash_table_destroy(count->functions);
	*count = (struct named_count){0};
}
