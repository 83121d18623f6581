/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * count.c - the pcpu-count program: the same workloads as pcpu-bench behind the same shim.h, but
 * nothing is timed: the loop runs N times and callgrind counts its instructions, exactly and from
 * run to run the same. There is no Google Benchmark in it.
 *
 *	shim_begin()  -> callgrind counts from here
 *	shim_end()    -> ... to here, and dumps under the name "NAME N"
 *
 * A case that runs once has no N. It checks its own objects in between, so it marks the part to
 * count by shim_count(). No step is cut by a time budget: plan.counted.
 *
 * Without callgrind it prints only what the workloads count themselves. One line of
 * JSON a run: {"name": "pair/8B/cpus:8/bare/area", "n": 200, "counts": {"probes/op": 4, ...}}
 */
#include "bench/runner/bench.h"
#include "harness/cli/cmd.h"

#include <gnu/libc-version.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <valgrind/callgrind.h>

static const char usage[] =
	"usage: pcpu-count NAME N	N operations of a benchmark; --list names them\n"
	"       pcpu-count --gate	all that the gate counts, each with two N\n"
	"       pcpu-count --key	what built this: counts of two keys are not comparable\n"
	"\n"
	"Instructions: valgrind --tool=callgrind --collect-atstart=no pcpu-count NAME N\n";

struct row {
	const char *name;
	uint64_t n, m;
	bool without_instructions;
};

static const struct row rows[] = {
#define X(name, n, m) {name, n, m, false},
#define C(name, n) {name, 0, n, true},
#include "bench/gate/gate.def"
#undef C
#undef X
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct bench_workload *const workloads[] = {
#define X(name) &bench_##name,
#include "bench/workloads/workloads.def"
#undef X
};
enum { NR_WORKLOADS = sizeof(workloads) / sizeof(workloads[0]) };

/* --- shim.h ------------------------------------------------------------------------------- */

struct shim_state {
	const char *name;
	uint64_t n;
	json_t *counts;
	char error[160];
	bool once, begun, ended;
};

uint64_t shim_begin(struct shim_state *state)
{
	state->begun = true;
	CALLGRIND_ZERO_STATS;
	if (!state->once)
		CALLGRIND_TOGGLE_COLLECT;
	return state->n;
}

/* Callgrind's switch is per thread and can only be toggled. */
void shim_count(struct shim_state *state, bool on)
{
	if (state->once)
		CALLGRIND_TOGGLE_COLLECT;
}

void shim_end(struct shim_state *state)
{
	char label[160];

	if (!state->once)
		CALLGRIND_TOGGLE_COLLECT;
	snprintf(label, sizeof(label), "%s %llu", state->name, (unsigned long long)state->n);
	CALLGRIND_DUMP_STATS_AT(label);
	state->ended = true;
}

void shim_seconds(struct shim_state *state, double seconds)
{
}

/* Takes exact counters only: no times, and no peak, which may depend on other threads. */
void shim_counter(struct shim_state *state, const char *name, double value)
{
	static const char *const exact[] = {
		"probes/op",	  "moved_bytes/op", "zeroed_bytes/op",
		"metadata_bytes", "held/live",	    "stranded_bytes",
	};

	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		if (!strcmp(name, exact[i]))
			json_object_set_new(state->counts, name, json_real(value));
	}
}

void shim_label(struct shim_state *state, const char *text)
{
}

void shim_fail(struct shim_state *state, const char *reason)
{
	snprintf(state->error, sizeof(state->error), "%s", reason);
}

void shim_skip(struct shim_state *state, const char *reason)
{
	shim_fail(state, reason);
}

void shim_context(const char *key, const char *value)
{
}

/* --- running ------------------------------------------------------------------------------ */

static bool run_case(const struct bench_case *c, uint64_t n, bool without_instructions)
{
	struct shim_state state = {
		.name = c->name, .n = n, .counts = json_object(), .once = c->once};
	json_t *line;

	c->run(&state, c);
	if (!state.error[0] && !(state.begun && state.ended))
		shim_fail(&state, "it counted nothing");
	line = json_pack("{s:s, s:I, s:b, s:o}", "name", c->name, "n", (json_int_t)n,
			 "instructions", !without_instructions, "counts", state.counts);
	if (state.error[0])
		fprintf(stderr, "pcpu-count: %s: %s\n", c->name, state.error);
	else
		json_dumpf(line, stdout, JSON_COMPACT);
	puts("");
	fflush(stdout);
	json_decref(line);
	return !state.error[0];
}

static void plan_fill(struct bench_plan *plan)
{
	for (size_t w = 0; w < NR_WORKLOADS; w++) {
		if (!workloads[w]->per_engine) {
			workloads[w]->add(plan);
			continue;
		}
		for (uint32_t i = 0; bench_design(plan, i); i++)
			workloads[w]->add(plan);
	}
}

/* Returns whether the case belongs to this row, with any engine. */
static bool is_of(const struct bench_case *c, const char *name)
{
	size_t bytes = strlen(name);

	if (strncmp(c->name, name, bytes))
		return false;
	if (!c->engine)
		return !c->name[bytes];
	return c->name[bytes] == '/' &&
	       !strcmp(c->name + bytes + 1, bench_design_name(c->engine, c->front));
}

static bool run_row(const struct bench_plan *plan, const struct row *row)
{
	bool found = false, ok = true;

	for (size_t i = 0; i < plan->nr_cases; i++) {
		if (!is_of(plan->cases[i], row->name))
			continue;
		found = true;
		ok = (!row->n || run_case(plan->cases[i], row->n, row->without_instructions)) &&
		     run_case(plan->cases[i], row->m, row->without_instructions) && ok;
	}
	if (!found)
		fprintf(stderr, "pcpu-count: gate.def: no benchmark '%s'\n", row->name);
	return found && ok;
}

static int run_gate(const struct bench_plan *plan)
{
	bool ok = true;

	for (size_t i = 0; i < NR_ROWS; i++)
		ok = run_row(plan, &rows[i]) && ok;
	return ok ? 0 : 1;
}

static int run_named(const struct bench_plan *plan, const char *name, const char *number)
{
	char *end;
	uint64_t n = strtoull(number, &end, 10);

	if (!n || *end || n > 1000000000) {
		fprintf(stderr, "pcpu-count: '%s' is no number of operations\n", number);
		return CMD_USAGE;
	}
	for (size_t i = 0; i < plan->nr_cases; i++) {
		if (!strcmp(plan->cases[i]->name, name))
			return run_case(plan->cases[i], n, false) ? 0 : 1;
	}
	fprintf(stderr, "pcpu-count: no benchmark '%s'\n", name);
	return CMD_USAGE;
}

static int count_list(const struct bench_plan *plan)
{
	for (size_t i = 0; i < plan->nr_cases; i++)
		puts(plan->cases[i]->name);
	return 0;
}

static int print_key(void)
{
	struct utsname host;

	if (uname(&host))
		return 1;
	printf("%s, glibc %s, %s, %s\n", BENCH_COMPILER, gnu_get_libc_version(), host.machine,
	       BENCH_BUILD_TYPE);
	return 0;
}

/* The options: one of the flags, or the two words. */
struct count_options {
	bool gate, list, key;
	const char *name, *number;
};

static bool parse_options(int argc, char **argv, struct count_options *options)
{
	static const struct cmd self = {.name = "pcpu-count"};
	const struct cmd_option known[] = {
		{"gate", CMD_FLAG, &options->gate, 0, 0, NULL},
		{"list", CMD_FLAG, &options->list, 0, 0, NULL},
		{"key", CMD_FLAG, &options->key, 0, 0, NULL},
	};
	int nr_words;

	if (cmd_parse(&self, argc, argv, known, sizeof(known) / sizeof(known[0]), &nr_words))
		return false;
	if (nr_words ? nr_words == 2 && !options->gate && !options->list && !options->key :
		       options->gate + options->list + options->key == 1) {
		options->name = argv[1];
		options->number = nr_words ? argv[2] : NULL;
		return true;
	}
	fputs(usage, stderr);
	return false;
}

int main(int argc, char **argv)
{
	struct bench_plan plan = {
		.mode = BENCH_SMOKE, .counted = true, .nr_real_cpus = bench_host_cpus()};
	struct count_options options = {0};
	int status;

	if (!parse_options(argc, argv, &options))
		return CMD_USAGE;
	plan_fill(&plan);
	if (options.gate)
		status = run_gate(&plan);
	else if (options.list)
		status = count_list(&plan);
	else if (options.key)
		status = print_key();
	else
		status = run_named(&plan, options.name, options.number);
	for (size_t i = 0; i < plan.nr_cases; i++)
		free(plan.cases[i]);
	free(plan.cases);
	return status;
}
