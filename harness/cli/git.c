/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* git.c - runs git for the checkout. */
#include "harness/cli/git.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

enum { GIT_SECONDS = 60 };

static void take_id(void *context, const char *line, size_t bytes)
{
	snprintf(context, GIT_ID_BYTES, "%s", line);
}

bool git_resolve(const char *rev, char id[GIT_ID_BYTES])
{
	char *commit;
	bool ok;

	commit = g_strdup_printf("%s^{commit}", rev);
	{
		const char *argv[] = {"git",	  "-C",	     cmd_root(),	 "rev-parse",
				      "--verify", "--quiet", "--end-of-options", commit,
				      NULL};
		struct process process = {.argv = argv,
					  .out_line = take_id,
					  .context = id,
					  .timeout_seconds = GIT_SECONDS};
		struct process_result result;

		id[0] = '\0';
		ok = process_run(&process, &result) && id[0];
	}
	free(commit);
	return ok;
}

/* --- any command --------------------------------------------------------------------------- */

static void take_line(void *context, const char *line, size_t bytes)
{
	g_ptr_array_add(context, g_strndup(line, bytes));
}

/* Returns "git -C FOLDER WORD ...", NULL-terminated; g_free() it. */
static const char **git_words(const char *folder, const char *const *words)
{
	size_t nr = 0;
	const char **argv;

	while (words[nr])
		nr++;
	argv = g_new0(const char *, nr + 4);
	argv[0] = "git";
	argv[1] = "-C";
	argv[2] = folder;
	memcpy(argv + 3, words, nr * sizeof(*words));
	return argv;
}

char **git_lines(const char *const *words)
{
	const char **argv = git_words(cmd_root(), words);
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	struct process process = {.argv = argv,
				  .out_line = take_line,
				  .context = lines,
				  .timeout_seconds = GIT_SECONDS};
	struct process_result result;
	bool ok = process_run(&process, &result);

	g_free(argv);
	if (!ok) {
		g_ptr_array_free(lines, TRUE);
		return NULL;
	}
	g_ptr_array_set_free_func(lines, NULL);
	g_ptr_array_add(lines, NULL);
	return (char **)g_ptr_array_free(lines, FALSE);
}

static int run_in(const char *folder, const char *const *words)
{
	const char **argv = git_words(folder, words);
	struct process process = {.argv = argv, .timeout_seconds = GIT_SECONDS};
	struct process_result result;

	process_run(&process, &result);
	g_free(argv);
	return result.status;
}

int git_status(const char *const *words)
{
	return run_in(cmd_root(), words);
}

bool git_tree_switch(const char *path, const char *id)
{
	const char *const words[] = {"checkout", "--force", "--detach", "--quiet", id, NULL};

	return run_in(path, words) == 0;
}

static void note_dirt(void *context, const char *line, size_t bytes)
{
	*(bool *)context = true;
}

/* Without optional locks: killed, it would leave the user's index locked. */
void git_revision(char id[GIT_ID_BYTES], bool *dirty)
{
	const char *argv[] = {
		"git", "--no-optional-locks", "-C", cmd_root(), "status", "--porcelain",
		"--untracked-files=no", NULL};
	struct process process = {.argv = argv,
				  .out_line = note_dirt,
				  .context = dirty,
				  .timeout_seconds = GIT_SECONDS};
	struct process_result result;

	*dirty = false;
	if (git_resolve("HEAD", id))
		process_run(&process, &result);
	else
		strcpy(id, "unknown");
}

bool git_tree_add(const char *path, const char *id)
{
	const char *argv[] = {"git",	  "-C",	     cmd_root(), "worktree", "add", "--force",
			      "--detach", "--quiet", path,	 id,	     NULL};
	struct process process = {.argv = argv, .err_file = "-", .timeout_seconds = GIT_SECONDS};
	struct process_result result;

	if (process_run(&process, &result))
		return true;
	process_explain(&process, &result);
	return false;
}

/*
 * Not by process_run(), which starts nothing once a stop was requested: a worktree must be removed
 * just then. In its own process group, so that a second Ctrl-C does not reach it.
 */
static void run_quietly(char *const argv[])
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	if (!posix_spawnp(&pid, argv[0], &files, &attributes, argv, environ)) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
}

void git_tree_remove(const char *path)
{
	char *root = g_strdup(cmd_root()), *tree = g_strdup(path);
	char *const remove[] = {"git",	   "-C",      root, "worktree", "remove",
				"--force", "--force", tree, NULL};
	char *const erase[] = {"rm", "-rf", tree, NULL};
	char *const prune[] = {"git", "-C", root, "worktree", "prune", NULL};

	run_quietly(remove);
	run_quietly(erase);
	run_quietly(prune);
	free(root);
	free(tree);
}
