/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_campaign.c - one target, or all of them in turn.
 *
 *	alloc |███      ███      █
 *	map   |   ███      ███
 *	text  |      ███      ███
 *
 * R1  Turns are of equal length. The next run continues with the target whose turn is next
 *     (build/fuzz-corpus/next).
 * R2  No engine runs between turns, so the working corpus may be minimised.
 */
#include "fuzz/campaign/fuzz_campaign.h"
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "fuzz/campaign/fuzz_engine.h"
#include "fuzz/campaign/fuzz_series.h"
#include "harness/cli/progress.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { BENCH_LIMIT_SECONDS = 30 };

const char *const fuzz_target_names[] = {
#define X(name) #name,
#include "fuzz/targets/targets.def"
#undef X
	NULL,
};

/* --- building -------------------------------------------------------------------------------- */

/* libFuzzer's flavour has the replay with ASan, which replays findings. */
static bool build_flavour(const struct fuzz_campaign *campaign, unsigned engine, bool replays)
{
	char *names[2 * FUZZ_MAX_TARGETS + 1] = {NULL};
	unsigned nr = 0;
	bool ok;

	for (unsigned i = 0; i < campaign->nr_targets; i++) {
		const char *target = campaign->targets[i].target;

		if (campaign->nr_jobs[engine])
			names[nr++] = g_strdup_printf("fuzz/%s", target);
		if (replays)
			names[nr++] = g_strdup_printf("fuzz/%s_replay", target);
	}
	ok = flavour_build(fuzz_engines[engine]->flavour, (const char *const *)names, NULL);
	for (unsigned i = 0; i < nr; i++)
		free(names[i]);
	return ok;
}

bool fuzz_campaign_build(const struct fuzz_campaign *campaign)
{
	return build_flavour(campaign, 0, true) &&
	       (!campaign->nr_jobs[1] || build_flavour(campaign, 1, false));
}

/* --- operations of an execution -------------------------------------------------------------- */

static void take_bench(void *context, const char *line, size_t bytes)
{
	const char *at = strstr(line, " operations/s, ");

	if (at)
		*(double *)context = strtod(at + strlen(" operations/s, "), NULL);
}

/* Returns how many operations an input of the working corpus has, on average. */
static double measure_operations(const struct fuzz_paths *paths)
{
	char *program = cmd_path("build/fuzz/fuzz/%s_replay", paths->target);
	const char *argv[] = {program, "--bench", "0.1", paths->corpus, NULL};
	double operations = 0;
	struct process process = {.argv = argv,
				  .out_line = take_bench,
				  .context = &operations,
				  .timeout_seconds = BENCH_LIMIT_SECONDS};
	struct process_result result;

	if (!process_run(&process, &result))
		operations = 0;
	free(program);
	return operations;
}

/* --- turns ----------------------------------------------------------------------------------- */

static void remember_next(const struct fuzz_campaign *campaign, unsigned next)
{
	char *path = cmd_path("build/fuzz-corpus/next");
	const char *name = campaign->targets[next].target;

	if (campaign->nr_targets > 1)
		cmd_write_file(path, name, strlen(name));
	free(path);
}

/* Returns the target whose turn is next after an earlier run; 0 when unknown. */
static unsigned recall_next(const struct fuzz_campaign *campaign)
{
	char *path = cmd_path("build/fuzz-corpus/next"), *name = NULL;
	unsigned next = 0;

	g_file_get_contents(path, &name, NULL, NULL);
	for (unsigned i = 0; i < campaign->nr_targets; i++) {
		if (!g_strcmp0(campaign->targets[i].target, name))
			next = i;
	}
	free(name);
	free(path);
	return next;
}

static void add_slice(struct fuzz_total *total, const struct fuzz_slice *slice)
{
	total->nr_slices++;
	total->seconds += slice->elapsed;
	for (unsigned i = 0; i < FUZZ_NR_ENGINES; i++) {
		struct fuzz_numbers *sum = &total->sums[i];

		sum->nr_execs += slice->sums[i].nr_execs;
		sum->nr_imported += slice->sums[i].nr_imported;
		if (slice->sums[i].nr_edges)
			sum->nr_edges = slice->sums[i].nr_edges;
		if (slice->sums[i].nr_corpus)
			sum->nr_corpus = slice->sums[i].nr_corpus;
	}
}

static void campaign_merge(struct fuzz_campaign *campaign, const struct fuzz_paths *paths)
{
	unsigned before = fuzz_corpus_count(paths->corpus);
	double started = clock_seconds();
	bool ok;

	progress_show("merge %s: %u inputs", paths->target, before);
	ok = fuzz_corpus_merge(paths, (double)campaign->slice_seconds);
	fuzz_found_take(campaign->found, paths);
	if (ok)
		progress_say("merge %s: %u inputs -> %u, %.1f s", paths->target, before,
			     fuzz_corpus_count(paths->corpus), clock_seconds() - started);
	else if (!process_interrupted())
		progress_say("merge %s: not done within %llu s: the corpus stays as it is",
			     paths->target, (unsigned long long)campaign->slice_seconds);
}

static bool run_turn(struct fuzz_campaign *campaign, struct fuzz_total *total, double seconds)
{
	struct fuzz_slice slice = {.campaign = campaign, .total = total, .seconds = seconds};
	bool ok;

	fuzz_paths_init(&slice.paths, total->target, campaign->fleet.folder);
	ok = fuzz_corpus_open(&slice.paths);
	if (ok) {
		if (!(total->operations_per_exec > 0))
			total->operations_per_exec = measure_operations(&slice.paths);
		ok = fuzz_slice_run(&slice);
		add_slice(total, &slice);
	}
	if (ok && campaign->merges && !process_interrupted())
		campaign_merge(campaign, &slice.paths);
	if (ok && !process_interrupted())
		total->operations_per_exec = measure_operations(&slice.paths);
	fuzz_paths_finish(&slice.paths);
	return ok;
}

/* Returns the length of the next turn; 0: there is no time for one. */
static double next_seconds(const struct fuzz_campaign *campaign, double fuzzed)
{
	double left = (double)campaign->seconds - fuzzed, turn = (double)campaign->slice_seconds;

	if (!campaign->seconds)
		return turn;
	return left < 0.5 ? 0 : left < turn ? left : turn;
}

bool fuzz_campaign_run(struct fuzz_campaign *campaign)
{
	unsigned next = recall_next(campaign);
	double fuzzed = 0, seconds;
	bool ok = true;

	campaign->series = fuzz_series_open();
	campaign->found = fuzz_found_create();
	signals_hold();
	while (ok && !process_interrupted() && (seconds = next_seconds(campaign, fuzzed)) > 0) {
		struct fuzz_total *total = &campaign->targets[next];
		double before = total->seconds;

		ok = run_turn(campaign, total, seconds);
		fuzzed += total->seconds - before;
		next = (next + 1) % campaign->nr_targets;
		remember_next(campaign, next);
	}
	signals_release();
	fuzz_series_close(campaign->series);
	return ok;
}

/* --- telling --------------------------------------------------------------------------------- */

static double rate_of(const struct fuzz_total *total, unsigned engine)
{
	return total->seconds > 0 ? (double)total->sums[engine].nr_execs / total->seconds : 0;
}

static void print_engine(const struct fuzz_campaign *campaign, const struct fuzz_total *total,
			 unsigned engine, FILE *to)
{
	double rate = rate_of(total, engine);

	fprintf(to, "%-12s %-9s %u jobs %6.0f s %12llu executions %8.0f exec/s", total->target,
		fuzz_engines[engine]->name, campaign->nr_jobs[engine], total->seconds,
		(unsigned long long)total->sums[engine].nr_execs, rate);
	if (total->operations_per_exec > 0)
		fprintf(to, " %9.0f operations/s", rate * total->operations_per_exec);
	fprintf(to, "  %llu edges  corpus %llu", (unsigned long long)total->sums[engine].nr_edges,
		(unsigned long long)total->sums[engine].nr_corpus);
	if (total->sums[engine].nr_imported)
		fprintf(to, "  %llu imported", (unsigned long long)total->sums[engine].nr_imported);
	fputc('\n', to);
}

void fuzz_campaign_print(const struct fuzz_campaign *campaign, FILE *to)
{
	for (unsigned i = 0; i < campaign->nr_targets; i++) {
		for (unsigned j = 0; j < FUZZ_NR_ENGINES; j++) {
			if (campaign->targets[i].nr_slices && campaign->nr_jobs[j])
				print_engine(campaign, &campaign->targets[i], j, to);
		}
	}
	fuzz_found_print(campaign->found, to);
	fprintf(to, "%s: %u inputs that break something, in %u groups\n",
		campaign->nr_targets == 1 ? campaign->targets[0].target : "all",
		fuzz_found_inputs(campaign->found, NULL), fuzz_found_groups(campaign->found, NULL));
}

static json_t *engine_json(const struct fuzz_campaign *campaign, const struct fuzz_total *total,
			   unsigned engine)
{
	double rate = rate_of(total, engine);

	return json_pack("{s:s, s:s, s:i, s:f, s:I, s:f, s:f, s:I, s:I}", "target", total->target,
			 "engine", fuzz_engines[engine]->name, "jobs",
			 (int)campaign->nr_jobs[engine], "seconds", total->seconds, "executions",
			 (json_int_t)total->sums[engine].nr_execs, "executions_per_second", rate,
			 "operations_per_second", rate * total->operations_per_exec, "edges",
			 (json_int_t)total->sums[engine].nr_edges, "corpus",
			 (json_int_t)total->sums[engine].nr_corpus);
}

json_t *fuzz_campaign_json(const struct fuzz_campaign *campaign)
{
	json_t *runs = json_array();

	for (unsigned i = 0; i < campaign->nr_targets; i++) {
		for (unsigned j = 0; j < FUZZ_NR_ENGINES; j++) {
			if (campaign->targets[i].nr_slices && campaign->nr_jobs[j])
				json_array_append_new(
					runs, engine_json(campaign, &campaign->targets[i], j));
		}
	}
	return json_pack("{s:o, s:i, s:b, s:o}", "runs", runs, "nr_crashes",
			 (int)fuzz_found_inputs(campaign->found, NULL), "disk_full",
			 campaign->disk_full, "crashes", fuzz_found_json(campaign->found));
}
