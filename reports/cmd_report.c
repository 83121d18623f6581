/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_report.c - reports/out/index.html: one self-contained page, from the files in reports/out.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/run/host_facts.h"
#include "reports/html.h"
#include "reports/report.h"
#include "reports/report_shape.h"
#include "harness/cli/memory_file.h"

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct part {
	const char *id, *name;
	void (*write)(FILE *page);
} parts[] = {
	{"machine", "machine", report_machine},	   {"replay", "traces", report_replay},
	{"fuzz", "fuzzing", report_fuzz},	   {"zoo", "zoo", report_zoo},
	{"coverage", "coverage", report_coverage}, {"bench", "benchmarks", report_bench},
	{"forecast", "forecast", report_forecast}, {"boot", "boot", report_boot},
};
enum { NR_PARTS = sizeof(parts) / sizeof(parts[0]) };

/* --- what is read, and what of it is damaged ------------------------------------------------- */

static json_t *damages; /* by file name: the error */

void report_damage(const char *file, const char *words)
{
	char *path = cmd_path("reports/out/%s", file);

	if (!json_object_get(damages, file)) {
		fprintf(stderr, "%s: damaged: %s\n", path, words);
		json_object_set_new(damages, file, json_string(words));
	}
	free(path);
}

static json_t *load_file(const char *path, const char *file)
{
	json_error_t error;
	json_t *value = json_load_file(path, 0, &error);
	char words[JSON_ERROR_TEXT_LENGTH + 32];

	if (value)
		return value;
	if (error.line > 0)
		snprintf(words, sizeof(words), "line %d: %s", error.line, error.text);
	else
		snprintf(words, sizeof(words), "%s", error.text);
	report_damage(file, words);
	return NULL;
}

json_t *report_load(const char *name)
{
	char *path = cmd_path("reports/out/%s.json", name), *file = strrchr(path, '/') + 1;
	json_t *value = access(path, F_OK) ? NULL : load_file(path, file);
	char words[256];

	if (value && !report_shape_holds(name, value, words, sizeof(words))) {
		report_damage(file, words);
		json_decref(value);
		value = NULL;
	}
	free(path);
	return value;
}

bool report_put_damage(FILE *page, const char *file)
{
	const char *words = json_string_value(json_object_get(damages, file));

	if (!words)
		return false;
	fputs("<p>", page);
	html_badge(page, 0, "damaged");
	html_print(page, "  %s: %s\n", file, words);
	fputs("</p>", page);
	return true;
}

void report_missing(FILE *page, const char *name, const char *command)
{
	char file[NAME_MAX];

	snprintf(file, sizeof(file), "%s.json", name);
	if (report_put_damage(page, file))
		return;
	fputs("<p class=\"soft\">There is no result here yet: <code>", page);
	html_text(page, command);
	fputs("</code> makes one.</p>\n", page);
}

const char *report_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

double report_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void put_navigation(FILE *page)
{
	fputs("<nav>", page);
	for (size_t i = 0; i < NR_PARTS; i++)
		fprintf(page, "<a href=\"#%s\">%s</a> ", parts[i].id, parts[i].name);
	fputs("<a href=\"#host\">host</a></nav>\n", page);
}

/* A step that was ok has left a result: a missing one counts as damaged. */
static const char *step_fault(const json_t *step)
{
	char file[NAME_MAX], *path;
	bool there;

	if (!json_is_true(json_object_get(step, "ok")) ||
	    !json_is_true(json_object_get(step, "json")))
		return NULL;
	snprintf(file, sizeof(file), "%s.json", report_text(step, "name"));
	path = cmd_path("reports/out/%s", file);
	there = !access(path, F_OK);
	free(path);
	if (!there)
		report_damage(file, "it is gone, though its step was ok");
	return json_object_get(damages, file) ? "its result is damaged" : NULL;
}

/* The part of the page whose file is missing reports it too. */
static void note_gone(const json_t *run)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(run, "steps"), i, step) step_fault(step);
}

static void put_step(FILE *page, const json_t *step)
{
	const char *fault = step_fault(step);
	bool ok = json_is_true(json_object_get(step, "ok"));
	const json_t *output = json_object_get(step, "said"), *line;
	size_t i;

	html_row(page);
	html_cell(page, report_text(step, "stage"));
	html_cell(page, report_text(step, "name"));
	html_number(page, report_number(step, "seconds"), 1);
	fputs("<td>", page);
	html_badge(page, ok && !fault, fault ? fault : ok ? "ok" : report_text(step, "ended"));
	if (!ok) {
		fputs("<pre>", page);
		json_array_foreach(output, i, line)
			html_print(page, "%s\n", json_string_value(line));
		html_print(page, "again: %s\nlog:   %s", report_text(step, "again"),
			   report_text(step, "log"));
		fputs("</pre>", page);
	}
	fputs("</td>", page);
	html_row_end(page);
}

static unsigned count_failed(const json_t *steps)
{
	unsigned nr = 0;
	const json_t *step;
	size_t i;

	json_array_foreach(steps, i, step) nr += !json_is_true(json_object_get(step, "ok"));
	return nr;
}

/* Green only if everything on the page is good. */
static void put_verdict(FILE *page, const json_t *run)
{
	unsigned failed = count_failed(json_object_get(run, "steps"));
	size_t nr_damaged = json_object_size(damages);
	const char *file;
	json_t *words;

	fputs("<p>", page);
	if (nr_damaged)
		html_badge(page, 0, "results are damaged");
	else if (run)
		html_badge(page, !failed, failed ? "something was found" : "all steps ok");
	fputs("</p>\n", page);
	json_object_foreach(damages, file, words) report_put_damage(page, file);
}

static void put_run(FILE *page, const json_t *run)
{
	static const char *const headings[] = {"stage", "step", "#seconds", "outcome", NULL};
	const json_t *steps = json_object_get(run, "steps"), *step;
	const json_t *host = json_object_get(run, "host");
	size_t i;

	fputs("<p>", page);
	html_print(page, "%s · commit %s · %s, %.0f CPUs", report_text(host, "time"),
		   report_text(host, "commit"), report_text(host, "cpu"),
		   report_number(host, "cpus"));
	if (!json_is_true(json_object_get(run, "finished")))
		html_text(page, " · the run was interrupted: some steps are missing");
	fputs("</p>\n", page);
	html_table(page, headings);
	json_array_foreach(steps, i, step) put_step(page, step);
	html_table_end(page);
}

static void put_host(FILE *page, const json_t *run)
{
	json_t *now = json_is_object(run) ? NULL : host_describe();

	html_section(page, "host", "Host and versions");
	html_facts(page, now ? now : json_object_get(run, "host"));
	html_section_end(page);
	json_decref(now);
}

/* The verdict comes first on the page but is known last, so the other parts are written before
   it. */
static char *write_parts(const json_t *run)
{
	char *text = NULL;
	size_t bytes;
	FILE *page = memory_file_open(&text, &bytes);

	for (size_t i = 0; i < NR_PARTS; i++)
		parts[i].write(page);
	put_host(page, run);
	memory_file_close(page);
	return text;
}

static char *write_head(const json_t *run)
{
	char *text = NULL;
	size_t bytes;
	FILE *page = memory_file_open(&text, &bytes);

	if (run)
		put_run(page, run);
	memory_file_close(page);
	return text;
}

static char *write_page(size_t *bytes, bool *whole)
{
	json_t *run;
	char *text = NULL, *head, *rest;
	FILE *page = memory_file_open(&text, bytes);

	damages = json_object();
	run = report_load("run");
	note_gone(run);
	rest = write_parts(run);
	head = write_head(run);
	html_begin(page, "pcpu-lab: a per-CPU allocator, measured");
	put_navigation(page);
	put_verdict(page, run);
	fputs(head, page);
	fputs(rest, page);
	html_end(page);
	fclose(page);
	*whole = json_object_size(damages) == 0;
	json_decref(damages);
	json_decref(run);
	free(head);
	free(rest);
	return text;
}

/* Returns whether there is a file for any part. */
static bool has_results(void)
{
	char *pattern = cmd_path("reports/out/*.json*");
	glob_t found = {0};
	bool some = !glob(pattern, 0, NULL, &found);

	globfree(&found);
	free(pattern);
	return some;
}

static int run_report(int argc, char **argv)
{
	const char *output = NULL;
	const struct cmd_option options[] = {{"output", CMD_TEXT, &output, 0, 0, NULL}};
	int nr_words, status = cmd_parse(&cmd_report, argc, argv, options, 1, &nr_words);
	char *folder, *path, *page;
	size_t bytes;
	bool whole;

	if (status != CMD_OK)
		return status;
	if (nr_words)
		return cmd_usage(&cmd_report, "no word was expected, not '%s'", argv[1]);
	if (!cmd_can_write(output))
		return CMD_USAGE;
	if (!has_results())
		return cmd_usage(&cmd_report,
				 "no results are in reports/out yet: `lab run` makes some");
	folder = cmd_path("reports/out");
	path = output ? strdup(output) : cmd_path("reports/out/index.html");
	page = write_page(&bytes, &whole);
	if (!cmd_make_folders(folder) || !cmd_write_file(path, page, bytes))
		status = CMD_USAGE;
	else if (strcmp(path, "-"))
		printf("%s\n", path);
	if (status == CMD_OK && !whole)
		status = CMD_FOUND;
	free(page);
	free(path);
	free(folder);
	return status;
}

const struct cmd cmd_report = {
	.name = "report",
	.run = run_report,
};
