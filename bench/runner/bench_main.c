/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_main.c - the pcpu-bench program: workloads x engines and rivals -> plan -> Google
 * Benchmark -> a line each on stdout, JSON in a file. `lab bench` makes tables of the JSON;
 * --smoke is a test that runs every workload.
 *
 *	pcpu-bench [--filter REGEX] [--engines LIST] [--reps N] [--quick | --smoke] [--list]
 *		   [--json FILE]
 *	pcpu-bench --check-rivals
 *
 *	workloads.def --add--> plan --register--> Google Benchmark --result--> one line each
 */
#include "bench/runner/bench.h"
#include "harness/cli/cmd.h"

#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bench_workload *const workloads[] = {
#define X(name) &bench_##name,
#include "bench/workloads/workloads.def"
#undef X
};
enum { NR_WORKLOADS = sizeof(workloads) / sizeof(workloads[0]) };

static const struct cmd program = {.name = "bench"};

struct options {
	enum bench_mode mode;
	const char *filter, *engines, *json;
	uint64_t nr_repetitions;
	bool list, check_rivals;
};

struct tally {
	size_t nr_expected, nr_done;
	unsigned nr_failed, nr_skipped, nr_passed;
	bool smoke;
};

/* --- the plan ----------------------------------------------------------------------------- */

/* Returns whether name is in the comma-separated list. NULL and "all" contain every name. */
static bool list_holds(const char *list, const char *name)
{
	size_t bytes = strlen(name);

	if (!list || !strcmp(list, "all"))
		return true;
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		if (!strncmp(at, name, bytes) && (at[bytes] == ',' || !at[bytes]))
			return true;
	}
	return false;
}

/* Returns whether each name of the list is an engine or a rival. */
static bool engines_known(const char *list)
{
	char word[32];

	if (!list || !strcmp(list, "all"))
		return true;
	for (const char *at = list;; at++) {
		size_t bytes = strcspn(at, ",");

		snprintf(word, sizeof(word), "%.*s", (int)bytes, at);
		if (bytes >= sizeof(word) || (!bench_design_known(word) && !rival_find(word))) {
			fprintf(stderr, "pcpu-bench: no engine or rival '%.*s'\n", (int)bytes, at);
			return false;
		}
		at += bytes;
		if (!*at)
			return true;
	}
}

static void fill_engines(struct bench_plan *plan, const struct bench_workload *workload,
			 const char *wanted)
{
	for (uint32_t i = 0; bench_design(plan, i); i++)
		if (list_holds(wanted, bench_design_name(plan->engine, plan->front)))
			workload->add(plan);
}

static void fill_rivals(struct bench_plan *plan, const struct bench_workload *workload,
			const char *wanted)
{
	for (uint32_t r = 0; r < nr_rivals; r++) {
		plan->rival = rivals[r];
		if (list_holds(wanted, plan->rival->name))
			workload->add(plan);
	}
	plan->rival = NULL;
}

/* Engines and rivals of one workload run one after another, so that drift between them is small. */
static void plan_fill(struct bench_plan *plan, const char *wanted)
{
	for (size_t w = 0; w < NR_WORKLOADS; w++) {
		if (!workloads[w]->per_engine) {
			workloads[w]->add(plan);
			continue;
		}
		fill_engines(plan, workloads[w], wanted);
		if (workloads[w]->rivals)
			fill_rivals(plan, workloads[w], wanted);
	}
}

static void plan_free(struct bench_plan *plan)
{
	for (size_t i = 0; i < plan->nr_cases; i++)
		free(plan->cases[i]);
	free(plan->cases);
}

static void run_case(struct shim_state *state, void *context)
{
	struct bench_case *self = context;

	self->run(state, self);
	self->nr_runs++;
}

static void plan_register(const struct bench_plan *plan)
{
	static const double min_seconds[] = {
		[BENCH_FULL] = 0.3, [BENCH_QUICK] = 0.1, [BENCH_SMOKE] = 0.001,
	};

	for (size_t i = 0; i < plan->nr_cases; i++) {
		struct bench_case *c = plan->cases[i];
		struct shim_bench bench = {
			.name = c->name, .run = run_case, .context = c, .manual = c->manual,
			.min_seconds = min_seconds[plan->mode], .iterations = c->once,
		};

		shim_register(&bench);
	}
}

/* --- running ------------------------------------------------------------------------------ */

static const char *bench_verdict(const struct shim_result *result)
{
	if (!result->error)
		return "ok";
	return result->skipped ? "" : "FAILED: ";
}

static void note_result(void *context, const struct shim_result *result)
{
	struct tally *tally = context;

	tally->nr_done++;
	tally->nr_failed += result->error && !result->skipped;
	tally->nr_skipped += result->skipped;
	tally->nr_passed += !result->error;
	if (result->error)
		printf("%3zu/%zu %-42s %s%s\n", tally->nr_done, tally->nr_expected, result->name,
		       bench_verdict(result), result->error);
	else if (!tally->smoke)
		printf("%3zu/%zu %-42s %14.2f ns  %s\n", tally->nr_done, tally->nr_expected,
		       result->name, result->ns_per_iteration, result->label);
	fflush(stdout);
}

static unsigned prove_rivals(const char *wanted)
{
	unsigned nr_broken = 0;

	for (uint32_t r = 0; r < nr_rivals; r++) {
		if (list_holds(wanted, rivals[r]->name))
			nr_broken += !bench_prove_rival(rivals[r]);
	}
	return nr_broken;
}

/* Records which parts of names are engines or rivals, for readers of the JSON. */
static void record_engines(void)
{
	char list[512] = "";
	size_t at = 0;

	for (uint32_t i = 0; i < pcpu_nr_engines && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? "," : "",
				       pcpu_engines[i].name);
	if (at < sizeof(list))
		at += (size_t)snprintf(list + at, sizeof(list) - at, ",front");
	for (uint32_t i = 0; i < nr_rivals && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, ",%s", rivals[i]->name);
	shim_context("engines", list);
}

static int run_plan(const struct bench_plan *plan, const struct options *options)
{
	struct tally tally = {
		.nr_expected = plan->nr_cases * options->nr_repetitions,
		.smoke = options->mode == BENCH_SMOKE,
	};
	const struct shim_run run = {
		.json_file = options->json, .nr_repetitions = options->nr_repetitions,
		.interleave = options->nr_repetitions > 1, .result = note_result,
		.context = &tally,
	};

	tally.nr_failed += prove_rivals(options->engines);
	plan_register(plan);
	bench_host_record();
	record_engines();
	shim_run_all(&run);
	if (tally.smoke)
		tally.nr_failed += bench_prove_placement();
	if (tally.nr_done != tally.nr_expected) {
		printf("FAILED: %zu results, %zu were expected\n", tally.nr_done,
		       tally.nr_expected);
		tally.nr_failed++;
	}
	printf("%u passed, %u failed, %u skipped\n", tally.nr_passed, tally.nr_failed,
	       tally.nr_skipped);
	return tally.nr_failed != 0;
}

static void list_plan(const struct bench_plan *plan)
{
	for (size_t i = 0; i < plan->nr_cases; i++)
		printf("%s\n", plan->cases[i]->name);
}

/* --- options ------------------------------------------------------------------------------ */

static bool good_filter(const char *filter)
{
	regex_t regex;
	int error = filter ? regcomp(&regex, filter, REG_EXTENDED | REG_NOSUB) : 0;

	if (error)
		fprintf(stderr, "pcpu-bench: '%s' is no extended regular expression\n", filter);
	else if (filter)
		regfree(&regex);
	return !error;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	bool quick = false, smoke = false;
	const struct cmd_option known[] = {
		{"filter", CMD_TEXT, &options->filter, 0, 0, NULL},
		{"engines", CMD_TEXT, &options->engines, 0, 0, NULL},
		{"reps", CMD_NUMBER, &options->nr_repetitions, 1, 1000, NULL},
		{"quick", CMD_FLAG, &quick, 0, 0, NULL},
		{"smoke", CMD_FLAG, &smoke, 0, 0, NULL},
		{"list", CMD_FLAG, &options->list, 0, 0, NULL},
		{"check-rivals", CMD_FLAG, &options->check_rivals, 0, 0, NULL},
		{"json", CMD_TEXT, &options->json, 0, 0, NULL},
	};
	int nr_words;

	if (cmd_parse(&program, argc, argv, known, sizeof(known) / sizeof(known[0]), &nr_words))
		return false;
	options->mode = smoke ? BENCH_SMOKE : quick ? BENCH_QUICK : BENCH_FULL;
	return !nr_words || !cmd_usage(&program, "no word was expected, '%s' was given", argv[1]);
}

int main(int argc, char **argv)
{
	struct options options = { .nr_repetitions = 1 };
	struct bench_plan plan = { .nr_real_cpus = bench_host_cpus() };
	int status = 0;

	signal(SIGXFSZ, SIG_IGN); /* report the file size limit like a full disk */
	if (!parse_options(argc, argv, &options))
		return 2;
	if (!good_filter(options.filter) || !engines_known(options.engines))
		return 2;
	if (options.check_rivals)
		return prove_rivals(options.engines) != 0;
	plan.mode = options.mode;
	plan.filter = options.filter;
	plan_fill(&plan, options.engines);
	if (!plan.nr_cases) {
		fprintf(stderr, "pcpu-bench: no benchmark matches '%s'\n", options.filter);
		status = 2;
	} else if (options.list) {
		list_plan(&plan);
	} else {
		status = run_plan(&plan, &options);
	}
	plan_free(&plan);
	return status;
}
