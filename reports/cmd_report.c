/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_report.c - reports/out/index.html: one self-contained page, from the files in reports/out, or
 * in the folders of several machines; or the document alone that it shows, or ten lines of it.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"
#include "reports/crashes_describe.h"
#include "reports/document/document.h"
#include "reports/write/markdown.h"
#include "reports/write/page_write.h"
#include "harness/rows/history_document.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TITLE "pcpu-lab: a per-CPU allocator, measured"

struct options {
	const char *output, *json, *markdown, *database;
	bool merge;
	const char *const *folders;
	size_t nr_folders;
};

/* Returns whether there is a file for any part. */
static bool has_results(const char *folder)
{
	char **names = folder_names(folder);
	bool some = false;

	for (char **name = names; *name && !some; name++)
		some = strstr(*name, ".json") != NULL || !strcmp(*name, "history.db") ||
		       !strcmp(*name, "crashes");
	g_strfreev(names);
	return some;
}

static bool write_markdown(const char *path, const json_t *document)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = memory_file_open(&text, &bytes);
	bool ok;

	markdown_write(to, document);
	memory_file_close(to);
	ok = cmd_write_file(path, text, bytes);
	free(text);
	return ok;
}

/* The page is not written where only another form is wanted. */
static bool write_forms(const struct options *o, const json_t *document)
{
	char *path = cmd_path("reports/out/index.html");
	const char *to = o->output ? o->output : path;
	bool alone = o->json || o->markdown, ok = true;

	if (o->json)
		ok = json_write_file(o->json, document, JSON_COMPACT | JSON_REAL_PRECISION(9));
	if (ok && o->markdown)
		ok = write_markdown(o->markdown, document);
	if (ok && (!alone || o->output))
		ok = page_write_file(to, document, TITLE, NULL);
	if (ok && !alone && strcmp(to, "-"))
		printf("%s\n", to);
	free(path);
	return ok;
}

static int write_all(const struct options *o)
{
	char *folder = cmd_path("reports/out");
	const char *const here[] = {folder};
	const struct document_request request = {
		.folders = o->merge ? o->folders : here,
		.nr_folders = o->merge ? o->nr_folders : 1,
		.merged = o->merge,
		.database = o->database,
	};
	bool whole = true, ok = cmd_make_folders(folder);
	json_t *document;

	if (ok && !o->merge)
		crashes_describe(folder);
	document = ok ? document_make(&request, &whole) : NULL;
	ok = ok && write_forms(o, document);
	json_decref(document);
	free(folder);
	return !ok ? CMD_USAGE : whole ? CMD_OK : CMD_FOUND;
}

/* --- the command ------------------------------------------------------------------------------ */

static bool is_named_before(const struct options *o, size_t at)
{
	char *whole = realpath(o->folders[at], NULL);
	bool before = false;

	for (size_t i = 0; whole && i < at && !before; i++) {
		char *other = realpath(o->folders[i], NULL);

		before = other && !strcmp(other, whole);
		free(other);
	}
	free(whole);
	return before;
}

/* Each has to be a folder with results, and to be there once. */
static int check_merged(const struct options *o)
{
	for (size_t i = 0; i < o->nr_folders; i++) {
		const char *folder = o->folders[i];
		struct stat about;

		if (stat(folder, &about))
			return error_file(folder, "read as a folder", strerror(errno));
		if (!S_ISDIR(about.st_mode))
			return error_file(folder, "read as a folder", strerror(ENOTDIR));
		if (!has_results(folder))
			return cmd_bad_input(folder, 1, "a folder as `lab run` leaves reports/out");
		if (is_named_before(o, i))
			return cmd_usage(&cmd_report, "--merge: %s is named twice", folder);
	}
	return CMD_OK;
}

static int check_here(void)
{
	char *folder = cmd_path("reports/out");
	bool some = has_results(folder);

	free(folder);
	return some ? CMD_OK :
		      cmd_usage(&cmd_report,
				"no results are in reports/out yet: `lab run` makes some");
}

static int check_options(const struct options *o, char **argv)
{
	if (o->nr_folders && !o->merge)
		return cmd_usage(&cmd_report, "no word was expected, not '%s'", argv[1]);
	if (o->merge && !o->nr_folders)
		return cmd_usage(&cmd_report, "--merge: folders were expected, one a machine");
	if (o->merge && o->database)
		return cmd_usage(&cmd_report, "--merge goes without --database: each folder has "
					      "its own history");
	if ((o->output && !strcmp(o->output, "-")) + (o->json && !strcmp(o->json, "-")) +
		    (o->markdown && !strcmp(o->markdown, "-")) >
	    1)
		return cmd_usage(&cmd_report, "one of --output, --json, --markdown goes to stdout, "
					      "not more");
	if (!cmd_can_write(o->output) || !cmd_can_write(o->json) || !cmd_can_write(o->markdown) ||
	    !history_document_may_take(o->database))
		return CMD_USAGE;
	return o->merge ? check_merged(o) : o->database ? CMD_OK : check_here();
}

static int run_report(int argc, char **argv)
{
	struct options o = {0};
	const struct cmd_option options[] = {
		{"output", CMD_TEXT, &o.output, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &o.json, 0, 0, NULL},
		{"markdown", CMD_OPTIONAL_TEXT, &o.markdown, 0, 0, NULL},
		{"database", CMD_TEXT, &o.database, 0, 0, NULL},
		{"merge", CMD_FLAG, &o.merge, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_report, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status != CMD_OK)
		return status;
	o.folders = (const char *const *)argv + 1;
	o.nr_folders = (size_t)nr_words;
	status = check_options(&o, argv);
	return status == CMD_OK ? write_all(&o) : status;
}

const struct cmd cmd_report = {
	.name = "report",
	.run = run_report,
};
