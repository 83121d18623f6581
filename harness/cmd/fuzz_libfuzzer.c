/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_libfuzzer.c - libFuzzer, started again after each crash while time is left, and what its lines say:
 *
 *	#2048	pulse  cov: 713 ft: 3044 corp: 154/9kb lim: 512 exec/s: 1024 rss: 61Mb		one job
 *	#9178: cov: 713 ft: 3044 corp: 154 exec/s 3059 oom/timeout/crash: 0/0/1 time: 3s ...	-fork=N
 *
 * One job does without -fork: forked jobs report late and lose seconds at both ends.
 */
#include "cmd.h"
#include "fuzz_engine.h"
#include "progress.h"
#include "tools.h"

#include <stdlib.h>
#include <string.h>

enum { END_GRACE_SECONDS = 30, MAX_CRASHES = 50, MAX_ARGUMENTS = 16 };

struct session {
	struct fuzz_run *run;
	double begun;		 /* of this process, seconds into the run */
	uint64_t nr_execs_before; /* of earlier processes */
};

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
	struct session *session = context;
	struct fuzz_run *run = session->run;
	unsigned long long oom, timeout, crash;
	const char *ends = strstr(line, "oom/timeout/crash: ");
	uint64_t nr_execs;

	if (number_after(line, "stat::number_of_executed_units: ", &nr_execs))
		run->nr_execs = session->nr_execs_before + nr_execs;
	if (line[0] != '#' || !number_after(line, "cov: ", &run->nr_edges))
		return;
	run->nr_execs = session->nr_execs_before + strtoull(line + 1, NULL, 10);
	number_after(line, "corp: ", &run->nr_corpus);
	if (ends && sscanf(ends, "oom/timeout/crash: %llu/%llu/%llu", &oom, &timeout,
			   &crash) == 3)
		run->nr_crashes = oom + timeout + crash;
}

static bool note_tick(void *context, double seconds)
{
	struct session *session = context;
	double elapsed = session->begun + seconds;

	session->run->execs_per_second = (uint64_t)((double)session->run->nr_execs / elapsed);
	fuzz_run_show(session->run, elapsed);
	return true;
}

static void make_arguments(const struct fuzz_run *run, unsigned seconds, char words[4][64],
			   char *prefix, const char **argv)
{
	size_t nr = 0;

	snprintf(words[0], 64, "-max_total_time=%u", seconds);
	snprintf(words[1], 64, "-fork=%u", run->nr_jobs);
	argv[nr++] = run->program;
	argv[nr++] = words[0];
	argv[nr++] = prefix;
	argv[nr++] = "-max_len=512";
	argv[nr++] = "-timeout=10";
	argv[nr++] = "-rss_limit_mb=1024";
	argv[nr++] = "-print_final_stats=1";
	if (run->nr_jobs > 1) {
		argv[nr++] = words[1];
		argv[nr++] = "-ignore_crashes=1";
		argv[nr++] = "-ignore_timeouts=1";
		argv[nr++] = "-ignore_ooms=1";
	}
	argv[nr++] = run->corpus;
	argv[nr] = NULL;
}

/* One process. True: it met something, and there is a point in starting another. */
static bool run_process(struct session *session, char *prefix, bool *broken)
{
	static const char *const environment[] = {
		"ASAN_OPTIONS=quarantine_size_mb=10:malloc_context_size=0:detect_leaks=0", NULL,
	};
	struct fuzz_run *run = session->run;
	unsigned left = run->seconds - (unsigned)session->begun;
	char words[4][64];
	const char *argv[MAX_ARGUMENTS];
	struct tool tool = {
		.argv = argv, .environment = environment, .err_file = run->log,
		.append = session->begun > 0, .err_line = note_line, .tick = note_tick,
		.context = session, .timeout_seconds = left + END_GRACE_SECONDS,
		.grace_seconds = 2,
	};
	struct tool_result result;
	uint64_t nr_before = run->nr_execs;
	bool ok;

	make_arguments(run, left, words, prefix, argv);
	ok = tool_run(&tool, &result);
	progress_clear();
	session->begun += result.seconds;
	run->elapsed = session->begun;
	session->nr_execs_before = run->nr_execs;
	if (ok || result.interrupted || run->nr_jobs > 1)
		return false;
	run->nr_crashes++;
	*broken = run->nr_execs == nr_before; /* it did not even start */
	if (*broken)
		tool_tell(&tool, &result);
	return !*broken;
}

bool fuzz_run_libfuzzer(struct fuzz_run *run)
{
	struct session session = { .run = run };
	bool broken = false;
	char *prefix;

	if (asprintf(&prefix, "-artifact_prefix=%s/%s-", run->crashes, run->target) < 0)
		abort();
	while (session.begun + 1 < run->seconds && run->nr_crashes < MAX_CRASHES &&
	       run_process(&session, prefix, &broken))
		;
	free(prefix);
	if (run->elapsed > 0)
		run->execs_per_second = (uint64_t)((double)run->nr_execs / run->elapsed);
	return !broken;
}
