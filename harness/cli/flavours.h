/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * flavours.h - build folders on demand: build/<name> of flavours.def, configured and built by meson
 * and ninja, with the progress shown on stderr and the whole output in build/<name>/lab-build.log.
 * A folder is locked while it is built: a second build there waits.
 */
#ifndef FLAVOURS_H
#define FLAVOURS_H

#include <stdbool.h>

/* A build of other sources or in another folder, such as another checkout's. */
struct flavour_order {
	const char *source, *folder;	/* absolute; the folder is made */
	const char *const *targets;	/* NULL-terminated; NULL: everything */
	bool may_fail;			/* if so, prints nothing about it */
};

/* Builds the order's targets with a flavour's compilers and options; the log is the folder's
   lab-build.log. False after printing the end of the log, or when interrupted. */
bool flavour_build_order(const char *name, const struct flavour_order *order);

/*
 * The same in build/<name>, of this checkout: makes ninja targets (NULL-terminated; NULL:
 * everything) of a flavour up to date; *seconds (may be NULL): how long it took. False after
 * printing the end of the log, or when interrupted. A folder that was moved is configured again; in
 * a read-only folder existing targets are used as they are.
 */
bool flavour_build(const char *name, const char *const *targets, double *seconds);
/* The exit status for the last one that returned false: CMD_USAGE where the checkout may not be
   written to or packages are missing, which one line names, else CMD_FOUND. */
int flavour_failed(void);

/* Does the same for this program's flavour. Does nothing if the program lies in another
   checkout. */
bool flavour_build_own(const char *const *targets);

/* "ROOT/build/<name>", malloc'ed. */
char *flavour_folder(const char *name);

/* Prints the last lines of a file to stderr, each after four blanks. */
void flavour_print_tail(const char *path, unsigned nr_lines);

#endif
