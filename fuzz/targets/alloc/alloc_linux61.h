/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_linux61.h - the model of Linux 6.1's allocator beside a run of engine "linux61" or
 * "linux61-exact": places, chunks, pages and lists (SPEC.md 15).
 */
#ifndef FUZZ_ALLOC_LINUX61_H
#define FUZZ_ALLOC_LINUX61_H

#include "fuzz/targets/alloc/alloc_lockstep.h"

/* Returns the model for a case and the layout that its set-up made. NULL: it does not predict this
   engine, or not with this backing, or not where memory may run out. */
struct lab_linux61 *alloc_linux61_create(const struct alloc_case *c,
					 const struct pcpu_layout *layout);

/* The model does what the step did, of which lockstep->now is an allocation's answer. Returns what
   is not as the model has it: a constant sentence, with the model's answer in *due where that is
   it; NULL: nothing. */
const char *alloc_linux61_step(struct alloc_lockstep *lockstep, const struct lab_op *op,
			       struct alloc_landing *due);

#endif
