/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * policy_dense.c - chunk policy "dense": objects together, pages back soon (SPEC.md 16, which names
 * the policies that it was measured against).
 *
 *	alloc	the chunk whose largest free area is of the smallest class that fits; of those the
 *		oldest: old chunks fill up, young ones drain
 *	free	a second empty chunk, or some empty pages more than are kept, want balance
 *	balance	empty chunks but the oldest go, maps grow, all empty pages go but those that are
 *		kept, and some are stocked once atomic callers exist
 *
 * Pages of the first chunk, which cannot go, count among those that are kept.
 */
#include "policy.h"

#define BATCH_PAGES 4u /* so many more than are kept are worth a balance */

PCPU_REQUIRES(PLAT_INNER)
static uint32_t dense_keep(const struct pcpu *pcpu)
{
	return (uint32_t)pcpu_max64(PCPU_EMPTY_PAGES_HIGH, pcpu->first.nr_empty_pages);
}

/* Are some of its empty pages more than are kept, with `spare` on top? */
PCPU_REQUIRES(PLAT_INNER)
static bool pages_exceed(const struct pcpu *pcpu, const struct pcpu_chunk *chunk, uint32_t spare)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	return chunk->kind == PCPU_CHUNK_LATER && !pcpu->backing->all_populated &&
	       chunk->nr_empty_pages > 0 && pcpu->nr_empty_pages > dense_keep(pcpu) + spare;
}

PCPU_REQUIRES(PLAT_INNER)
static bool dense_gives_back(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	return pages_exceed(pcpu, chunk, 0);
}

PCPU_REQUIRES(PLAT_INNER)
static bool dense_freed(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	return pcpu_chunk_is_second_empty(pcpu, chunk) || pages_exceed(pcpu, chunk, BATCH_PAGES);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void dense_balance(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	pcpu_chunks_reclaim(pcpu, false);
	pcpu_maps_extend(pcpu);
	pcpu_pages_give_back(pcpu, dense_gives_back, dense_keep);
	pcpu_pages_stock(pcpu, PCPU_EMPTY_PAGES_LOW, PCPU_EMPTY_PAGES_HIGH);
}

extern const struct pcpu_policy pcpu_policy_dense;
const struct pcpu_policy pcpu_policy_dense = {
	.breaks = 1u << PCPU_PROMISE_PLACES | 1u << PCPU_PROMISE_BALANCE,
	.by_hint = true,
	.by_age = true,
	.undoes_chunks = true,
	.answered_atomic = pcpu_stock_answered,
	.freed = dense_freed,
	.balance = dense_balance,
};
