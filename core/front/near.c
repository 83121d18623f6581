/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * near.c - from a pointer to the page records of its chunk, for frees that the last one's chunk
 * does not serve.
 *
 *	value:	| key | bits within a unit |	-> front->chunk[hash of the key]
 *
 * What a CPU remembers is its own (magazine.h, M2). A chunk is remembered once it has a span; it
 * has none when it goes, and all CPUs forget it then (pcpu_front_chunk_leaves()).
 */
#include "front_calls.h"

/* Is the pointer in the chunk? */
static bool near_make(const struct pcpu *pcpu, const struct pcpu_chunk *chunk, uintptr_t value,
		      struct pcpu_near *near)
{
	*near = (struct pcpu_near){
		.value = chunk_value(pcpu, chunk),
		.bytes = (size_t)chunk->nr_pages * PCPU_PAGE_BYTES,
		.pages = chunk->pages,
	};
	return value - near->value < near->bytes;
}

/* Chunks lie at equal distances, which their bits alone would show: multiplicative hashing (Knuth,
   TAOCP 3, 6.4). */
static const struct pcpu_chunk **near_slot(const struct pcpu *pcpu, struct pcpu_front_cpu *front,
					   uintptr_t value)
{
	uint32_t key = (uint32_t)(value >> pcpu->front->near_shift);

	return &front->chunk[key * UINT32_C(0x9e3779b1) >> (32 - PCPU_NEAR_BITS)];
}

/* Returns the chunk, or NULL. */
PCPU_REQUIRES_SHARED(PLAT_READER)
static const struct pcpu_chunk *near_search(struct pcpu *pcpu, uintptr_t value,
					    struct pcpu_near *near)
{
	uint32_t offset;
	const struct pcpu_chunk *chunk = pcpu_find(pcpu, (struct pcpu_ptr){value}, &offset);

	if (!chunk || chunk->kind == PCPU_CHUNK_RESERVED)
		return NULL;
	return near_make(pcpu, chunk, value, near) ? chunk : NULL;
}

bool pcpu_near_find(struct pcpu *pcpu, uintptr_t value, struct pcpu_near *near)
{
	return near_search(pcpu, value, near) != NULL;
}

bool pcpu_near_recall(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t value,
		      struct pcpu_near *near)
{
	const struct pcpu_chunk **slot, *chunk;

	if (!front->chunk)
		return pcpu_near_find(pcpu, value, near);
	slot = near_slot(pcpu, front, value);
	chunk = *slot;
	if (chunk && near_make(pcpu, chunk, value, near))
		return true;
	chunk = near_search(pcpu, value, near);
	if (chunk && near_page_is_span(near, value))
		*slot = chunk;
	return chunk != NULL;
}

bool pcpu_near_give(struct pcpu *pcpu, uintptr_t value)
{
	struct pcpu_front_cpu *front = pcpu_front_open(pcpu);
	const struct pcpu_chunk *chunk;
	struct pcpu_near near;
	bool given = false;

	if (!front)
		return false;
	chunk = front->chunk ? *near_slot(pcpu, front, value) : NULL;
	if (LIKELY(chunk && near_make(pcpu, chunk, value, &near))) {
		front->near = near;
		given = magazine_give(front, value);
	}
	here_close(pcpu);
	return given;
}

bool pcpu_run_make(const struct pcpu_near *near, uintptr_t value, struct pcpu_run *run,
		   size_t *granule)
{
	size_t at = value - near->value, first;
	const struct pcpu_page *page;

	if (!near_granule(near, value, &run->states, granule))
		return false;
	page = &near->pages[at >> PCPU_PAGE_SHIFT]; /* it stays: the caller is a CPU, or locks */
	at -= at % PCPU_PAGE_BYTES;
	first = at >> page->shift;
	run->value = near->value + at;
	run->states += 2 * first;
	run->nr_granules = page->limit - first;
	run->shift = page->shift;
	*granule -= first;
	return true;
}

void pcpu_near_forget(struct pcpu_front_cpu *front, const struct pcpu_chunk *chunk)
{
	if (front->near.pages == chunk->pages)
		front->near.bytes = 0;
	for (uint32_t i = 0; front->chunk && i < PCPU_NEAR_CHUNKS; i++)
		if (front->chunk[i] == chunk)
			front->chunk[i] = NULL;
}
