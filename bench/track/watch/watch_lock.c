/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * watch_lock.c - a file that every process of a stage has open, as it inherits it: by that the next
 * watch knows what a killed one left at work, whatever its parents and groups are by then.
 */
#include "bench/track/watch/watch.h"
#include "harness/cli/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 50, PAUSE_US = 100000 };

/* Returns whether a process has the file open. */
static bool has_open(const char *process, const struct stat *file)
{
	char *folder = g_strdup_printf("/proc/%s/fd", process), **names = folder_names(folder);
	bool has = false;

	for (char **name = names; *name && !has; name++) {
		char *path = g_build_filename(folder, *name, NULL);
		struct stat about;

		has = !stat(path, &about) && about.st_dev == file->st_dev &&
		      about.st_ino == file->st_ino;
		free(path);
	}
	g_strfreev(names);
	free(folder);
	return has;
}

/* Returns how many were there. */
static unsigned end_holders(const struct stat *file)
{
	char **names = folder_names("/proc");
	unsigned nr = 0;

	for (char **name = names; *name; name++) {
		long pid = strtol(*name, NULL, 10);

		if (pid <= 1 || pid == getpid() || !has_open(*name, file))
			continue;
		kill((pid_t)pid, SIGKILL);
		nr++;
	}
	g_strfreev(names);
	return nr;
}

/* A git that was killed leaves its lock in the worktree, which is ours alone. */
static void unlock_tree(const struct watch *watch)
{
	static const char *const names[] = {"index.lock", "HEAD.lock"};
	char *link = g_build_filename(watch->tree, ".git", NULL), *text = NULL;

	if (g_file_get_contents(link, &text, NULL, NULL) && !strncmp(text, "gitdir: ", 8)) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			char *path = g_build_filename(g_strstrip(text + 8), names[i], NULL);

			unlink(path);
			free(path);
		}
	}
	g_free(text);
	free(link);
}

bool watch_lock(const struct watch *watch)
{
	char *path = g_build_filename(watch->folder, "lock", NULL);
	struct stat about;
	unsigned nr = 0;
	int fd;

	if (!stat(path, &about)) {
		for (int i = 0; i < TRIES && end_holders(&about); i++) {
			nr++;
			usleep(PAUSE_US);
		}
	}
	if (nr)
		progress_say("lab watch: processes that a killed watch had left were ended");
	unlock_tree(watch);
	fd = open(path, O_RDWR | O_CREAT, 0666); /* inherited by what a stage starts */
	if (fd < 0)
		error_file(path, "written", strerror(errno));
	free(path);
	return fd >= 0;
}
