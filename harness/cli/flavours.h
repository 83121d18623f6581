/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * flavours.h - build folders on demand: build/<name> of flavours.def, configured and built by meson
 * and ninja, with the progress shown on stderr and the whole output in build/<name>/lab-build.log.
 * A folder is locked while it is built: who wants to build there too waits.
 */
#ifndef FLAVOURS_H
#define FLAVOURS_H

#include <stdbool.h>

/* Another checkout's, say: what is built of which sources, and where. */
struct flavour_order {
	const char *source, *folder;	/* absolute; the folder is made */
	const char *const *targets;	/* NULL-terminated; NULL: everything */
	bool may_fail;			/* then nothing is printed of it */
};

/* Makes the order's targets up to date by a flavour's compilers and options; the log is the
   folder's lab-build.log. False after printing the end of the log, or when interrupted. */
bool flavour_build_order(const char *name, const struct flavour_order *order);

/*
 * The same in build/<name>, of this checkout: makes ninja targets (NULL-terminated; NULL:
 * everything) of a flavour up to date; *seconds (may be NULL): how long it took. False after
 * printing the end of the log, or when interrupted. A folder of another place is configured again;
 * in one that may not be written to, targets that are there are used as they are.
 */
bool flavour_build(const char *name, const char *const *targets, double *seconds);
/* The exit status for the last one that returned false: CMD_USAGE where the checkout may not be
   written to or packages are missing, which one line names, else CMD_FOUND. */
int flavour_failed(void);

/* The same for the flavour that this program is of. One that lies in another checkout was made by
   whoever works there: nothing is done. */
bool flavour_build_own(const char *const *targets);

/* "ROOT/build/<name>", malloc'ed. */
char *flavour_folder(const char *name);

/* Prints the last lines of a file to stderr, each after four blanks. */
void flavour_print_tail(const char *path, unsigned nr_lines);

#endif
