/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * needs.h - skips tests that need more memory than the machine has, and prints how much.
 *
 * Compared with the memory that was free when the tests began, not with what is free now: after
 * another test lost memory a test still runs, and fails.
 */
#ifndef BOOT_NEEDS_H
#define BOOT_NEEDS_H

#include <pcpu/layout.h>
#include "kernel-test/common/tap.h"

/* Records free memory: before the default instance is created, and before the first test. */
void needs_begin_set_up(void);
void needs_begin_tests(void);

/* Return NULL, or "SKIP needs ...". Bytes of each possible CPU, from any node; in total; of each
   CPU and from its own node. */
const char *needs_each_cpu(uint64_t bytes);
const char *needs_memory(uint64_t bytes);
const char *needs_near(uint64_t bytes);
/* Checks memory for the default instance's first chunk, each unit on its CPU's node, before
   anything else is allocated. */
const char *needs_first_near(void);

/* Returns the bytes of a first chunk of these sizes by embed on this machine; *unit_bytes: of one
   CPU's. UINT64_MAX: there is no such layout, or no memory to compute it. */
uint64_t needs_of_embed(const struct pcpu_sizes *sizes, uint32_t *unit_bytes);

#define NEEDS(missing) CHECK_PASSES(missing)

#endif
