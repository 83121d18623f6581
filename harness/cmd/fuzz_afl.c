/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_afl.c - AFL++ in persistent mode. Its numbers are in a file that it rewrites now and then; its
 * finds are copied to where libFuzzer's are.
 */
#include "cmd.h"
#include "fuzz_engine.h"
#include "progress.h"
#include "tools.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { END_GRACE_SECONDS = 60 };

struct afl {
	struct fuzz_run *run;
	char *output, *stats;
};

static void read_stats(struct afl *afl)
{
	FILE *file = fopen(afl->stats, "re");
	char line[256], name[64];
	double value;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[a-z_] : %lf", name, &value) != 2)
			continue;
		if (!strcmp(name, "execs_done"))
			afl->run->nr_execs = (uint64_t)value;
		else if (!strcmp(name, "edges_found"))
			afl->run->nr_edges = (uint64_t)value;
		else if (!strcmp(name, "corpus_count"))
			afl->run->nr_corpus = (uint64_t)value;
		else if (!strcmp(name, "saved_crashes"))
			afl->run->nr_crashes = (uint64_t)value;
	}
	fclose(file);
}

static bool note_tick(void *context, double seconds)
{
	struct afl *afl = context;

	read_stats(afl);
	afl->run->execs_per_second = (uint64_t)((double)afl->run->nr_execs / seconds);
	fuzz_run_show(afl->run, seconds);
	return true;
}

static char *below(const struct afl *afl, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/default/%s", afl->output, name) < 0)
		abort();
	return path;
}

static void collect(struct afl *afl)
{
	static const char *const kinds[] = { "crashes", "hangs" };
	char *queue = below(afl, "queue"), prefix[128];

	fuzz_copy_files(queue, afl->run->corpus, "afl-");
	free(queue);
	for (int i = 0; i < 2; i++) {
		char *found = below(afl, kinds[i]);

		snprintf(prefix, sizeof(prefix), "%s-afl-%s-", afl->run->target, kinds[i]);
		fuzz_copy_files(found, afl->run->crashes, prefix);
		free(found);
	}
}

static bool run_afl(struct afl *afl)
{
	static const char *const environment[] = {
		"AFL_NO_AFFINITY=1", "AFL_SKIP_CPUFREQ=1", "AFL_NO_UI=1", "AFL_AUTORESUME=1",
		"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1", "AFL_ALLOW_TMP=1",
		"AFL_FAST_CAL=1", NULL,
	};
	char seconds[24];
	const char *argv[] = {
		"afl-fuzz", "-i", afl->run->corpus, "-o", afl->output, "-V", seconds, "-G", "512",
		"--", afl->run->program, NULL,
	};
	struct tool tool = {
		.argv = argv, .environment = environment, .out_file = afl->run->log,
		.err_file = afl->run->log, .append = true, .tick = note_tick, .context = afl,
		.timeout_seconds = afl->run->seconds + END_GRACE_SECONDS, .grace_seconds = 3,
	};
	struct tool_result result;
	bool ok;

	snprintf(seconds, sizeof(seconds), "%u", afl->run->seconds);
	unlink(afl->stats); /* an earlier run's */
	ok = tool_run(&tool, &result);
	read_stats(afl);
	progress_clear();
	afl->run->elapsed = result.seconds;
	afl->run->execs_per_second = (uint64_t)((double)afl->run->nr_execs / result.seconds);
	if (ok || result.interrupted)
		return true;
	tool_tell(&tool, &result);
	fprintf(stderr, "  its words: %s\n", afl->run->log);
	return false;
}

bool fuzz_run_afl(struct fuzz_run *run)
{
	struct afl afl = {
		.run = run, .output = cmd_path("build/fuzz-corpus/%s-afl", run->target),
	};
	bool ok;

	afl.stats = below(&afl, "fuzzer_stats");
	ok = run_afl(&afl);
	collect(&afl);
	free(afl.stats);
	free(afl.output);
	return ok;
}
