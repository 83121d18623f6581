/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* left_out.c - reads left_out.txt, which meson.build writes. */
#include "harness/cli/packages/left_out.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PACKAGES_CHANGED "/var/lib/dpkg/status"

/* Returns the packages of a line; the target before them ends with a NUL. NULL: malformed line. */
static char *cut_line(char *line)
{
	char *colon = line[0] == '#' ? NULL : strstr(line, ": ");

	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 2;
}

/* Returns the first line whose target is among them (NULL: any), malloc'ed, or NULL. */
static char *find_line(const char *folder, const char *const *targets)
{
	char *path = g_build_filename(folder, "left_out.txt", NULL), *text = NULL, *found = NULL;
	char **lines;

	g_file_get_contents(path, &text, NULL, NULL);
	lines = g_strsplit(text ? text : "", "\n", -1);
	for (char **line = lines; *line && !found; line++) {
		char *packages = cut_line(*line);

		if (packages && (!targets || g_strv_contains(targets, *line)))
			found = g_strdup(packages);
	}
	g_strfreev(lines);
	free(text);
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
