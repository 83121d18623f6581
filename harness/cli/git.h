/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* git.h - which revision this is, and trees of other ones. */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>

enum { GIT_ID_BYTES = 65 };

/* The whole id of a commit that REV names. Returns false when there is none, or no git; prints
   nothing. */
bool git_resolve(const char *rev, char id[GIT_ID_BYTES]);
/* HEAD's id, "unknown" outside of git; *dirty: tracked files differ from it. */
void git_revision(char id[GIT_ID_BYTES], bool *dirty);

/*
 * A worktree of commit ID at PATH. False after printing a diagnostic. git_tree_remove() also works
 * when we are asked to stop, and on a half-made one; it tells nothing.
 */
bool git_tree_add(const char *path, const char *id);
void git_tree_remove(const char *path);

#endif
