/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* build_log.c - finds the first error of meson, ninja or a compiler in a build's log. */
#include "bench/track/build_log.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const full[] = {
	"No space left on device", "Disk quota exceeded", "File too large", "file size limit",
	"File size limit",
};

static bool is_full(const char *line)
{
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		if (strstr(line, full[i]))
			return true;
	}
	return false;
}

/* The line without the tree's path, which is of no use to a reader, nor "../" for it. */
static void log_shorten(const char *line, const char *tree, struct build_log *log)
{
	const char *at = strstr(line, tree);

	if (at && at[strlen(tree)] == '/')
		line = at + strlen(tree) + 1;
	if (!strncmp(line, "../tree/", 8))
		line += 8;
	g_strlcpy(log->line, line, sizeof(log->line));
}

static void log_take(const char *line, const char *tree, struct build_log *log)
{
	log->is_compiler |= !strncmp(line, "FAILED: ", 8);
	if (is_full(line) && !log->is_full) {
		log->is_full = true;
		log_shorten(line, tree, log);
	} else if (!log->line[0] && (strstr(line, "error: ") || strstr(line, "ERROR: "))) {
		log_shorten(line, tree, log);
	}
}

void build_log_read(const char *folder, const char *tree, struct build_log *log)
{
	char *path = g_build_filename(folder, "lab-build.log", NULL), line[4096];
	FILE *file = fopen(path, "re");

	*log = (struct build_log){0};
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		log_take(line, tree, log);
	}
	if (file)
		fclose(file);
	if (!log->line[0])
		snprintf(log->line, sizeof(log->line), "the build failed and gave no reason");
	free(path);
}
