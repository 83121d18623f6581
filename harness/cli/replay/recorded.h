/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * recorded.h - the places of a recorded kernel against those of an engine's map, chunk by chunk.
 *
 * Which chunk a request goes to is the kernel's policy, pages and other CPUs; it is taken from the
 * trace. Where in that chunk it goes must follow from what happened in the chunk before. The kernel
 * tells an event after it has dropped its lock, so neighbours may be swapped in the trace, on one
 * CPU too; where a CPU was taken away meanwhile, many others come before. A request that lies
 * elsewhere in the recorded order must follow when one operation of the chunk comes earlier: by one
 * (it is swapped with its neighbour), or by more (it was recorded late).
 *
 * Of two allocations that change places, the one that was found elsewhere counts.
 *
 *	compared	equal + swapped + late + not explained: allocations that may sleep, in
 *			chunks that were created during the recording
 *	atomic		listed, not judged
 *	left out	by reason
 */
#ifndef RECORDED_H
#define RECORDED_H

#include <glib.h>
#include <pcpu/engine.h>
#include <stdio.h>

#include "harness/text/trace.h"

enum recorded_reason {
#define X(id, key, words) RECORDED_##id,
#include "harness/cli/replay/recorded_reasons.def"
#undef X
	RECORDED_NR_REASONS
};

/* A request that lies elsewhere in the recorded order, or an atomic one. */
struct recorded_difference {
	size_t op; /* in trace->ops */
	bool placed;
	uint32_t offset; /* by the engine, in the recorded order; bytes */
	/* If explained: the operation `late` came before `early`, and before what is between them
	   (trace->ops); it passes so many operations of the chunk. 0: not explained. */
	size_t nr_passed, early, late;
};

struct recorded {
	const struct lab_trace *trace;
	const struct pcpu_engine *engine;
	uint32_t unit_bytes;
	uint32_t nr_chunks, nr_compared_chunks;
	uint64_t nr_equal, nr_swapped, nr_late, nr_unexplained;
	uint64_t nr_atomic, nr_atomic_equal;
	uint64_t nr_left_out[RECORDED_NR_REASONS];
	GArray *differences; /* of struct recorded_difference, by chunk and order */
	GArray *atomic;	     /* likewise */
};

/* What a comparison demands: nothing unexplained, and at least 999 of 1000 equal. */
#define RECORDED_EQUAL_OF_1000 999u

/* Returns the first `a` of which the trace has a place that no unit of that size has; nr_ops: none.
   The comparison must not begin with one. */
size_t recorded_misfit(const struct lab_trace *trace, uint32_t unit_bytes);
/* Compares; *result is initialised. */
void recorded_compare(const struct lab_trace *trace, const struct pcpu_engine *engine,
		      uint32_t unit_bytes, struct recorded *result);
void recorded_free(struct recorded *result);

uint64_t recorded_nr_compared(const struct recorded *result);
bool recorded_is_good(const struct recorded *result);
/* The words of a reason; and its name in JSON. */
const char *recorded_reason_words(enum recorded_reason reason);
const char *recorded_reason_key(enum recorded_reason reason);

#endif
