/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * balance.c - pcpu_balance(), and the parts that policies make it of (SPEC.md 5).
 *
 *	reclaim	empty chunks but the first of their list are destroyed
 *	extend	maps that atomic callers found too full get more capacity
 *	pick	a chunk that a policy looks for
 */
#include "front/front_calls.h"
#include "policy.h"

PCPU_STATIC_ASSERT(PCPU_MAP_SPARE_AHEAD >= PCPU_MAP_SPARE, "what balance extends is not too full");

/* --- reclaim ----------------------------------------------------------------------------- */

/* Retires an empty chunk that is not the first of its list; NULL when there is none. */
PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER)
static struct pcpu_chunk *reclaimable_take(struct pcpu *pcpu, bool only_without_pages)
{
	struct pcpu_list *list = &pcpu->slots[pcpu->empty_slot], *l;

	for (l = list->prev; l != list && l != list->next; l = l->prev) {
		struct pcpu_chunk *chunk = PCPU_CHUNK_OF(l);

		if (only_without_pages && chunk->nr_empty_pages > 0)
			continue;
		PCPU_ASSERT(pcpu_chunk_is_empty(pcpu, chunk));
		PCPU_DEBUG_ASSERT(chunk->slot == (int)pcpu->empty_slot);
		pcpu_chunk_retire(pcpu, chunk);
		return chunk;
	}
	return NULL;
}

void pcpu_chunks_reclaim(struct pcpu *pcpu, bool only_without_pages)
{
	for (;;) {
		struct pcpu_chunk *chunk;

		plat_lock(pcpu->plat, PLAT_LOCK_INNER);
		chunk = reclaimable_take(pcpu, only_without_pages);
		plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
		if (!chunk)
			return;
		pcpu_chunk_destroy(pcpu, chunk);
	}
}

/* --- one chunk at a time ------------------------------------------------------------------- */

struct pcpu_chunk *pcpu_chunk_pick(struct pcpu *pcpu, uint32_t least_slot,
				   bool (*wanted)(const struct pcpu *pcpu,
						  const struct pcpu_chunk *chunk))
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	for (uint32_t slot = pcpu->nr_slots; slot-- > least_slot;) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &pcpu->slots[slot])
			if (wanted(pcpu, PCPU_CHUNK_OF(l)))
				return PCPU_CHUNK_OF(l);
	}
	return NULL;
}

/* --- extend -------------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_INNER)
static bool wants_growth(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	return chunk->wants_growth;
}

/* A failure is no loss: the next atomic caller that finds the map too full requests it again. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void map_extend_ahead(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	if (chunk->wants_growth &&
	    chunk->map.ops->capacity_needed(&chunk->map, PCPU_MAP_SPARE_AHEAD))
		(void)pcpu_chunk_extend(pcpu, chunk, PCPU_MAP_SPARE_AHEAD);
	chunk->wants_growth = false;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_chunk *growing_find(struct pcpu *pcpu)
{
	struct pcpu_chunk *chunk;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	chunk = pcpu_chunk_pick(pcpu, 0, wants_growth);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return chunk;
}

void pcpu_maps_extend(struct pcpu *pcpu)
{
	struct pcpu_chunk *chunk;

	map_extend_ahead(pcpu, &pcpu->reserved);
	while ((chunk = growing_find(pcpu)) != NULL)
		map_extend_ahead(pcpu, chunk);
}

/* --- the call ------------------------------------------------------------------------------ */

void pcpu_balance(struct pcpu *pcpu)
{
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	pcpu_front_balance(pcpu);
	pcpu->policy->balance(pcpu);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	pcpu_front_report(pcpu);
}
