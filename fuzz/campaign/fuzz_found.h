/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_found.h - findings: replayed, grouped by sentence and place, a few of each group kept.
 *
 *	TARGET.found/...  ── replay ──>  struct finding (fuzz/targets/finding.h)
 *	                                   │
 *	       reports/out/crashes/TARGET-crash-HASH	the shortest few of each group
 */
#ifndef FUZZ_FOUND_H
#define FUZZ_FOUND_H

#include "fuzz/campaign/fuzz_corpus.h"

#include <jansson.h>
#include <stdio.h>

enum { FUZZ_KEPT_OF_GROUP = 5 };

struct fuzz_found; /* of all targets, one run of the command */

struct fuzz_found *fuzz_found_create(void);
void fuzz_found_destroy(struct fuzz_found *found);

/* Replays the files in paths->found, and removes them. */
void fuzz_found_take(struct fuzz_found *found, const struct fuzz_paths *paths);

/* Returns inputs and groups of a target so far; NULL: of all. */
unsigned fuzz_found_inputs(const struct fuzz_found *found, const char *target);
unsigned fuzz_found_groups(const struct fuzz_found *found, const char *target);

/* Prints a few groups, each with the command that reproduces it. */
void fuzz_found_print(const struct fuzz_found *found, FILE *to);
/* Returns [{target, file, inputs, reproduce, and the keys of finding_json()}, ...]; a new
   reference. */
json_t *fuzz_found_json(const struct fuzz_found *found);

#endif
