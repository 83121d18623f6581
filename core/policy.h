/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * policy.h - the chunk policy: which requests are legal, which list a chunk is on, and when chunks
 * and pages come and go. Searching, taking, populating and freeing are the same for all (alloc.c).
 *
 *	request  -> granule_bytes -> lists from slot(size) to the empty one, each from its head
 *	answered -> balance?	freed -> balance?	balance -> chunks and pages
 *
 * A policy is one file, policy_<name>.c, with everything static but its table; a line in
 * engines.def pairs it with a map.
 */
#ifndef PCPU_POLICY_H
#define PCPU_POLICY_H

#include "chunk.h"

struct pcpu_policy {
	uint32_t breaks; /* a bit for each enum pcpu_promise that it does not keep */

	/* Requests. 0: as they come. Else sizes are rounded up to it, and a smaller alignment, 0
	   too, counts as it. */
	uint32_t granule_bytes;

	/* Lists. */
	bool by_hint;	/* a chunk's list follows from its hint; else from its free size */
	bool by_age;	/* lists that are searched have the oldest chunk first; else see requeue */
	bool parks;	/* a chunk of list 1 or 2 that is tried in vain goes to list 0 (15.9, S4) */
	bool sidelines; /* two lists more: sidelined, behind all sizes, and to be depopulated */

	/* A call that fails in the end destroys the chunk that it made. */
	bool undoes_chunks;

	/* Clang checks no call by an address: each function asserts its locks. */

	/* A request was tried (the walk is over); inner lock. Returns whether balance is wanted.
	   For callers that sleep it may be NULL: they never want it. */
	bool (*answered)(struct pcpu *pcpu, bool taken);
	bool (*answered_atomic)(struct pcpu *pcpu, bool taken);
	/* An area of this chunk was freed, and accounted; inner lock. Returns whether balance is
	   wanted. */
	bool (*freed)(struct pcpu *pcpu, struct pcpu_chunk *chunk);
	/* What pcpu_balance() does; outer lock. */
	void (*balance)(struct pcpu *pcpu);
};

/* The first byte at or behind this one that may begin an object. */
static inline uint32_t pcpu_chunk_start(const struct pcpu *pcpu, uint32_t bytes)
{
	return (uint32_t)pcpu_align_up(bytes, pcpu->engine->map->granule_bytes);
}

/* Where the reserved part ends for its map: in whole granules. */
static inline uint32_t pcpu_reserved_end(const struct pcpu *pcpu)
{
	uint32_t bytes = pcpu->layout.reserved_bytes;

	return pcpu->static_end + bytes - bytes % pcpu->engine->map->granule_bytes;
}

/* Is this chunk empty, and not the only one that is? */
PCPU_REQUIRES(PLAT_INNER)
static inline bool pcpu_chunk_is_second_empty(const struct pcpu *pcpu,
					      const struct pcpu_chunk *chunk)
{
	const struct pcpu_list *empty = &pcpu->slots[pcpu->empty_slot];

	return pcpu_chunk_is_empty(pcpu, chunk) && empty->next != empty->prev;
}

/* --- balance.c: what policies balance with ---------------------------------------------------- */

/* Destroys the chunks of the empty list but its head; all of them, or those that have no page. */
void pcpu_chunks_reclaim(struct pcpu *pcpu, bool only_without_pages)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* Extends the maps that atomic callers found too full. */
void pcpu_maps_extend(struct pcpu *pcpu) PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* The first chunk, from the last list down to that one, for which wanted() holds; NULL: none. */
struct pcpu_chunk *pcpu_chunk_pick(struct pcpu *pcpu, uint32_t least_slot,
				   bool (*wanted)(const struct pcpu *pcpu,
						  const struct pcpu_chunk *chunk))
	PCPU_REQUIRES(PLAT_INNER);

/* --- stock.c: empty populated pages --------------------------------------------------------- */

#define PCPU_EMPTY_PAGES_LOW  2u /* atomic callers find at least so many */
#define PCPU_EMPTY_PAGES_HIGH 4u /* balance stops giving back or taking pages here */

/* Gives empty pages of the chunks back for which wanted() holds: those beyond keep(), of all. */
void pcpu_pages_give_back(struct pcpu *pcpu,
			  bool (*wanted)(const struct pcpu *pcpu, const struct pcpu_chunk *chunk),
			  uint32_t (*keep)(const struct pcpu *pcpu))
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* Once atomic callers exist: fewer than `low` in all become `high`, as far as there is memory. */
void pcpu_pages_stock(struct pcpu *pcpu, uint32_t low, uint32_t high)
	PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER);
/* A policy's answered_atomic: balance is wanted when the request failed, or left few pages for the
   next one. */
bool pcpu_stock_answered(struct pcpu *pcpu, bool taken) PCPU_REQUIRES(PLAT_INNER);

#endif
