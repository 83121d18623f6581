/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* git.h - the current revision, and worktrees of others. */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>

enum { GIT_ID_BYTES = 65 };

/* Returns the full id of the commit that REV names. False when there is none, or no git; prints
   nothing. */
bool git_resolve(const char *rev, char id[GIT_ID_BYTES]);
/* HEAD's id, "unknown" outside of git; *dirty: tracked files differ from it. */
void git_revision(char id[GIT_ID_BYTES], bool *dirty);

/*
 * Creates a worktree of commit ID at PATH. False after printing a diagnostic. git_tree_remove()
 * also works after a stop was requested, and on an incomplete worktree; it prints nothing.
 */
bool git_tree_add(const char *path, const char *id);
void git_tree_remove(const char *path);

#endif
