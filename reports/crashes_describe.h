/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crashes_describe.h - the inputs that break something, described for the page: crashes.json. */
#ifndef CRASHES_DESCRIBE_H
#define CRASHES_DESCRIBE_H

/*
 * Has `lab crash` describe what lies in FOLDER/crashes, where FOLDER/crashes.json is older than
 * that or is not there; FOLDER is below the checkout's root. Where it cannot be done, a line on
 * stderr says so, and the report goes on without.
 */
void crashes_describe(const char *folder);

#endif
