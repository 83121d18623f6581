/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* build_log.h - why a build failed, in a line of its log. */
#ifndef BUILD_LOG_H
#define BUILD_LOG_H

#include <stdbool.h>

struct build_log {
	char line[200];	  /* the first error, without the tree's path */
	bool is_compiler; /* ninja ran, and a command of it failed */
	bool is_full;	  /* the disk is full, or a limit was reached */
};

/* Reads FOLDER/lab-build.log. */
void build_log_read(const char *folder, const char *tree, struct build_log *log);

#endif
