/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_hunt.c - an engine on the mutated core, from nothing to the first find.
 *
 *	build/zoo/DEFECT/corpus/	what grows; empty to begin with (AFL++ wants one file: a byte)
 *	build/zoo/DEFECT/log, crash-*	what the engine says and finds
 */
#include "zoo.h"
#include "cmd.h"
#include "tools.h"

#include <stdlib.h>
#include <string.h>

enum { GRACE_SECONDS = 20 };

struct place {
	char *folder, *corpus, *log, *program, *defect;
};

static void place_free(struct place *place)
{
	free(place->folder);
	free(place->corpus);
	free(place->log);
	free(place->program);
	free(place->defect);
}

/* A fresh folder: nothing of an earlier hunt may help. */
static bool place_make(const struct zoo_hunt *hunt, struct place *place)
{
	bool afl = !strcmp(hunt->engine, "afl"), ok;
	struct tool_result result;

	place->folder = cmd_path("build/zoo/%s", hunt->defect);
	place->corpus = cmd_path("build/zoo/%s/corpus", hunt->defect);
	place->log = cmd_path("build/zoo/%s/log", hunt->defect);
	place->program = cmd_path("build/%s/fuzz/zoo/zoo_%s", afl ? "afl" : "fuzz", hunt->target);
	if (asprintf(&place->defect, "LAB_DEFECT=%s", hunt->defect) < 0)
		abort();
	ok = tool_run(&(struct tool){ .argv = (const char *const[]){ "rm", "-rf", "--",
								       place->folder, NULL } },
		      &result) &&
	     cmd_make_folders(place->corpus);
	if (ok && afl) {
		char *first = cmd_path("build/zoo/%s/corpus/first", hunt->defect);

		ok = cmd_write_file(first, "0", 1);
		free(first);
	}
	return ok;
}

static void note_execs(void *context, const char *line, size_t bytes)
{
	static const char mark[] = "stat::number_of_executed_units: ";
	struct zoo_hunt *hunt = context;

	if (!strncmp(line, mark, sizeof(mark) - 1))
		hunt->nr_execs = strtoull(line + sizeof(mark) - 1, NULL, 10);
}

static bool hunt_libfuzzer(struct zoo_hunt *hunt, const struct place *place)
{
	char seed[32], seconds[48], prefix[600];
	const char *environment[] = {
		place->defect,
		"ASAN_OPTIONS=quarantine_size_mb=10:malloc_context_size=0:detect_leaks=0", NULL
	};
	const char *argv[] = { place->program, seed, seconds, prefix, "-timeout=5", "-max_len=512",
			       "-print_final_stats=1", place->corpus, NULL };
	struct tool tool = {
		.argv = argv, .environment = environment, .err_file = place->log,
		.err_line = note_execs, .context = hunt,
		.timeout_seconds = hunt->seconds + GRACE_SECONDS, .grace_seconds = 2,
	};
	struct tool_result result;
	bool ok;

	snprintf(seed, sizeof(seed), "-seed=%u", hunt->seed);
	snprintf(seconds, sizeof(seconds), "-max_total_time=%u", hunt->seconds);
	snprintf(prefix, sizeof(prefix), "-artifact_prefix=%s/", place->folder);
	ok = tool_run(&tool, &result);
	hunt->elapsed = result.seconds;
	hunt->interrupted = result.interrupted;
	hunt->found = !ok && !result.interrupted && result.spawn_errno == 0;
	if (result.spawn_errno)
		tool_tell(&tool, &result);
	return result.spawn_errno == 0;
}

/* What afl-fuzz keeps of itself: execs_done, saved_crashes, saved_hangs. */
static void read_stats(struct zoo_hunt *hunt, const struct place *place)
{
	char *path = cmd_path("build/zoo/%s/afl/default/fuzzer_stats", hunt->defect);
	FILE *file = fopen(path, "re");
	char line[256], name[64];
	double value;

	free(path);
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[a-z_] : %lf", name, &value) != 2)
			continue;
		if (!strcmp(name, "execs_done"))
			hunt->nr_execs = (uint64_t)value;
		else if (!strcmp(name, "saved_crashes") || !strcmp(name, "saved_hangs"))
			hunt->found |= value > 0;
	}
	if (file)
		fclose(file);
}

static bool hunt_afl(struct zoo_hunt *hunt, const struct place *place)
{
	char seed[24], seconds[24], *output = cmd_path("build/zoo/%s/afl", hunt->defect);
	const char *environment[] = {
		place->defect, "AFL_BENCH_UNTIL_CRASH=1", "AFL_NO_AFFINITY=1",
		"AFL_SKIP_CPUFREQ=1", "AFL_NO_UI=1", "AFL_FAST_CAL=1", "AFL_CRASHING_SEEDS_AS_NEW_CRASH=1",
		"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1", NULL,
	};
	const char *argv[] = { "afl-fuzz", "-i", place->corpus, "-o", output, "-s", seed, "-V",
			       seconds, "-G", "512", "--", place->program, NULL };
	struct tool tool = {
		.argv = argv, .environment = environment, .out_file = place->log,
		.err_file = place->log, .append = true,
		.timeout_seconds = hunt->seconds + GRACE_SECONDS, .grace_seconds = 2,
	};
	struct tool_result result;

	snprintf(seed, sizeof(seed), "%u", hunt->seed);
	snprintf(seconds, sizeof(seconds), "%u", hunt->seconds);
	tool_run(&tool, &result);
	hunt->elapsed = result.seconds;
	hunt->interrupted = result.interrupted;
	read_stats(hunt, place);
	if (result.spawn_errno)
		tool_tell(&tool, &result);
	free(output);
	return result.spawn_errno == 0;
}

bool zoo_hunt_run(struct zoo_hunt *hunt)
{
	struct place place = { 0 };
	bool ok;

	hunt->found = hunt->interrupted = false;
	hunt->nr_execs = 0;
	ok = place_make(hunt, &place) && (!strcmp(hunt->engine, "afl") ? hunt_afl(hunt, &place) :
									   hunt_libfuzzer(hunt, &place));
	place_free(&place);
	return ok;
}
