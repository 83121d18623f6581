/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_slice.c - runs the jobs of a slice in parallel.
 *
 *	start each ──> wait ──> one ended: handle its finding, restart it ──> wait
 *	                │ each second: numbers, lines, findings, disk
 *	                │ every five: copy AFL++'s finds to the working corpus
 *	                └ at growing intervals: a point of the series
 */
#include "fuzz/campaign/fuzz_slice.h"
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "fuzz/campaign/fuzz_engine.h"
#include "fuzz/campaign/fuzz_series.h"
#include "harness/cli/progress.h"

#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLLECT_SECONDS = 5, GRACE_SECONDS = 10, TAIL_LINES = 12, LINE_BYTES = 200 };
enum { MAX_LOG_BYTES = 4 << 20 };

#define RATE_SECONDS 1.0

const struct fuzz_engine *const fuzz_engines[FUZZ_NR_ENGINES] = {&fuzz_libfuzzer, &fuzz_afl};

struct work {
	struct fuzz_slice *slice;
	struct fuzz_job *jobs;
	unsigned nr_jobs;
	double started, shown_at, collected_at, noted_at;
	bool broken;
};

void fuzz_job_argument(struct fuzz_job *job, const char *format, ...)
{
	va_list words;

	if (job->nr_arguments + 1 >= FUZZ_MAX_ARGUMENTS)
		abort();
	va_start(words, format);
	job->argv[job->nr_arguments++] = g_strdup_vprintf(format, words);
	va_end(words);
}

void fuzz_job_count(struct fuzz_job *job, uint64_t nr_execs)
{
	double now = clock_seconds(), passed = now - job->rated_at;

	job->now.nr_execs = job->nr_execs_before + nr_execs;
	if (passed < RATE_SECONDS || job->now.nr_execs <= job->rated_execs)
		return;
	job->now.execs_per_second = (double)(job->now.nr_execs - job->rated_execs) / passed;
	job->rated_at = now;
	job->rated_execs = job->now.nr_execs;
}

/* --- jobs ------------------------------------------------------------------------------------ */

static void job_init(struct fuzz_job *job, struct fuzz_slice *slice, unsigned engine,
		     unsigned index)
{
	*job = (struct fuzz_job){.slice = slice,
				 .engine = fuzz_engines[engine],
				 .sum = &slice->sums[engine],
				 .index = index};
	job->log = cmd_path("build/fuzz-corpus/%s.%s-%u.log", slice->paths.target,
			    job->engine->name, index + 1);
	unlink(job->log);
	job->process = (struct process){.argv = (const char *const *)job->argv,
					.err_file = job->log,
					.append = true,
					.context = job,
					.grace_seconds = GRACE_SECONDS};
	job->engine->prepare(job);
}

static void job_finish(struct fuzz_job *job)
{
	for (unsigned i = 0; i < job->nr_arguments; i++)
		free(job->argv[i]);
	free(job->folder);
	free(job->log);
}

static void cut_log(const char *log)
{
	struct stat about;

	if (!stat(log, &about) && about.st_size > MAX_LOG_BYTES)
		unlink(log);
}

static bool job_begin(struct fuzz_job *job)
{
	job->ready = false;
	job->nr_execs_before = job->now.nr_execs;
	job->rated_at = clock_seconds();
	job->rated_execs = job->now.nr_execs;
	cut_log(job->log);
	if (job->engine->begin)
		job->engine->begin(job);
	return process_start(&job->child, &job->process);
}

static void report_broken(const struct fuzz_job *job)
{
	progress_clear();
	process_explain(&job->process, &job->child.result);
	flavour_print_tail(job->log, TAIL_LINES);
	fprintf(stderr, "  the whole log: %s\n", job->log);
}

/* --- numbers --------------------------------------------------------------------------------- */

static void sum_up(struct work *work)
{
	struct fuzz_slice *slice = work->slice;

	slice->elapsed = clock_seconds() - work->started;
	for (unsigned i = 0; i < work->nr_jobs; i++) {
		const struct fuzz_job *job = &work->jobs[i];
		struct fuzz_numbers *sum = job->sum;

		if (!job->index)
			*sum = (struct fuzz_numbers){0};
		sum->nr_execs += job->now.nr_execs;
		sum->execs_per_second += job->now.execs_per_second;
		sum->nr_imported += job->now.nr_imported;
		if (job->now.nr_edges > sum->nr_edges)
			sum->nr_edges = job->now.nr_edges;
		if (job->now.nr_corpus > sum->nr_corpus)
			sum->nr_corpus = job->now.nr_corpus;
	}
}

static void slice_show(const struct work *work)
{
	const struct fuzz_slice *slice = work->slice;
	const char *target = slice->paths.target, **lines;
	char(*text)[LINE_BYTES] = g_malloc0_n(work->nr_jobs + 1, LINE_BYTES);
	double rate = 0;

	lines = g_malloc0_n(work->nr_jobs + 1, sizeof(*lines));
	for (unsigned i = 0; i < work->nr_jobs; i++) {
		const struct fuzz_numbers *now = &work->jobs[i].now;

		rate += now->execs_per_second;
		snprintf(text[i + 1], LINE_BYTES,
			 "  %-16s %8.0f exec/s  %5llu edges  corpus %llu  found %u%s",
			 work->jobs[i].name, now->execs_per_second,
			 (unsigned long long)now->nr_edges, (unsigned long long)now->nr_corpus,
			 now->nr_found, work->jobs[i].ready ? "" : "  (starting)");
		lines[i + 1] = text[i + 1];
	}
	snprintf(text[0], LINE_BYTES,
		 "fuzz %s %.0f/%.0f s  %u jobs  %.0f exec/s  found %u in %u groups", target,
		 slice->elapsed, slice->seconds, work->nr_jobs, rate,
		 fuzz_found_inputs(slice->campaign->found, target),
		 fuzz_found_groups(slice->campaign->found, target));
	lines[0] = text[0];
	progress_show_lines(lines, work->nr_jobs + 1);
	free(lines);
	free(text);
}

static void slice_append(const struct work *work)
{
	for (unsigned i = 0; i < FUZZ_NR_ENGINES; i++) {
		if (work->slice->sums[i].nr_execs)
			fuzz_series_add(work->slice, i);
	}
}

/* --- the course ------------------------------------------------------------------------------ */

static void slice_collect(struct work *work)
{
	for (unsigned i = 0; i < work->nr_jobs; i++)
		work->jobs[i].engine->collect(&work->jobs[i]);
}

static bool check_disk(struct work *work)
{
	const struct fuzz_paths *paths = &work->slice->paths;
	struct fuzz_campaign *campaign = work->slice->campaign;

	campaign->disk_full |= fuzz_disk_full(paths->corpus) || fuzz_disk_full(paths->afl);
	return !campaign->disk_full;
}

static void slice_inspect(struct work *work)
{
	fuzz_found_take(work->slice->campaign->found, &work->slice->paths);
}

/* Restarts a process that ended by itself because of a finding. If it ended for another reason, or
   before it had read its inputs, restarting would not help. */
static void slice_resume(struct work *work, struct fuzz_job *job)
{
	unsigned nr_found = job->now.nr_found;

	job->engine->collect(job);
	slice_inspect(work);
	if (!check_disk(work) || process_interrupted())
		return;
	if (job->engine->ends_at_find && (job->now.nr_found > nr_found || job->ready) &&
	    job_begin(job))
		return;
	work->broken = true;
	report_broken(job);
}

static void each_second(struct work *work, double now)
{
	if (now - work->shown_at < 1)
		return;
	work->shown_at = now;
	if (now - work->collected_at >= COLLECT_SECONDS) {
		work->collected_at = now;
		slice_collect(work);
	}
	slice_inspect(work);
	check_disk(work);
	sum_up(work);
	slice_show(work);
	/* A point each second at first, later whenever the time has grown by a fiftieth. */
	if (now - work->noted_at >= 1 + (now - work->started) / 50) {
		work->noted_at = now;
		slice_append(work);
	}
}

static bool is_over(const struct work *work)
{
	const struct fuzz_slice *slice = work->slice;

	return work->broken || slice->campaign->disk_full || process_interrupted() ||
	       (slice->seconds > 0 && clock_seconds() - work->started >= slice->seconds);
}

static void slice_watch(struct work *work)
{
	while (!is_over(work)) {
		processes_wait();
		for (unsigned i = 0; i < work->nr_jobs && !is_over(work); i++) {
			if (!work->jobs[i].child.running)
				slice_resume(work, &work->jobs[i]);
		}
		each_second(work, clock_seconds());
	}
}

static void stop_all(struct work *work)
{
	bool some = true;

	for (unsigned i = 0; i < work->nr_jobs; i++)
		process_stop(&work->jobs[i].child);
	while (some) {
		some = false;
		for (unsigned i = 0; i < work->nr_jobs; i++)
			some |= work->jobs[i].child.running;
		if (some)
			processes_wait();
	}
}

bool fuzz_slice_run(struct fuzz_slice *slice)
{
	struct work work = {.slice = slice, .started = clock_seconds()};
	const struct fuzz_campaign *campaign = slice->campaign;
	unsigned nr_jobs = campaign->nr_jobs[0] + campaign->nr_jobs[1];

	work.jobs = g_malloc0_n(nr_jobs, sizeof(*work.jobs));
	for (unsigned i = 0; i < FUZZ_NR_ENGINES; i++) {
		for (unsigned j = 0; j < campaign->nr_jobs[i]; j++)
			job_init(&work.jobs[work.nr_jobs++], slice, i, j);
	}
	signals_hold();
	for (unsigned i = 0; i < nr_jobs && check_disk(&work) && !process_interrupted(); i++) {
		work.broken |= !job_begin(&work.jobs[i]) && !process_interrupted();
		if (work.broken)
			report_broken(&work.jobs[i]);
	}
	slice_watch(&work);
	stop_all(&work);
	for (unsigned i = 0; i < nr_jobs; i++) {
		if (work.jobs[i].engine->end)
			work.jobs[i].engine->end(&work.jobs[i]);
	}
	slice_collect(&work);
	slice_inspect(&work);
	sum_up(&work);
	slice_append(&work);
	signals_release();
	progress_clear();
	if (campaign->disk_full)
		progress_say("fuzz %s: the disk of %s is full: stopped with what was found so far",
			     slice->paths.target, slice->paths.corpus);
	for (unsigned i = 0; i < nr_jobs; i++)
		job_finish(&work.jobs[i]);
	free(work.jobs);
	return !work.broken && !campaign->disk_full;
}
