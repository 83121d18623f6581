/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * mva.h - a closed queueing network: N CPUs, each thinks, then wants one lock after another. Exact
 * mean value analysis (Reiser and Lavenberg 1980): one server a lock, first come, first served,
 * exponential times.
 */
#ifndef MVA_H
#define MVA_H

#include <stdint.h>

enum { MVA_STATIONS_MAX = 4 };

struct mva {
	double per_ns;	/* rounds of all CPUs */
	double wait_ns; /* of one round: in queues, without being served */
};

/* A round: think_ns, then service_ns[i] of each station. Some time must be more than 0. */
struct mva mva_solve(uint32_t nr_cpus, double think_ns, const double *service_ns,
		     uint32_t nr_stations);

#endif
