/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_ready.c - what plat_cpu_ready() promises: the CPU's unit is complete then, once, at its
 * offset.
 *
 *	ready(cpu, offset) -> copy of the static part ... the end of set-up -> the same still?
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdlib.h>
#include <string.h>

struct sim_ready {
	uint32_t nr; /* times that it was made ready */
	uintptr_t offset;
	uint8_t *copy; /* [config.ready_bytes]; NULL: the CPU is not possible, or never was ready */
};

static uint32_t nr_cpu_ids(const struct plat *plat)
{
	return plat->config.topology->nr_cpu_ids;
}

void sim_ready_reset(struct plat *plat)
{
	for (uint32_t cpu = 0; plat->ready && cpu < plat->nr_ready; cpu++)
		free(plat->ready[cpu].copy);
	free(plat->ready);
	plat->ready = NULL;
	plat->nr_ready = 0;
}

void plat_cpu_ready(struct plat *plat, uint32_t cpu, uintptr_t offset)
{
	struct sim_ready *ready;

	sim_enter(plat);
	if (!sim_cpu_possible(plat, cpu)) {
		sim_note(plat, SIM_FAULT_CPU_IMPOSSIBLE);
		return;
	}
	if (plat->config.ready_bytes == 0)
		return;
	if (!plat->ready) {
		plat->nr_ready = nr_cpu_ids(plat);
		plat->ready = sim_must(calloc(plat->nr_ready, sizeof(*plat->ready)));
	}
	ready = &plat->ready[cpu];
	ready->nr++;
	ready->offset = offset;
	free(ready->copy);
	ready->copy = sim_must(malloc(plat->config.ready_bytes));
	lab_read(plat, offset + plat->config.static_start, ready->copy, plat->config.ready_bytes);
}

const char *sim_ready_wrong(struct plat *plat, const uintptr_t *offsets)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids(plat); cpu++) {
		const struct sim_ready *ready = plat->ready ? &plat->ready[cpu] : NULL;

		if (!sim_cpu_possible(plat, cpu))
			continue;
		if (!ready || ready->nr != 1)
			return "each possible CPU is made ready once";
		if (ready->offset != offsets[cpu])
			return "a CPU is made ready with its own offset";
		if (!lab_holds(plat, ready->offset + plat->config.static_start, ready->copy,
			       plat->config.ready_bytes))
			return "a CPU's unit is complete when it is made ready";
	}
	return NULL;
}
