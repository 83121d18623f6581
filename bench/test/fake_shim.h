/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fake_shim.h - shim.h for tests of workloads: one iteration, the last value of each counter. */
#ifndef FAKE_SHIM_H
#define FAKE_SHIM_H

#include "bench/runner/bench.h"

enum { FAKE_COUNTERS = 32 };

struct shim_state {
	char name[FAKE_COUNTERS][32];
	double value[FAKE_COUNTERS];
	size_t nr;
	double seconds; /* of shim_seconds() */
	char error[160];
};

/* Returns the counter's value; -1: it was left out. */
double fake_counted(const struct shim_state *state, const char *name);

#endif
