/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* mva.c - see mva.h. */
#include "bench/forecast/mva.h"

/*
 * With n CPUs, one that arrives finds the queue of n - 1:
 *
 *	time(i) = service(i) * (1 + queue(i)), rate = n / (think + sum of times),
 *	queue(i) = rate * time(i)
 */
struct mva mva_solve(uint32_t nr_cpus, double think_ns, const double *service_ns,
		     uint32_t nr_stations)
{
	double queue[MVA_STATIONS_MAX] = {0}, time[MVA_STATIONS_MAX];
	struct mva mva = {0, 0};

	for (uint32_t n = 1; n <= nr_cpus; n++) {
		double round = think_ns;

		mva.wait_ns = 0;
		for (uint32_t i = 0; i < nr_stations; i++) {
			time[i] = service_ns[i] * (1 + queue[i]);
			mva.wait_ns += time[i] - service_ns[i];
			round += time[i];
		}
		mva.per_ns = n / round;
		for (uint32_t i = 0; i < nr_stations; i++)
			queue[i] = mva.per_ns * time[i];
	}
	return mva;
}
