/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_fuzz.c - builds a fuzz target on demand, fuzzes for a while, and tells what was found with the
 * command that shows it again.
 */
#include "cmd.h"
#include "flavours.h"
#include "fuzz_engine.h"
#include "progress.h"
#include "tools.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_SECONDS = 60, MAX_TOLD = 10, MAX_FILE_BYTES = 1 << 20 };

struct engine {
	const char *name, *flavour;
	bool (*run)(struct fuzz_run *run);
};

static const struct engine engines[] = {
	{ "libfuzzer", "fuzz", fuzz_run_libfuzzer },
	{ "afl", "afl", fuzz_run_afl },
};
enum { NR_ENGINES = sizeof(engines) / sizeof(engines[0]) };

struct job {
	const char *target, *engine, *json;
	uint64_t seconds, minutes, nr_jobs;
	json_t *runs, *crashes;
	unsigned nr_crashes;
};

void fuzz_run_show(struct fuzz_run *run, double elapsed)
{
	double last = 0;
	size_t nr = json_array_size(run->series);

	run->elapsed = elapsed;
	progress_show("fuzz %s %s %3.0f/%u s  %llu exec/s  %llu edges  corpus %llu  crashes %llu",
		      run->target, run->engine, elapsed, run->seconds,
		      (unsigned long long)run->execs_per_second,
		      (unsigned long long)run->nr_edges, (unsigned long long)run->nr_corpus,
		      (unsigned long long)run->nr_crashes);
	if (nr)
		last = json_real_value(json_array_get(json_array_get(run->series, nr - 1), 0));
	if (run->nr_execs && (!nr || elapsed - last >= 1))
		json_array_append_new(run->series,
				      json_pack("[f, I, I, I]", elapsed,
						(json_int_t)run->nr_execs,
						(json_int_t)run->nr_edges,
						(json_int_t)run->nr_corpus));
}

/* --- files ----------------------------------------------------------------------------------- */

static bool copy_file(const char *from, const char *to)
{
	FILE *in = access(to, F_OK) ? fopen(from, "rbe") : NULL;
	char *bytes = malloc(MAX_FILE_BYTES);
	size_t nr = in && bytes ? fread(bytes, 1, MAX_FILE_BYTES, in) : 0;
	bool ok = nr > 0 && cmd_write_file(to, bytes, nr);

	if (in)
		fclose(in);
	free(bytes);
	return ok;
}

static bool is_input(const char *name)
{
	size_t nr = strlen(name);

	return name[0] != '.' && (nr < 3 || strcmp(name + nr - 3, ".md")) &&
	       strcmp(name, "README.txt") != 0;
}

unsigned fuzz_copy_files(const char *from, const char *to, const char *prefix)
{
	DIR *folder = opendir(from);
	struct dirent *entry;
	unsigned nr = 0;

	while (folder && (entry = readdir(folder)) != NULL) {
		char *source, *target;

		if (!is_input(entry->d_name) || entry->d_type == DT_DIR)
			continue;
		if (asprintf(&source, "%s/%s", from, entry->d_name) < 0 ||
		    asprintf(&target, "%s/%s%s", to, prefix, entry->d_name) < 0)
			abort();
		nr += copy_file(source, target);
		free(source);
		free(target);
	}
	if (folder)
		closedir(folder);
	return nr;
}

/* --- what was found ---------------------------------------------------------------------------- */

static void keep_words(void *context, const char *line, size_t bytes)
{
	char **words = context;
	const char *at = strstr(line, "BROKEN: ");

	if (at && !*words)
		*words = strdup(at + strlen("BROKEN: "));
	else if (!*words && (strstr(line, "ERROR: ") || strstr(line, "assertion failed")))
		*words = strdup(line);
}

/* The input's sentence, by replaying it in a process of its own: it may crash. */
static char *ask_words(const char *replay, const char *file)
{
	const char *argv[] = { replay, file, NULL };
	static const char *const environment[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };
	char *words = NULL;
	struct tool tool = {
		.argv = argv, .environment = environment, .out_line = keep_words,
		.err_line = keep_words, .context = &words, .timeout_seconds = 20,
	};
	struct tool_result result;
	char ended[160];

	if (tool_run(&tool, &result) && !words)
		return strdup("it does not break when replayed");
	tool_words(&result, ended, sizeof(ended));
	return words ? words : strdup(ended);
}

static void note_crash(struct job *job, const char *name, const char *file)
{
	char *replay = cmd_path("build/fuzz/fuzz/%s_replay", job->target);
	char *words, command[512];

	snprintf(command, sizeof(command),
		 "build/fuzz/fuzz/%s_replay --text reports/out/crashes/%s", job->target, name);
	words = job->nr_crashes++ < MAX_TOLD ? ask_words(replay, file) : strdup("not replayed");
	json_array_append_new(job->crashes,
			      json_pack("{s:s+, s:s, s:s}", "file", "reports/out/crashes/", name,
					"words", words, "reproduce", command));
	free(words);
	free(replay);
}

/* Files of this target that are not older than the run. */
static void collect_crashes(struct job *job, const struct fuzz_run *run)
{
	DIR *folder = opendir(run->crashes);
	size_t nr = strlen(job->target);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		struct stat about;
		char *file;

		if (strncmp(entry->d_name, job->target, nr) || entry->d_name[nr] != '-')
			continue;
		if (asprintf(&file, "%s/%s", run->crashes, entry->d_name) < 0)
			abort();
		if (!stat(file, &about) && about.st_mtime >= run->started)
			note_crash(job, entry->d_name, file);
		free(file);
	}
	if (folder)
		closedir(folder);
}

/* --- a run ---------------------------------------------------------------------------------- */

static bool prepare(const struct job *job, const struct engine *engine)
{
	char *program, *replay;
	const char *targets[2] = { NULL, NULL }, *replays[2] = { NULL, NULL };
	bool ok;

	if (asprintf(&program, "fuzz/%s", job->target) < 0 ||
	    asprintf(&replay, "fuzz/%s_replay", job->target) < 0)
		abort();
	targets[0] = program;
	replays[0] = replay;
	ok = flavour_build(engine->flavour, targets, NULL) &&
	     flavour_build("fuzz", replays, NULL); /* what was found is replayed with ASan */
	free(program);
	free(replay);
	return ok;
}

static void tell_run(struct job *job, const struct fuzz_run *run)
{
	progress_say("fuzz %s with %s: %.0f s, %llu executions, %llu exec/s, %llu edges, corpus %llu",
		     run->target, run->engine, run->elapsed, (unsigned long long)run->nr_execs,
		     (unsigned long long)run->execs_per_second,
		     (unsigned long long)run->nr_edges, (unsigned long long)run->nr_corpus);
	json_array_append_new(
		job->runs,
		json_pack("{s:s, s:f, s:I, s:I, s:I, s:I, s:O}", "engine", run->engine, "seconds",
			  run->elapsed, "executions", (json_int_t)run->nr_execs,
			  "executions_per_second", (json_int_t)run->execs_per_second, "edges",
			  (json_int_t)run->nr_edges, "corpus", (json_int_t)run->nr_corpus,
			  "series", run->series));
}

static bool run_engine(struct job *job, const struct engine *engine, unsigned seconds)
{
	struct fuzz_run run = {
		.target = job->target, .engine = engine->name, .seconds = seconds,
		.nr_jobs = (unsigned)job->nr_jobs, .series = json_array(),
		.seeds = cmd_path("corpus/%s", job->target),
		.corpus = cmd_path("build/fuzz-corpus/%s", job->target),
		.crashes = cmd_path("reports/out/crashes"),
		.log = cmd_path("build/fuzz-corpus/%s.%s.log", job->target, engine->name),
		.program = cmd_path("build/%s/fuzz/%s", engine->flavour, job->target),
	};
	bool ok = prepare(job, engine) && cmd_make_folders(run.corpus) &&
		  cmd_make_folders(run.crashes);

	if (ok) {
		fuzz_copy_files(run.seeds, run.corpus, "seed-");
		run.started = time(NULL);
		ok = engine->run(&run);
		collect_crashes(job, &run);
		if (ok)
			tell_run(job, &run);
	}
	json_decref(run.series);
	free(run.seeds);
	free(run.corpus);
	free(run.crashes);
	free(run.log);
	free(run.program);
	return ok;
}

static json_t *to_json(const struct job *job)
{
	json_t *run = json_array_get(job->runs, 0), *all = json_object(), *value;
	const char *key;

	json_object_set_new(all, "target", json_string(job->target));
	json_object_foreach(run, key, value) {
		if (!json_is_array(value))
			json_object_set(all, key, value);
	}
	json_object_set_new(all, "nr_crashes", json_integer(job->nr_crashes));
	json_object_set(all, "crashes", job->crashes);
	json_object_set(all, "runs", job->runs);
	return all;
}

static int report(const struct job *job, bool ok)
{
	FILE *to = job->json && !strcmp(job->json, "-") ? stderr : stdout;
	json_t *crash, *all;
	size_t i;
	char *text;

	json_array_foreach(job->crashes, i, crash) {
		if (i == MAX_TOLD) {
			fprintf(to, "and %u more in reports/out/crashes\n",
				job->nr_crashes - MAX_TOLD);
			break;
		}
		fprintf(to, "%s: %s\n    shown again by: %s\n",
			json_string_value(json_object_get(crash, "file")),
			json_string_value(json_object_get(crash, "words")),
			json_string_value(json_object_get(crash, "reproduce")));
	}
	fprintf(to, "%s: %u inputs that break something\n", job->target, job->nr_crashes);
	if (!job->json)
		return ok && !job->nr_crashes ? CMD_OK : CMD_FOUND;
	all = to_json(job);
	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	ok = cmd_write_file(job->json, text, strlen(text)) && ok;
	free(text);
	return ok && !job->nr_crashes ? CMD_OK : CMD_FOUND;
}

static bool target_exists(const char *target)
{
	char *source = strchr(target, '/') ? NULL : cmd_path("fuzz/%s.c", target);
	bool exists = source && !strncmp(target, "fuzz_", 5) && !access(source, R_OK);

	free(source);
	return exists;
}

static int check_words(struct job *job, int nr_words, char **argv)
{
	bool known = !strcmp(job->engine, "both");

	for (int i = 0; i < NR_ENGINES; i++)
		known |= !strcmp(job->engine, engines[i].name);
	if (nr_words > 1)
		return cmd_usage(&cmd_fuzz, "one TARGET was expected, not %d", nr_words);
	if (nr_words == 1)
		job->target = argv[1];
	if (!target_exists(job->target))
		return cmd_usage(&cmd_fuzz, "no target '%s' (fuzz_alloc is one)", job->target);
	if (!known)
		return cmd_usage(&cmd_fuzz, "--engine takes libfuzzer, afl or both, not '%s'",
				 job->engine);
	if (job->minutes)
		job->seconds = job->minutes * 60;
	return CMD_OK;
}

static int run(int argc, char **argv)
{
	struct job job = {
		.target = "fuzz_alloc", .engine = "libfuzzer", .seconds = DEFAULT_SECONDS,
		.nr_jobs = 1,
	};
	const struct cmd_option options[] = {
		{ "time", CMD_NUMBER, &job.seconds, 1, 1000000, NULL },
		{ "minutes", CMD_NUMBER, &job.minutes, 1, 100000, NULL },
		{ "jobs", CMD_NUMBER, &job.nr_jobs, 1, 256, NULL },
		{ "engine", CMD_TEXT, &job.engine, 0, 0, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &job.json, 0, 0, NULL },
	};
	int nr_words, status = cmd_parse(&cmd_fuzz, argc, argv, options, 5, &nr_words);
	bool both, ok = true;

	if (status == CMD_OK)
		status = check_words(&job, nr_words, argv);
	if (status != CMD_OK)
		return status;
	both = !strcmp(job.engine, "both");
	job.runs = json_array();
	job.crashes = json_array();
	for (int i = 0; i < NR_ENGINES && ok && !tool_interrupted(); i++) {
		if (both || !strcmp(job.engine, engines[i].name))
			ok = run_engine(&job, &engines[i], (unsigned)(job.seconds >> both) + !job.seconds);
	}
	status = report(&job, ok);
	json_decref(job.runs);
	json_decref(job.crashes);
	return status;
}

const struct cmd cmd_fuzz = {
	.name = "fuzz",
	.summary = "fuzz a target; crashes are kept and named with the command that shows them again",
	.help = "usage: lab fuzz [TARGET] [--time SECONDS | --minutes N] [--jobs N]\n"
		"                [--engine libfuzzer|afl|both] [--json [FILE]]\n"
		"\n"
		"Builds TARGET (default fuzz_alloc: the allocator on the simulated platform with\n"
		"model and walker) for the engine and fuzzes it.\n"
		"\n"
		"  --time SECONDS  how long (default 60); --minutes N likewise\n"
		"  --jobs N        processes of libFuzzer (default 1)\n"
		"  --engine E      libfuzzer (with ASan), afl, or half of the time each\n"
		"  --json [FILE]   the numbers, their series and the crashes\n"
		"\n"
		"Seeds: corpus/TARGET. What grows: build/fuzz-corpus/TARGET. Inputs that break\n"
		"something: reports/out/crashes. Exit status 1 when there are any.\n",
	.run = run,
};
