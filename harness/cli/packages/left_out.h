/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * left_out.h - what meson left out of a build folder, since packages are missing on this machine.
 *
 *	FOLDER/left_out.txt	TARGET: PACKAGE ...	a line each; # starts a comment
 */
#ifndef LEFT_OUT_H
#define LEFT_OUT_H

#include <stdbool.h>

/* The Debian packages that one of the targets (NULL-terminated; NULL: none of them) would need,
   "a b c", malloc'ed. NULL: all of them can be built. */
char *left_out_packages(const char *folder, const char *const *targets);

/* Was something left out, and has Debian's database of packages changed since the folder was
   configured? */
bool left_out_is_stale(const char *folder);

#endif
