/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crashes_describe.c - see crashes_describe.h.
 *
 *	crashes/		inputs, and FILE.min that shrinking made of them
 *	crashes.json		newer than all of them and than the folder: nothing to do
 *
 * What was removed or added shows in the folder's own time. Shrinking ends after fewer attempts
 * than `lab crash` itself takes, and when that is too long, inputs are described as they are.
 */
#include "reports/crashes_describe.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT_SECONDS = 300 };

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* When something in the folder changed last. False: there is none. */
static bool folder_time(const char *folder, struct timespec *latest, size_t *nr)
{
	char **names = folder_names(folder);
	struct stat about;
	bool is = !stat(folder, &about) && S_ISDIR(about.st_mode);

	*nr = 0;
	*latest = about.st_mtim;
	for (char **name = names; is && *name; name++) {
		char *path = g_build_filename(folder, *name, NULL);

		if (!stat(path, &about) && S_ISREG(about.st_mode)) {
			*nr += 1;
			if (is_newer(&about.st_mtim, latest))
				*latest = about.st_mtim;
		}
		g_free(path);
	}
	g_strfreev(names);
	return is;
}

/* As a user names it in the checkout. */
static const char *path_here(const char *path)
{
	size_t bytes = strlen(cmd_root());
	bool below = !strncmp(path, cmd_root(), bytes) && path[bytes] == '/';

	return below ? path + bytes + 1 : path;
}

/* Exit status 1 of `lab crash`: something breaks, as it should. */
static bool crash_run(const char *crashes, const char *json, const char *attempts,
		      struct process_result *result)
{
	char *to = g_strdup_printf("--json=%s", json);
	const char *argv[] = {"/proc/self/exe",	  "crash", "--attempts", attempts, to, "--",
			      path_here(crashes), NULL};
	struct process process = {.argv = argv,
				  .directory = cmd_root(),
				  .err_file = "-",
				  .timeout_seconds = LIMIT_SECONDS};

	process_run(&process, result);
	g_free(to);
	return result->status == CMD_OK || result->status == CMD_FOUND;
}

static void crashes_run(const char *crashes, const char *json)
{
	struct process_result result;
	char words[160];
	bool ok = crash_run(crashes, json, "2000", &result);

	if (!ok && result.timed_out)
		ok = crash_run(crashes, json, "0", &result);
	if (ok || process_interrupted())
		return;
	process_words(&result, words, sizeof(words));
	fprintf(stderr, "lab report: %s is not described: lab crash: %s\n", crashes, words);
}

void crashes_describe(const char *folder)
{
	char *crashes = g_build_filename(folder, "crashes", NULL);
	char *json = g_build_filename(folder, "crashes.json", NULL);
	struct timespec latest;
	struct stat about;
	size_t nr;
	bool is_stale = folder_time(crashes, &latest, &nr) &&
			(stat(json, &about) || is_newer(&latest, &about.st_mtim));

	if (is_stale && nr)
		crashes_run(crashes, json);
	else if (is_stale)
		unlink(json);
	g_free(crashes);
	g_free(json);
}
