/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_random.h - random traces that reach the corners of the bitmap design, from a seed. */
#ifndef LINUX61_RANDOM_H
#define LINUX61_RANDOM_H

#include "harness/test/lib/run_fixture.h"

/*
 * nr_ops operations of the first form: phases of growth and shrinking; sizes of every kind, some
 * of which the seed switches off; alignments 0 to 8192; frees of the oldest, the youngest, every
 * other or any. flags: LAB_OP_ATOMIC, LAB_OP_RESERVED that may occur. run_trace_free() it.
 */
void linux61_random_trace(struct run_trace *to, uint64_t seed, size_t nr_ops, uint8_t flags);

#endif
