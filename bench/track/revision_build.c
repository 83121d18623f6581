/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* revision_build.c - a worktree that goes from commit to commit, and what is kept of each. */
#include "bench/track/revision_build.h"
#include "bench/track/build_log.h"
#include "harness/cli/flavours.h"
#include "harness/cli/git.h"
#include "harness/cli/packages/left_out.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

struct revision_work {
	char *folder, *tree, *build;
	unsigned keep;
	bool has_built; /* the build folder is of another revision */
	int held;	/* the revision whose program was given last, or -1 */
};

/* --- build/compare/ID --------------------------------------------------------------------- */

int revision_hold(const char *id)
{
	char *folder = cmd_path("build/compare/%s", id);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		flock(fd, LOCK_SH | LOCK_NB);
		futimens(fd, NULL);
	}
	free(folder);
	return fd;
}

static bool kept_is_free(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_free = fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);

	if (fd >= 0)
		close(fd);
	return is_free;
}

struct kept {
	char *path;
	struct timespec used;
};

static gint compare_used(gconstpointer a, gconstpointer b)
{
	const struct timespec *x = &((const struct kept *)a)->used;
	const struct timespec *y = &((const struct kept *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return x->tv_nsec < y->tv_nsec ? 1 : x->tv_nsec > y->tv_nsec ? -1 : 0;
}

/* Returns whether a name is a commit's: a folder of a build in progress has its process behind. */
static bool is_id(const char *name)
{
	size_t bytes = strspn(name, "0123456789abcdef");

	return bytes >= 40 && !name[bytes];
}

static bool has_program(const char *folder)
{
	char *count = g_build_filename(folder, "pcpu-count", NULL);
	char *bench = g_build_filename(folder, "pcpu-bench", NULL);
	bool has = !access(count, F_OK) || !access(bench, F_OK);

	free(count);
	free(bench);
	return has;
}

void revisions_trim(unsigned keep)
{
	char *folder = cmd_path("build/compare"), **names = folder_names(folder);
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct kept));

	for (char **name = names; *name; name++) {
		struct kept kept = {.path = g_build_filename(folder, *name, NULL)};
		struct stat about;

		if (is_id(*name) && has_program(kept.path) && !stat(kept.path, &about)) {
			kept.used = about.st_mtim;
			g_array_append_val(all, kept);
		} else {
			free(kept.path);
		}
	}
	g_array_sort(all, compare_used);
	for (guint i = 0; i < all->len; i++) {
		struct kept *kept = &g_array_index(all, struct kept, i);

		if (i >= keep && kept_is_free(kept->path))
			folder_erase(kept->path);
		free(kept->path);
	}
	g_array_free(all, TRUE);
	g_strfreev(names);
	free(folder);
}

void revision_forget_marks(void)
{
	char *folder = cmd_path("build/compare"), **names = folder_names(folder);

	for (char **name = names; *name; name++) {
		char *mark = g_build_filename(folder, *name, "unbuilt", NULL);

		unlink(mark);
		free(mark);
	}
	g_strfreev(names);
	free(folder);
}

bool revision_is_marked(const char *id, char why[WHY_BYTES])
{
	char *path = cmd_path("build/compare/%s/unbuilt", id), *text = NULL;
	bool is_marked = g_file_get_contents(path, &text, NULL, NULL);

	if (is_marked)
		snprintf(why, WHY_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
	g_free(text);
	free(path);
	return is_marked;
}

/* A mark that cannot be written costs a second try, no more. */
static void mark_write(const char *id, const char *why)
{
	char *folder = cmd_path("build/compare/%s", id), *path, *text;

	path = g_build_filename(folder, "unbuilt", NULL);
	text = g_strdup_printf("%s\n", why);
	if (cmd_make_folders(folder))
		cmd_write_file(path, text, strlen(text));
	free(text);
	free(path);
	free(folder);
}

/* --- the worktree ------------------------------------------------------------------------- */

static void work_erase(const struct revision_work *work)
{
	git_tree_remove(work->tree);
	git_tree_remove(work->folder);
}

static void work_hold(struct revision_work *work, int held)
{
	if (work->held >= 0)
		close(work->held);
	work->held = held;
}

struct revision_work *revision_work_open(const struct cmd *cmd, unsigned keep)
{
	struct revision_work *work = g_new0(struct revision_work, 1);

	work->folder = cmd_path("build/track/%s", cmd->name);
	work->tree = cmd_path("build/track/%s/tree", cmd->name);
	work->build = cmd_path("build/track/%s/build", cmd->name);
	work->keep = keep;
	work->held = -1;
	work_erase(work);
	if (cmd_make_folders(work->folder))
		return work;
	revision_work_close(work);
	return NULL;
}

void revision_work_close(struct revision_work *work)
{
	if (!work)
		return;
	work_hold(work, -1);
	work_erase(work);
	revisions_trim(work->keep);
	free(work->folder);
	free(work->tree);
	free(work->build);
	g_free(work);
}

/* A tree that cannot be switched is made again. */
static bool work_switch(struct revision_work *work, const char *id)
{
	if (!access(work->tree, F_OK) && git_tree_switch(work->tree, id))
		return true;
	if (process_interrupted())
		return false;
	git_tree_remove(work->tree);
	return git_tree_add(work->tree, id);
}

static bool work_make(const struct revision_work *work, const char *target)
{
	const char *const targets[] = {target, NULL};
	const struct flavour_order order = {.source = work->tree,
					    .folder = work->build,
					    .targets = targets,
					    .may_fail = true};

	return flavour_build_order("release", &order);
}

/* Names what keeps this machine from building anything. False: it is the revision's own fault. */
static bool is_of_machine(const struct revision_work *work, const char *target,
			  const struct build_log *log)
{
	const char *const targets[] = {target, NULL};
	char *packages;

	if (process_interrupted())
		return true;
	if (log->is_full) {
		fprintf(stderr, "%s: cannot be written: %s\n", work->build, log->line);
		return true;
	}
	packages = left_out_packages(work->build, targets);
	if (packages)
		fprintf(stderr, "%s: what is needed was left out: install %s\n", target, packages);
	free(packages);
	return packages != NULL;
}

/* Once more from nothing, where ninja has compiled nothing wrong: what an older meson.build left
   may be in the way. */
static enum revision_state work_build(struct revision_work *work, const char *target,
				      char why[WHY_BYTES])
{
	bool again = work->has_built;

	for (;;) {
		struct build_log log;

		work->has_built = true;
		if (work_make(work, target))
			return REVISION_BUILT;
		build_log_read(work->build, work->tree, &log);
		if (is_of_machine(work, target, &log))
			return REVISION_STOPPED;
		if (!again || log.is_compiler || strstr(log.line, "unknown target")) {
			snprintf(why, WHY_BYTES, "%s", log.line);
			return REVISION_UNBUILT;
		}
		again = false;
		git_tree_remove(work->build);
	}
}

static bool work_store(const struct revision_work *work, const char *target, const char *id,
		       const char *program)
{
	char *made = g_build_filename(work->build, target, NULL);
	char *folder = cmd_path("build/compare/%s", id);
	bool ok = cmd_make_folders(folder) && !rename(made, program);

	if (!ok)
		error_file(program, "written", strerror(errno));
	free(folder);
	free(made);
	return ok;
}

static enum revision_state work_produce(struct revision_work *work, const char *id,
					const char *name, const char *program, char why[WHY_BYTES])
{
	char *target = g_strdup_printf("bench/%s", name);
	enum revision_state state = REVISION_STOPPED;

	if (work_switch(work, id))
		state = work_build(work, target, why);
	progress_clear();
	if (state == REVISION_UNBUILT)
		mark_write(id, why);
	if (state == REVISION_BUILT && !work_store(work, target, id, program))
		state = REVISION_STOPPED;
	free(target);
	return state;
}

enum revision_state revision_program(struct revision_work *work, const char *id, const char *name,
				     char **program, char why[WHY_BYTES])
{
	char *path = cmd_path("build/compare/%s/%s", id, name);
	enum revision_state state = REVISION_BUILT;

	if (access(path, X_OK))
		state = revision_is_marked(id, why) ? REVISION_UNBUILT :
					     work_produce(work, id, name, path, why);
	if (state == REVISION_BUILT) {
		work_hold(work, revision_hold(id));
		*program = path;
		revisions_trim(work->keep);
		return state;
	}
	free(path);
	return state;
}

/* --- how it is built ---------------------------------------------------------------------- */

static void take_word(void *context, const char *line, size_t bytes)
{
	snprintf(context, 64, "%.*s", (int)bytes, line);
}

char *revision_key(void)
{
	static const char *const argv[] = {"gcc", "-dumpfullversion", NULL};
	char version[64] = "";
	struct process process = {
		.argv = argv, .out_line = take_word, .context = version, .timeout_seconds = 30};
	struct process_result result;
	struct utsname host;

	process_run(&process, &result);
	if (uname(&host))
		host.machine[0] = '\0';
	return g_strdup_printf("gcc %s, glibc %s, %s, release", version, gnu_get_libc_version(),
			       host.machine);
}
