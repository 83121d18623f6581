/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_decode.h - decodes any bytes to a case on fibers.
 *
 *	| draw, seed | machine, sizes, how (fuzz_setup.h) | fibers | before | flavour | step ... |
 *
 *	step:	| preempts 2 | fiber 2 | kind 4, by flavour | what it takes ... | preemption ... |
 *
 * The end is followed by `draw` random bytes, generated from the seed: three bytes are a complete
 * case, so that an engine without a corpus reaches races from its first inputs on, and extends them
 * later. sched_spell() writes them out: the same case without random bytes.
 *
 * Bytes beyond those read as zero: no preemption, the first fiber. Preemptions (most races need one
 * or two) are bound to their step, so that they stay in place when steps are added, removed or
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

/* Writes the same case with the random bytes spelt out; returns how many bytes, <= capacity. The
   rest is lost. */
size_t sched_spell(const uint8_t *bytes, size_t nr, uint8_t *to, size_t capacity);

/* Valid until the next call. */
const struct sched_decoded *sched_decode(const uint8_t *bytes, size_t nr);

#endif
