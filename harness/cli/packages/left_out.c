/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* left_out.c - reads what meson.build writes of it. */
#include "harness/cli/packages/left_out.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PACKAGES_CHANGED "/var/lib/dpkg/status"

/* The packages of a line, cut off its newline; the target before them ends with a NUL. NULL: no
   such line. */
static char *cut_line(char *line)
{
	char *colon = line[0] == '#' ? NULL : strstr(line, ": ");

	line[strcspn(line, "\n")] = '\0';
	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 2;
}

static bool is_among(const char *target, const char *const *targets)
{
	while (*targets && strcmp(*targets, target))
		targets++;
	return *targets != NULL;
}

/* Of the first line whose target is among them (NULL: of any), malloc'ed; NULL: there is none. */
static char *find_line(const char *folder, const char *const *targets)
{
	char *path = g_build_filename(folder, "left_out.txt", NULL), *line = NULL, *found = NULL;
	FILE *file = fopen(path, "re");
	size_t room = 0;

	while (file && !found && getline(&line, &room, file) > 0) {
		char *packages = cut_line(line);

		if (packages && (!targets || is_among(line, targets)))
			found = g_strdup(packages);
	}
	if (file)
		fclose(file);
	free(line);
	free(path);
	return found;
}

char *left_out_packages(const char *folder, const char *const *targets)
{
	return targets ? find_line(folder, targets) : NULL;
}

bool left_out_is_stale(const char *folder)
{
	char *packages = find_line(folder, NULL), *place = g_build_filename(folder, ".place", NULL);
	struct stat configured, changed;
	bool is_stale = packages && !stat(place, &configured) &&
			!stat(PACKAGES_CHANGED, &changed) &&
			changed.st_mtime > configured.st_mtime;

	free(place);
	free(packages);
	return is_stale;
}
