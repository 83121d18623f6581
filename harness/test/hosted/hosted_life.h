/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_life.h - what tests of refused, kept and locked memory share: a short use of an allocator
   and a reserved mapping. */
#ifndef HOSTED_LIFE_H
#define HOSTED_LIFE_H

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"

/* Creates the fixture, allocates, writes, frees, balances and checks; the caller destroys it.
   Returns whether all memory requested was had. */
bool hosted_life_run(struct hosted_fixture *fixture, const struct hosted_fixture_options *want);

#define MAPPING_PAGES 8u

/* Reserves and opens MAPPING_PAGES pages; the running test fails when that fails. */
void mapping_make(struct hosted_mapping *mapping);

/* Runs body in a child; skips the running test when it exits with 77: memory cannot be locked. */
void passes_locked(void (*body)(void *argument), void *argument);

#endif
