/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * trial_server.h - runs many inputs in one process, since a fork per trial would take most of the
 * time of shrinking. When the process ends the trial ends too, and the next one gets a new process.
 *
 *	parent	bytes in shared memory, "go" ->			-> the next
 *	child			         property, verdict, "done" /
 *			    or its end: a signal, a sanitizer, a time limit
 *
 * A broken core may leave state behind that the property does not reset: try the result once more
 * by trial_run().
 */
#ifndef TRIAL_SERVER_H
#define TRIAL_SERVER_H

#include "fuzz/crash/trial.h"

struct trial_server; /* one at a time */

struct trial_server *trial_server_create(const struct fuzz_target *target, unsigned limit_ms);
void trial_server_destroy(struct trial_server *many);

/* As trial_run() without `said`. */
void trial_server_run(struct trial_server *many, const uint8_t *bytes, size_t nr,
		      struct trial *trial);

#endif
