/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * compare_build.c - another revision's pcpu-bench.
 *
 *	build/compare/<id>.<pid>/tree	worktree	gone at the end
 *	build/compare/<id>.<pid>/build	meson, release	gone at the end
 *	build/compare/<id>/pcpu-bench	moved here whole: it is there, or it is not
 *	build/compare/<id>/pcpu-count	the same, before it, where the commit has one
 */
#include "harness/cli/cmd.h"
#include "bench/compare/compare.h"
#include "harness/cli/flavours.h"
#include "harness/cli/git.h"
#include "harness/cli/progress.h"
#include "harness/cli/tools.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUILD_SECONDS = 1800, TAIL_LINES = 20 };

struct building {
	const char *id;
	char *folder, *tree, *build, *log;
};

static char *join(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

static void note_line(void *context, const char *line, size_t bytes)
{
	const struct building *b = context;

	if (line[0] == '[')
		progress_show("build %.12s  %s", b->id, line);
}

static bool step(struct building *b, const char *const argv[])
{
	static const char *const environment[] = {"CC=gcc", "CXX=g++", NULL};
	struct tool tool = {
		.argv = argv,
		.environment = environment,
		.out_file = b->log,
		.err_file = b->log,
		.append = true,
		.out_line = note_line,
		.context = b,
		.timeout_seconds = BUILD_SECONDS,
	};
	struct tool_result result;
	bool ok = tool_run(&tool, &result);

	progress_clear();
	if (!ok) {
		tool_explain(&tool, &result);
		if (!result.interrupted)
			flavour_print_tail(b->log, TAIL_LINES);
	}
	return ok;
}

static bool make(struct building *b)
{
	const char *setup[] = {"meson", "setup", b->build, b->tree, "-Dbuildtype=release", NULL};
	const char *ninja[] = {"ninja", "-C", b->build, "bench/pcpu-bench", NULL};

	return cmd_make_folders(b->folder) && git_tree_add(b->tree, b->id) && step(b, setup) &&
	       step(b, ninja);
}

static bool keep(const struct building *b, const char *program)
{
	char *made = join(b->build, "bench/pcpu-bench"), *folder = strdup(program);
	char *made_count = join(b->build, "bench/pcpu-count"), *count;
	bool ok;

	if (!folder)
		abort();
	*strrchr(folder, '/') = '\0';
	count = join(folder, "pcpu-count");
	ok = cmd_make_folders(folder);
	if (ok && !access(made_count, X_OK))
		ok = !rename(made_count, count);
	ok = ok && !rename(made, program);
	if (!ok)
		perror(program);
	free(folder);
	free(made);
	free(made_count);
	free(count);
	return ok;
}

/* An older revision, or one configured where there is no valgrind, has none: that is no failure. */
static void make_count(struct building *b)
{
	const char *ninja[] = {"ninja", "-C", b->build, "bench/pcpu-count", NULL};
	struct tool tool = {.argv = ninja,
			    .out_file = b->log,
			    .err_file = b->log,
			    .append = true,
			    .timeout_seconds = BUILD_SECONDS};
	struct tool_result result;

	progress_show("build %.12s  pcpu-count", b->id);
	tool_run(&tool, &result);
	progress_clear();
}

char *compare_build(const char *id)
{
	struct building b = {
		.id = id,
		.folder = cmd_path("build/compare/%s.%d", id, (int)getpid()),
	};
	char *program = cmd_path("build/compare/%s/pcpu-bench", id);
	bool ok = !access(program, X_OK);

	b.tree = join(b.folder, "tree");
	b.build = join(b.folder, "build");
	b.log = join(b.folder, "log");
	if (!ok) {
		ok = make(&b);
		if (ok)
			make_count(&b);
		ok = ok && !tool_interrupted() && keep(&b, program);
		git_tree_remove(b.tree);
		git_tree_remove(b.folder);
	}
	free(b.tree);
	free(b.build);
	free(b.log);
	free(b.folder);
	if (ok)
		return program;
	free(program);
	return NULL;
}
