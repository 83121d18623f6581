/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * build_place.h - where a build folder was configured. Meson's files have absolute paths: when a
 * checkout is copied, moved or renamed with its build folders, they still name the old place.
 *
 *	FOLDER/.place the folder's own path, a line; written by ./lab and this file
 *	FOLDER/meson-info/ used without .place: meson was called by hand
 */
#ifndef BUILD_PLACE_H
#define BUILD_PLACE_H

#include <stdbool.h>

/* Returns whether the folder (an absolute path) was configured where it is now; true when
   unknown. */
bool build_place_is_here(const char *folder);
/* Writes .place. False after printing a diagnostic. */
bool build_place_note(const char *folder);

#endif
