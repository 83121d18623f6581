/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crash_place.c - see crash_place.h. */
#include "fuzz/crash/crash_place.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_in_checkout(const char *path)
{
	char *whole = cmd_path("%s", path);
	bool is_there = g_file_test(whole, G_FILE_TEST_IS_REGULAR);

	free(whole);
	return is_there;
}

/* Returns the first file of that name in a folder of the checkout or below it, or NULL. */
static char *find_below(const char *folder, const char *name)
{
	char *whole = cmd_path("%s", folder), **entries, *found = NULL;

	entries = folder_names(whole);
	for (char **entry = entries; *entry && !found; entry++) {
		char *path = g_strdup_printf("%s/%s", folder, *entry);
		char *absolute = cmd_path("%s", path);

		if (g_file_test(absolute, G_FILE_TEST_IS_DIR) &&
		    !g_file_test(absolute, G_FILE_TEST_IS_SYMLINK))
			found = find_below(path, name);
		else if (!strcmp(*entry, name))
			found = g_strdup(path);
		free(absolute);
		free(path);
	}
	g_strfreev(entries);
	free(whole);
	return found;
}

/* A compiler names a file from its build folder, "../../core/free.c", or by its absolute path; an
   assertion by its last part. */
static char *locate_file(const char *name)
{
	static const char *const folders[] = {"core", "harness", "fuzz"};
	const char *root = cmd_root();
	char *found = NULL;

	if (g_str_has_prefix(name, root) && name[strlen(root)] == '/')
		name += strlen(root) + 1;
	while (g_str_has_prefix(name, "../") || g_str_has_prefix(name, "./"))
		name = strchr(name, '/') + 1;
	if (*name == '/' || strstr(name, "/../"))
		return NULL;
	if (strchr(name, '/'))
		return is_in_checkout(name) ? g_strdup(name) : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(folders) && !found; i++)
		found = find_below(folders[i], name);
	return found;
}

bool crash_place_find(struct crash_place *place, const char *text)
{
	GRegex *regex = g_regex_new("([\\w./+-]*\\w\\.[ch]):([0-9]{1,9})\\b", G_REGEX_RAW, 0, NULL);
	GMatchInfo *match;
	bool found = false;

	for (g_regex_match(regex, text, 0, &match); !found && g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		char *name = g_match_info_fetch(match, 1), *line = g_match_info_fetch(match, 2);
		char *path = atol(line) > 0 ? locate_file(name) : NULL;

		if (path)
			*place = (struct crash_place){.path = path, .line = atol(line)};
		found = path != NULL;
		free(line);
		free(name);
	}
	g_match_info_free(match);
	g_regex_unref(regex);
	return found;
}

/* fuzz_alloc: fuzz/targets/alloc/fuzz_alloc.c */
void crash_place_of_target(struct crash_place *place, const char *target)
{
	const char *folder = g_str_has_prefix(target, "fuzz_") ? target + strlen("fuzz_") : target;

	place->path = g_strdup_printf("fuzz/targets/%s/%s.c", folder, target);
	place->line = 1;
}

/* A path's escapes are of its bytes; a colon would make its first part a scheme. */
char *crash_uri(const char *path)
{
	const char *root = cmd_root();
	char *whole = g_canonicalize_filename(path, NULL), *uri;

	if (*path != '/' && is_in_checkout(path))
		uri = g_uri_escape_string(path, "/", FALSE);
	else if (g_str_has_prefix(whole, root) && whole[strlen(root)] == '/')
		uri = g_uri_escape_string(whole + strlen(root) + 1, "/", FALSE);
	else
		uri = g_filename_to_uri(whole, NULL, NULL);
	free(whole);
	return uri;
}
