/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* git.h - the current revision, and worktrees of others. */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>

enum { GIT_ID_BYTES = 65 };

/* Returns the full id of the commit that REV names. False when there is none, or no git; prints
   nothing. */
bool git_resolve(const char *rev, char id[GIT_ID_BYTES]);
/* Runs git with these words (NULL-terminated) in the checkout. Returns the lines of its output,
   g_strfreev() them; NULL when it failed, after which nothing was printed. */
char **git_lines(const char *const *words);
/* The same for its exit status alone; below 0: it could not be run to its end. */
int git_status(const char *const *words);
/* HEAD's id, "unknown" outside of git; *dirty: tracked files differ from it. */
void git_revision(char id[GIT_ID_BYTES], bool *dirty);

/*
 * Creates a worktree of commit ID at PATH. False after printing a diagnostic. git_tree_remove()
 * also works after a stop was requested, and on an incomplete worktree; it prints nothing.
 */
bool git_tree_add(const char *path, const char *id);
/* Switches a worktree to another commit; what is not committed there is lost, what git ignores
   stays. False: it could not, and nothing was printed. */
bool git_tree_switch(const char *path, const char *id);
void git_tree_remove(const char *path);

#endif
