/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* build_place.c - where a build folder was configured, from .place or from meson's own notes. */
#include "harness/cli/build_place.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Returns the first line of .place (free it), or NULL. */
static char *read_place(const char *folder)
{
	char *path = g_build_filename(folder, ".place", NULL), *place = NULL;

	g_file_get_contents(path, &place, NULL, NULL);
	free(path);
	return place ? g_strdelimit(place, "\n", '\0') : NULL;
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
	char *place = read_place(folder);
	bool is_here = place && *place ? !strcmp(place, folder) : meson_agrees(folder);

	free(place);
	return is_here;
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
