/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_files.c - reads names: folders, fuzz/targets/targets.def, fuzz/zoo/killers. */
#include "fuzz/corpus/corpus_files.h"
#include "harness/cli/cmd.h"
#include "fuzz/targets/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- names ------------------------------------------------------------------------------------ */

static void add_name(struct corpus_names *names, const char *name, size_t bytes)
{
	names->at = g_realloc(names->at, (names->nr + 1) * sizeof(*names->at));
	names->at[names->nr++] = g_strndup(name, bytes);
}

void corpus_names_free(struct corpus_names *names)
{
	for (size_t i = 0; i < names->nr; i++)
		free(names->at[i]);
	free(names->at);
	*names = (struct corpus_names){0};
}

bool corpus_names_have(const struct corpus_names *names, const char *name)
{
	for (size_t i = 0; i < names->nr; i++) {
		if (!strcmp(names->at[i], name))
			return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void files_sort(struct corpus_names *names)
{
	if (names->nr)
		qsort(names->at, names->nr, sizeof(*names->at), by_name);
}

bool corpus_targets(struct corpus_names *targets)
{
	char *path = cmd_path("fuzz/targets/targets.def"), *text;
	size_t bytes;
	bool ok = cmd_read_file(path, &text, &bytes);

	*targets = (struct corpus_names){0};
	free(path);
	if (!ok)
		return false;
	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, "X(", 2))
			add_name(targets, at + 2, strcspn(at + 2, ")"));
	}
	free(text);
	files_sort(targets);
	return true;
}

void corpus_inputs(struct corpus_names *inputs, const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	struct stat about;

	*inputs = (struct corpus_names){0};
	while (entries && (entry = readdir(entries)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.' || !strcmp(name, "README.md") ||
		    fstatat(dirfd(entries), name, &about, 0) || !S_ISREG(about.st_mode))
			continue;
		add_name(inputs, name, strlen(name));
	}
	if (entries)
		closedir(entries);
	files_sort(inputs);
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
	char *from, *copy, limit[64];
	FILE *file;
	size_t nr = 0;
	bool ok;

	from = g_strdup_printf("%s/%s", folder, name);
	copy = g_strdup_printf("%s/%s", to, name);
	ok = corpus_read(from, bytes, sizeof(bytes), &nr);
	if (ok) {
		file = fopen(copy, "wbe");
		ok = file && fwrite(bytes, 1, nr, file) == nr;
		ok = file && !fclose(file) && ok;
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
	char *path = cmd_path("fuzz/zoo/killers"), *text, *rest, *line, *killed = NULL, *more;
	char killer[512];
	size_t bytes;

	snprintf(killer, sizeof(killer), "%s/%s", target, input);
	if (access(path, F_OK) || !cmd_read_file(path, &text, &bytes)) {
		free(path);
		return NULL;
	}
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;) {
		char *defect = strsep(&line, " ");

		if (*defect == '#' || !line || strcmp(line, killer))
			continue;
		more = g_strdup_printf("%s%s`%s`", killed ? killed : "", killed ? ", " : "",
				       defect);
		free(killed);
		killed = more;
	}
	free(text);
	free(path);
	return killed;
}
