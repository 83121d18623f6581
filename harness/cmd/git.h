/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* git.h - which revision this is. */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>

enum { GIT_ID_BYTES = 65 };

/* The whole id of a commit that REV names. False: there is none, or no git; tells nothing. */
bool git_resolve(const char *rev, char id[GIT_ID_BYTES]);
/* HEAD's id, "unknown" outside of git; *dirty: tracked files differ from it. */
void git_revision(char id[GIT_ID_BYTES], bool *dirty);

#endif
