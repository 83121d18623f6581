/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_fixture_sim.c - traces on simulated memory: whatever is lost or misused is reported. */
#include "harness/test/lib/run_fixture.h"
#include "harness/platform/sim/sim.h"

struct plat *run_fixture_plat_open(const struct pcpu_topology *topology)
{
	struct sim_config config = { .topology = topology, .flush_needed = true };

	return sim_create(&config);
}

const char *run_fixture_plat_close(struct plat *plat)
{
	const char *wrong = sim_fault(plat);

	if (!wrong)
		wrong = sim_lost(plat);
	sim_destroy(plat);
	return wrong;
}
