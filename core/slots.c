/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * slots.c - chunks in lists by size, so that a search starts where a fit is likely.
 *
 *	bytes	<4 | 4..15  16..31  32..63  ...  whole unit
 *	slot	 0 |   1      2       3     ...  v	v+1 empty
 *						 v	v+1 sidelined, v+2 empty, v+3 to depopulate
 *
 * Of what size, free bytes or hint, in what order, and whether there are lists of isolated chunks:
 * the policy says (policy.h). The order within a list decides which chunk is tried first, and so is
 * part of what a user can see (SPEC.md 4.6, 15.9, 16). Most lists are empty: one word has a bit for
 * each that is not, so that a search passes them.
 */
#include "policy.h"

#define LEAST_FREE_BYTES 4u /* a chunk with less counts as full */

/* Slots of the largest unit, whose size has 31 bits, and the last ones. */
PCPU_STATIC_ASSERT(PCPU_MAX_UNIT_BYTES < 1u << 31 && 31 - PCPU_SLOT_BASE_SHIFT + 2 + 4 < 64,
		   "slots_filled has a bit for each slot");

uint32_t pcpu_size_to_slot(uint32_t size_bytes)
{
	uint32_t length = pcpu_bit_length(size_bytes);

	return length > PCPU_SLOT_BASE_SHIFT - 1 ? length - PCPU_SLOT_BASE_SHIFT + 2 : 1;
}

void pcpu_slots_plan(struct pcpu *pcpu)
{
	uint32_t unit = pcpu_size_to_slot(pcpu_layout_covers(&pcpu->layout));

	pcpu->empty_slot = unit + (pcpu->policy->sidelines ? 2 : 1);
	pcpu->nr_slots = pcpu->empty_slot + (pcpu->policy->sidelines ? 2 : 1);
	PCPU_ASSERT(pcpu->nr_slots < 64); /* slots_filled has a bit for each */
}

uint32_t pcpu_chunk_slot(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	uint32_t bytes = chunk->map.free_bytes;

	if (pcpu->policy->by_hint)
		bytes = chunk->map.hint_bytes;
	/* A hint may be too large, so that the whole unit says nothing alone. */
	if (pcpu_chunk_is_empty(pcpu, chunk) && bytes == chunk->map.covered_bytes)
		return pcpu->empty_slot;
	if (chunk->map.free_bytes < LEAST_FREE_BYTES || chunk->map.hint_bytes < LEAST_FREE_BYTES)
		return 0;
	return pcpu_size_to_slot(bytes);
}

/* Where in a list that is ordered by age a chunk of this id belongs: before which link. Sought from
   the end that is nearer by id. */
PCPU_REQUIRES(PLAT_INNER)
static struct pcpu_list *younger_find(struct pcpu_list *list, uint32_t id)
{
	struct pcpu_list *l = list;

	if (pcpu_list_empty(list))
		return list;
	if ((int64_t)id - PCPU_CHUNK_OF(l->next)->id > (int64_t)PCPU_CHUNK_OF(l->prev)->id - id) {
		while (l->prev != list && PCPU_CHUNK_OF(l->prev)->id > id)
			l = l->prev;
		return l;
	}
	do
		l = l->next;
	while (l != list && PCPU_CHUNK_OF(l)->id < id);
	return l;
}

PCPU_REQUIRES(PLAT_INNER)
static void slot_link(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t slot, bool to_head)
{
	PCPU_DEBUG_ASSERT(chunk->slot == PCPU_NO_SLOT && pcpu_list_empty(&chunk->link));
	PCPU_DEBUG_ASSERT(chunk->kind != PCPU_CHUNK_RESERVED && slot < pcpu->nr_slots);
	if (pcpu->policy->by_age && slot > 0)
		pcpu_list_add_tail(younger_find(&pcpu->slots[slot], chunk->id), &chunk->link);
	else if (to_head)
		pcpu_list_add_head(&pcpu->slots[slot], &chunk->link);
	else
		pcpu_list_add_tail(&pcpu->slots[slot], &chunk->link);
	pcpu->slots_filled |= UINT64_C(1) << slot;
	chunk->slot = (int)slot;
}

void pcpu_chunk_enqueue(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	chunk->due_slot = pcpu_chunk_slot(pcpu, chunk);
	slot_link(pcpu, chunk, chunk->due_slot, true);
}

void pcpu_chunk_dequeue(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t slot = (uint32_t)chunk->slot;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(slot < pcpu->nr_slots && pcpu->slots_filled >> slot & 1);
	PCPU_DEBUG_ASSERT(!pcpu_list_empty(&chunk->link));
	pcpu_list_del(&chunk->link);
	if (pcpu_list_empty(&pcpu->slots[slot]))
		pcpu->slots_filled &= ~(UINT64_C(1) << slot);
	chunk->slot = PCPU_NO_SLOT;
}

void pcpu_chunk_move(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t slot, bool to_head)
{
	pcpu_chunk_dequeue(pcpu, chunk);
	slot_link(pcpu, chunk, slot, to_head);
}

/* Out of line, so that a chunk that stays where it is costs no register. */
PCPU_REQUIRES(PLAT_INNER)
__attribute__((noinline))
static void slot_change(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t slot)
{
	bool up = slot > chunk->due_slot;

	if (chunk->kind == PCPU_CHUNK_RESERVED || chunk->isolated)
		return;
	PCPU_DEBUG_ASSERT(chunk->slot != PCPU_NO_SLOT);
	chunk->due_slot = slot;
	pcpu_chunk_move(pcpu, chunk, slot, up);
}

/* What it was due for is compared, not the list that it is on: a parked chunk stays where it is
   until its size class changes (15.9, S2). */
void pcpu_chunk_requeue(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t slot = pcpu_chunk_slot(pcpu, chunk);

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	if (slot != chunk->due_slot)
		slot_change(pcpu, chunk, slot);
}

void pcpu_chunk_isolate(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(pcpu->policy->sidelines && chunk->kind == PCPU_CHUNK_LATER);
	PCPU_DEBUG_ASSERT(!chunk->isolated && chunk->nr_empty_pages <= pcpu->nr_empty_pages);
	chunk->isolated = true;
	pcpu->nr_empty_pages -= chunk->nr_empty_pages;
}

void pcpu_chunk_reintegrate(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(chunk->isolated);
	chunk->isolated = false;
	pcpu->nr_empty_pages += chunk->nr_empty_pages;
	pcpu_chunk_dequeue(pcpu, chunk);
	pcpu_chunk_enqueue(pcpu, chunk);
}
