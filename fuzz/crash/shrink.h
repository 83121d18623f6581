/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * shrink.h - the smallest input that still breaks in the same way, by asking again and again.
 *
 *	| head | op | op | op | op | op |	cut windows of operations: halves ... single ones
 *	| head |      op      |   op   |	cut windows of bytes, the head's too
 *	| h  d |      op      |   op   |	lower each byte that is left
 *		 \------ until nothing helps any more (a fixed point), or too many attempts
 *
 * R1  The result is what `still` said yes to last, or the input itself.
 * R2  It asks about nothing longer than what it has, so it ends.
 * R3  The same input and the same answers give the same questions.
 * R4  At the fixed point no single piece, no single byte can be cut, no byte be the floor or one
 *     lower.
 *
 * Cutting windows of halving size is delta debugging (Zeller, Hildebrandt 2002: ddmin), by
 * complements.
 */
#ifndef FUZZ_SHRINK_H
#define FUZZ_SHRINK_H

#include "fuzz/targets/fuzz.h"

struct shrink {
	/* Does it still break in the same way? Must depend on the bytes alone. */
	bool (*still)(void *context, const uint8_t *bytes, size_t nr);
	/* Of the fuzz target. NULL: only bytes. */
	size_t (*pieces)(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity);
	void (*tick)(void *context, size_t nr_attempts,
		     size_t nr); /* before each attempt; or NULL */
	void *context;
	uint8_t floor;	     /* the simplest byte: 0; of text '0', which keeps it text */
	size_t max_attempts; /* how often `still` is asked at most */

	size_t nr_attempts;
	bool stopped; /* by max_attempts, short of the fixed point */
};

/* Shrinks bytes[nr <= FUZZ_MAX_BYTES], which are known to break, in place. Returns how many are
   left. */
size_t shrink(struct shrink *shrink, uint8_t *bytes, size_t nr);

#endif
