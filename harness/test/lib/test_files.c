/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_files.c - files for tests: see test_files.h. */
#include "harness/test/lib/test_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"

#ifndef LAB_SOURCE_ROOT
#error "the build names the root of the checkout"
#endif

const char *test_source_path(const char *path)
{
	static char whole[4096];

	snprintf(whole, sizeof(whole), "%s/%s", LAB_SOURCE_ROOT, path);
	return whole;
}

char *test_read_file(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	char *text;
	long end;

	if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0)
		FAIL("%s: %s", path, strerror(errno));
	rewind(file);
	text = malloc((size_t)end + 1);
	*bytes = fread(text, 1, (size_t)end, file);
	text[*bytes] = '\0';
	fclose(file);
	if (*bytes != (size_t)end)
		FAIL("%s: %zu bytes instead of %ld", path, *bytes, end);
	return text;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t bytes = strlen(name), tail = strlen(suffix);

	return bytes > tail && strcmp(name + bytes - tail, suffix) == 0;
}

unsigned test_each_file(const char *folder, const char *suffix,
			void (*each)(const char *path, const char *name))
{
	struct dirent **entries;
	unsigned nr = 0;
	int count = scandir(folder, &entries, NULL, alphasort);

	if (count < 0)
		FAIL("%s: %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[4096], name[256];

		if (ends_in(entries[i]->d_name, suffix)) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			snprintf(name, sizeof(name), "%.*s",
				 (int)(strlen(entries[i]->d_name) - strlen(suffix)),
				 entries[i]->d_name);
			each(path, name);
			nr++;
		}
		free(entries[i]);
	}
	free(entries);
	return nr;
}
