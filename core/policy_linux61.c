/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * policy_linux61.c - chunk policies "linux61", that of Linux 6.1 with its known defects, and
 * "linux61_exact", the same repaired (SPEC.md 15.9-15.14, 15.17).
 *
 *	in use  <->  isolated: to be depopulated -> sidelined
 *
 *	free	a chunk with many empty pages is isolated, where others have enough (C3)
 *	alloc	an object in an isolated chunk brings it back (N3; chunk.c)
 *	balance	1 free chunks go  2 isolated ones give their pages back  3 some pages are stocked
 *		4 free chunks without pages go
 *
 * Where all pages of a chunk stay backed (km), nothing is isolated.
 */
#include "policy.h"

#define LEAST_BALANCE_PAGES 2u /* N5: below, balance is wanted */
#define STOCK_PAGES	    4u /* K2, K3, C3: empty pages that shall be there */
#define QUARTER		    4u /* C3: this share of a chunk's pages empty is many */

static uint32_t sidelined_slot(const struct pcpu *pcpu)
{
	return pcpu->empty_slot - 1;
}

static uint32_t depopulate_slot(const struct pcpu *pcpu)
{
	return pcpu->empty_slot + 1;
}

/* --- requests ----------------------------------------------------------------------------- */

/* N5: too few empty pages are left. */
PCPU_REQUIRES(PLAT_INNER)
static bool linux61_answered(struct pcpu *pcpu, bool taken)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	return taken && pcpu->nr_empty_pages < LEAST_BALANCE_PAGES;
}

/* X2: or the request failed. */
PCPU_REQUIRES(PLAT_INNER)
static bool linux61_answered_atomic(struct pcpu *pcpu, bool taken)
{
	pcpu->atomic_used |= !taken;
	return !taken || linux61_answered(pcpu, taken);
}

/* C3: may its empty pages go? */
PCPU_REQUIRES(PLAT_INNER)
static bool gives_pages_back(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	if (chunk->kind != PCPU_CHUNK_LATER || pcpu->backing->all_populated)
		return false;
	if (chunk->isolated)
		return chunk->nr_empty_pages > 0;
	return pcpu->nr_empty_pages > STOCK_PAGES + chunk->nr_empty_pages &&
	       chunk->nr_empty_pages > 0 && /* units of few pages */
	       chunk->nr_empty_pages >= chunk->nr_pages / QUARTER;
}

PCPU_REQUIRES(PLAT_INNER)
static bool linux61_freed(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	const struct pcpu_list *empty = &pcpu->slots[pcpu->empty_slot];

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	if (!chunk->isolated && pcpu_chunk_is_empty(pcpu, chunk)) /* C2 */
		return !pcpu_list_empty(empty) &&
		       (empty->next != &chunk->link || empty->prev != &chunk->link);
	if (!gives_pages_back(pcpu, chunk))
		return false;
	if (!chunk->isolated)
		pcpu_chunk_isolate(pcpu, chunk);
	pcpu_chunk_move(pcpu, chunk, depopulate_slot(pcpu), true);
	return true;
}

/* --- K2 depopulate -------------------------------------------------------------------------- */

/* The highest run of empty populated pages; false: none. */
PCPU_REQUIRES(PLAT_INNER)
static bool highest_empty_run(const struct pcpu_chunk *chunk, uint32_t *from, uint32_t *to)
{
	*from = *to = 0;
	PCPU_FOR_EACH_FREE_PAGES(pages, chunk) {
		uint32_t page = pages.to;

		while (page > pages.from && !pcpu_bit_test(chunk->populated, page - 1))
			page--;
		if (page == pages.from)
			continue;
		*to = page;
		while (page > pages.from && pcpu_bit_test(chunk->populated, page - 1))
			page--;
		*from = page;
	}
	return *from < *to;
}

/* Gives one run of an isolated chunk's empty pages back. False: none is left, or an object brought
   the chunk back into use meanwhile, or the pages are wanted. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool highest_run_depopulate(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t from, to;
	bool any;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	any = chunk->isolated && pcpu->nr_empty_pages >= STOCK_PAGES &&
	      highest_empty_run(chunk, &from, &to);
	if (any)
		pcpu_chunk_pages_claim(pcpu, chunk, from, to);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (any)
		pcpu->backing->depopulate(pcpu, chunk, from, to);
	return any;
}

/* What becomes of a chunk, unless an object brought it back meanwhile: it is of use again, or it is
   sidelined. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void isolated_settle(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	if (chunk->isolated && (chunk->nr_empty_pages > 0 || pcpu_chunk_is_empty(pcpu, chunk)))
		pcpu_chunk_reintegrate(pcpu, chunk);
	else if (chunk->isolated)
		pcpu_chunk_move(pcpu, chunk, sidelined_slot(pcpu), false);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_chunk *depopulate_first(struct pcpu *pcpu)
{
	uint32_t slot = depopulate_slot(pcpu);
	struct pcpu_chunk *chunk = NULL;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	if (pcpu_slot_filled(pcpu, slot) == slot)
		chunk = PCPU_CHUNK_OF(pcpu->slots[slot].next);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return chunk;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void isolated_depopulate(struct pcpu *pcpu)
{
	struct pcpu_chunk *chunk;

	while ((chunk = depopulate_first(pcpu)) != NULL) {
		while (highest_run_depopulate(pcpu, chunk))
			;
		isolated_settle(pcpu, chunk);
	}
}

/* --- K3 stock ------------------------------------------------------------------------------- */

/* The first chunk of the list that has a page to populate, NULL: none. */
PCPU_REQUIRES(PLAT_INNER)
static struct pcpu_chunk *stock_find(struct pcpu *pcpu, uint32_t slot)
{
	struct pcpu_list *l, *next;

	PCPU_FOR_EACH_CHUNK(l, next, &pcpu->slots[slot]) {
		struct pcpu_chunk *chunk = PCPU_CHUNK_OF(l);

		if (chunk->nr_populated < chunk->nr_pages)
			return chunk;
	}
	return NULL;
}

/* Populates the chunk's lowest unpopulated pages, up to *want; *want falls by as many, and to 0
   where there is no memory. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void chunk_pages_stock(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t *want)
{
	uint32_t to = 0;

	while (*want > 0) {
		uint32_t end, from;

		from = pcpu_bits_find(chunk->populated, to, chunk->nr_pages, false);
		end = (uint32_t)pcpu_min64(chunk->nr_pages, (uint64_t)from + *want);
		to = pcpu_bits_find(chunk->populated, from, end, true);
		if (from == to)
			return;
		if (!pcpu_chunk_populate(pcpu, chunk, from, to)) {
			*want = 0;
			return;
		}
		*want -= to - from;
	}
}

/* One list: one chunk of it is stocked. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void slot_stock(struct pcpu *pcpu, uint32_t slot, bool brings_back, uint32_t *want)
{
	struct pcpu_chunk *chunk;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	chunk = stock_find(pcpu, slot);
	if (chunk && chunk->isolated && brings_back)
		pcpu_chunk_reintegrate(pcpu, chunk);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (chunk)
		chunk_pages_stock(pcpu, chunk, want);
}

/* How many empty pages are missing; all of them after an atomic request that failed, but where only
   a whole chunk could bring some: each failure would make one. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static uint32_t stock_wanted(struct pcpu *pcpu)
{
	uint32_t there;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	there = (uint32_t)pcpu_min64(pcpu->nr_empty_pages, STOCK_PAGES);
	if (pcpu->atomic_used && !pcpu->backing->all_populated)
		there = 0;
	pcpu->atomic_used = false;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return STOCK_PAGES - there;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void pages_stock(struct pcpu *pcpu, bool brings_back)
{
	uint32_t want = stock_wanted(pcpu);

	for (;;) {
		uint32_t slot = pcpu_size_to_slot(PCPU_PAGE_BYTES);

		for (; slot <= pcpu->empty_slot && want > 0; slot++)
			slot_stock(pcpu, slot, brings_back, &want);
		if (want == 0 || !pcpu_chunk_create(pcpu))
			return;
		want = stock_wanted(pcpu);
	}
}

/* --- the policies ----------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void linux61_pass(struct pcpu *pcpu, bool brings_back)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	pcpu_chunks_reclaim(pcpu, false); /* K1 */
	pcpu_maps_extend(pcpu);
	isolated_depopulate(pcpu);
	pages_stock(pcpu, brings_back);
	pcpu_chunks_reclaim(pcpu, true); /* K4 */
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void linux61_balance(struct pcpu *pcpu)
{
	linux61_pass(pcpu, false);
}

/* H4: a chunk that is stocked is of use again, so that its pages count (B27). */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void linux61_exact_balance(struct pcpu *pcpu)
{
	linux61_pass(pcpu, true);
}

#define LINUX61_BREAKS                                                                             \
	(1u << PCPU_PROMISE_PLACES | 1u << PCPU_PROMISE_SLOT | 1u << PCPU_PROMISE_UNDO |           \
	 1u << PCPU_PROMISE_ONE_EMPTY | 1u << PCPU_PROMISE_BALANCE |                               \
	 1u << PCPU_PROMISE_ATOMIC_FIT | 1u << PCPU_PROMISE_ALIGN)

extern const struct pcpu_policy pcpu_policy_linux61, pcpu_policy_linux61_exact;
const struct pcpu_policy pcpu_policy_linux61 = {
	.breaks = LINUX61_BREAKS,
	.granule_bytes = 4,
	.by_hint = true,
	.parks = true,
	.sidelines = true,
	.answered = linux61_answered,
	.answered_atomic = linux61_answered_atomic,
	.freed = linux61_freed,
	.balance = linux61_balance,
};

const struct pcpu_policy pcpu_policy_linux61_exact = {
	.breaks = LINUX61_BREAKS,
	.granule_bytes = 4,
	.by_hint = true,
	.sidelines = true,
	.answered = linux61_answered,
	.answered_atomic = linux61_answered_atomic,
	.freed = linux61_freed,
	.balance = linux61_exact_balance,
};
