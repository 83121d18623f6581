/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_libfuzzer.c - libFuzzer: one process per job. All share the working corpus, which is their
 * first folder and is read again every second. (Its -fork=N prints little and late.) Its output:
 *
 *	#2048	pulse  cov: 713 ft: 3044 corp: 154/9kb lim: 512 exec/s: 1024 rss: 61Mb
 *	stat::number_of_executed_units: 90461
 *
 * Lines of the first form are printed at powers of two and for each new input.
 */
#include "harness/cli/cmd.h"
#include "fuzz/targets/fuzz.h"
#include "fuzz/campaign/fuzz_engine.h"

#include <stdlib.h>
#include <string.h>

static const char *const environment[] = { FUZZ_ASAN_ENVIRONMENT, NULL };

static bool number_after(const char *line, const char *word, uint64_t *n)
{
	const char *at = strstr(line, word);

	if (!at)
		return false;
	*n = strtoull(at + strlen(word), NULL, 10);
	return true;
}

static void note_line(void *context, const char *line, size_t bytes)
{
	struct fuzz_job *job = context;
	uint64_t nr;

	if (number_after(line, "stat::number_of_executed_units: ", &nr))
		fuzz_job_count(job, nr);
	if (line[0] != '#' || !number_after(line, " cov: ", &nr))
		return;
	job->ready |= strstr(line, "INITED") != NULL;
	if (nr > job->now.nr_edges)
		job->now.nr_edges = nr;
	number_after(line, " corp: ", &job->now.nr_corpus);
	fuzz_job_count(job, strtoull(line + 1, NULL, 10));
}

static void libfuzzer_prepare(struct fuzz_job *job)
{
	const struct fuzz_paths *paths = &job->slice->paths;

	snprintf(job->name, sizeof(job->name), "libfuzzer-%u", job->index + 1);
	fuzz_job_argument(job, "%s/build/fuzz/fuzz/%s", cmd_root(), paths->target);
	fuzz_job_argument(job, "-artifact_prefix=%s/.%s.", paths->found, job->name);
	fuzz_job_argument(job, "-max_len=%u", FUZZ_MAX_BYTES);
	fuzz_job_argument(job, "-timeout=10");
	fuzz_job_argument(job, "-rss_limit_mb=1024");
	fuzz_job_argument(job, "-report_slow_units=3600"); /* slow inputs are not findings */
	fuzz_job_argument(job, "-reload=1");
	fuzz_job_argument(job, "-print_final_stats=1");
	if (paths->dict)
		fuzz_job_argument(job, "-dict=%s", paths->dict);
	fuzz_job_argument(job, "%s", paths->corpus);
	job->process.environment = environment;
	job->process.err_line = note_line;
}

/* It creates a file, writes it and ends: a check in between would see a partial file. */
static void libfuzzer_collect(struct fuzz_job *job)
{
	if (!job->child.running)
		job->now.nr_found += fuzz_corpus_release(job->slice->paths.found, job->name);
}

static const char *const programs[] = {"clang-19", "clang++-19", NULL};

const struct fuzz_engine fuzz_libfuzzer = {
	.name = "libfuzzer",
	.flavour = "fuzz",
	.programs = programs,
	.package = "clang-19 (and libclang-rt-19-dev)",
	.ends_at_find = true,
	.prepare = libfuzzer_prepare,
	.collect = libfuzzer_collect,
};
