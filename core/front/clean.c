/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * clean.c - dirty objects become clean: sorted by address, each verified by its own claim, then
 * cleared, neighbours together.
 *
 *	dirty  d b c x b		b twice, x no object of a span
 *	sorted b b c d x  ->  object b c d, bad b x  ->  cleared as one run on each CPU
 *
 * The caller works on its CPU's magazines, or has stopped the CPU (magazine.h, M2).
 */
#include "front_calls.h"

static bool values_sorted(const uintptr_t *value, uint32_t nr)
{
	for (uint32_t i = 1; i < nr; i++)
		if (value[i - 1] > value[i])
			return false;
	return true;
}

/* Shell's sort (Knuth, TAOCP 3, 5.2.1), short of a library's: few, and often in order already. */
static void values_sort(uintptr_t *value, uint32_t nr)
{
	static const uint32_t gaps[] = {13, 4, 1};

	if (values_sorted(value, nr))
		return;
	for (uint32_t g = 0; g < 3; g++) {
		uint32_t gap = gaps[g];

		for (uint32_t i = gap; i < nr; i++) {
			uintptr_t moved = value[i];
			uint32_t at = i;

			for (; at >= gap && value[at - gap] > moved; at -= gap)
				value[at] = value[at - gap];
			value[at] = moved;
		}
	}
}

uint8_t *pcpu_state_find(struct pcpu *pcpu, uintptr_t value, struct pcpu_chunk **chunk)
{
	struct pcpu_chunk *in = *chunk;
	const struct pcpu_page *page;
	size_t at, limit, granule;
	uint32_t offset;

	if (!in || value - chunk_value(pcpu, in) >= (size_t)in->nr_pages * PCPU_PAGE_BYTES)
		in = pcpu_find(pcpu, (struct pcpu_ptr){value}, &offset);
	if (!in || in->kind == PCPU_CHUNK_RESERVED)
		return NULL;
	*chunk = in;
	at = value - chunk_value(pcpu, in);
	page = &in->pages[at >> PCPU_PAGE_SHIFT];
	limit = count_follow(&page->limit);
	granule = rotate_right(at, page->shift);
	return granule < limit ? (uint8_t *)page->states + 2 * granule : NULL;
}

/* A page record that served the last object, for the next ones on the same page. */
struct near_page {
	uintptr_t value; /* of a pointer to its start */
	size_t limit;
	size_t at; /* of that start in the chunk */
	uintptr_t states;
	uint32_t shift;
	struct pcpu_chunk *chunk;
};

PCPU_REQUIRES_SHARED(PLAT_READER)
static uint8_t *page_enter(struct pcpu *pcpu, uintptr_t value, struct near_page *near)
{
	uint8_t *state = pcpu_state_find(pcpu, value, &near->chunk);
	const struct pcpu_page *page;

	if (!state)
		return NULL;
	near->at = value - chunk_value(pcpu, near->chunk);
	near->at -= near->at % PCPU_PAGE_BYTES;
	near->value = chunk_value(pcpu, near->chunk) + near->at;
	page = &near->chunk->pages[near->at >> PCPU_PAGE_SHIFT];
	near->limit = page->limit;
	near->states = page->states;
	near->shift = page->shift;
	return state;
}

PCPU_REQUIRES_SHARED(PLAT_READER)
static uint8_t *near_state(struct pcpu *pcpu, uintptr_t value, struct near_page *near)
{
	size_t granule;

	if (value - near->value >= PCPU_PAGE_BYTES)
		return page_enter(pcpu, value, near);
	granule = rotate_right(near->at + (value - near->value), near->shift);
	return granule < near->limit ? (uint8_t *)near->states + 2 * granule : NULL;
}

PCPU_REQUIRES_SHARED(PLAT_READER)
static void batch_verify(struct pcpu *pcpu, struct pcpu_batch *batch, const uintptr_t *value,
			 uint32_t nr)
{
	struct near_page near = {.value = UINTPTR_MAX - PCPU_PAGE_BYTES};

	for (uint32_t i = 0; i < nr; i++) {
		uint8_t *state = near_state(pcpu, value[i], &near);

		if (state && state_claim(state))
			batch->object[batch->nr++] = (struct pcpu_clean){value[i], state};
		else
			batch->bad[batch->nr_bad++] = value[i];
	}
}

void pcpu_run_clear(struct pcpu *pcpu, uintptr_t value, size_t bytes)
{
	counter_add(&pcpu->front->cleared_bytes, bytes * pcpu->layout.nr_possible);
	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		plat_zero(pcpu->plat, value + pcpu->offset[*cpu], bytes);
}

static void batch_clear(struct pcpu *pcpu, const struct pcpu_batch *batch, uint32_t bytes)
{
	uint32_t from = 0, to;

	for (; from < batch->nr; from = to) {
		uintptr_t end = batch->object[from].value + bytes;

		for (to = from + 1; to < batch->nr && batch->object[to].value == end; to++)
			end += bytes;
		pcpu_run_clear(pcpu, batch->object[from].value, end - batch->object[from].value);
	}
}

void pcpu_batch_clean(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class,
		      struct pcpu_batch *batch)
{
	uint32_t nr = magazine->limit - magazine->room, nr_bad = batch->nr_bad;
	uintptr_t *value = magazine->dirty + magazine->room;

	batch->nr = 0;
	values_sort(value, nr);
	plat_read_begin(pcpu->plat);
	batch_verify(pcpu, batch, value, nr);
	plat_read_end(pcpu->plat);
	PCPU_DEBUG_ASSERT(batch->nr + batch->nr_bad == nr_bad + nr);
	batch_clear(pcpu, batch, pcpu_classes[class].bytes);
	count_set(&magazine->room, magazine->limit);
	magazine->nr_verified += batch->nr;
}

void pcpu_magazine_grow(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class)
{
	uint32_t limit = (uint32_t)pcpu_min64(2 * magazine->limit, pcpu->front->most[class]);

	if (limit <= magazine->limit)
		return;
	PCPU_DEBUG_ASSERT(magazine->room == magazine->limit);
	magazine->limit = limit;
	count_set(&magazine->room, limit);
}

/* In the order of addresses: the last comes out first, is the first in the dirty magazine, and
   stands there last. So it is in order again the next time. */
void pcpu_magazine_load(struct pcpu_magazine *magazine, const struct pcpu_batch *batch, uint32_t nr)
{
	uint32_t has = magazine_nr(magazine);

	PCPU_DEBUG_ASSERT(has + nr <= magazine->limit && nr <= batch->nr);
	for (uint32_t i = 0; i < nr; i++)
		magazine->clean[1 + has + i] = batch->object[i];
	magazine->nr_loaded += nr;
	magazine_nr_set(magazine, has + nr);
}

void pcpu_batch_report(struct pcpu *pcpu, const struct pcpu_batch *batch)
{
	for (uint32_t i = 0; i < batch->nr_bad; i++) {
		struct pcpu_report report = {
			.id = PCPU_MISUSE_DOUBLE_FREE,
			.pointer = batch->bad[i],
			.chunk_id = PCPU_NO_CHUNK,
		};
		struct pcpu_place place;

		if (pcpu_lookup(pcpu, (struct pcpu_ptr){batch->bad[i]}, &place)) {
			report.chunk_id = place.chunk_id;
			report.offset = place.offset;
		}
		plat_panic(pcpu->plat, &report);
	}
}
