/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * policy_reference.c - chunk policy "reference": that of Linux around 3.5 (SPEC.md 4.6, 5), with
 * the pages that it never gave back (SPEC.md 9, B23).
 *
 *	1 reclaim	all empty chunks but the first of the last slot are destroyed
 *	2 extend	maps that atomic callers found too full get more capacity
 *	3 give back	a chunk with many empty pages returns them
 *	4 stock up	once atomic callers exist: some empty populated pages are kept ready
 *
 * None of it changes where a sleeping caller's object lands, but for 1 (as the reference does) and
 * the chunk that 4 may have to make.
 */
#include "policy.h"

#define PCPU_EMPTY_PAGES_LOW  2u /* atomic callers find at least so many empty populated pages */
#define PCPU_EMPTY_PAGES_HIGH 4u /* balance stops giving back or taking pages here */

PCPU_STATIC_ASSERT(PCPU_EMPTY_PAGES_LOW < PCPU_EMPTY_PAGES_HIGH, "stocking has an end");

/* --- give back ----------------------------------------------------------------------------- */

/* Does this chunk hold more empty pages than it may keep? */
PCPU_REQUIRES(PLAT_INNER)
static bool has_excess_pages(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	return chunk->kind == PCPU_CHUNK_LATER && !pcpu->backing->all_populated &&
	       chunk->nr_empty_pages * 4 >= chunk->nr_pages &&
	       pcpu->nr_empty_pages > PCPU_EMPTY_PAGES_HIGH;
}

/* Returns the first page to depopulate, so that the pages given back equal the excess over
   PCPU_EMPTY_PAGES_HIGH. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t depopulate_start(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	uint32_t excess = pcpu->nr_empty_pages - PCPU_EMPTY_PAGES_HIGH;
	uint32_t keep = chunk->nr_empty_pages - (uint32_t)pcpu_min64(chunk->nr_empty_pages, excess);

	PCPU_DEBUG_ASSERT(pcpu->nr_empty_pages > PCPU_EMPTY_PAGES_HIGH);
	PCPU_DEBUG_ASSERT(keep < chunk->nr_empty_pages);
	PCPU_FOR_EACH_FREE_PAGES(pages, chunk)
		for (uint32_t page = pages.from; page < pages.to; page++)
			if (pcpu_bit_test(chunk->populated, page) && keep-- == 0)
				return page;
	return chunk->nr_pages;
}

/* Keeps the lowest pages, where first fit comes first. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void excess_depopulate(struct pcpu *pcpu)
{
	for (;;) {
		struct pcpu_chunk *chunk;
		uint32_t from = 0;

		plat_lock(pcpu->plat, PLAT_LOCK_INNER);
		chunk = pcpu_chunk_pick(pcpu, has_excess_pages);
		if (chunk)
			from = depopulate_start(pcpu, chunk);
		plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
		if (!chunk)
			return;
		PCPU_DEBUG_ASSERT(from < chunk->nr_pages);
		pcpu_chunk_depopulate(pcpu, chunk, from, chunk->nr_pages);
	}
}

/* --- stock up -------------------------------------------------------------------------------- */

/* Returns the first free page that is not populated; nr_pages when there is none. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t reserve_page_find(const struct pcpu_chunk *chunk)
{
	PCPU_FOR_EACH_FREE_PAGES(pages, chunk) {
		uint32_t page = pcpu_bits_find(chunk->populated, pages.from, pages.to, false);

		if (page < pages.to)
			return page;
	}
	return chunk->nr_pages;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_chunk *chunk_pick_locked(struct pcpu *pcpu,
					    bool (*wanted)(const struct pcpu *pcpu,
							   const struct pcpu_chunk *chunk))
{
	struct pcpu_chunk *chunk;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	chunk = pcpu_chunk_pick(pcpu, wanted);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return chunk;
}

PCPU_REQUIRES(PLAT_INNER)
static bool can_stock(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	return chunk->kind == PCPU_CHUNK_LATER && chunk->map.hint_bytes >= PCPU_PAGE_BYTES &&
	       reserve_page_find(chunk) < chunk->nr_pages;
}

/* Creates a chunk for the reserve, unless an empty one exists: the next balance would reclaim a
   second. With units of fewer pages than the high mark, the reserve ends there. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool chunk_stock(struct pcpu *pcpu)
{
	return !chunk_pick_locked(pcpu, pcpu_chunk_is_empty) && pcpu_chunk_create(pcpu);
}

/* Adds one empty populated page. False: no memory, or no page may be added; an atomic caller will
   request it again. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool page_stock(struct pcpu *pcpu)
{
	struct pcpu_chunk *chunk = chunk_pick_locked(pcpu, can_stock);
	uint32_t page;

	if (!chunk)
		return chunk_stock(pcpu);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	page = reserve_page_find(chunk);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return page == chunk->nr_pages || pcpu_chunk_populate(pcpu, chunk, page, page + 1);
}

/* Returns whether fewer than `mark` empty populated pages are in reserve for atomic callers. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool pages_below(struct pcpu *pcpu, uint32_t mark)
{
	bool below;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	below = pcpu->atomic_used && pcpu->nr_empty_pages < mark;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return below;
}

/* Below the low mark it fills up to the high one. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void reserve_fill(struct pcpu *pcpu)
{
	if (!pages_below(pcpu, PCPU_EMPTY_PAGES_LOW))
		return;
	while (pages_below(pcpu, PCPU_EMPTY_PAGES_HIGH))
		if (!page_stock(pcpu))
			return;
}

/* --- the policy ----------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void reference_balance(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	pcpu_chunks_reclaim(pcpu, false);
	pcpu_maps_extend(pcpu);
	excess_depopulate(pcpu);
	reserve_fill(pcpu);
}

/* An atomic request wants balance when it failed, or left few pages for the next one. */
PCPU_REQUIRES(PLAT_INNER)
static bool reference_answered(struct pcpu *pcpu, bool taken)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	pcpu->atomic_used = true;
	return !taken || pcpu->nr_empty_pages < PCPU_EMPTY_PAGES_LOW;
}

/* Is this chunk a second empty one, or has it more empty pages than it may keep? */
PCPU_REQUIRES(PLAT_INNER)
static bool reference_freed(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	const struct pcpu_list *empty = &pcpu->slots[pcpu->empty_slot];

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	if (pcpu_chunk_is_empty(pcpu, chunk) && empty->next != empty->prev)
		return true;
	return has_excess_pages(pcpu, chunk);
}

extern const struct pcpu_policy pcpu_policy_reference;
const struct pcpu_policy pcpu_policy_reference = {
	.undoes_chunks = true,
	.answered_atomic = reference_answered,
	.freed = reference_freed,
	.balance = reference_balance,
};
