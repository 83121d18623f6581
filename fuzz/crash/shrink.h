/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * shrink.h - finds the smallest input that still fails in the same way, by repeated trials.
 *
 *	| head | op | op | op | op | op |	cut windows of operations: halves ... single ones
 *	| head |      op      |   op   |	cut windows of bytes, the head's too
 *	| h  d |      op      |   op   |	lower each byte that is left
 *		 \------ until nothing shrinks it further (a fixed point), or too many attempts
 *
 * R1  The result is the last input for which `still` returned true, or the original.
 * R2  It never tries a longer input than the current one, so it ends.
 * R3  The same input and the same results give the same trials.
 * R4  At the fixed point no single piece and no single byte can be cut, and no byte can be set to
 *     the floor or lowered by one.
 *
 * Cutting windows of halving size is delta debugging (Zeller, Hildebrandt 2002: ddmin), by
 * complements.
 */
#ifndef FUZZ_SHRINK_H
#define FUZZ_SHRINK_H

#include "fuzz/targets/fuzz.h"

struct shrink {
	/* Returns whether it still fails in the same way. Must depend on the bytes alone. */
	bool (*still)(void *context, const uint8_t *bytes, size_t nr);
	/* The fuzz target's. NULL: only bytes. */
	size_t (*pieces)(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity);
	void (*tick)(void *context, size_t nr_attempts,
		     size_t nr); /* before each attempt; or NULL */
	void *context;
	uint8_t floor;	     /* the simplest byte: 0; of text '0', which keeps it text */
	size_t max_attempts; /* limit of calls of `still` */

	size_t nr_attempts;
	bool stopped; /* by max_attempts, before the fixed point */
};

/* Shrinks bytes[nr <= FUZZ_MAX_BYTES], which must fail, in place. Returns how many are left. */
size_t shrink(struct shrink *shrink, uint8_t *bytes, size_t nr);

#endif
