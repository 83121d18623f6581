/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_files.c - reads names: folders, fuzz/targets/targets.def, fuzz/zoo/killers. */
#include "fuzz/corpus/corpus_files.h"
#include "harness/cli/cmd.h"
#include "fuzz/targets/fuzz.h"

#include <errno.h>
#include <ftw.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- names ------------------------------------------------------------------------------------ */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **corpus_targets(void)
{
	char *path = cmd_path("fuzz/targets/targets.def"), *text, **lines;
	GPtrArray *targets = g_ptr_array_new();
	size_t bytes;
	bool ok = cmd_read_file(path, &text, &bytes);

	free(path);
	lines = ok ? g_strsplit(text, "\n", -1) : NULL;
	for (char **line = lines; ok && *line; line++)
		if (g_str_has_prefix(*line, "X("))
			g_ptr_array_add(targets, g_strndup(*line + 2, strcspn(*line + 2, ")")));
	g_ptr_array_sort(targets, compare_names);
	g_ptr_array_add(targets, NULL);
	if (ok)
		free(text);
	g_strfreev(lines);
	return (char **)g_ptr_array_free(targets, !ok);
}

char **corpus_inputs(const char *folder)
{
	char **names = folder_names(folder), **kept = names;

	for (char **name = names; *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);

		if (**name != '.' && strcmp(*name, "README.md") &&
		    g_file_test(path, G_FILE_TEST_IS_REGULAR))
			*kept++ = *name;
		else
			free(*name);
		free(path);
	}
	*kept = NULL;
	return names;
}

/* --- inputs ----------------------------------------------------------------------------------- */

bool corpus_read(const char *path, uint8_t *bytes, size_t capacity, size_t *nr)
{
	FILE *file = fopen(path, "rbe");
	bool ok;

	if (!file)
		return false;
	*nr = fread(bytes, 1, capacity, file);
	ok = !ferror(file) && fgetc(file) == EOF;
	fclose(file);
	return ok;
}

bool corpus_copy(const char *folder, const char *name, const char *to)
{
	static uint8_t bytes[FUZZ_MAX_BYTES];
	char *from = g_build_filename(folder, name, NULL), *copy, limit[64];
	size_t nr = 0;
	bool ok = corpus_read(from, bytes, sizeof(bytes), &nr);

	copy = g_build_filename(to, name, NULL);
	if (ok) {
		ok = g_file_set_contents(copy, (const char *)bytes, (gssize)nr, NULL);
		if (!ok)
			error_file(copy, "written", strerror(errno));
	} else {
		snprintf(limit, sizeof(limit), "an input of at most %u bytes", FUZZ_MAX_BYTES);
		cmd_bad_input(from, 1, limit);
	}
	free(copy);
	free(from);
	return ok;
}

/* --- folders ---------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where)
{
	return where->level ? remove(path) : 0;
}

bool corpus_work_folder(const char *path)
{
	if (!cmd_make_folders(path))
		return false;
	if (!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		return true;
	error_file(path, "emptied", strerror(errno));
	return false;
}

static uint64_t bytes_seen;

static int add_bytes(const char *path, const struct stat *about, int type, struct FTW *where)
{
	bytes_seen += type == FTW_F ? (uint64_t)about->st_size : 0;
	return 0;
}

uint64_t corpus_folder_bytes(const char *folder)
{
	bytes_seen = 0;
	nftw(folder, add_bytes, 16, FTW_PHYS);
	return bytes_seen;
}

/* --- the zoo ---------------------------------------------------------------------------------- */

char *corpus_defects_killed(const char *target, const char *input)
{
	char *path = cmd_path("fuzz/zoo/killers"), *text, **lines = NULL;
	char *killer = g_strdup_printf(" %s/%s", target, input);
	GString *killed = g_string_new(NULL);
	size_t bytes;

	if (!access(path, F_OK) && cmd_read_file(path, &text, &bytes)) {
		lines = g_strsplit(text, "\n", -1);
		free(text);
	}
	for (char **line = lines; line && *line; line++)
		if (**line != '#' && g_str_has_suffix(*line, killer))
			g_string_append_printf(killed, "%s`%.*s`", killed->len ? ", " : "",
					       (int)strcspn(*line, " "), *line);
	g_strfreev(lines);
	free(killer);
	free(path);
	return g_string_free(killed, !killed->len);
}
