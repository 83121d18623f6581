/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_counts.h - how many inputs reached, triggered and detected a defect (harness/zoo/zoo.h). */
#ifndef ZOO_COUNTS_H
#define ZOO_COUNTS_H

#include <stddef.h>

/* Of inputs: each of these is among those before it. */
struct zoo_counts {
	size_t replayed, reached, triggered, detected;
};

static inline void zoo_counts_add(struct zoo_counts *sum, const struct zoo_counts *more)
{
	sum->replayed += more->replayed;
	sum->reached += more->reached;
	sum->triggered += more->triggered;
	sum->detected += more->detected;
}

#endif
