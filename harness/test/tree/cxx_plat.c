/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* cxx_plat.c - the simulated platform for cxx_program.cc: sim.h is C. */
#include <stdlib.h>

#include "harness/platform/sim/sim.h"

struct plat *program_plat(const struct pcpu_topology *topology);
void program_plat_end(struct plat *plat);

struct plat *program_plat(const struct pcpu_topology *topology)
{
	struct sim_config config = {.topology = topology, .flush_needed = true};

	return sim_create(&config);
}

void program_plat_end(struct plat *plat)
{
	if (sim_lost(plat) || sim_fault(plat))
		abort();
	sim_destroy(plat);
}
