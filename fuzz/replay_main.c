/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_main.c - a fuzz target without an engine: replays files, and all files below folders.
 *
 *	fuzz_<name> [--text] FILE|FOLDER ...
 *
 * Passing is quiet and counts. A failing input is named with the broken sentence, the others go on;
 * exit 1. What cannot be read, or is too large to be an input, is named and skipped. The hash is
 * over all outcomes in order: the same files give the same number, everywhere.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILE_BYTES = 1 << 20, MAX_DEPTH = 16 };

struct replay {
	bool text;
	unsigned long nr_inputs, nr_broken, nr_skipped, nr_ops;
	uint64_t hash;
};

static void skip(struct replay *replay, const char *path, const char *why)
{
	fprintf(stderr, "%s: skipped: %s\n", path, why);
	replay->nr_skipped++;
}

static void put_line(const char *text)
{
	puts(text);
}

/* The bytes are copied to their exact size first, so that a read beyond them shows. */
static void replay_bytes(struct replay *replay, const char *path, const uint8_t *bytes, size_t nr)
{
	uint8_t *exact = malloc(nr ? nr : 1);
	struct fuzz_outcome outcome;

	if (!exact)
		abort();
	memcpy(exact, bytes, nr);
	if (replay->text)
		fuzz_targets[0]->describe(exact, nr, put_line);
	if (!fuzz_targets[0]->property(exact, nr, &outcome)) {
		printf("%s: BROKEN: %s\n", path, outcome.words);
		replay->nr_broken++;
	}
	free(exact);
	replay->nr_inputs++;
	replay->nr_ops += outcome.nr_ops;
	replay->hash = (replay->hash ^ outcome.hash) * UINT64_C(0x100000001b3);
}

static void replay_file(struct replay *replay, const char *path)
{
	static uint8_t bytes[MAX_FILE_BYTES + 1];
	FILE *file = fopen(path, "rbe");
	size_t nr;
	bool failed;

	if (!file) {
		skip(replay, path, strerror(errno));
		return;
	}
	nr = fread(bytes, 1, sizeof(bytes), file);
	failed = ferror(file);
	fclose(file);
	if (failed)
		skip(replay, path, "it cannot be read");
	else if (nr > MAX_FILE_BYTES)
		skip(replay, path, "larger than 1 MiB, so no input");
	else
		replay_bytes(replay, path, bytes, nr);
}

/* A folder's files that are not documents about it. */
static int is_input(const struct dirent *entry)
{
	size_t nr = strlen(entry->d_name);

	return entry->d_name[0] != '.' && (nr < 3 || strcmp(entry->d_name + nr - 3, ".md"));
}

static void replay_path(struct replay *replay, const char *path, int depth)
{
	struct dirent **names;
	struct stat about;
	int nr;

	if (stat(path, &about) || !S_ISDIR(about.st_mode)) {
		replay_file(replay, path);
		return;
	}
	nr = depth < MAX_DEPTH ? scandir(path, &names, is_input, alphasort) : -1;
	if (nr < 0) {
		skip(replay, path, depth < MAX_DEPTH ? strerror(errno) : "too many folders deep");
		return;
	}
	for (int i = 0; i < nr; i++) {
		char *below = malloc(strlen(path) + strlen(names[i]->d_name) + 2);

		if (!below)
			abort();
		sprintf(below, "%s/%s", path, names[i]->d_name);
		replay_path(replay, below, depth + 1);
		free(below);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	struct replay replay = { .hash = UINT64_C(0xcbf29ce484222325) };
	int i = 1;

	if (argc > 1 && !strcmp(argv[1], "--text")) {
		replay.text = true;
		i++;
	}
	if (i >= argc) {
		fprintf(stderr, "usage: %s [--text] FILE|FOLDER ...\n", argv[0]);
		return 2;
	}
	for (; i < argc; i++)
		replay_path(&replay, argv[i], 0);
	printf("%lu inputs, %lu operations, %lu skipped, hash %016llx\n", replay.nr_inputs,
	       replay.nr_ops, replay.nr_skipped, (unsigned long long)replay.hash);
	printf("%lu passed, %lu failed, %lu skipped\n", replay.nr_inputs - replay.nr_broken,
	       replay.nr_broken, replay.nr_skipped);
	return replay.nr_broken ? 1 : 0;
}
