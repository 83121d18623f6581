/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_hunt.c - an engine on the mutated core, from nothing to the first find.
 *
 * The target's dictionary is part of it, so the engine has it.
 *
 *	build/zoo/ENGINE/DEFECT-SEED/	log	the engine's output
 *		corpus/		grows; empty at first (AFL++ needs one file: a byte)
 *		found/		libFuzzer's findings; AFL++: afl/default/{crashes,hangs}/
 *
 * What an engine reached is read off the inputs that it kept, of which each has run something new:
 * the defect's branch is in what it counts. pcpu-zoo replays them where nothing was found.
 *
 * A find is a file, or a process that crashed before libFuzzer could write one. An engine that
 * fails otherwise could not be run; its log has the reason.
 */
#include "fuzz/zoo/zoo_hunts.h"
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "fuzz/campaign/fuzz_engine.h"

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GRACE_SECONDS = 20, MAX_WORDS = 20, WORD_ROOM = 640, TAIL_LINES = 5 };

struct zoo_hunt_parts {
	char *folder, *corpus, *kept, *log, *found, *hangs, *program;
	char *dict; /* part of the target; NULL: it has none */
	char words[5][WORD_ROOM];
	const char *argv[MAX_WORDS], *environment[MAX_WORDS];
	struct process process;
	bool is_afl;
};

static const char *const libfuzzer_environment[] = {FUZZ_ASAN_ENVIRONMENT, NULL};

static const char *const afl_environment[] = {
	"AFL_NO_AFFINITY=1",
	"AFL_SKIP_CPUFREQ=1",
	"AFL_NO_UI=1",
	"AFL_FAST_CAL=1",
	"AFL_ALLOW_TMP=1",
	"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1",
	NULL,
};

/* --- places -------------------------------------------------------------------------------- */

static void parts_free(struct zoo_hunt *hunt)
{
	struct zoo_hunt_parts *parts = hunt->parts;

	free(parts->folder);
	free(parts->corpus);
	free(parts->kept);
	free(parts->log);
	free(parts->found);
	free(parts->hangs);
	free(parts->program);
	free(parts->dict);
	free(parts);
	hunt->parts = NULL;
}

static void parts_make(struct zoo_hunt *hunt)
{
	struct zoo_hunt_parts *parts = g_new0(struct zoo_hunt_parts, 1);

	hunt->parts = parts;
	parts->is_afl = !strcmp(hunt->engine, "afl");
	parts->folder = cmd_path("build/zoo/%s/%s-%u", hunt->engine, hunt->defect, hunt->seed);
	parts->corpus =
		cmd_path("build/zoo/%s/%s-%u/corpus", hunt->engine, hunt->defect, hunt->seed);
	parts->kept = cmd_path("build/zoo/%s/%s-%u/%s", hunt->engine, hunt->defect, hunt->seed,
			       parts->is_afl ? "afl/default/queue" : "corpus");
	parts->log = cmd_path("build/zoo/%s/%s-%u/log", hunt->engine, hunt->defect, hunt->seed);
	parts->found = cmd_path("build/zoo/%s/%s-%u/%s", hunt->engine, hunt->defect, hunt->seed,
				parts->is_afl ? "afl/default/crashes" : "found");
	parts->hangs = cmd_path("build/zoo/%s/%s-%u/afl/default/hangs", hunt->engine, hunt->defect,
				hunt->seed);
	parts->program =
		cmd_path("build/%s/fuzz/zoo/zoo_%s", parts->is_afl ? "afl" : "fuzz", hunt->target);
	parts->dict = cmd_path("fuzz/dict/%s.dict", hunt->target);
	if (access(parts->dict, R_OK)) {
		free(parts->dict);
		parts->dict = NULL;
	}
}

static bool folder_remove(const struct zoo_hunt_parts *parts)
{
	const char *const argv[] = {"rm", "-rf", "--", parts->folder, NULL};
	struct process process = {.argv = argv, .err_file = "-"};
	struct process_result result;
	bool ok = process_run(&process, &result);

	if (!ok && !process_interrupted())
		process_explain(&process, &result);
	return ok;
}

/* A fresh folder: nothing of an earlier hunt may help, nor be in the way. False after printing a
   diagnostic. */
static bool folder_make(const struct zoo_hunt_parts *parts)
{
	bool ok = folder_remove(parts) && cmd_make_folders(parts->corpus) &&
		  (parts->is_afl || cmd_make_folders(parts->found));
	char *first;

	if (!ok || !parts->is_afl)
		return ok;
	first = g_strdup_printf("%s/first", parts->corpus);
	ok = cmd_write_file(first, "0", 1);
	free(first);
	return ok;
}

/* Is there an input among a folder's files? */
static bool holds_find(const char *path)
{
	static const char *const kinds[] = {"crash-", "timeout-", "oom-", "leak-", "id:"};
	char **names = folder_names(path);
	bool any = false;

	for (char **name = names; *name; name++)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			any |= g_str_has_prefix(*name, kinds[i]);
	g_strfreev(names);
	return any;
}

static bool has_found(const struct zoo_hunt_parts *parts)
{
	return holds_find(parts->found) || (parts->is_afl && holds_find(parts->hangs));
}

/* --- the engines --------------------------------------------------------------------------- */

static void note_execs(void *context, const char *line, size_t bytes)
{
	static const char mark[] = "stat::number_of_executed_units: ";
	struct zoo_hunt *hunt = context;

	if (!strncmp(line, mark, sizeof(mark) - 1))
		hunt->nr_execs = strtoull(line + sizeof(mark) - 1, NULL, 10);
	else if (line[0] == '#') /* "#1024 NEW ...": so many at least */
		hunt->nr_execs = strtoull(line + 1, NULL, 10);
}

/* AFL++ is stopped by us at its first find, a hang included. */
static bool note_tick(void *context, double seconds)
{
	const struct zoo_hunt *hunt = context;

	return !hunt->parts->is_afl || !has_found(hunt->parts);
}

/* AFL++ writes this when it ends: execs_done. */
static void read_stats(struct zoo_hunt *hunt)
{
	char *path = cmd_path("build/zoo/%s/%s-%u/afl/default/fuzzer_stats", hunt->engine,
			      hunt->defect, hunt->seed);
	FILE *file = fopen(path, "re");
	char line[256];
	unsigned long long n;

	free(path);
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "execs_done : %llu", &n) == 1)
			hunt->nr_execs = n;
	if (file)
		fclose(file);
}

static void put_environment(struct zoo_hunt_parts *parts, const char *defect)
{
	const char *const *more = parts->is_afl ? afl_environment : libfuzzer_environment;
	size_t nr = 0;

	snprintf(parts->words[0], WORD_ROOM, "LAB_DEFECT=%s", defect);
	parts->environment[nr++] = parts->words[0];
	for (; *more; more++)
		parts->environment[nr++] = *more;
}

static void put_libfuzzer(const struct zoo_hunt *hunt, struct zoo_hunt_parts *parts)
{
	const char *const argv[] = {
		parts->program,
		parts->words[1],
		parts->words[2],
		parts->words[3],
		"-timeout=2",
		"-rss_limit_mb=1024",
		"-max_len=512",
		"-print_final_stats=1",
		parts->corpus,
		parts->dict ? parts->words[4] : NULL,
		NULL,
	};

	snprintf(parts->words[1], WORD_ROOM, "-seed=%u", hunt->seed);
	snprintf(parts->words[2], WORD_ROOM, "-max_total_time=%u", hunt->seconds);
	snprintf(parts->words[3], WORD_ROOM, "-artifact_prefix=%s/", parts->found);
	snprintf(parts->words[4], WORD_ROOM, "-dict=%s", parts->dict ? parts->dict : "");
	memcpy(parts->argv, argv, sizeof(argv));
}

static void put_afl(const struct zoo_hunt *hunt, struct zoo_hunt_parts *parts)
{
	const char *const argv[] = {
		"afl-fuzz",	 "-i", parts->corpus,	"-o", parts->words[1], "-s",
		parts->words[2], "-V", parts->words[3], "-G", "512",
	};
	size_t nr = sizeof(argv) / sizeof(argv[0]);

	snprintf(parts->words[1], WORD_ROOM, "%s/afl", parts->folder);
	snprintf(parts->words[2], WORD_ROOM, "%u", hunt->seed);
	snprintf(parts->words[3], WORD_ROOM, "%u", hunt->seconds);
	memcpy(parts->argv, argv, sizeof(argv));
	if (parts->dict) {
		parts->argv[nr++] = "-x";
		parts->argv[nr++] = parts->dict;
	}
	parts->argv[nr++] = "--";
	parts->argv[nr++] = parts->program;
	parts->argv[nr] = NULL;
}

bool zoo_hunt_start(struct zoo_hunt *hunt)
{
	struct zoo_hunt_parts *parts;
	bool folder;

	hunt->end = ZOO_BROKEN;
	hunt->cpu_seconds = 0;
	hunt->nr_execs = 0;
	parts_make(hunt);
	parts = hunt->parts;
	put_environment(parts, hunt->defect);
	if (parts->is_afl)
		put_afl(hunt, parts);
	else
		put_libfuzzer(hunt, parts);
	parts->process = (struct process){
		.argv = parts->argv,
		.environment = parts->environment,
		.err_file = parts->log,
		.out_file = parts->is_afl ? parts->log : NULL,
		.append = true,
		.err_line = note_execs,
		.tick = note_tick,
		.context = hunt,
		.timeout_seconds = hunt->seconds + GRACE_SECONDS,
		.grace_seconds = 2,
	};
	folder = folder_make(parts);
	if (folder && process_start(&hunt->job, &parts->process))
		return true;
	if (process_interrupted())
		hunt->end = ZOO_INTERRUPTED;
	else if (folder)
		process_explain(&parts->process, &hunt->job.result);
	parts_free(hunt);
	return false;
}

/* AFL++ refuses a first input that breaks something: that is a find too, by its first execution. */
static bool first_input_breaks(const struct zoo_hunt_parts *parts)
{
	char *text = NULL;
	size_t bytes;
	bool breaks = parts->is_afl && cmd_read_file(parts->log, &text, &bytes) &&
		      strstr(text, "results in a crash");

	free(text);
	return breaks;
}

/* By the defect: libFuzzer catches these, unless it loses its own stack to them. */
static bool was_killed(const struct zoo_hunt *hunt)
{
	int signal = hunt->job.result.signal;

	return !hunt->parts->is_afl && (signal == SIGSEGV || signal == SIGBUS || signal == SIGILL);
}

static enum zoo_end hunt_evaluate(struct zoo_hunt *hunt)
{
	const struct process_result *result = &hunt->job.result;

	if (has_found(hunt->parts) || was_killed(hunt))
		return ZOO_FOUND;
	if (result->interrupted)
		return ZOO_INTERRUPTED;
	if (result->status == 0 || result->timed_out)
		return ZOO_MISSED;
	if (first_input_breaks(hunt->parts)) {
		hunt->nr_execs = 1;
		return ZOO_FOUND;
	}
	process_explain(&hunt->parts->process, result);
	flavour_print_tail(hunt->parts->log, TAIL_LINES);
	return ZOO_BROKEN;
}

/* What complains has run, and has done so otherwise than without the defect. */
static void hunt_measure(struct zoo_hunt *hunt)
{
	struct zoo_counts counts = {0};

	if (hunt->end == ZOO_MISSED && access(hunt->parts->kept, R_OK) == 0 &&
	    !zoo_reach_measure(hunt->defect, hunt->target, hunt->parts->kept, &counts))
		hunt->end = process_interrupted() ? ZOO_INTERRUPTED : ZOO_BROKEN;
	hunt->reached = hunt->end == ZOO_FOUND || counts.reached > 0;
	hunt->triggered = hunt->end == ZOO_FOUND || counts.triggered > 0;
}

void zoo_hunt_finish(struct zoo_hunt *hunt)
{
	hunt->cpu_seconds = hunt->job.result.cpu_seconds;
	if (hunt->parts->is_afl)
		read_stats(hunt);
	hunt->end = hunt_evaluate(hunt);
	hunt_measure(hunt);
	parts_free(hunt);
}
