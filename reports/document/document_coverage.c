/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_coverage.c - see document_coverage.h. */
#include "reports/document/document_coverage.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file that a line "SF:/path/of/core/a.c" is about: its path ends so. */
static json_t *file_find(const json_t *coverage, const char *path)
{
	json_t *file;
	size_t i;

	json_array_foreach(json_object_get(coverage, "files"), i, file)
	{
		const char *name = result_text(file, "file");
		size_t bytes = strlen(name), all = strlen(path);

		if (bytes && bytes < all && !strcmp(path + all - bytes, name) &&
		    path[all - bytes - 1] == '/')
			return file;
	}
	return NULL;
}

static void count_put(json_t *counts, long line, long long times)
{
	while ((long)json_array_size(counts) < line)
		json_array_append_new(counts, json_null());
	json_array_set_new(counts, (size_t)line - 1, json_integer(times));
}

static void counts_read(const struct results *results, json_t *coverage)
{
	enum { MAX_LINE = 1000000 };
	char *path = result_path(results, "coverage.lcov"), *text = NULL;
	char **lines = NULL;
	json_t *counts = NULL;
	long line;
	long long times;

	if (g_file_get_contents(path, &text, NULL, NULL))
		lines = g_strsplit(text, "\n", -1);
	for (char **at = lines; at && *at; at++) {
		if (!strncmp(*at, "SF:", 3)) {
			json_t *file = file_find(coverage, *at + 3);

			counts = file ? json_array() : NULL;
			if (file)
				json_object_set_new(file, "counts", counts);
		} else if (counts && sscanf(*at, "DA:%ld,%lld", &line, &times) == 2 && line > 0 &&
			   line <= MAX_LINE && times >= 0) {
			count_put(counts, line, times);
		}
	}
	g_strfreev(lines);
	g_free(text);
	free(path);
}

/* --- the source ------------------------------------------------------------------------------ */

/* Whether the line begins with this text, which was cut and has no blanks around it. */
static bool has_text(const char *line, const char *text)
{
	line += strspn(line, " \t");
	return strstr(line, text) != NULL || !*text;
}

static bool is_as_measured(const json_t *coverage, const char *file, char **lines, size_t counted)
{
	size_t nr = g_strv_length(lines), i;
	const json_t *place;

	if (nr < counted)
		return false;
	json_array_foreach(json_object_get(coverage, "unreached"), i, place)
	{
		size_t line = (size_t)result_number(place, "line");

		if (strcmp(result_text(place, "file"), file))
			continue;
		if (!line || line > nr || !has_text(lines[line - 1], result_text(place, "text")))
			return false;
	}
	return true;
}

static void source_put(const json_t *coverage, json_t *file)
{
	const char *name = result_text(file, "file");
	size_t counted = json_array_size(json_object_get(file, "counts"));
	char *path, *text = NULL, **lines;

	if (!counted || *name == '/' || strstr(name, ".."))
		return;
	path = cmd_path("%s", name);
	if (g_file_get_contents(path, &text, NULL, NULL) && g_utf8_validate(text, -1, NULL)) {
		lines = g_strsplit(text, "\n", -1);
		if (is_as_measured(coverage, name, lines, counted))
			json_object_set_new(file, "source", json_string(text));
		g_strfreev(lines);
	}
	g_free(text);
	free(path);
}

/* --- places ---------------------------------------------------------------------------------- */

static json_t *place_words(const json_t *place)
{
	const char *file = result_text(place, "file");
	double line = result_number(place, "line"), to = result_number(place, "to_line");

	if (!strcmp(result_text(place, "missing"), "runs") && to > line)
		return json_sprintf("%s:%.0f-%.0f", file, line, to);
	return json_sprintf("%s:%.0f", file, line);
}

/* Of nothing there is no share. */
static void shares_clean(json_t *object)
{
	static const char *const sums[] = {"lines", "branches", "mcdc"};

	for (size_t i = 0; i < G_N_ELEMENTS(sums); i++) {
		json_t *sum = json_object_get(object, sums[i]);

		if (result_number(sum, "count") == 0)
			json_object_del(sum, "percent");
	}
}

void document_coverage(const struct results *results, json_t *coverage)
{
	json_t *file, *place;
	size_t i;

	counts_read(results, coverage);
	shares_clean(coverage);
	json_array_foreach(json_object_get(coverage, "files"), i, file)
	{
		shares_clean(file);
		source_put(coverage, file);
	}
	json_array_foreach(json_object_get(coverage, "unreached"), i, place)
		json_object_set_new(place, "place", place_words(place));
}
