/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim.c - a simulated platform as a whole: create, reset, the ledger, the first fault, the k-th
 * failure.
 *
 * R1  Nothing survives sim_reset() but spare memory: the same calls then give the same answers.
 * R2  A reset costs what was touched since the last one, not what could have been.
 * R3  The first fault is kept: later ones are its children more often than not.
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const fault_texts[SIM_NR_FAULTS] = {
	NULL,
#define X(id, sentence) sentence,
#include "harness/platform/sim/sim_faults.def"
#undef X
};

void sim_note(struct plat *plat, enum sim_fault_id fault)
{
	if (!plat->fault)
		plat->fault = fault;
}

const char *sim_fault(struct plat *plat)
{
	return fault_texts[plat->fault];
}

bool sim_is_to_fail(struct plat *plat)
{
	uint64_t call = plat->ledger.nr_calls++;

	if (!plat->fail || call < plat->fail_at || (call > plat->fail_at && !plat->fail_lasting))
		return false;
	plat->ledger.nr_failed++;
	plat->ledger.nr_refused++;
	return true;
}

bool lab_fail_at(struct plat *plat, uint64_t k, bool lasting)
{
	plat->fail = true;
	plat->fail_lasting = lasting;
	plat->fail_at = plat->ledger.nr_calls + k;
	return true;
}

void lab_fail_never(struct plat *plat)
{
	plat->fail = false;
}

void sim_limit_calls(struct plat *plat, uint64_t nr)
{
	plat->calls_left = nr;
}

void *sim_must(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "simulated platform: this process has no memory left\n");
	abort();
}

void *sim_grow(void *memory, size_t nr, size_t *capacity, size_t bytes_each)
{
	if (nr < *capacity)
		return memory;
	*capacity = *capacity ? *capacity * 2 : 16;
	return sim_must(realloc(memory, *capacity * bytes_each));
}

uint64_t sim_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void sim_start(struct plat *plat, const struct sim_config *config)
{
	plat->config = *config;
	plat->ledger = (struct sim_ledger){0};
	plat->fault = SIM_NO_FAULT;
	plat->locks[PLAT_LOCK_OUTER] = plat->locks[PLAT_LOCK_INNER] = (struct sim_lock){0};
	plat->fail = false;
	plat->nr_events = 0;
	plat->kicked = plat->misused = false;
	plat->calls_left = 0;
	sim_nodes_reset(plat);
	sim_place_reset(plat);
	sim_fibers_init(plat);
}

struct plat *sim_create(const struct sim_config *config)
{
	struct plat *plat = sim_must(calloc(1, sizeof(*plat)));

	sim_meta_init(&plat->meta);
	sim_start(plat, config);
	return plat;
}

/* A run that was broken off left this thread a CPU of what is gone. */
void sim_reset(struct plat *plat, const struct sim_config *config)
{
	pcpu_here = (struct pcpu_caller){0};
	sim_ready_reset(plat);
	sim_meta_reset(plat);
	sim_extents_reset(plat);
	sim_contents_reset(plat);
	sim_start(plat, config);
}

void sim_destroy(struct plat *plat)
{
	if (!plat)
		return;
	sim_ready_reset(plat);
	sim_meta_finish(plat);
	sim_extents_finish(plat);
	sim_contents_finish(plat);
	sim_fibers_finish(plat);
	free(plat->memory.node_pages);
	free(plat->memory.awaiting);
	free(plat);
}

void sim_ledger(struct plat *plat, struct sim_ledger *ledger)
{
	*ledger = plat->ledger;
}

const char *sim_lost(struct plat *plat)
{
	const struct sim_ledger *held = &plat->ledger;

	if (held->meta_blocks || held->meta_bytes)
		return "metadata is still held";
	if (held->pages_awaiting_flush)
		return "unmapped pages still await a flush";
	if (held->pages)
		return "pages are still held";
	if (held->area_pages)
		return "area memory is still held";
	if (held->spaces)
		return "address space is still held";
	return NULL;
}
