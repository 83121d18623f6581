/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_series.c - appends lines of JSON; each is flushed, so that a run that is killed leaves its
   lines. */
#include "fuzz_series.h"
#include "cmd.h"
#include "host.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct fuzz_series {
	FILE *file;
	char run[64];
};

static void put_line(struct fuzz_series *series, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text)
		fprintf(series->file, "%s\n", text);
	fflush(series->file);
	free(text);
	json_decref(object);
}

struct fuzz_series *fuzz_series_open(void)
{
	struct fuzz_series *series = calloc(1, sizeof(*series));
	char *folder = cmd_path("reports/out");
	char *path = cmd_path("reports/out/fuzz-series.jsonl");

	if (!series)
		abort();
	series->file = cmd_make_folders(folder) ? fopen(path, "ae") : NULL;
	snprintf(series->run, sizeof(series->run), "%lld-%d", (long long)time(NULL), (int)getpid());
	if (series->file) {
		put_line(series,
			 json_pack("{s:s, s:o}", "run", series->run, "host", host_describe()));
	} else {
		cmd_cannot(path, "written", strerror(errno));
		free(series);
		series = NULL;
	}
	free(path);
	free(folder);
	return series;
}

void fuzz_series_add(struct fuzz_series *series, const struct fuzz_point *point)
{
	double rate = point->sum.execs_per_second;
	json_t *operations = point->operations_per_exec > 0 ?
				     json_real(rate * point->operations_per_exec) :
				     json_null();

	if (!series)
		return;
	put_line(series,
		 json_pack("{s:s, s:s, s:s, s:i, s:f, s:I, s:f, s:o, s:I, s:I, s:i}", "run",
			   series->run, "target", point->target, "engine", point->engine, "jobs",
			   (int)point->nr_jobs, "seconds", point->seconds, "executions",
			   (json_int_t)point->sum.nr_execs, "executions_per_second", rate,
			   "operations_per_second", operations, "edges",
			   (json_int_t)point->sum.nr_edges, "corpus",
			   (json_int_t)point->sum.nr_corpus, "found", (int)point->nr_found));
}

void fuzz_series_close(struct fuzz_series *series)
{
	if (!series)
		return;
	fclose(series->file);
	free(series);
}
