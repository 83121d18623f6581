/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * track_times.c - times of revisions, on a machine that has nothing else to do: a revision begins
 * when the CPUs were idle for most of two seconds. When they are not for a while (--wait), the rest
 * is left for another time.
 */
#include "bench/track/track.h"
#include "bench/runner/bench_keep.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"
#include "harness/rows/bench_table.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAUSE_SECONDS = 2, RUN_SECONDS = 600 };
#define QUIET_PART 0.85

/* --- is it quiet? ----------------------------------------------------------------------------- */

/* Jiffies of all CPUs since the machine started. */
static bool read_jiffies(double *idle, double *all)
{
	FILE *file = fopen("/proc/stat", "re");
	double value;
	int nr = 0;
	bool ok = file && fscanf(file, "cpu%*[ ]") == 0;

	*idle = *all = 0;
	while (ok && nr < 8 && fscanf(file, "%lf", &value) == 1) {
		*all += value;
		*idle += nr == 3 || nr == 4 ? value : 0; /* idle, and waiting for disks */
		nr++;
	}
	if (file)
		fclose(file);
	return nr >= 5;
}

/* Waits, serving signals. */
static void pause_for(double seconds)
{
	double until = clock_seconds() + seconds;

	while (clock_seconds() < until && !process_interrupted())
		processes_wait();
}

static bool machine_is_quiet(void)
{
	double idle, all, idle_after, all_after;

	if (!read_jiffies(&idle, &all))
		return true; /* who knows */
	pause_for(PAUSE_SECONDS);
	if (!read_jiffies(&idle_after, &all_after) || all_after <= all)
		return true;
	return (idle_after - idle) / (all_after - all) >= QUIET_PART;
}

static bool wait_for_quiet(uint64_t patience_seconds)
{
	double since = clock_seconds();

	while (!process_interrupted() && !machine_is_quiet()) {
		progress_show("times wait for a quiet machine: %.0f s", clock_seconds() - since);
		if (clock_seconds() - since > (double)patience_seconds)
			return false;
	}
	return !process_interrupted();
}

/* --- one revision ----------------------------------------------------------------------------- */

static void show_line(void *context, const char *line, size_t bytes)
{
	progress_show("time %.12s %s", (const char *)context, line);
}

static bool run_program(const struct track *track, const char *program, const char *id,
			const char *raw)
{
	char reps[24], *root = g_strdup_printf("LAB_ROOT=%s", cmd_root());
	const char *argv[] = {program, "--quick", "--reps", reps, "--json", raw, NULL};
	const char *environment[] = {root, NULL};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .out_line = show_line,
				  .context = (void *)(uintptr_t)id,
				  .timeout_seconds = RUN_SECONDS * (double)track->nr_reps};
	struct process_result result;
	bool ok;

	snprintf(reps, sizeof(reps), "%u", track->nr_reps);
	ok = process_run(&process, &result);
	progress_clear();
	free(root);
	return ok;
}

static json_t *read_bench(const char *raw, const char *id)
{
	char *text = NULL;
	size_t bytes;
	json_t *bench = cmd_read_file(raw, &text, &bytes) ? bench_parse(text) : NULL, *context;

	free(text);
	if (!bench || !bench_names_clean(bench)) {
		json_decref(bench);
		return NULL;
	}
	context = json_object_get(bench, "context");
	json_object_set_new(context, "revision", json_string(id));
	json_object_set_new(context, "dirty", json_string("no"));
	return bench;
}

/* False: nothing more can be done. */
static bool measure_times(struct track *track, const struct revision *revision)
{
	char why[WHY_BYTES], *program = NULL;
	char *raw = cmd_path("build/track.%d.json", (int)getpid());
	enum revision_state state =
		revision_program(track->work, revision->id, "pcpu-bench", &program, why);
	json_t *bench = NULL;
	bool ok = state != REVISION_STOPPED;

	if (state == REVISION_BUILT && run_program(track, program, revision->id, raw))
		bench = read_bench(raw, revision->id);
	if (bench) {
		ok = bench_keep(bench, track->history_path);
		track->nr_timed += ok;
		if (ok)
			progress_say("%.12s  timed  %s", revision->id, revision->subject);
	} else if (ok && !process_interrupted()) {
		track->nr_failed++;
		progress_say("%.12s  not timed: %s", revision->id,
			     state == REVISION_UNBUILT ? why : "its pcpu-bench has no results");
	}
	unlink(raw);
	json_decref(bench);
	free(program);
	free(raw);
	return ok && !process_interrupted();
}

/* What did not build for its counts was named then. */
static bool is_wanted(const struct track *track, const char *id)
{
	char why[WHY_BYTES];

	return !track_has_times(&track->stored, id) && !revision_is_marked(id, why);
}

bool track_times(struct track *track, const struct revisions *all)
{
	unsigned nr_left = 0;

	for (size_t i = 0; i < all->nr; i++)
		nr_left += is_wanted(track, all->at[i].id);
	for (size_t i = 0; i < all->nr; i++) {
		if (!is_wanted(track, all->at[i].id))
			continue;
		if (!wait_for_quiet(track->patience_seconds)) {
			progress_clear();
			if (!process_interrupted())
				progress_say("lab track: this machine is not quiet: the times of "
					     "%u revisions are left for another time", nr_left);
			return !process_interrupted();
		}
		if (!measure_times(track, &all->at[i]))
			return false;
		nr_left--;
	}
	return true;
}
