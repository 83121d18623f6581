/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_judge.h - which requests the model does not place as plain first fit over the same map
 * would, and why (linux61_causes.def).
 *
 * The map is as the rules made it: each request is judged by itself, in the state that it finds.
 * It is placed as by first fit, unless
 *	- the chunk that takes it has a lower place for it; or
 *	- a chunk refused that has a place; or was not looked at, parked or on too low a list,
 *	  though by its longest run it would have come before the one that took it.
 *
 * The cause is the one whose repair alone would have it placed there: beside each chunk's records
 * the model keeps those that it would have, over the same takes and frees, with one cause repaired,
 * and with all. Where no single repair does, but all together do, it is several at once.
 */
#ifndef LAB_LINUX61_JUDGE_H
#define LAB_LINUX61_JUDGE_H

#include "harness/check/linux61/linux61_model.h"

enum lab_linux61_kind {
	LAB_LINUX61_NOT_JUDGED, /* refused by Q2, or atomic and honoured as such */
	LAB_LINUX61_AS_FIRST_FIT,
	LAB_LINUX61_ONE_CAUSE,
	LAB_LINUX61_SEVERAL,
	LAB_LINUX61_UNEXPLAINED,
};

/* Valid up to `kind` alone where that is none of the last three. */
struct lab_linux61_finding {
	enum lab_linux61_kind kind;
	enum lab_linux61_cause cause; /* of ONE_CAUSE: the first in the order of the list */
	/* Of ONE_CAUSE: all whose repair alone would do. Of SEVERAL: a pair whose repairs together
	   do; 0 where it takes more, or both are in the records. */
	uint32_t causes;
	bool refused;		      /* the chunk has a place, but did not take the request */
	bool hidden;		      /* of refused: the chunk was not even looked at */
	struct lab_linux61_place wanted; /* where first fit would have put it */
};

/* Of the latest lab_linux61_alloc() of a model that is `judged`. */
const struct lab_linux61_finding *lab_linux61_finding(const struct lab_linux61 *model);

/* "B20" and its sentence. */
const char *lab_linux61_cause_name(enum lab_linux61_cause cause);
const char *lab_linux61_cause_text(enum lab_linux61_cause cause);

#endif
