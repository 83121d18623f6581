/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted.c - creates and destroys a hosted platform. Destroy it after the core has given everything
 * back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/platform/hosted/hosted_plat.h"

static void plat_free(struct plat *plat)
{
	hosted_arena_finish(&plat->arena);
	free(plat->cpu_taken);
	free(plat->regions);
	free(plat);
}

static struct plat *plat_create(const struct hosted_config *config)
{
	struct plat *plat = calloc(1, sizeof(*plat));

	if (!plat)
		return NULL;
	plat->config = *config;
	plat->fail_at = UINT64_MAX;
	hosted_place_init(plat);
	plat->nodes_are_real = config->bind_memory && hosted_nodes_exist(config->topology);
	plat->cpu_taken = calloc(config->topology->nr_cpu_ids, sizeof(bool));
	if (!plat->cpu_taken || !hosted_limit_init(plat, ""))
		goto failed;
	hosted_plats_add(plat);
	if (!config->worker || hosted_worker_start(plat))
		return plat;
	hosted_plats_remove(plat);
failed:
	plat_free(plat);
	return NULL;
}

struct plat *hosted_create(const struct hosted_config *config)
{
	struct plat *plat = NULL;
	int state = hosted_cancel_forbid();

	if (hosted_process_set_up())
		plat = plat_create(config);
	hosted_cancel_restore(state);
	return plat;
}

/* Prints what is still held and aborts. */
static void must_hold_nothing(const struct plat *plat)
{
	uint64_t blocks = __atomic_load_n(&plat->meta_blocks, __ATOMIC_ACQUIRE);

	if (blocks == 0 && plat->pages_held == 0 && plat->pages_booked == 0 &&
	    plat->nr_regions == 0)
		return;
	fprintf(stderr,
		"hosted_destroy: still held: %llu metadata blocks, %llu pages, %zu mappings\n",
		(unsigned long long)blocks, (unsigned long long)plat->pages_booked,
		plat->nr_regions);
	abort();
}

void hosted_destroy(struct plat *plat)
{
	int state;

	if (!plat)
		return;
	state = hosted_cancel_forbid();
	hosted_worker_stop(plat);
	hosted_deferred_release_all(plat);
	must_hold_nothing(plat);
	hosted_plats_remove(plat);
	plat_free(plat);
	hosted_cancel_restore(state);
}
