/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * build_place.h - where a build folder was configured. Meson's files have absolute paths: when a
 * checkout is copied, moved or renamed with its build folders, they lead to the old place.
 *
 *	FOLDER/.place			the folder's own path, a line; ./lab and we write it
 *	FOLDER/meson-info/		where there is none: somebody called meson by hand
 */
#ifndef BUILD_PLACE_H
#define BUILD_PLACE_H

#include <stdbool.h>

/* Was the folder (an absolute path) configured where it lies now? Yes when nothing says so. */
bool build_place_is_here(const char *folder);
/* Writes .place. False after printing a diagnostic. */
bool build_place_note(const char *folder);

#endif
