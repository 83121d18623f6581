/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* inputs.c - reads files and folders; the same tree gives the same list. */
#include "fuzz/targets/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 16 };

static void *inputs_require(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void inputs_skip(struct inputs *inputs, const char *path, const char *why)
{
	fprintf(stderr, "%s: skipped: %s\n", path, why);
	inputs->nr_skipped++;
}

static void inputs_append(struct inputs *inputs, const char *path, const uint8_t *bytes, size_t nr)
{
	struct input *input;

	if (inputs->nr == inputs->capacity) {
		inputs->capacity = inputs->capacity ? 2 * inputs->capacity : 64;
		inputs->input = inputs_require(
			realloc(inputs->input, inputs->capacity * sizeof(*inputs->input)));
	}
	input = &inputs->input[inputs->nr++];
	input->path = inputs_require(strdup(path));
	input->bytes = inputs_require(malloc(nr ? nr : 1));
	input->nr = nr;
	memcpy(input->bytes, bytes, nr);
}

static void add_file(struct inputs *inputs, const char *path)
{
	static uint8_t bytes[INPUT_MAX_BYTES + 1];
	FILE *file = fopen(path, "rbe");
	size_t nr;
	bool failed;

	if (!file) {
		inputs_skip(inputs, path, strerror(errno));
		return;
	}
	nr = fread(bytes, 1, sizeof(bytes), file);
	failed = ferror(file);
	fclose(file);
	if (failed)
		inputs_skip(inputs, path, "it cannot be read");
	else if (nr > INPUT_MAX_BYTES)
		inputs_skip(inputs, path, "larger than 1 MiB, so no input");
	else
		inputs_append(inputs, path, bytes, nr);
}

/* A folder's files that are not documents about it. */
static int is_input(const struct dirent *entry)
{
	size_t nr = strlen(entry->d_name);

	return entry->d_name[0] != '.' && (nr < 3 || strcmp(entry->d_name + nr - 3, ".md"));
}

static void add_path(struct inputs *inputs, const char *path, int depth);

static void add_folder(struct inputs *inputs, const char *path, int depth)
{
	struct dirent **names;
	int nr = depth < MAX_DEPTH ? scandir(path, &names, is_input, alphasort) : -1;

	if (nr < 0) {
		inputs_skip(inputs, path,
			    depth < MAX_DEPTH ? strerror(errno) : "too many folders deep");
		return;
	}
	for (int i = 0; i < nr; i++) {
		char *below = inputs_require(malloc(strlen(path) + strlen(names[i]->d_name) + 2));

		sprintf(below, "%s/%s", path, names[i]->d_name);
		add_path(inputs, below, depth + 1);
		free(below);
		free(names[i]);
	}
	free(names);
}

static void add_path(struct inputs *inputs, const char *path, int depth)
{
	struct stat about;

	if (stat(path, &about))
		inputs_skip(inputs, path, strerror(errno));
	else if (S_ISDIR(about.st_mode))
		add_folder(inputs, path, depth);
	else if (S_ISREG(about.st_mode))
		add_file(inputs, path);
	else
		inputs_skip(inputs, path, "no plain file");
}

void inputs_add(struct inputs *inputs, const char *path)
{
	add_path(inputs, path, 0);
}

void inputs_free(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->nr; i++) {
		free(inputs->input[i].path);
		free(inputs->input[i].bytes);
	}
	free(inputs->input);
	*inputs = (struct inputs){ 0 };
}
