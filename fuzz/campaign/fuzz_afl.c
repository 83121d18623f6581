/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_afl.c - AFL++ in persistent mode: one main, the others secondaries, each with another power
 * schedule. An instance's finds are in its folder:
 *
 *	TARGET.afl/NAME-main/
 *		fuzzer_stats			its numbers, at the end
 *		queue/id:000123,src:...		new ones are copied into the working corpus
 *		queue/id:000124,sync:...	from another instance, or from -F: ignored
 *		crashes/, hangs/		moved to the folder of findings
 *
 * Only a main may read a foreign corpus (-F): secondaries on other machines get it from the main.
 */
#include "harness/cli/cmd.h"
#include "fuzz/targets/fuzz.h"
#include "fuzz/campaign/fuzz_engine.h"

#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ESCAPE = '\x1b' };

static const char *const environment[] = {
	"AFL_NO_AFFINITY=1", /* the lab places jobs itself */
	"AFL_SKIP_CPUFREQ=1",
	"AFL_FORCE_UI=1", /* for its numbers: see note_line() */
	"AFL_AUTORESUME=1",
	"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1",
	"AFL_NO_CRASH_README=1",
	"AFL_FAST_CAL=1",
	"AFL_SYNC_TIME=1",
	"AFL_IMPORT_FIRST=1",
	"AFL_HANG_TMOUT=10000", /* the time-out of libFuzzer */
	NULL,
};

static char *afl_below(const struct fuzz_job *job, const char *name)
{
	return g_strdup_printf("%s/%s", job->folder, name);
}

/* --- its numbers ------------------------------------------------------------------------------ */

/* Parses the number behind a word of AFL++'s screen, after colours and blanks: "27", "27.1k",
   "1.41M". */
static bool screen_number(const char *line, const char *word, double *number)
{
	static const char suffixes[] = "kMGT";
	const char *at = strstr(line, word), *suffix;
	char *end;

	if (!at)
		return false;
	at += strlen(word) + strspn(at + strlen(word), " ");
	while (*at == ESCAPE)
		at += strcspn(at, "m") + 1;
	*number = strtod(at, &end);
	suffix = *end ? strchr(suffixes, *end) : NULL;
	for (long i = 0; suffix && i <= suffix - suffixes; i++)
		*number *= 1000;
	return end != at;
}

/* Writes the line without its colours. */
static void log_line(const struct fuzz_job *job, const char *line)
{
	FILE *file = fopen(job->log, "ae");

	if (!file)
		return;
	while (*line) {
		if (*line == ESCAPE)
			line += strcspn(line, "mHJhl");
		else
			fputc(*line, file);
		line += *line != '\0';
	}
	fputc('\n', file);
	fclose(file);
}

/*
 * AFL++ does not write its files in the first minute; its screen, forced onto a pipe, is drawn five
 * times a second:
 *
 *	x total execs : 27.1k        x total crashes : 0 (0 saved)     x
 *	x  exec speed : 7432/sec     x  total tmouts : 0 (0 saved)     x
 *
 * Frames are drawn in another character set, between shift-out and shift-in: such lines stay out of
 * the log.
 */
static void note_line(void *context, const char *line, size_t bytes)
{
	struct fuzz_job *job = context;
	struct fuzz_numbers *now = &job->now;
	const char *density = strstr(line, "map density : ");
	double n;

	if (screen_number(line, "Target map size: ", &n))
		job->map_bytes = (unsigned)n;
	if (density && screen_number(density, " / ", &n))
		now->nr_edges = (uint64_t)(n / 100 * job->map_bytes + 0.5);
	if (screen_number(line, "corpus count : ", &n))
		now->nr_corpus = (uint64_t)n;
	if (screen_number(line, "exec speed : ", &n))
		now->execs_per_second = n;
	if (screen_number(line, "total execs : ", &n)) {
		job->ready = true;
		now->nr_execs = (uint64_t)n;
	}
	if (!strpbrk(line, "\x0e\x0f") && !strstr(line, "\x1b[H"))
		log_line(job, line);
}

/* Exact, but only written each minute and at the end. */
static void read_stats(struct fuzz_job *job)
{
	char *path = afl_below(job, "fuzzer_stats"), line[256], name[64];
	FILE *file = fopen(path, "re");
	double value;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[a-z_] : %lf", name, &value) != 2)
			continue;
		if (!strcmp(name, "execs_done"))
			job->now.nr_execs = (uint64_t)value;
		else if (!strcmp(name, "edges_found"))
			job->now.nr_edges = (uint64_t)value;
		else if (!strcmp(name, "corpus_count"))
			job->now.nr_corpus = (uint64_t)value;
		else if (!strcmp(name, "corpus_imported"))
			job->now.nr_imported = (uint64_t)value;
	}
	if (file)
		fclose(file);
	free(path);
}

/* --- its command line ------------------------------------------------------------------------ */

/* A single secondary differs from the main, to be useful. */
static const char *schedule_of(const struct fuzz_job *job)
{
	static const char *const schedules[] = {"explore", "coe",  "rare", "exploit",
						"mmopt",   "fast", "lin",  "quad"};

	return schedules[job->index % (sizeof(schedules) / sizeof(schedules[0]))];
}

static void afl_prepare(struct fuzz_job *job)
{
	const struct fuzz_paths *paths = &job->slice->paths;
	const struct fuzz_fleet *fleet = &job->slice->campaign->fleet;
	bool is_main = !job->index && !fleet->secondary;

	if (is_main)
		snprintf(job->name, sizeof(job->name), "%.20s-main", fleet->name);
	else
		snprintf(job->name, sizeof(job->name), "%.20s-%u", fleet->name, job->index);
	job->folder = g_strdup_printf("%s/%s", paths->afl, job->name);
	fuzz_job_argument(job, "afl-fuzz");
	fuzz_job_argument(job, "-i");
	fuzz_job_argument(job, "%s", paths->corpus);
	fuzz_job_argument(job, "-o");
	fuzz_job_argument(job, "%s", paths->afl);
	fuzz_job_argument(job, is_main ? "-M" : "-S");
	fuzz_job_argument(job, "%s", job->name);
	fuzz_job_argument(job, "-p");
	fuzz_job_argument(job, "%s", schedule_of(job));
	fuzz_job_argument(job, "-G");
	fuzz_job_argument(job, "%u", FUZZ_MAX_BYTES);
	fuzz_job_argument(job, "-t");
	fuzz_job_argument(job, "2000");
	if (paths->dict) {
		fuzz_job_argument(job, "-x");
		fuzz_job_argument(job, "%s", paths->dict);
	}
	if (is_main) {
		fuzz_job_argument(job, "-F");
		fuzz_job_argument(job, "%s", paths->corpus);
	}
	fuzz_job_argument(job, "--");
	fuzz_job_argument(job, "%s/build/afl/fuzz/%s", cmd_root(), paths->target);
	job->process.environment = environment;
	job->process.out_line = note_line;
}

/* --- its finds ------------------------------------------------------------------------------- */

/* AFL++ creates a file, then writes it by one call: an empty file is not complete. */
static bool is_written(const char *path)
{
	struct stat about;

	return !stat(path, &about) && about.st_size > 0;
}

static bool is_own_find(const char *name, unsigned *id)
{
	return sscanf(name, "id:%u", id) == 1 && !strstr(name, ",sync:") && !strstr(name, ",orig:");
}

static void collect_queue(struct fuzz_job *job)
{
	char *queue = afl_below(job, "queue");
	char **names = folder_names(queue);
	unsigned end = job->next_id, unwritten = UINT_MAX;

	for (char **name = names; *name; name++) {
		unsigned id;
		char *path;

		if (!is_own_find(*name, &id) || id < job->next_id)
			continue;
		path = g_build_filename(queue, *name, NULL);
		if (!is_written(path))
			unwritten = id < unwritten ? id : unwritten;
		else
			fuzz_corpus_copy(job->slice->paths.corpus, "afl", path);
		end = id >= end ? id + 1 : end;
		free(path);
	}
	job->next_id = end < unwritten ? end : unwritten;
	g_strfreev(names);
	free(queue);
}

static void collect_found(struct fuzz_job *job, const char *kind, const char *prefix)
{
	char *folder = afl_below(job, kind);
	char **names = folder_names(folder);

	for (char **name = names; *name; name++) {
		char *path;

		if (!g_str_has_prefix(*name, "id:"))
			continue;
		path = g_build_filename(folder, *name, NULL);
		if (is_written(path) && fuzz_corpus_copy(job->slice->paths.found, prefix, path)) {
			unlink(path); /* so that each is replayed once */
			job->now.nr_found++;
		}
		free(path);
	}
	g_strfreev(names);
	free(folder);
}

static void afl_collect(struct fuzz_job *job)
{
	collect_queue(job);
	collect_found(job, "crashes", "crash");
	collect_found(job, "hangs", "timeout");
}

/* Finds of an earlier run are in the corpus already; its numbers are not this run's. */
static void afl_begin(struct fuzz_job *job)
{
	char *stats = afl_below(job, "fuzzer_stats");

	unlink(stats);
	free(stats);
	afl_collect(job);
}

static const char *const programs[] = {"afl-fuzz", "afl-clang-fast", "afl-clang-fast++", NULL};

const struct fuzz_engine fuzz_afl = {
	.name = "afl",
	.flavour = "afl",
	.programs = programs,
	.package = "afl++",
	.prepare = afl_prepare,
	.begin = afl_begin,
	.end = read_stats,
	.collect = afl_collect,
};
