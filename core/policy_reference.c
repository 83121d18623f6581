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

PCPU_REQUIRES(PLAT_INNER)
static uint32_t reference_keep(const struct pcpu *pcpu)
{
	return PCPU_EMPTY_PAGES_HIGH;
}

/* --- the policy ----------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void reference_balance(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	pcpu_chunks_reclaim(pcpu, false);
	pcpu_maps_extend(pcpu);
	pcpu_pages_give_back(pcpu, has_excess_pages, reference_keep);
	pcpu_pages_stock(pcpu, PCPU_EMPTY_PAGES_LOW, PCPU_EMPTY_PAGES_HIGH);
}

/* Is this chunk a second empty one, or has it more empty pages than it may keep? */
PCPU_REQUIRES(PLAT_INNER)
static bool reference_freed(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	return pcpu_chunk_is_second_empty(pcpu, chunk) || has_excess_pages(pcpu, chunk);
}

extern const struct pcpu_policy pcpu_policy_reference;
const struct pcpu_policy pcpu_policy_reference = {
	.undoes_chunks = true,
	.answered_atomic = pcpu_stock_answered,
	.freed = reference_freed,
	.balance = reference_balance,
};
