/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_wait.c - waits for locks with a message and a time limit.
 *
 * The owner removes the lock's file when it unlocks. So a process that gets the lock checks that
 * its file is still the one at the path; if not, another process may have locked a new file there.
 */
#include "bench/history/history_wait.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT_SECONDS = 60, MOST_SECONDS = 1000000, POLL_US = 50000 };
#define NOTICE_SECONDS 1.0

long history_wait_seconds(void)
{
	const char *text = getenv("LAB_WAIT_SECONDS");

	if (!text || !*text)
		return LIMIT_SECONDS;
	if (text[strspn(text, "0123456789")] || strlen(text) > 7)
		return -1;
	return atol(text) <= MOST_SECONDS ? atol(text) : -1;
}

bool history_wait_is_known(void)
{
	if (history_wait_seconds() >= 0)
		return true;
	fprintf(stderr,
		"lab: LAB_WAIT_SECONDS: a number of seconds up to %d was expected, not '%s'\n",
		MOST_SECONDS, getenv("LAB_WAIT_SECONDS"));
	return false;
}

struct history_waiting history_waiting_start(const char *name)
{
	return (struct history_waiting){.name = name, .since = clock_seconds()};
}

void history_wait_announce(const char *name)
{
	fprintf(stderr, "%s: locked by another process: waited for up to %ld s\n", name,
		history_wait_seconds());
}

bool history_wait_more(struct history_waiting *waiting)
{
	double seconds = clock_seconds() - waiting->since;
	long limit = history_wait_seconds();

	if (seconds >= NOTICE_SECONDS && !waiting->is_announced) {
		waiting->is_announced = true;
		history_wait_announce(waiting->name);
	}
	if (seconds >= (double)limit)
		return false;
	usleep(POLL_US);
	return true;
}

/* Returns whether the descriptor is the file at the path. */
static bool is_at(int fd, const char *path)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !stat(path, &there) && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

static char *lock_path(const char *path)
{
	return g_strdup_printf("%s.lock", path);
}

int history_lock(const char *path)
{
	char *lock = lock_path(path), why[64];
	struct history_waiting waiting = history_waiting_start(path);
	int fd = -1;
	bool ours = false;

	do {
		if (fd >= 0)
			close(fd);
		fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		ours = fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) && is_at(fd, lock);
	} while (fd >= 0 && !ours && history_wait_more(&waiting));
	free(lock);
	if (ours || fd < 0)
		return fd;
	close(fd);
	snprintf(why, sizeof(why), "another process has it locked since %ld s",
		 history_wait_seconds());
	error_file(path, "used", why);
	return -2;
}

void history_unlock(const char *path, int fd)
{
	char *lock = lock_path(path);

	unlink(lock);
	free(lock);
	close(fd);
}
