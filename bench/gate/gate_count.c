/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * gate_count.c - one call of pcpu-count under callgrind: instructions from callgrind's dumps, the
 * rest from the program's output.
 *
 *	counts.1, counts.2 ...	"desc: Trigger: Client Request: NAME N" and "totals: INSTRUCTIONS"
 *	its stdout		{"name": NAME, "n": N, "counts": {...}}, the N before the M
 *
 * instructions/op = (totals of M - totals of N) / (M - N)
 * instructions/run = totals, of a benchmark that runs once
 */
#include "harness/cli/cmd.h"
#include "bench/gate/gate.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT_SECONDS = 1200 }; /* it takes 15 s on an idle machine, far more on a loaded one */

struct counting {
	json_t *totals; /* "NAME N" -> instructions */
	json_t *rows;	/* benchmark -> metric -> count */
	json_t *first;	/* benchmark -> N of its first line */
	const char *broken;
};

static const char trigger[] = "desc: Trigger: Client Request: ";

/* Reads one dump. A truncated dump has no totals. */
static void take_dump(struct counting *c, const char *path)
{
	char line[512], label[512] = "";
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, trigger, sizeof(trigger) - 1))
			snprintf(label, sizeof(label), "%s", line + sizeof(trigger) - 1);
		else if (!strncmp(line, "totals: ", 8) && *label)
			json_object_set_new(c->totals, label,
					    json_integer(strtoll(line + 8, NULL, 10)));
	}
	if (file)
		fclose(file);
}

static void take_dumps(struct counting *c, const char *folder)
{
	char *pattern;
	glob_t found = {0};

	pattern = g_strdup_printf("%s/counts*", folder);
	glob(pattern, GLOB_NOSORT, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		take_dump(c, found.gl_pathv[i]);
		unlink(found.gl_pathv[i]);
	}
	globfree(&found);
	free(pattern);
}

/* Reads a line of the program. The lines come before the dumps are read, so totals are joined
   later. */
static void note_line(void *context, const char *line, size_t bytes)
{
	struct counting *c = context;
	json_t *answer = json_loadb(line, bytes, 0, NULL), *row;
	const char *name = json_string_value(json_object_get(answer, "name"));
	json_t *n = json_object_get(answer, "n");

	if (!name) {
		c->broken = "a line of JSON from pcpu-count";
		json_decref(answer);
		return;
	}
	progress_show("count %s", name);
	row = json_object_get(answer, "counts");
	json_object_set(row, "n", n);
	json_object_set(row, "instructions", json_object_get(answer, "instructions"));
	if (!json_object_get(c->first, name))
		json_object_set(c->first, name, n);
	json_object_set(c->rows, name, row);
	json_decref(answer);
}

/* Prints the program's own complaints; lines of valgrind and hwloc are dropped. */
static void note_complaint(void *context, const char *line, size_t bytes)
{
	if (!strncmp(line, "pcpu-count: ", 12))
		progress_say("%s", line);
}

static json_int_t total_of(const struct counting *c, const char *name, json_int_t n)
{
	json_t *total;
	char *label = g_strdup_printf("%s %lld", name, (long long)n);
	total = json_object_get(c->totals, label);
	free(label);
	return total ? json_integer_value(total) : -1;
}

/* Returns false when a dump is missing. */
static bool gate_count_join(struct counting *c)
{
	const char *name;
	json_t *row;

	json_object_foreach(c->rows, name, row)
	{
		json_int_t n = json_integer_value(json_object_get(c->first, name));
		json_int_t m = json_integer_value(json_object_get(row, "n"));
		json_int_t from = total_of(c, name, n), to = total_of(c, name, m);
		bool once = m == n;

		bool counted = json_is_true(json_object_get(row, "instructions"));

		if (from <= 0 || to < from || m < n)
			return false;
		json_object_del(row, "n");
		json_object_del(row, "instructions");
		if (!counted)
			continue;
		json_object_set_new(
			row, once ? "instructions/run" : "instructions/op",
			json_real(once ? (double)to : (double)(to - from) / (double)(m - n)));
	}
	return json_object_size(c->rows) > 0;
}

static bool gate_counts_read(struct counting *c, const char *program, const char *folder)
{
	char *out;
	bool ok;

	out = g_strdup_printf("--callgrind-out-file=%s/counts", folder);
	{
		const char *argv[] = {
			"valgrind", "-q",    "--tool=callgrind", "--collect-atstart=no",
			out,	    program, "--gate",		 NULL};
		const char *environment[] = {GATE_PLAIN_FORMS, "HWLOC_HIDE_ERRORS=2", NULL};
		struct process process = {.argv = argv,
					  .environment = environment,
					  .out_line = note_line,
					  .err_line = note_complaint,
					  .context = c,
					  .timeout_seconds = COUNT_SECONDS};
		struct process_result result;

		ok = process_run(&process, &result);
		progress_clear();
		if (!ok)
			process_explain(&process, &result);
	}
	free(out);
	take_dumps(c, folder);
	return ok;
}

json_t *gate_count(const char *program)
{
	struct counting c = {json_object(), json_object(), json_object(), NULL};
	char folder[] = "/tmp/pcpu-count-XXXXXX";
	bool ok = false;

	if (!program_exists("valgrind"))
		fprintf(stderr, "lab bench: counting needs valgrind, which is not here\n");
	else if (!mkdtemp(folder))
		perror(folder);
	else {
		ok = gate_counts_read(&c, program, folder);
		rmdir(folder);
		if (ok && (c.broken || !gate_count_join(&c))) {
			fprintf(stderr, "%s:1: %s\n", program,
				c.broken ? c.broken : "a dump of callgrind for each count");
			ok = false;
		}
	}
	json_decref(c.totals);
	json_decref(c.first);
	if (ok)
		return c.rows;
	json_decref(c.rows);
	return NULL;
}

static void take_key(void *context, const char *line, size_t bytes)
{
	char **key = context;

	free(*key);
	*key = g_strdup(line);
}

char *gate_key(const char *program)
{
	const char *argv[] = {program, "--key", NULL};
	char *key = NULL;
	struct process process = {
		.argv = argv, .out_line = take_key, .context = &key, .timeout_seconds = 30};
	struct process_result result;

	if (process_run(&process, &result) && key)
		return key;
	if (result.status == 0)
		cmd_bad_input(program, 1, "a pcpu-count: it names its compiler for --key");
	else
		process_explain(&process, &result);
	free(key);
	return NULL;
}
