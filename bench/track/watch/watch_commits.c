/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* watch_commits.c - what is new in the repository, and whether this machine has time for it. */
#include "bench/track/watch/watch.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

bool watch_pause(double seconds)
{
	double until = clock_seconds() + seconds;

	while (clock_seconds() < until && !process_interrupted())
		processes_wait();
	return !process_interrupted();
}

/* --- commits ---------------------------------------------------------------------------------- */

static void fetch_commits(void)
{
	static const char *const words[] = {"fetch", "--quiet", NULL};

	if (git_status(words) != 0 && !process_interrupted())
		progress_say("lab watch: git fetch failed: it is tried again");
}

/* The newest commit: of the upstream branch, when that is fetched. */
static bool find_newest(const struct watch *watch, char id[GIT_ID_BYTES])
{
	return (watch->fetch && git_resolve("@{upstream}", id)) || git_resolve("HEAD", id);
}

static void note_gone(struct watch *watch, bool is_gone)
{
	if (is_gone != watch->is_gone && !process_interrupted())
		progress_say("lab watch: %s: %s", cmd_root(),
			     is_gone ? "git finds no commit there: it waits for one" :
				       "the repository is there again");
	watch->is_gone = is_gone;
}

/* The first behind `last`; where git does not know that one any more, the newest. */
static bool find_behind(const struct watch *watch, const char *newest, char id[GIT_ID_BYTES])
{
	char *range = g_strdup_printf("%s..%s", watch->last, newest), **lines;
	const char *const words[] = {"rev-list", "--first-parent", "--reverse", range, NULL};
	bool found;

	lines = *watch->last ? git_lines(words) : NULL;
	snprintf(id, GIT_ID_BYTES, "%s", lines ? lines[0] ? lines[0] : "" : newest);
	found = *id && strcmp(id, watch->last) != 0 && !process_interrupted();
	g_strfreev(lines);
	free(range);
	return found;
}

bool watch_next(struct watch *watch, char id[GIT_ID_BYTES])
{
	char newest[GIT_ID_BYTES];
	bool is_gone;

	if (watch->fetch)
		fetch_commits();
	watch->read_at = clock_seconds();
	is_gone = !find_newest(watch, newest);
	note_gone(watch, is_gone);
	return !is_gone && find_behind(watch, newest, id);
}

/* --- the machine ------------------------------------------------------------------------------ */

static bool is_loaded(const struct watch *watch)
{
	double load;

	return getloadavg(&load, 1) == 1 && load > (double)watch->most_load;
}

static bool is_full(const struct watch *watch)
{
	struct statvfs about;

	return !statvfs(watch->folder, &about) &&
	       (uint64_t)about.f_bavail * about.f_frsize < watch->least_disk_bytes;
}

bool watch_wait_for_machine(const struct watch *watch)
{
	bool was_full = false;

	while (!process_interrupted()) {
		bool full = is_full(watch);

		if (!full && !is_loaded(watch))
			break;
		if (full && !was_full)
			progress_say("%s: the disk is almost full (--disk): it waits for room",
				     watch->folder);
		else if (!full)
			progress_show("watch: the load is above %llu: it waits",
				      (unsigned long long)watch->most_load);
		was_full = full;
		watch_pause(full ? 5 : 1);
	}
	progress_clear();
	return !process_interrupted();
}
