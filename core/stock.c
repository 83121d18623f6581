/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * stock.c - empty populated pages of later chunks: too many are given back, and some are kept ready
 * for callers that may not sleep (SPEC.md 5).
 *
 * Chunks are taken from the last list down, as far as a whole page can be free: those with most
 * room first. Of a chunk the lowest pages are kept, where first fit comes first.
 */
#include "policy.h"

PCPU_STATIC_ASSERT(PCPU_EMPTY_PAGES_LOW < PCPU_EMPTY_PAGES_HIGH, "stocking has an end");

/* --- give back ----------------------------------------------------------------------------- */

/* Returns the first page to depopulate, so that of all empty pages those of the excess are given
   back that this chunk has. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t depopulate_start(const struct pcpu_chunk *chunk, uint32_t excess)
{
	uint32_t keep = chunk->nr_empty_pages - (uint32_t)pcpu_min64(chunk->nr_empty_pages, excess);

	PCPU_DEBUG_ASSERT(keep < chunk->nr_empty_pages);
	PCPU_FOR_EACH_FREE_PAGES(pages, chunk)
		for (uint32_t page = pages.from; page < pages.to; page++)
			if (pcpu_bit_test(chunk->populated, page) && keep-- == 0)
				return page;
	return chunk->nr_pages;
}

void pcpu_pages_give_back(struct pcpu *pcpu,
			  bool (*wanted)(const struct pcpu *pcpu, const struct pcpu_chunk *chunk),
			  uint32_t (*keep)(const struct pcpu *pcpu))
{
	uint32_t least = pcpu_size_to_slot(PCPU_PAGE_BYTES);

	for (;;) {
		struct pcpu_chunk *chunk;
		uint32_t from = 0;

		plat_lock(pcpu->plat, PLAT_LOCK_INNER);
		chunk = pcpu_chunk_pick(pcpu, least, wanted);
		if (chunk) {
			PCPU_DEBUG_ASSERT(pcpu->nr_empty_pages > keep(pcpu));
			from = depopulate_start(chunk, pcpu->nr_empty_pages - keep(pcpu));
		}
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
	chunk = pcpu_chunk_pick(pcpu, pcpu_size_to_slot(PCPU_PAGE_BYTES), wanted);
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

bool pcpu_stock_answered(struct pcpu *pcpu, bool taken)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	pcpu->atomic_used = true;
	return !taken || pcpu->nr_empty_pages < PCPU_EMPTY_PAGES_LOW;
}

void pcpu_pages_stock(struct pcpu *pcpu, uint32_t low, uint32_t high)
{
	if (!pages_below(pcpu, low))
		return;
	while (pages_below(pcpu, high))
		if (!page_stock(pcpu))
			return;
}
