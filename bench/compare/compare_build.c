/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * compare_build.c - another revision's pcpu-bench.
 *
 *	build/compare/<id>.<pid>/tree	worktree	gone at the end
 *	build/compare/<id>.<pid>/build	flavour release	gone at the end
 *	build/compare/<id>/pcpu-bench	moved here by a rename, so never incomplete
 *	build/compare/<id>/pcpu-count	the same, before it, where the commit has one
 */
#include "harness/cli/cmd.h"
#include "bench/compare/compare.h"
#include "bench/track/revision_build.h"
#include "harness/cli/flavours.h"
#include "harness/cli/git.h"
#include "harness/cli/process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct building {
	const char *id;
	char *folder, *tree, *build;
};

static bool build_make(struct building *b, const char *target, bool may_fail)
{
	const char *const targets[] = {target, NULL};
	const struct flavour_order order = {
		.source = b->tree, .folder = b->build, .targets = targets, .may_fail = may_fail};

	return flavour_build_order("release", &order);
}

/* Moves a program that was built to its final path. */
static bool build_store(const struct building *b, const char *name)
{
	char *made = cmd_path("build/compare/%s.%d/build/bench/%s", b->id, (int)getpid(), name);
	char *kept = cmd_path("build/compare/%s/%s", b->id, name);
	bool ok = !rename(made, kept);

	if (!ok)
		perror(kept);
	free(kept);
	free(made);
	return ok;
}

/* An older revision, or one configured where there is no valgrind, has no pcpu-count. That is not a
   failure. */
static bool make_and_keep(struct building *b)
{
	char *kept = cmd_path("build/compare/%s", b->id);
	bool ok = git_tree_add(b->tree, b->id) && build_make(b, "bench/pcpu-bench", false);
	bool counts = ok && build_make(b, "bench/pcpu-count", true);

	ok = ok && !process_interrupted() && cmd_make_folders(kept) &&
	     (!counts || build_store(b, "pcpu-count")) && build_store(b, "pcpu-bench");
	free(kept);
	return ok;
}

char *compare_build(const char *id)
{
	struct building b = {
		.id = id,
		.folder = cmd_path("build/compare/%s.%d", id, (int)getpid()),
		.tree = cmd_path("build/compare/%s.%d/tree", id, (int)getpid()),
		.build = cmd_path("build/compare/%s.%d/build", id, (int)getpid()),
	};
	char *program = cmd_path("build/compare/%s/pcpu-bench", id);
	bool ok = !access(program, X_OK);

	if (!ok) {
		ok = cmd_make_folders(b.folder) && make_and_keep(&b);
		git_tree_remove(b.tree);
		git_tree_remove(b.folder);
	}
	free(b.tree);
	free(b.build);
	free(b.folder);
	if (ok) {
		revision_hold(id); /* until this process ends */
		return program;
	}
	free(program);
	return NULL;
}
