/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_run.c - the main job: from this machine to a finished report.
 *
 *	build > describe > replay > fuzz > bench > boot > report
 *
 * R1  Each step's results are in reports/out when it ends; an interrupt keeps what is finished.
 * R2  A step that fails does not stop the next ones: all errors are listed at the end.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "harness/cli/run/host_facts.h"
#include "harness/cli/run/junit.h"
#include "harness/cli/progress.h"
#include "harness/cli/run/run_step.h"
#include "harness/cli/process.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_STEPS = 64, DEFAULT_MINUTES = 5, QUICK_FUZZ_SECONDS = 20, OUTPUT_LINES = 5 };
enum { MAX_FUZZ_JOBS = 8 };
enum { ALL_BOOTS_MINUTES = 10 };  /* all machines together take one minute of them */
/* The trace that the page plays, and whose objects share cache sets: the one of corpus/ with the
   most different requests. */
#define MAPPED_TRACE "corpus/traces/netns.trace.xz"
enum { FULL_BENCH_MINUTES = 40 }; /* all benchmarks with all rivals take half of it */

struct job {
	bool quick;
	const char *junit; /* file of results for CI servers, or NULL */
	uint64_t minutes;
	char fuzz_seconds[24], fuzz_jobs[24];
	struct run_step steps[MAX_STEPS];
	unsigned nr_steps, nr_failed;
	double started;
	json_t *results, *host;
};

/* Words end with NULL; has_json: the subcommand takes --json. */
static struct run_step *add_step(struct job *job, const char *stage, const char *name,
				 bool has_json, const char *const words[])
{
	struct run_step *step = &job->steps[job->nr_steps++];

	if (job->nr_steps > MAX_STEPS)
		abort();
	*step = (struct run_step){.stage = stage, .name = name, .has_json = has_json};
	for (unsigned i = 0; words[i]; i++)
		step->words[i] = words[i];
	return step;
}
#define ADD_STEP(job, stage, name, has_json, ...)                                                  \
	add_step(job, stage, name, has_json, (const char *const[]){__VA_ARGS__, NULL})

/* corpus/traces/NAME.trace.xz becomes the step replay-NAME. The names are never freed. */
static void add_replay(struct job *job, const char *file)
{
	size_t bytes = strcspn(file, ".");
	char *path, *name;

	if (strcmp(file + bytes, ".trace.xz"))
		return;
	path = g_strdup_printf("corpus/traces/%s", file);
	name = g_strdup_printf("replay-%.*s", (int)bytes, file);
	if (job->quick)
		ADD_STEP(job, "replay", name, true, "replay", path, "--engine", "all");
	else
		ADD_STEP(job, "replay", name, true, "replay", path, "--engine", "all", "--check");
}

static void add_replays(struct job *job)
{
	char *folder = cmd_path("corpus/traces");
	char **names = folder_names(folder);

	for (char **name = names; *name; name++)
		add_replay(job, *name);
	g_strfreev(names);
	free(folder);
}

/* Sizes of all the traces that are replayed. */
static void add_sizes(struct job *job)
{
	struct run_step *step = ADD_STEP(job, "replay", "sizes", true, "sizes");
	unsigned nr_words = 1;

	for (unsigned i = 0; i < job->nr_steps; i++)
		if (!strncmp(job->steps[i].name, "replay-", 7) && nr_words + 1 < RUN_MAX_WORDS)
			step->words[nr_words++] = job->steps[i].words[1];
}

/* The fuzzer gets half of the time, all targets in turn; the other steps take as long as they
   need. */
static void cmd_run_plan(struct job *job)
{
	uint64_t seconds = job->quick ? QUICK_FUZZ_SECONDS : job->minutes * 60 / 2;
	long nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);

	snprintf(job->fuzz_jobs, sizeof(job->fuzz_jobs), "%ld",
		 nr_cpus < 1		 ? 1 :
		 nr_cpus > MAX_FUZZ_JOBS ? MAX_FUZZ_JOBS :
					   nr_cpus);
	snprintf(job->fuzz_seconds, sizeof(job->fuzz_seconds), "%llu", (unsigned long long)seconds);
	ADD_STEP(job, "describe", "layout", true, "layout", "live", "--variants");
	ADD_STEP(job, "describe", "topology", false, "layout", "live", "--print");
	add_replays(job);
	ADD_STEP(job, "replay", "map", true, "map", MAPPED_TRACE);
	add_sizes(job);
	ADD_STEP(job, "replay", "doctor", true, "doctor", MAPPED_TRACE, "--topology",
		 "synthetic:pu:64");
	ADD_STEP(job, "fuzz", "fuzz", true, "fuzz", "all", "--time", job->fuzz_seconds, "--jobs",
		 job->fuzz_jobs);
	if (job->quick || job->minutes < FULL_BENCH_MINUTES)
		ADD_STEP(job, "bench", "bench", true, "bench", "--quick");
	else
		ADD_STEP(job, "bench", "bench", true, "bench");
	if (job->quick || job->minutes < ALL_BOOTS_MINUTES)
		ADD_STEP(job, "boot", "boot", true, "boot", "--machine", "quick");
	else
		ADD_STEP(job, "boot", "boot", true, "boot", "--machine", "all");
	ADD_STEP(job, "boot", "boot-defects", true, "boot", "--defects");
	ADD_STEP(job, "report", "report", false, "report");
}

/* Returns whether a run produces NAME (the file's name without its suffix). */
static bool is_of_run(const struct job *job, const char *name)
{
	bool is = !strcmp(name, "run") || !strcmp(name, "index") || !strcmp(name, "crashes") ||
		  !strncmp(name, "replay-", 7);

	for (unsigned i = 0; i < job->nr_steps && !is; i++)
		is = !strcmp(name, job->steps[i].name);
	return is;
}

static bool is_result(const struct job *job, const char *file)
{
	static const char *const suffixes[] = {".json", ".txt", ".log", ".html"};
	const char *suffix = strrchr(file, '.');
	char name[NAME_MAX + 1];

	for (size_t i = 0; suffix && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%.*s", (int)(suffix - file), file);
		if (!strcmp(suffix, suffixes[i]) && is_of_run(job, name))
			return true;
	}
	return false;
}

/*
 * Removes results of an older run, so that they are not taken for this one's. Files of other
 * commands stay: searching the zoo takes hours.
 */
static bool clear_results(const struct job *job)
{
	char *folder = cmd_path("reports/out");
	bool ok = cmd_make_folders(folder);
	char **names = folder_names(folder);

	for (char **name = names; ok && *name; name++) {
		char *file = g_build_filename(folder, *name, NULL);

		if (is_result(job, *name))
			unlink(file);
		free(file);
	}
	g_strfreev(names);
	free(folder);
	return ok;
}

/* Writes reports/out/run.json: the steps so far. */
static void run_save(const struct job *job, bool finished)
{
	char *path = cmd_path("reports/out/run.json");
	json_t *run = json_pack("{s:O, s:b, s:b, s:i, s:f, s:O}", "host", job->host, "finished",
				finished, "quick", job->quick, "minutes", (int)job->minutes,
				"seconds", clock_seconds() - job->started, "steps", job->results);

	json_write_file(path, run, JSON_INDENT(1));
	json_decref(run);
	free(path);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void print_step(const json_t *result)
{
	bool ok = json_is_true(json_object_get(result, "ok"));

	progress_say("%-9s %-14s %6.1f s  %s", text_of(result, "stage"), text_of(result, "name"),
		     json_number_value(json_object_get(result, "seconds")),
		     ok ? "ok" : text_of(result, "ended"));
}

static void run_steps(struct job *job)
{
	for (unsigned i = 0; i < job->nr_steps && !process_interrupted(); i++) {
		json_t *result;

		run_save(job, i + 1 == job->nr_steps);
		result = run_step(&job->steps[i], i + 1, job->nr_steps, job->started,
				  job->nr_failed);
		print_step(result);
		job->nr_failed += !json_is_true(json_object_get(result, "ok")) &&
				  !json_is_true(json_object_get(result, "interrupted"));
		json_array_append_new(job->results, result);
	}
	run_save(job, !process_interrupted());
}

/* Prints the values of the keys "words" and "reproduce" in a step's results, at any depth. */
static void print_reproducers(const json_t *value)
{
	const json_t *item;
	const char *key;
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item) print_reproducers(item);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		if (json_is_string(item) && (!strcmp(key, "reproduce") || !strcmp(key, "words")))
			printf("      %s: %s\n", !strcmp(key, "words") ? "found" : key,
			       json_string_value(item));
		else
			print_reproducers(item);
	}
}

static void print_failure(const json_t *result)
{
	const json_t *output = json_object_get(result, "said");
	size_t nr = json_array_size(output);
	char *path = cmd_path("reports/out/%s.json", text_of(result, "name"));
	json_t *own = json_load_file(path, 0, NULL);

	for (size_t i = nr > OUTPUT_LINES ? nr - OUTPUT_LINES : 0; i < nr; i++)
		printf("      | %s\n", json_string_value(json_array_get(output, i)));
	if (own)
		print_reproducers(own);
	printf("      again: %s\n      log:   %s\n", text_of(result, "again"),
	       text_of(result, "log"));
	json_decref(own);
	free(path);
}

static int run_summarise(const struct job *job)
{
	json_t *result;
	size_t i, nr_cut = 0;
	char *page = cmd_path("reports/out/index.html");

	json_array_foreach(job->results, i, result)
	{
		bool ok = json_is_true(json_object_get(result, "ok"));
		bool cut = json_is_true(json_object_get(result, "interrupted"));

		nr_cut += cut;
		printf("%-6s %-9s %-14s %6.1f s%s%s\n",
		       ok  ? "ok" :
		       cut ? "cut" :
			     "FAILED",
		       text_of(result, "stage"), text_of(result, "name"),
		       json_number_value(json_object_get(result, "seconds")), ok ? "" : "  ",
		       ok ? "" : text_of(result, "ended"));
		if (!ok && !cut)
			print_failure(result);
	}
	if (process_interrupted())
		printf("interrupted: %zu of %u steps finished; what they found is in reports/out\n"
		       "(`./lab report` makes a page of it)\n",
		       json_array_size(job->results) - nr_cut, job->nr_steps);
	else
		printf("%u of %u steps failed, %.0f s\nreport: %s\n", job->nr_failed, job->nr_steps,
		       clock_seconds() - job->started, access(page, R_OK) ? "none" : page);
	free(page);
	return job->nr_failed || process_interrupted() ? CMD_FOUND : CMD_OK;
}

/* Builds first what fuzz and bench would build, so that their times do not include builds. */
static bool run_build(void)
{
	static const char *const release[] = {"bench/pcpu-bench", NULL};
	static const char *const images[] = {"images", NULL};
	static const char *const fuzz[] = {"fuzz-programs", NULL};
	double started = clock_seconds();

	if (!flavour_build_own(images) || !flavour_build("fuzz", fuzz, NULL) ||
	    !flavour_build("release", release, NULL))
		return false;
	progress_say("%-9s %-14s %6.1f s  ok", "build", "fuzz, release", clock_seconds() - started);
	return true;
}

/* False after a diagnostic. */
static bool write_junit(const struct job *job)
{
	json_t *suites = job->junit ? junit_of_steps(job->results) : NULL;
	bool ok = !suites || junit_write_file(job->junit, suites);

	json_decref(suites);
	return ok;
}

static int cmd_run_run(int argc, char **argv)
{
	static struct job job;
	bool minutes_given = false;
	const struct cmd_option options[] = {
		{"quick", CMD_FLAG, &job.quick, 0, 0, NULL},
		{"minutes", CMD_NUMBER, &job.minutes, 1, 24 * 60, &minutes_given},
		{"junit", CMD_TEXT, &job.junit, 0, 0, NULL},
	};
	int nr_words, status;

	job.minutes = DEFAULT_MINUTES;
	status = cmd_parse(&cmd_run, argc, argv, options, 3, &nr_words);
	if (status != CMD_OK)
		return status;
	if (nr_words)
		return cmd_usage(&cmd_run, "no word was expected, not '%s'", argv[1]);
	if (job.quick && minutes_given)
		return cmd_usage(&cmd_run, "only one of --quick and --minutes was expected");
	if (!cmd_can_write(job.junit) || !cmd_claim(&cmd_run, NULL))
		return CMD_USAGE;
	cmd_run_plan(&job);
	if (!run_build())
		return flavour_failed();
	if (!clear_results(&job))
		return CMD_USAGE;
	job.started = clock_seconds();
	job.host = host_describe();
	job.results = json_array();
	run_steps(&job);
	status = run_summarise(&job);
	if (!write_junit(&job))
		status = CMD_USAGE;
	json_decref(job.results);
	json_decref(job.host);
	return status;
}

const struct cmd cmd_run = {
	.name = "run",
	.run = cmd_run_run,
};
