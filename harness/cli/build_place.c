/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* build_place.c - where a build folder was configured, from .place or from meson's own notes. */
#include "harness/cli/build_place.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The first line of .place; false: there is none. */
static bool read_place(const char *folder, char place[PATH_MAX])
{
	char *path = g_build_filename(folder, ".place", NULL);
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(place, PATH_MAX, file);

	if (ok)
		place[strcspn(place, "\n")] = '\0';
	if (file)
		fclose(file);
	free(path);
	return ok;
}

static bool meson_agrees(const char *folder)
{
	char *path = g_build_filename(folder, "meson-info/meson-info.json", NULL);
	json_t *info = json_load_file(path, 0, NULL);
	const char *place = json_string_value(
		json_object_get(json_object_get(info, "directories"), "build"));
	bool agrees = !place || !strcmp(place, folder);

	json_decref(info);
	free(path);
	return agrees;
}

bool build_place_is_here(const char *folder)
{
	char place[PATH_MAX];

	return read_place(folder, place) ? !strcmp(place, folder) : meson_agrees(folder);
}

bool build_place_note(const char *folder)
{
	char *path = g_build_filename(folder, ".place", NULL), *line;
	bool ok;

	line = g_strdup_printf("%s\n", folder);
	ok = cmd_write_file(path, line, strlen(line));
	free(line);
	free(path);
	return ok;
}
