/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_decode.h - any bytes to a case on fibers.
 *
 *	| draw, seed | machine, sizes, how (fuzz_setup.h) | fibers | before | flavour | step ... |
 *
 *	step:	| preempts 2 | fiber 2 | kind 4, by flavour | what it takes ... | preemption ... |
 *
 * Behind the end lie as many bytes as `draw` says, drawn from the seed: three bytes are a whole
 * case, so that an engine that begins with nothing meets races from its first inputs on, and makes
 * what it keeps longer. sched_spell() writes them out: the same case, nothing drawn.
 *
 * Bytes beyond those read as zero: no preemption, the first fiber. Preemptions (most races need one
 * or two) are bound to their step, so that they stay where they are when steps come, go or are
 * reordered.
 */
#ifndef FUZZ_SCHED_DECODE_H
#define FUZZ_SCHED_DECODE_H

#include "fuzz/targets/fuzz_setup.h"
#include "fuzz/targets/sched/sched_case.h"

struct sched_decoded {
	struct sched_case c;
	struct fuzz_setup setup; /* whose tables c points to */
	struct sched_op ops[SCHED_MAX_OPS];
	size_t nr_before; /* of ops: from the head, they have no bytes of their own */
	size_t nr_spelt;  /* of the other steps: those that begin with a byte of the input */
	size_t starts[SCHED_MAX_OPS]; /* where each of these begins */
};

/* The same case with the drawn bytes spelt out; returns how many bytes, <= room. What does not fit
   is lost. */
size_t sched_spell(const uint8_t *bytes, size_t nr, uint8_t *to, size_t capacity);

/* Valid until the next call. */
const struct sched_decoded *sched_decode(const uint8_t *bytes, size_t nr);

#endif
