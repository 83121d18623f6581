/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_replay.c - the recorded traces: one row per trace and engine, and the requested sizes.
 */
#include "reports/chart.h"
#include "harness/cli/cmd.h"
#include "reports/html.h"
#include "reports/report.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const struct column {
	const char *heading, *key;
	int decimals;
} columns[] = {
	{"#ns / alloc", "alloc_ns", 0},
	{"#ns / free", "free_ns", 0},
	{"#scanned / call", "scanned_entries_per_call", 1},
	{"#restarts", "restarts", 0},
	{"#chunks, most", "chunks_max", 0},
	{"#live B / CPU, peak", "live_bytes_at_peak", 0},
	{"#populated B / CPU, peak", "populated_bytes_at_peak", 0},
	{"#stranded B / CPU, end", "stranded_bytes_at_end", 0},
	{"#metadata B, peak", "metadata_bytes_at_peak", 0},
	{"#pages on their node, %", "placement_percent", 1},
	{"#refused", "refused", 0},
};
enum { NR_COLUMNS = sizeof(columns) / sizeof(columns[0]), MAX_TRACES = 64 };

/* Finds replayed traces by their result files: "replay-fork" ... */
static size_t find_replays(char *names[MAX_TRACES])
{
	char *folder = cmd_path("reports/out");
	char **files = folder_names(folder);
	size_t nr = 0;

	for (char **file = files; *file && nr < MAX_TRACES; file++)
		if (g_str_has_prefix(*file, "replay-") && g_str_has_suffix(*file, ".json"))
			names[nr++] = g_strndup(*file, strlen(*file) - strlen(".json"));
	g_strfreev(files);
	free(folder);
	return nr;
}

/* Only a replay with checks can be clean. */
static void put_verdict(FILE *page, const json_t *replay, bool clean)
{
	if (!clean)
		html_badge(page, 0, "broken");
	else if (strcmp(report_text(replay, "check"), "none"))
		html_badge(page, 1, "clean");
	else
		html_text(page, "not checked");
}

static void put_rows(FILE *page, const char *name, const json_t *replay)
{
	const json_t *engines = json_object_get(replay, "engines"), *engine;
	size_t i;

	json_array_foreach(engines, i, engine)
	{
		html_row(page);
		html_cell(page, name + strlen("replay-"));
		html_number(page, report_number(replay, "events"), 0);
		html_cell(page, report_text(engine, "engine"));
		for (size_t j = 0; j < NR_COLUMNS; j++)
			html_value(page, json_object_get(engine, columns[j].key),
				   columns[j].decimals);
		fputs("<td><code>", page);
		html_text(page, report_text(engine, "hash"));
		fputs("</code></td><td class=\"n\">", page);
		put_verdict(page, replay, json_is_true(json_object_get(engine, "clean")));
		fputs("</td>", page);
		html_row_end(page);
	}
}

static const json_t *size_row(const json_t *replay, size_t i)
{
	const json_t *engine = json_array_get(json_object_get(replay, "engines"), 0);

	return json_array_get(json_object_get(engine, "sizes"), i);
}

static bool any_requests(json_t *const replays[], size_t nr, size_t i)
{
	for (size_t j = 0; j < nr; j++) {
		if (report_number(size_row(replays[j], i), "requests") > 0)
			return true;
	}
	return false;
}

/* Prints requested sizes, in percent of a trace's requests, from the first engine's histogram. */
static void put_size_table(FILE *page, char *const names[], json_t *const replays[], size_t nr)
{
	const char *headings[MAX_TRACES + 2] = {"bytes requested"};
	const json_t *first = NULL, *row;
	char heading[MAX_TRACES][64];
	size_t i;

	for (size_t j = 0; j < nr; j++) {
		snprintf(heading[j], sizeof(heading[j]), "#%s, %%", names[j] + strlen("replay-"));
		headings[j + 1] = heading[j];
	}
	first = json_object_get(json_array_get(json_object_get(replays[0], "engines"), 0), "sizes");
	html_table(page, headings);
	json_array_foreach(first, i, row)
	{
		if (!any_requests(replays, nr, i))
			continue;
		html_row(page);
		html_cell(page, report_text(row, "class"));
		for (size_t j = 0; j < nr; j++) {
			double all = report_number(replays[j], "trace_allocations");
			double some = report_number(size_row(replays[j], i), "requests");

			html_number(page, 100 * some / all, 1);
		}
		html_row_end(page);
	}
	html_table_end(page);
}

static void put_table(FILE *page, char *const names[], json_t *const replays[], size_t nr)
{
	const char *headings[NR_COLUMNS + 6] = {"trace", "#events", "engine"};

	for (size_t j = 0; j < NR_COLUMNS; j++)
		headings[3 + j] = columns[j].heading;
	headings[3 + NR_COLUMNS] = "run hash";
	headings[4 + NR_COLUMNS] = "check";
	html_table(page, headings);
	for (size_t i = 0; i < nr; i++)
		put_rows(page, names[i], replays[i]);
	html_table_end(page);
}

/* Loads replays, undamaged ones first, in order. Returns how many. */
static size_t load_replays(char *names[], json_t *replays[], size_t nr)
{
	size_t nr_whole = 0;

	for (size_t i = 0; i < nr; i++) {
		json_t *replay = report_load(names[i]);
		char *name = names[i];

		if (!replay)
			continue;
		memmove(&names[nr_whole + 1], &names[nr_whole], (i - nr_whole) * sizeof(*names));
		names[nr_whole] = name;
		replays[nr_whole++] = replay;
	}
	return nr_whole;
}

void report_replay(FILE *page)
{
	char *names[MAX_TRACES];
	json_t *replays[MAX_TRACES];
	size_t nr = find_replays(names), nr_whole = load_replays(names, replays, nr);

	html_section(page, "replay", "Recorded traces, replayed");
	if (nr_whole) {
		fputs("<p>Traces of a running kernel on the hosted platform. The run hash covers "
		      "where "
		      "every object landed: it is the same on every machine and platform.</p>\n",
		      page);
		put_table(page, names, replays, nr_whole);
		put_size_table(page, names, replays, nr_whole);
	}
	if (!nr)
		report_missing(page, "replay", "./lab run");
	for (size_t i = nr_whole; i < nr; i++)
		report_missing(page, names[i], "./lab run");
	for (size_t i = 0; i < nr; i++) {
		if (i < nr_whole)
			json_decref(replays[i]);
		free(names[i]);
	}
	html_section_end(page);
}
