/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_keep.c - stores a finished run in the history through the same code as an import, so that
 * both give the same record.
 */
#include "bench/runner/bench_keep.h"
#include "bench/runner/bench_placement.h"
#include "bench/history/bench_spread.h"
#include "harness/cli/git.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"

#include <stdlib.h>
#include <string.h>

void bench_describe(json_t *bench)
{
	json_t *context = json_object_get(bench, "context");
	char revision[GIT_ID_BYTES], placement[256];
	bool dirty;

	git_revision(revision, &dirty);
	json_object_set_new(context, "revision", json_string(revision));
	json_object_set_new(context, "dirty", json_string(dirty ? "yes" : "no"));
	bench_placement_words(json_object_get(bench, "benchmarks"), placement, sizeof(placement));
	json_object_set_new(context, "placement", json_string(placement));
}

/* times: those of this host and revision, this run's included. */
static void print_spread(struct history *history, const json_t *run, json_t *context)
{
	json_t *all = history_series(history, "real_time");
	char words[256];

	bench_spread_words(all, run, words, sizeof(words));
	json_object_set_new(context, "run_to_run", json_string(words));
	json_decref(all);
}

bool bench_keep(json_t *bench, const char *path)
{
	char *usual = path ? NULL : history_path();
	char *text = json_dumps(bench, JSON_COMPACT);
	json_t *runs = text ? history_google.parse("bench", text, strlen(text)) : NULL;
	json_t *run = json_array_get(runs, 0);
	struct history *history = run ? history_open(path ? path : usual) : NULL;
	bool ok = false;

	if (history) {
		json_object_set_new(run, "source", json_string("bench"));
		ok = history_add(history, run) > 0;
		if (ok)
			print_spread(history, run, json_object_get(bench, "context"));
	}
	history_close(history);
	json_decref(runs);
	free(text);
	free(usual);
	return ok;
}
