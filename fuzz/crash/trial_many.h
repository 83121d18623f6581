/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trial_many.h - many inputs, one after the other, in one process as long as it lives: a fork a
 * trial is most of what shrinking takes. What ends the process ends a trial; the next one gets
 * another.
 *
 *	us	bytes in shared memory, "go" ->			-> the next
 *	child			         property, verdict, "done" /
 *			    or its end: a signal, a sanitizer, a time limit
 *
 * A broken core may leave state behind that the property knows nothing of: what came out must be
 * tried once more by trial_run().
 */
#ifndef FUZZ_TRIAL_MANY_H
#define FUZZ_TRIAL_MANY_H

#include "fuzz/crash/trial.h"

struct trial_many; /* one at a time */

struct trial_many *trial_many_create(const struct fuzz_target *target, unsigned limit_ms);
void trial_many_destroy(struct trial_many *many);

/* As trial_run() without `said`. */
void trial_many_run(struct trial_many *many, const uint8_t *bytes, size_t nr, struct trial *trial);

#endif
