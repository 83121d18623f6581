/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_report.c - reports/out/index.html: one self-contained page, from the files in reports/out; or
 * the document alone that it shows.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"
#include "reports/document/document.h"
#include "reports/write/page_write.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define TITLE "pcpu-lab: a per-CPU allocator, measured"

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

/* Writes the page as a whole or not at all. */
static bool write_page(const char *path, const json_t *document)
{
	char *text = NULL;
	size_t bytes;
	FILE *page = memory_file_open(&text, &bytes);
	bool ok = page_write(page, document, TITLE, NULL);

	memory_file_close(page);
	if (!ok)
		error_file(path, "written", "a text or a number that JSON does not have");
	ok = ok && cmd_write_file(path, text, bytes);
	free(text);
	return ok;
}

static int write_all(const char *output, const char *json)
{
	char *folder = cmd_path("reports/out"), *path = cmd_path("reports/out/index.html");
	const char *const folders[] = {folder}, *to = output ? output : path;
	bool whole, ok = cmd_make_folders(folder);
	json_t *document = document_make(folders, 1, &whole);

	if (ok && json)
		ok = json_write_file(json, document, JSON_COMPACT | JSON_REAL_PRECISION(9));
	if (ok && (!json || output))
		ok = write_page(to, document);
	if (ok && !json && strcmp(to, "-"))
		printf("%s\n", to);
	json_decref(document);
	free(path);
	free(folder);
	return !ok ? CMD_USAGE : whole ? CMD_OK : CMD_FOUND;
}

static int run_report(int argc, char **argv)
{
	const char *output = NULL, *json = NULL;
	const struct cmd_option options[] = {
		{"output", CMD_TEXT, &output, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &json, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_report, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words)
		return cmd_usage(&cmd_report, "no word was expected, not '%s'", argv[1]);
	if (!cmd_can_write(output) || !cmd_can_write(json))
		return CMD_USAGE;
	if (!has_results())
		return cmd_usage(&cmd_report,
				 "no results are in reports/out yet: `lab run` makes some");
	return write_all(output, json);
}

const struct cmd cmd_report = {
	.name = "report",
	.run = run_report,
};
