/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_machine.c - loads each result of a folder into the document. */
#include "reports/document/document_machine.h"
#include "reports/document/document_bench.h"
#include "reports/document/document_boot.h"
#include "reports/document/document_commits.h"
#include "reports/document/document_coverage.h"
#include "reports/document/document_fuzz.h"
#include "reports/document/document_subjects.h"
#include "harness/cli/cmd.h"
#include "harness/cli/run/host_facts.h"
#include "harness/rows/history_document.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Results that are shown as they are. The document's name of NAME-MORE is NAME_MORE. */
static const char *const plain_results[] = {
	"layout",   "fuzz", "zoo",	    "matrix", "crashes",
	"forecast", "boot", "boot-defects", "sizes",  "doctor",
	"map",
};

static void result_put(json_t *all, const char *name, json_t *value)
{
	char *key = g_strdelimit(g_strdup(name), "-", '_');

	if (value)
		json_object_set_new(all, key, value);
	g_free(key);
}

/* Replayed traces, by their result files: "replay-fork" ... */
static json_t *replays_load(struct results *results)
{
	json_t *replays = json_object();
	char **files = folder_names(results->folder);

	for (char **file = files; *file; file++) {
		char *name;
		json_t *replay;

		if (!g_str_has_prefix(*file, "replay-") || !g_str_has_suffix(*file, ".json") ||
		    !g_utf8_validate(*file, -1, NULL))
			continue;
		name = g_strndup(*file, strlen(*file) - strlen(".json"));
		replay = result_load(results, name);
		if (replay)
			json_object_set_new(replays, name + strlen("replay-"), replay);
		g_free(name);
	}
	g_strfreev(files);
	if (json_object_size(replays))
		return replays;
	json_decref(replays);
	return NULL;
}

static json_t *coverage_load(struct results *results)
{
	json_t *coverage = result_load(results, "coverage");

	if (coverage)
		document_coverage(results, coverage);
	return coverage;
}

static json_t *bench_load(struct results *results)
{
	json_t *bench = result_load(results, "bench"), *rows = document_bench(bench);

	json_decref(bench);
	return rows;
}

static json_t *history_load(struct results *results, const char *database)
{
	char *path = database ? g_strdup(database) : result_path(results, "history.db");
	char words[128];
	json_t *history = history_document(path, words, sizeof(words));

	if (*words)
		result_damage(results, database ? database : "history.db", words);
	if (history)
		document_commits(history);
	free(path);
	return history;
}

static json_t *results_load(struct results *results, json_t *run)
{
	json_t *all = json_object();

	result_put(all, "run", json_incref(run));
	for (size_t i = 0; i < G_N_ELEMENTS(plain_results); i++)
		result_put(all, plain_results[i], result_load(results, plain_results[i]));
	result_put(all, "bench", bench_load(results));
	result_put(all, "coverage", coverage_load(results));
	result_put(all, "replay", replays_load(results));
	result_put(all, "fuzz_series", document_fuzz_series(results));
	return all;
}

/* Where no run says whose results these are, they are this machine's, or unknown. */
static json_t *host_of(const json_t *run, bool merged)
{
	if (run)
		return json_incref(json_object_get(run, "host"));
	return merged ? json_object() : host_describe();
}

/* Of a merged folder without a run: the folder's own. */
static json_t *name_of(const json_t *host, const char *folder, bool merged)
{
	const char *name = result_text(host, "host");
	char *base = g_path_get_basename(folder);
	json_t *text = *name  ? json_string(name) :
		       merged ? result_any_text(base) :
				json_string("this machine");

	free(base);
	return text;
}

/* The sizes that a trace requests, those that occur: in every engine's result they are the same. */
static json_t *requests_make(const json_t *replay)
{
	const json_t *engine = json_array_get(json_object_get(replay, "engines"), 0), *size;
	double all = result_number(replay, "trace_allocations");
	json_t *requests = json_array();
	size_t i;

	json_array_foreach(json_object_get(engine, "sizes"), i, size)
	{
		double nr = result_number(size, "requests");

		if (nr > 0 && all > 0)
			json_array_append_new(requests,
					      json_pack("{ss sf sf}", "class",
							result_text(size, "class"), "requests", nr,
							"percent", 100 * nr / all));
	}
	return requests;
}

/* What is shown of a replay: only one with checks can be clean. */
static void outcomes_put(json_t *replays)
{
	const char *name;
	json_t *replay, *engine;
	size_t i;

	json_object_foreach(replays, name, replay)
	{
		bool is_checked = strcmp(result_text(replay, "check"), "none") != 0;

		json_object_set_new(replay, "requests", requests_make(replay));
		json_array_foreach(json_object_get(replay, "engines"), i, engine)
		{
			bool clean = json_is_true(json_object_get(engine, "clean"));

			json_object_set_new(engine, "outcome",
					    json_string(!clean	   ? "broken" :
							is_checked ? "clean" :
								     "not checked"));
		}
	}
}

json_t *document_machine(const struct document_request *request, const char *folder)
{
	struct results results = {.folder = folder, .damages = json_array()};
	json_t *run = result_load(&results, "run");
	json_t *steps = document_steps(&results, run), *all = results_load(&results, run);
	json_t *history = history_load(&results, request->database);
	json_t *host = host_of(run, request->merged);
	json_t *subjects = document_subjects(&results, all, steps);
	json_t *machine;

	outcomes_put(json_object_get(all, "replay"));
	document_boot_logs(&results, json_object_get(all, "boot"));
	machine =
		json_pack("{so so so so so so so so*}", "name",
			  name_of(host, folder, request->merged), "host", host, "verdict",
			  document_verdict(&results, run, subjects), "subjects", subjects, "steps",
			  steps, "results", all, "damages", results.damages, "history", history);
	json_decref(run);
	return machine;
}
