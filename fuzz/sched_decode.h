/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_decode.h - any bytes to a case on fibers.
 *
 *	| machine, sizes, how (fuzz_world.h) | fibers | before | off | off too | step ... |
 *
 *	step:	| preempts 2 | fiber 2 | kind 4 | what the kind takes ... | preemption ... |
 *
 * Bytes that are missing read as zero: no preemption, the first fiber. So a short input is a plain
 * sequence and few bytes give few preemptions (most races need one or two), each bound to its step,
 * so that it stays where it is when steps come, go or are reordered.
 */
#ifndef FUZZ_SCHED_DECODE_H
#define FUZZ_SCHED_DECODE_H

#include "fuzz_world.h"
#include "sched_case.h"

struct sched_decoded {
	struct sched_case c;
	struct fuzz_world world; /* whose tables c points to */
	struct sched_op ops[SCHED_MAX_OPS];
	size_t nr_before;	      /* of ops: from the head, they have no bytes of their own */
	size_t starts[SCHED_MAX_OPS]; /* where each of the other steps' bytes begin */
};

/* Valid until the next call. */
const struct sched_decoded *sched_decode(const uint8_t *bytes, size_t nr);

#endif
