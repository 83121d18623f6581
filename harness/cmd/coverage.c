/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage.c - llvm-profdata, llvm-cov, and a reader of the lcov text that comes out.
 *
 *	SF:/path/core/alloc.c
 *	DA:12,340		line 12 ran 340 times
 *	end_of_record
 */
#include "coverage.h"
#include "cmd.h"
#include "tools.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOOL_SECONDS = 300 };

char *coverage_profile_pattern(void)
{
	char *folder = cmd_path("build/cov/profiles");
	DIR *entries;
	struct dirent *entry;

	cmd_make_folders(folder);
	entries = opendir(folder);
	while (entries && (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(entries), entry->d_name, 0);
	}
	if (entries)
		closedir(entries);
	free(folder);
	/* A file for each program; two processes of one program at a time merge into it. */
	return cmd_path("build/cov/profiles/%%2m.profraw");
}

static bool run(const char *const argv[], const char *out_file)
{
	struct tool tool = {.argv = argv,
			    .out_file = out_file,
			    .err_file = "-",
			    .timeout_seconds = TOOL_SECONDS};
	struct tool_result result;
	bool ok = tool_run(&tool, &result);

	if (!ok)
		tool_tell(&tool, &result);
	return ok;
}

static bool merge(const char *merged)
{
	char *profiles = cmd_path("build/cov/profiles");
	const char *argv[] = {"llvm-profdata-19", "merge", "-sparse", "-o", merged, profiles, NULL};
	bool ok = run(argv, NULL);

	free(profiles);
	return ok;
}

static bool export_lcov(const char *merged, char *const *executables, const char *lcov)
{
	char *core = cmd_path("core");
	size_t nr_executables = 0, nr = 0;
	const char **argv;
	bool ok;

	while (executables[nr_executables])
		nr_executables++;
	argv = calloc(2 * nr_executables + 10, sizeof(*argv));
	argv[nr++] = "llvm-cov-19";
	argv[nr++] = "export";
	argv[nr++] = "-format=lcov";
	argv[nr++] = "-instr-profile";
	argv[nr++] = merged;
	for (size_t i = 0; i < nr_executables; i++) {
		argv[nr++] = "-object";
		argv[nr++] = executables[i];
	}
	argv[nr++] = "-sources";
	argv[nr++] = core;
	ok = nr_executables && run(argv, lcov);
	free(argv);
	free(core);
	return ok;
}

/* Counts while the records of one file go by. */
struct record {
	const char *file;
	unsigned lines, covered;
	unsigned from, to; /* the run of uncovered lines that is open; 0: none */
	char uncovered[4096];
};

static void close_run(struct record *record)
{
	size_t bytes = strlen(record->uncovered);
	char *at = record->uncovered + bytes;
	size_t room = sizeof(record->uncovered) - bytes;

	if (record->from && record->from == record->to)
		snprintf(at, room, "%s%u", bytes ? " " : "", record->from);
	else if (record->from)
		snprintf(at, room, "%s%u-%u", bytes ? " " : "", record->from, record->to);
	record->from = record->to = 0;
}

static void take_line(struct record *record, unsigned line, unsigned long long count)
{
	record->lines++;
	if (count) {
		record->covered++;
		close_run(record);
		return;
	}
	if (!record->from)
		record->from = line;
	record->to = line;
}

static void end_record(struct record *record, json_t *files)
{
	close_run(record);
	json_array_append_new(files,
			      json_pack("{s:s, s:i, s:i, s:s}", "file", record->file, "lines",
					(int)record->lines, "covered", (int)record->covered,
					"uncovered", record->uncovered));
	*record = (struct record){0};
}

static json_t *parse_lcov(char *text)
{
	size_t root_bytes = strlen(cmd_root());
	struct record record = {0};
	json_t *files = json_array();
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		unsigned number;
		unsigned long long count;

		if (!strncmp(line, "SF:", 3))
			record.file = strncmp(line + 3, cmd_root(), root_bytes) ?
					      line + 3 :
					      line + 4 + root_bytes;
		else if (sscanf(line, "DA:%u,%llu", &number, &count) == 2)
			take_line(&record, number, count);
		else if (!strcmp(line, "end_of_record") && record.file)
			end_record(&record, files);
	}
	return files;
}

static bool is_listed(const json_t *files, const char *file)
{
	json_t *known;
	size_t i;

	json_array_foreach(files, i, known)
	{
		if (!strcmp(json_string_value(json_object_get(known, "file")), file))
			return true;
	}
	return false;
}

/*
 * A file of the core that no program links is not in the profiles at all: it counts as one line
 * not run.
 */
static void add_unlinked(json_t *files)
{
	char *core = cmd_path("core");
	DIR *entries = opendir(core);
	struct dirent *entry;

	while (entries && (entry = readdir(entries)) != NULL) {
		const char *suffix = strrchr(entry->d_name, '.');
		char file[300];

		snprintf(file, sizeof(file), "core/%s", entry->d_name);
		if (suffix && !strcmp(suffix, ".c") && !is_listed(files, file))
			json_array_append_new(files,
					      json_pack("{s:s, s:i, s:i, s:s}", "file", file,
							"lines", 1, "covered", 0, "uncovered",
							"all (no test links it)"));
	}
	if (entries)
		closedir(entries);
	free(core);
}

static json_t *sum_up(json_t *files)
{
	long long lines = 0, covered = 0;
	json_t *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		lines += json_integer_value(json_object_get(file, "lines"));
		covered += json_integer_value(json_object_get(file, "covered"));
	}
	return json_pack("{s:I, s:I, s:f, s:o}", "lines", (json_int_t)lines, "covered",
			 (json_int_t)covered, "percent",
			 lines ? 100.0 * (double)covered / (double)lines : 0.0, "files", files);
}

json_t *coverage_measure(char *const *executables)
{
	char *merged = cmd_path("build/cov/core.profdata");
	char *lcov = cmd_path("build/cov/core.lcov");
	json_t *coverage = NULL;
	char *text;
	size_t bytes;

	if (merge(merged) && export_lcov(merged, executables, lcov) &&
	    cmd_read_file(lcov, &text, &bytes)) {
		json_t *files = parse_lcov(text);

		add_unlinked(files);
		coverage = sum_up(files);
		free(text);
	}
	free(lcov);
	free(merged);
	return coverage;
}

void coverage_print(FILE *to, const json_t *coverage)
{
	const json_t *file;
	size_t i;

	json_array_foreach(json_object_get(coverage, "files"), i, file)
	{
		const char *uncovered = json_string_value(json_object_get(file, "uncovered"));

		if (uncovered && *uncovered)
			fprintf(to, "  no test runs %s: %s\n",
				json_string_value(json_object_get(file, "file")), uncovered);
	}
	fprintf(to, "  line coverage of core/: %.2f %% (%lld of %lld lines)\n",
		json_real_value(json_object_get(coverage, "percent")),
		(long long)json_integer_value(json_object_get(coverage, "covered")),
		(long long)json_integer_value(json_object_get(coverage, "lines")));
}
