/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_claims.c - see map_claims.h. Each question is answered granule by granule. */
#include "fuzz/targets/map/map_claims.h"
#include <pcpu/bits.h>

enum { FREE, USED, START };

void map_claims_init(struct map_claims *claims, const struct pcpu_map *map,
		     const struct pcpu_engine *engine, uint32_t used_bytes)
{
	claims->map = map;
	claims->refuses_only_what_fits_nowhere = pcpu_engine_keeps(engine, PCPU_PROMISE_HINT);
	claims->names_runs = pcpu_engine_keeps(engine, PCPU_PROMISE_RUNS);
	claims->nr = map->covered_bytes / MAP_GRANULE_BYTES;
	claims->nr_used = used_bytes / MAP_GRANULE_BYTES;
	memset(claims->granule, FREE, sizeof(claims->granule));
	memset(claims->granule, USED, claims->nr_used);
	claims->granule[claims->nr] = USED;
}

static bool claims_all_free(const struct map_claims *claims, uint32_t from, uint32_t to)
{
	while (from < to && claims->granule[from] == FREE)
		from++;
	return from == to;
}

/* Does so much fit anywhere at this alignment? */
static bool claims_fit(const struct map_claims *claims, uint32_t nr, uint32_t align)
{
	for (uint32_t at = 0; at + nr <= claims->nr; at += align)
		if (claims_all_free(claims, at, at + nr))
			return true;
	return false;
}

static bool claims_populated(const struct pcpu_pages *pages, const struct pcpu_fit *fit)
{
	uint32_t to = (fit->offset + fit->bytes - 1) / PCPU_PAGE_BYTES + 1;

	return pcpu_bits_find(pages->populated, fit->offset / PCPU_PAGE_BYTES, to, false) == to;
}

/* The free run around [from, to), which is free or just became so. */
static bool claims_run_is(const struct map_claims *claims, const struct pcpu_fit *fit)
{
	uint32_t from = fit->offset / MAP_GRANULE_BYTES;
	uint32_t to = (fit->offset + fit->bytes) / MAP_GRANULE_BYTES;

	if (!claims->names_runs)
		return true;
	while (from > claims->nr_used && claims->granule[from - 1] == FREE)
		from--;
	while (claims->granule[to] == FREE)
		to++;
	return fit->run_start == from * MAP_GRANULE_BYTES && fit->run_end == to * MAP_GRANULE_BYTES;
}

const char *map_claims_alloc(struct map_claims *claims, uint32_t size, uint32_t align,
			     const struct pcpu_pages *pages, enum pcpu_fit_result result,
			     const struct pcpu_fit *fit)
{
	uint32_t nr = (size + MAP_GRANULE_BYTES - 1) / MAP_GRANULE_BYTES;
	uint32_t from = fit->offset / MAP_GRANULE_BYTES;

	if (result == PCPU_FIT_NONE) {
		bool may_refuse = !claims->refuses_only_what_fits_nowhere || (pages && pages->only);
		uint32_t step = align < MAP_GRANULE_BYTES ? 1 : align / MAP_GRANULE_BYTES;

		return may_refuse || !claims_fit(claims, nr, step) ? NULL :
				     "a map refuses only what fits nowhere";
	}
	if (fit->offset % align != 0 || fit->offset % MAP_GRANULE_BYTES != 0)
		return "an object is aligned as requested";
	if (fit->bytes != nr * MAP_GRANULE_BYTES || from + nr > claims->nr ||
	    !claims_all_free(claims, from, from + nr))
		return "an object lies where all is free";
	if (!claims_run_is(claims, fit))
		return "an allocation names the free run that it was cut from";
	if (pages && claims_populated(pages, fit) != (result == PCPU_FIT_TAKEN))
		return "an object lies on populated pages, and what lies there is taken";
	if (result == PCPU_FIT_UNBACKED && pages && !pages->only)
		return NULL;
	if (result == PCPU_FIT_UNBACKED)
		return "missing pages are an answer only where they may be";
	claims->granule[from] = START;
	memset(claims->granule + from + 1, USED, nr - 1);
	return NULL;
}

const char *map_claims_free(struct map_claims *claims, uint32_t offset, bool freed,
			    const struct pcpu_fit *fit)
{
	uint32_t from = offset / MAP_GRANULE_BYTES, to = from + 1;
	bool is_start = offset % MAP_GRANULE_BYTES == 0 && from < claims->nr &&
			claims->granule[from] == START;

	if (freed != is_start)
		return "a free succeeds exactly where an object starts";
	if (!freed)
		return NULL;
	while (to < claims->nr && claims->granule[to] == USED)
		to++;
	memset(claims->granule + from, FREE, to - from);
	if (fit->offset != offset || fit->bytes != (to - from) * MAP_GRANULE_BYTES)
		return "a free gives the object back that was there";
	if (!claims_run_is(claims, fit))
		return "a free names the free run that the object became part of";
	return NULL;
}

/* The next area, as granules show it. */
static void claims_next(const struct map_claims *claims, struct pcpu_area *area)
{
	uint32_t from = (area->offset + area->bytes) / MAP_GRANULE_BYTES, to = from + 1;

	area->used = claims->granule[from] != FREE;
	while (to < claims->nr && claims->granule[to] == (area->used ? USED : FREE))
		to++;
	area->offset = from * MAP_GRANULE_BYTES;
	area->bytes = (to - from) * MAP_GRANULE_BYTES;
}

const char *map_claims_check(const struct map_claims *claims)
{
	const struct pcpu_map *map = claims->map;
	struct pcpu_area area = {0}, due = {0};
	uint32_t free_bytes = 0;

	while (due.offset + due.bytes < claims->nr * MAP_GRANULE_BYTES) {
		claims_next(claims, &due);
		free_bytes += due.used ? 0 : due.bytes;
		if (!map->ops->next(map, &area) || area.offset != due.offset ||
		    area.bytes != due.bytes || area.used != due.used)
			return "areas are what was taken and freed";
	}
	if (map->ops->next(map, &area))
		return "areas are what was taken and freed";
	return map->free_bytes == free_bytes ? NULL : "free bytes are those of the free areas";
}
