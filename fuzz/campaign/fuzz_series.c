/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_series.c - appends lines of JSON; each is written at once, so that a killed run leaves its
   lines. */
#include "fuzz/campaign/fuzz_series.h"
#include "harness/cli/cmd.h"
#include "harness/cli/run/host_facts.h"
#include "fuzz/campaign/fuzz_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SERIES_FILE "reports/out/fuzz-series.jsonl"

struct fuzz_series {
	int file;
	bool full; /* writing has failed */
	char run[64];
};

/* Appends the line completely or not at all: a partial line would damage the next one too. */
static bool series_append(int file, const char *line, size_t bytes)
{
	off_t start = lseek(file, 0, SEEK_END);
	ssize_t nr = write(file, line, bytes);
	int error = errno;

	if (nr == (ssize_t)bytes)
		return true;
	if (nr > 0 && start >= 0 && ftruncate(file, start))
		return false;
	errno = nr < 0 ? error : ENOSPC;
	return false;
}

/* Reports the first line that cannot be written; drops the later ones. */
static bool put_line(struct fuzz_series *series, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT), *line = g_strdup_printf("%s\n", text);

	if (!series->full && !series_append(series->file, line, strlen(line))) {
		series->full = true;
		error_file(SERIES_FILE, "written", strerror(errno));
	}
	free(line);
	free(text);
	json_decref(object);
	return !series->full;
}

struct fuzz_series *fuzz_series_open(void)
{
	const int how = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
	struct fuzz_series *series = g_new0(struct fuzz_series, 1);
	char *folder = cmd_path("reports/out");
	char *path = cmd_path("%s", SERIES_FILE);

	series->file = cmd_make_folders(folder) ? open(path, how, 0666) : -1;
	snprintf(series->run, sizeof(series->run), "%lld-%d", (long long)time(NULL), (int)getpid());
	if (series->file >= 0) {
		if (!put_line(series, json_pack("{s:s, s:o}", "run", series->run, "host",
						host_describe())) &&
		    !lseek(series->file, 0, SEEK_END))
			unlink(path); /* it is empty */
	} else {
		error_file(path, "written", strerror(errno));
		free(series);
		series = NULL;
	}
	free(path);
	free(folder);
	return series;
}

void fuzz_series_add(const struct fuzz_slice *slice, unsigned engine)
{
	struct fuzz_series *series = slice->campaign->series;
	const struct fuzz_numbers *sum = &slice->sums[engine];
	const char *target = slice->total->target;
	double rate = sum->execs_per_second, each = slice->total->operations_per_exec;

	if (!series)
		return;
	put_line(series,
		 json_pack("{s:s, s:s, s:s, s:i, s:f, s:I, s:f, s:o, s:I, s:I, s:i}", "run",
			   series->run, "target", target, "engine", fuzz_engines[engine]->name,
			   "jobs", (int)slice->campaign->nr_jobs[engine], "seconds", slice->elapsed,
			   "executions", (json_int_t)sum->nr_execs, "executions_per_second", rate,
			   "operations_per_second", each > 0 ? json_real(rate * each) : json_null(),
			   "edges", (json_int_t)sum->nr_edges, "corpus",
			   (json_int_t)sum->nr_corpus, "found",
			   (int)fuzz_found_inputs(slice->campaign->found, target)));
}

void fuzz_series_close(struct fuzz_series *series)
{
	if (!series)
		return;
	close(series->file);
	free(series);
}
