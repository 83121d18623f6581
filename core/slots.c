/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * slots.c - chunks in lists by free size, so that a search starts where a fit is likely.
 *
 *	free bytes   <4 | 4..15  16..31  32..63  ...  whole unit
 *	slot          0 |   1      2       3     ...  last
 *
 * The order within a list decides which chunk is tried first, and so is part of what a user can see
 * (SPEC.md 4.6). Most lists are empty: one word has a bit for each that is not, so that a search
 * passes them.
 */
#include "chunk.h"

#define LEAST_FREE_BYTES 4u /* a chunk with less counts as full */

/* Slots of the largest unit, whose size has 31 bits, and the last one. */
PCPU_STATIC_ASSERT(PCPU_MAX_UNIT_BYTES < 1u << 31 && 31 - PCPU_SLOT_BASE_SHIFT + 2 + 2 < 32,
		   "slots_filled has a bit for each slot");

uint32_t pcpu_size_to_slot(uint32_t size_bytes)
{
	uint32_t length = pcpu_bit_length(size_bytes);

	return length > PCPU_SLOT_BASE_SHIFT - 1 ? length - PCPU_SLOT_BASE_SHIFT + 2 : 1;
}

uint32_t pcpu_chunk_slot(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	if (pcpu_chunk_is_empty(pcpu, chunk))
		return pcpu_last_slot(pcpu);
	if (chunk->map.free_bytes < LEAST_FREE_BYTES || chunk->map.hint_bytes < LEAST_FREE_BYTES)
		return 0;
	return pcpu_size_to_slot(chunk->map.free_bytes);
}

void pcpu_chunk_enqueue(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t slot = pcpu_chunk_slot(pcpu, chunk);

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(chunk->kind != PCPU_CHUNK_RESERVED && slot < pcpu->nr_slots);
	PCPU_DEBUG_ASSERT(chunk->slot == PCPU_NO_SLOT && pcpu_list_empty(&chunk->link));
	pcpu_list_add_head(&pcpu->slots[slot], &chunk->link);
	pcpu->slots_filled |= 1u << slot;
	chunk->slot = (int)slot;
}

void pcpu_chunk_dequeue(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t slot = (uint32_t)chunk->slot;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(slot < pcpu->nr_slots && pcpu->slots_filled >> slot & 1);
	PCPU_DEBUG_ASSERT(!pcpu_list_empty(&chunk->link));
	pcpu_list_del(&chunk->link);
	if (pcpu_list_empty(&pcpu->slots[slot]))
		pcpu->slots_filled &= ~(1u << slot);
	chunk->slot = PCPU_NO_SLOT;
}

void pcpu_chunk_requeue(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	int slot, before = chunk->slot;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	if (chunk->kind == PCPU_CHUNK_RESERVED)
		return;
	slot = (int)pcpu_chunk_slot(pcpu, chunk);
	PCPU_DEBUG_ASSERT(before != PCPU_NO_SLOT);
	if (slot == before)
		return;
	pcpu_chunk_dequeue(pcpu, chunk);
	if (slot > before)
		pcpu_list_add_head(&pcpu->slots[slot], &chunk->link);
	else
		pcpu_list_add_tail(&pcpu->slots[slot], &chunk->link);
	pcpu->slots_filled |= 1u << slot;
	chunk->slot = slot;
}
