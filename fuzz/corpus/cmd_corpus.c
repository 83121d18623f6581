/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_corpus.c - lists, checks and minimises the committed corpus.
 *
 *	check		input <-> reason, at most 1024 bytes, corpus/ below 2 MiB
 *	minimise	corpus_minimise.c
 */
#include "harness/cli/cmd.h"
#include "fuzz/corpus/corpus_files.h"
#include "fuzz/corpus/corpus_minimise.h"
#include "fuzz/corpus/corpus_readme.h"
#include "fuzz/targets/fuzz.h"
#include "harness/cli/flavours.h"
#include "harness/cli/process.h"

#include <dirent.h>
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct job {
	const char *target, *further; /* NULL: all; none */
	bool minimise, check;
	unsigned nr_wrong;
};

/* --- the check -------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3)))
corpus_wrong(struct job *job, const char *format, ...)
{
	va_list words;

	job->nr_wrong++;
	va_start(words, format);
	vfprintf(stderr, format, words);
	va_end(words);
	fputc('\n', stderr);
}

static void read_readme(struct corpus_readme *readme, const char *target)
{
	char *path = cmd_path("corpus/%s/README.md", target), *text = NULL;
	size_t bytes;

	if (access(path, F_OK) || !cmd_read_file(path, &text, &bytes))
		text = g_strdup("");
	corpus_readme_parse(readme, text);
	free(path);
}

static off_t check_input(struct job *job, const char *target, const char *name,
			 const struct corpus_readme *readme)
{
	char *path = cmd_path("corpus/%s/%s", target, name);
	const char *reason = corpus_readme_reason(readme, name);
	struct stat about = {0};

	if (stat(path, &about) || about.st_size > FUZZ_MAX_BYTES)
		corpus_wrong(job, "corpus/%s/%s: longer than %u bytes", target, name,
			     FUZZ_MAX_BYTES);
	if (!reason || !*reason)
		corpus_wrong(job, "corpus/%s/%s: no reason in README.md", target, name);
	free(path);
	return about.st_size;
}

static void check_target(struct job *job, const char *target)
{
	char *folder = cmd_path("corpus/%s", target);
	char **inputs = corpus_inputs(folder);
	struct corpus_readme readme;
	off_t bytes = 0;

	read_readme(&readme, target);
	for (char **input = inputs; *input; input++)
		bytes += check_input(job, target, *input, &readme);
	for (size_t i = 0; i < readme.nr; i++) {
		if (!g_strv_contains((const char *const *)inputs, readme.rows[i].name))
			corpus_wrong(job,
				     "corpus/%s/README.md:%u: a reason of an input that is there, "
				     "not of "
				     "%s",
				     target, readme.rows[i].line, readme.rows[i].name);
	}
	if (!*inputs)
		corpus_wrong(job, "corpus/%s: no input", target);
	if (!job->check)
		printf("%-14s %4u inputs %8lld bytes\n", target, g_strv_length(inputs),
		       (long long)bytes);
	corpus_readme_free(&readme);
	g_strfreev(inputs);
	free(folder);
}

static void check_all(struct job *job, char *const *targets)
{
	char *folder = cmd_path("corpus");
	uint64_t bytes = corpus_folder_bytes(folder);

	for (; *targets; targets++)
		if (!job->target || !strcmp(job->target, *targets))
			check_target(job, *targets);
	if (bytes >= CORPUS_MAX_BYTES)
		corpus_wrong(job, "corpus: %llu bytes, less than %llu are allowed",
			     (unsigned long long)bytes, (unsigned long long)CORPUS_MAX_BYTES);
	printf("corpus/ holds %llu KiB of at most %llu KiB; %u things are wrong\n",
	       (unsigned long long)(bytes >> 10), (unsigned long long)(CORPUS_MAX_BYTES >> 10),
	       job->nr_wrong);
	free(folder);
}

/* --- the command ------------------------------------------------------------------------------ */

/* An error in building for one target affects all. */
static int minimise_all(const struct job *job, char *const *targets)
{
	bool ok = true;

	for (; *targets && !process_interrupted(); targets++) {
		if (!job->target || !strcmp(job->target, *targets))
			ok = corpus_minimise(*targets, job->further) && ok;
		if (!ok && flavour_failed() == CMD_USAGE)
			return CMD_USAGE;
	}
	return ok ? CMD_OK : CMD_FOUND;
}

static bool is_folder(const char *path)
{
	DIR *folder = opendir(path);

	if (folder)
		closedir(folder);
	return folder;
}

static int check_words(const struct job *job, char *const *targets, int nr_words)
{
	if (nr_words > 1)
		return cmd_usage(&cmd_corpus, "one TARGET was expected, not %d", nr_words);
	if (job->target && !g_strv_contains((const char *const *)targets, job->target))
		return cmd_usage(&cmd_corpus, "no target '%s' in fuzz/targets/targets.def",
				 job->target);
	if (job->minimise && job->check)
		return cmd_usage(&cmd_corpus, "either --minimise or --check");
	if (job->further && (!job->minimise || !job->target))
		return cmd_usage(&cmd_corpus, "--add is for TARGET --minimise");
	if (job->minimise && !cmd_can_build(&cmd_corpus))
		return CMD_USAGE;
	if (job->further && !is_folder(job->further))
		return error_file(job->further, "read as a folder", strerror(errno));
	return CMD_OK;
}

static int cmd_corpus_run(int argc, char **argv)
{
	struct job job = {0};
	const struct cmd_option options[] = {
		{"minimise", CMD_FLAG, &job.minimise, 0, 0, NULL},
		{"check", CMD_FLAG, &job.check, 0, 0, NULL},
		{"add", CMD_TEXT, &job.further, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_corpus, argc, argv, options, 3, &nr_words);
	char **targets;

	if (status != CMD_OK)
		return status;
	targets = corpus_targets();
	if (!targets)
		return CMD_USAGE;
	job.target = nr_words ? argv[1] : NULL;
	status = check_words(&job, targets, nr_words);
	if (status == CMD_OK && job.minimise) {
		status = minimise_all(&job, targets);
	} else if (status == CMD_OK) {
		check_all(&job, targets);
		status = job.nr_wrong ? CMD_FOUND : CMD_OK;
	}
	g_strfreev(targets);
	return status;
}

const struct cmd cmd_corpus = {
	.name = "corpus",
	.run = cmd_corpus_run,
};
