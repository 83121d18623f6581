/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_find.h - from which other order of events does a recorded place follow? */
#ifndef RECORDED_FIND_H
#define RECORDED_FIND_H

#include "harness/cli/replay/recorded.h"
#include "harness/cli/replay/recorded_chunk.h"

/* One operation that came earlier than it was recorded. */
struct recorded_move {
	size_t from, to; /* places in the order; from > to */
	/* Operations that are right then, counted from the one that differs; 0: none. */
	size_t nr_following;
};

/* Operation `at` does not do what was recorded. Finds the move from which it follows: a swap of
   neighbours, or else one that passes more. The state may be any afterwards. */
struct recorded_move recorded_find(struct recorded_chunk *chunk, size_t at);

/* recorded.c: why a chunk cannot be followed from this operation on; RECORDED_NR_REASONS: it
   can. */
enum recorded_reason recorded_refusal(const struct recorded_chunk *chunk, size_t at);

#endif
