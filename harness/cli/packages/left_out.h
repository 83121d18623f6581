/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * left_out.h - targets that meson left out of a build folder, since packages are missing on this
 * machine.
 */
#ifndef LEFT_OUT_H
#define LEFT_OUT_H

#include <stdbool.h>

/* Returns the Debian packages that one of the targets (NULL-terminated; NULL: any) needs, "a b c",
   malloc'ed. NULL: all of them can be built. */
char *left_out_packages(const char *folder, const char *const *targets);

/* Returns whether a target was left out, and Debian's package database has changed since the folder
   was configured. */
bool left_out_is_stale(const char *folder);

#endif
