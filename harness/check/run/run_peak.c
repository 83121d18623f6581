/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_peak.c - finds where the most bytes are live, from the trace alone and before it runs, so
 * that statistics are taken once, at the peak, and not at every new maximum on the way up.
 */
#include <pcpu/bits.h>
#include "harness/check/run/run_parts.h"

static void follow_size(struct run *run, const struct lab_op *op, uint64_t *live_bytes)
{
	uint32_t *size = &run->size[op->id];
	bool legal = op->size > 0 && op->size <= PCPU_MIN_UNIT_BYTES &&
		     op->align <= pcpu_layout_align_max(pcpu_layout(run->pcpu)) &&
		     pcpu_is_pow2(op->align);

	if (op->kind == LAB_OP_ALLOC && *size == 0 && legal) {
		*size = op->size;
		*live_bytes += op->size;
	} else if (op->kind == LAB_OP_FREE) {
		*live_bytes -= *size;
		*size = 0;
	}
}

size_t lab_run_peak_step(struct run *run)
{
	uint64_t live_bytes = 0, most = 0;
	size_t step = 0;

	for (size_t i = 0; i < run->trace->nr_ops; i++) {
		const struct lab_op *op = &run->trace->ops[i];

		if (op->kind != LAB_OP_ALLOC && op->kind != LAB_OP_FREE)
			continue;
		follow_size(run, op, &live_bytes);
		if (live_bytes > most) {
			most = live_bytes;
			step = i;
		}
	}
	return step;
}
