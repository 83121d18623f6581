/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * needs.h - tests that want more memory than the machine has: skipped, and they say how much.
 *
 * Held against what was free when the tests began, not against what is free now: a test that finds
 * less because another one lost memory runs, and fails.
 */
#ifndef BOOT_NEEDS_H
#define BOOT_NEEDS_H

#include <pcpu/layout.h>
#include "kernel-test/common/tap.h"

/* Notes what is free: before the default instance is made, and before the first test. */
void needs_begin_set_up(void);
void needs_begin_tests(void);

/* NULL, or "SKIP needs ...". Bytes of each possible CPU, from whatever node; at all; of each CPU
   and from its own node. */
const char *needs_each_cpu(uint64_t bytes);
const char *needs_memory(uint64_t bytes);
const char *needs_near(uint64_t bytes);
/* The default instance's first chunk, each unit on its CPU's node, when nothing else was taken
   yet. */
const char *needs_first_near(void);

/* Bytes that the first chunk takes when embed makes it of these sizes on this machine; *unit_bytes:
   of one CPU's. UINT64_MAX: there is no such layout, or no memory to compute it. */
uint64_t needs_of_embed(const struct pcpu_sizes *sizes, uint32_t *unit_bytes);

#define NEEDS(missing) CHECK_PASSES(missing)

#endif
