/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_claims.h - rules for a map of any placement: tracks the owner of each granule, from the map's
 * earlier results.
 *
 *	granule	|s u u|. . .|s|. .|		s an object's start, u the rest of it, . free
 *
 * An object lies in free granules, aligned and on populated pages; a free succeeds where an object
 * starts and nowhere else; where the map promises PCPU_PROMISE_HINT, it refuses only what fits
 * nowhere.
 */
#ifndef FUZZ_MAP_CLAIMS_H
#define FUZZ_MAP_CLAIMS_H

#include <pcpu/engine.h>

#define MAP_GRANULE_BYTES 4u

struct map_claims {
	const struct pcpu_map *map;
	bool refuses_only_what_fits_nowhere, names_runs; /* by its promises */
	uint32_t nr, nr_used;	/* granules; used by set-up */
	uint8_t granule[PCPU_MIN_UNIT_BYTES / MAP_GRANULE_BYTES + 1];
};

/* The map as init() leaves it. */
void map_claims_init(struct map_claims *claims, const struct pcpu_map *map,
		     const struct pcpu_engine *engine, uint32_t used_bytes);

/* Each returns NULL, or the sentence that the map's answer breaks. */
const char *map_claims_alloc(struct map_claims *claims, uint32_t size, uint32_t align,
			     const struct pcpu_pages *pages, enum pcpu_fit_result result,
			     const struct pcpu_fit *fit);
const char *map_claims_free(struct map_claims *claims, uint32_t offset, bool freed,
			    const struct pcpu_fit *fit);
/* The map's areas and counts. */
const char *map_claims_check(const struct map_claims *claims);

#endif
