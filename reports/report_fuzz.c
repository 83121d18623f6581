/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_fuzz.c - speed and coverage of each target, over all the time spent on it.
 *
 *	fuzz-series.jsonl   run a	|-slice-|     |-slice-|
 *			    run b				   |--slice--|
 *	chart		    		0 |-slice-|-slice-|--slice--| ──> spent on the target
 *
 * R1  Slices are drawn end to end: the working corpus is kept between runs, so edges continue from
 *     their last value.
 * R2  Only runs on the newest run's host are drawn: speeds of two machines cannot be compared.
 */
#include "reports/chart.h"
#include "harness/cli/cmd.h"
#include "reports/html.h"
#include "reports/report.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_FILE "fuzz-series.jsonl"
enum { MAX_SERIES = 64, MAX_POINTS = 400, LINE_BYTES = 4096 };

struct series {
	char target[32], engine[16];
	double *seconds, *rate, *edges;
	size_t nr, capacity;
	double before, last; /* of earlier slices; of this one */
};

struct history {
	struct series series[MAX_SERIES];
	size_t nr;
	json_t *host; /* of the newest run */
	json_t *runs; /* on that host: an object with their names as keys */
	unsigned nr_other_hosts, nr_lines, nr_damaged;
};

/* --- reading --------------------------------------------------------------------------------- */

/* Compares the machine and its software, not the commit and time. */
static bool same_host(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {"cpu", "cpus", "memory_bytes", "kernel", "compiler"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
			return false;
	}
	return true;
}

static struct series *find_series(struct history *history, const json_t *point)
{
	const char *target = report_text(point, "target"), *engine = report_text(point, "engine");
	struct series *series = history->series;

	for (; series < history->series + history->nr; series++) {
		if (!strcmp(series->target, target) && !strcmp(series->engine, engine))
			return series;
	}
	if (history->nr == MAX_SERIES)
		return NULL;
	history->nr++;
	snprintf(series->target, sizeof(series->target), "%s", target);
	snprintf(series->engine, sizeof(series->engine), "%s", engine);
	return series;
}

static double *fuzz_more(double *values, size_t capacity)
{
	values = g_realloc(values, capacity * sizeof(*values));
	return values;
}

static void add_point(struct history *history, const json_t *point)
{
	struct series *series = find_series(history, point);
	double seconds = report_number(point, "seconds");

	if (!series)
		return;
	if (series->nr == series->capacity) {
		series->capacity = series->capacity ? 2 * series->capacity : 64;
		series->seconds = fuzz_more(series->seconds, series->capacity);
		series->rate = fuzz_more(series->rate, series->capacity);
		series->edges = fuzz_more(series->edges, series->capacity);
	}
	if (seconds < series->last)
		series->before += series->last;
	series->last = seconds;
	series->seconds[series->nr] = series->before + seconds;
	series->rate[series->nr] = report_number(point, "executions_per_second");
	series->edges[series->nr++] = report_number(point, "edges");
}

static bool is_figure(const json_t *point, const char *key)
{
	const json_t *value = json_object_get(point, key);

	return json_is_number(value) && json_number_value(value) >= 0;
}

/* A run's first line has its host, the others are points. */
static bool is_line_of_series(const json_t *object)
{
	return json_is_string(json_object_get(object, "run")) &&
	       (json_is_object(json_object_get(object, "host")) ||
		(json_is_string(json_object_get(object, "target")) &&
		 json_is_string(json_object_get(object, "engine")) &&
		 is_figure(object, "seconds") && is_figure(object, "executions_per_second") &&
		 is_figure(object, "edges")));
}

/* Visits each line of the file; counts malformed ones (a run was killed while writing, say). */
static void each_line(FILE *file, void (*take)(struct history *history, const json_t *object),
		      struct history *history)
{
	char line[LINE_BYTES];

	rewind(file);
	history->nr_lines = history->nr_damaged = 0;
	while (fgets(line, sizeof(line), file)) {
		json_t *object = json_loads(line, 0, NULL);
		bool good = is_line_of_series(object);

		history->nr_lines++;
		history->nr_damaged += !good;
		if (good)
			take(history, object);
		json_decref(object);
	}
}

static void take_host(struct history *history, const json_t *object)
{
	json_t *host = json_object_get(object, "host");

	if (!host)
		return;
	json_decref(history->host);
	history->host = json_incref(host);
}

static void take_point(struct history *history, const json_t *object)
{
	const json_t *host = json_object_get(object, "host");
	const char *run = report_text(object, "run");

	if (!host && json_object_get(history->runs, run))
		add_point(history, object);
	else if (host && same_host(host, history->host))
		json_object_set_new(history->runs, run, json_true());
	else if (host)
		history->nr_other_hosts++;
}

static void damage_print(const struct history *history)
{
	char words[96];

	if (!history->nr_damaged && history->nr_lines)
		return;
	snprintf(words, sizeof(words), "%u of %u lines are none of a series, and left out",
		 history->nr_damaged, history->nr_lines);
	report_damage(SERIES_FILE, history->nr_lines ? words : "it is empty");
}

static bool history_load(struct history *history)
{
	char *path = cmd_path("reports/out/" SERIES_FILE);
	FILE *file = fopen(path, "re");

	*history = (struct history){.runs = json_object()};
	free(path);
	if (!file)
		return false;
	each_line(file, take_host, history);
	each_line(file, take_point, history);
	fclose(file);
	damage_print(history);
	return history->nr > 0;
}

static void history_free(struct history *history)
{
	for (size_t i = 0; i < history->nr; i++) {
		free(history->series[i].seconds);
		free(history->series[i].rate);
		free(history->series[i].edges);
	}
	json_decref(history->runs);
	json_decref(history->host);
}

/* --- writing --------------------------------------------------------------------------------- */

/* Keeps as many points as a chart can show: each n-th, and the last. */
static size_t fuzz_thin(double *values, size_t nr)
{
	size_t step = nr / MAX_POINTS + 1, kept = 0;

	for (size_t i = 0; i < nr; i += step)
		values[kept++] = values[i];
	if (nr && (nr - 1) % step)
		values[kept++] = values[nr - 1];
	return kept;
}

static void thin_all(struct history *history)
{
	for (size_t i = 0; i < history->nr; i++) {
		struct series *series = &history->series[i];

		fuzz_thin(series->rate, series->nr);
		fuzz_thin(series->edges, series->nr);
		series->nr = fuzz_thin(series->seconds, series->nr);
	}
}

static void put_chart(FILE *page, const struct history *history, bool rates)
{
	struct chart_series series[MAX_SERIES];
	char names[MAX_SERIES][64];
	struct chart chart = {.title = rates ? "executions a second" : "edges reached",
			      .x_label = "seconds spent on the target, over all runs",
			      .y_label = rates ? "executions / s" : "edges",
			      .log_y = rates,
			      .series = series,
			      .nr_series = history->nr};

	for (size_t i = 0; i < history->nr; i++) {
		const struct series *from = &history->series[i];

		snprintf(names[i], sizeof(names[i]), "%s %s", from->target, from->engine);
		series[i] = (struct chart_series){.name = names[i],
						  .x = from->seconds,
						  .y = rates ? from->rate : from->edges,
						  .nr = from->nr};
	}
	chart_lines(page, &chart);
}

static void put_history(FILE *page)
{
	struct history history;

	if (history_load(&history)) {
		thin_all(&history);
		fputs("<p class=\"soft\">", page);
		html_print(page,
			   "Over %zu runs on this host (%s); edges of two engines are counted "
			   "differently.",
			   json_object_size(history.runs), report_text(history.host, "cpu"));
		if (history.nr_other_hosts)
			html_print(page, " %u runs on other hosts are not drawn.",
				   history.nr_other_hosts);
		fputs("</p>\n", page);
		put_chart(page, &history, true);
		put_chart(page, &history, false);
	}
	report_put_damage(page, SERIES_FILE);
	history_free(&history);
}

static void put_runs(FILE *page, const json_t *runs)
{
	static const char *const headings[] = {
		"target",	   "engine",	      "#jobs",	"#seconds", "#executions",
		"#executions / s", "#operations / s", "#edges", "#corpus",  NULL};
	const json_t *run;
	size_t i;

	html_table(page, headings);
	json_array_foreach(runs, i, run)
	{
		html_row(page);
		html_cell(page, report_text(run, "target"));
		html_cell(page, report_text(run, "engine"));
		html_number(page, report_number(run, "jobs"), 0);
		html_number(page, report_number(run, "seconds"), 1);
		html_number(page, report_number(run, "executions"), 0);
		html_number(page, report_number(run, "executions_per_second"), 0);
		html_number(page, report_number(run, "operations_per_second"), 0);
		html_number(page, report_number(run, "edges"), 0);
		html_number(page, report_number(run, "corpus"), 0);
		html_row_end(page);
	}
	html_table_end(page);
}

static void put_crashes(FILE *page, const json_t *crashes)
{
	static const char *const headings[] = {"target",       "what breaks",	 "#inputs",
					       "the shortest", "shown again by", NULL};
	const json_t *crash;
	size_t i;

	html_table(page, headings);
	json_array_foreach(crashes, i, crash)
	{
		html_row(page);
		html_cell(page, report_text(crash, "target"));
		html_cell(page, report_text(crash, "words"));
		html_number(page, report_number(crash, "inputs"), 0);
		html_cell(page, report_text(crash, "file"));
		fputs("<td><code>", page);
		html_text(page, report_text(crash, "reproduce"));
		fputs("</code></td>", page);
		html_row_end(page);
	}
	html_table_end(page);
}

static void put_last(FILE *page, const json_t *fuzz)
{
	const json_t *crashes = json_object_get(fuzz, "crashes");
	bool some = json_array_size(crashes) > 0;

	fputs("<p>", page);
	html_badge(page, !some, some ? "inputs that break something" : "nothing broke");
	html_text(page, "  in this run; all jobs of a target side by side, targets in turn");
	fputs("</p>\n", page);
	put_runs(page, json_object_get(fuzz, "runs"));
	if (some)
		put_crashes(page, crashes);
}

void report_fuzz(FILE *page)
{
	json_t *fuzz = report_load("fuzz");

	html_section(page, "fuzz", "Fuzzing");
	if (fuzz)
		put_last(page, fuzz);
	else
		report_missing(page, "fuzz", "./lab run");
	put_history(page);
	json_decref(fuzz);
	html_section_end(page);
}
