/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted.c - makes a hosted platform, and takes it down: only when the core has given back
 * everything.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hosted_plat.h"

static void locks_init(struct plat *plat)
{
	pthread_mutex_init(&plat->region_lock, NULL);
	pthread_mutex_init(&plat->meta_lock, NULL);
	pthread_mutex_init(&plat->report_lock, NULL);
	pthread_mutex_init(&plat->kick.mutex, NULL);
	pthread_cond_init(&plat->kick.changed, NULL);
	pthread_mutex_init(&plat->outer, NULL);
}

static void locks_finish(struct plat *plat)
{
	pthread_mutex_destroy(&plat->region_lock);
	pthread_mutex_destroy(&plat->meta_lock);
	pthread_mutex_destroy(&plat->report_lock);
	pthread_mutex_destroy(&plat->kick.mutex);
	pthread_cond_destroy(&plat->kick.changed);
	pthread_mutex_destroy(&plat->outer);
}

static void plat_free(struct plat *plat)
{
	locks_finish(plat);
	hosted_arena_finish(&plat->arena);
	free(plat->cpu_taken);
	free(plat->regions);
	free(plat);
}

struct plat *hosted_create(const struct hosted_config *config)
{
	struct plat *plat = calloc(1, sizeof(*plat));

	if (!plat)
		return NULL;
	plat->config = *config;
	plat->fail_at = UINT64_MAX;
	hosted_place_init(plat);
	plat->nodes_are_real = config->bind_memory && hosted_nodes_exist(config->topology);
	locks_init(plat);
	plat->cpu_taken = calloc(config->topology->nr_cpu_ids, sizeof(bool));
	if (plat->cpu_taken && hosted_limit_init(plat, "") &&
	    (!config->worker || hosted_worker_start(plat)))
		return plat;
	plat_free(plat);
	return NULL;
}

/* What is still held, as a message and an end. */
static void must_hold_nothing(const struct plat *plat)
{
	uint64_t blocks = __atomic_load_n(&plat->meta_blocks, __ATOMIC_ACQUIRE);

	if (blocks == 0 && plat->pages_held == 0 && plat->nr_regions == 0)
		return;
	fprintf(stderr,
		"hosted_destroy: still held: %llu metadata blocks, %llu pages, %zu mappings\n",
		(unsigned long long)blocks, (unsigned long long)plat->pages_held,
		plat->nr_regions);
	abort();
}

void hosted_destroy(struct plat *plat)
{
	if (!plat)
		return;
	hosted_worker_stop(plat);
	hosted_rcu_barrier();
	must_hold_nothing(plat);
	plat_free(plat);
}
