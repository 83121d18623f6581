/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* balance_changes.h - what a test does to the allocator behind the runner's back. */
#ifndef BALANCE_CHANGES_H
#define BALANCE_CHANGES_H

#include "harness/test/balance/balance_fixture.h"

static inline struct pcpu_chunk *later(void)
{
	for (uint32_t slot = 0; slot < f.fixture.pcpu->nr_slots; slot++) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &f.fixture.pcpu->slots[slot])
			if (PCPU_CHUNK_OF(l)->kind == PCPU_CHUNK_LATER)
				return PCPU_CHUNK_OF(l);
	}
	FAIL("the fixture has no later chunk");
}

static inline void outer(void (*work)(struct pcpu *pcpu, struct pcpu_chunk *chunk))
{
	plat_lock(f.fixture.plat, PLAT_LOCK_OUTER);
	work(f.fixture.pcpu, later());
	plat_unlock(f.fixture.plat, PLAT_LOCK_OUTER);
}

static inline void populate_last(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	CHECK(pcpu_chunk_populate(pcpu, chunk, chunk->nr_pages - 1, chunk->nr_pages));
}

static inline void one_page_more(void)
{
	outer(populate_last);
}

static inline void depopulate_one(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t nr = pcpu->nr_empty_pages, page = chunk->nr_pages;

	while (pcpu->nr_empty_pages == nr) {
		CHECK(page-- > 0);
		pcpu_chunk_depopulate(pcpu, chunk, page, page + 1);
	}
}

static inline void one_page_less(void)
{
	outer(depopulate_one);
}

static inline void create_one(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	CHECK(pcpu_chunk_create(pcpu));
}

static inline void one_chunk_more(void)
{
	outer(create_one);
}

static inline void extend(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	CHECK(pcpu_chunk_extend(pcpu, chunk, chunk->map.capacity - chunk->map.used + 1));
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

static inline void one_map_more(void)
{
	outer(extend);
}

static inline void few_records(void)
{
	later()->map.capacity = later()->map.used + 33;
}

/* The last chunk of the emptiest slot, empty, goes. */
static inline void one_chunk_less(void)
{
	struct pcpu *pcpu = f.fixture.pcpu;
	struct pcpu_chunk *chunk = PCPU_CHUNK_OF(pcpu->slots[pcpu->empty_slot].prev);

	plat_lock(f.fixture.plat, PLAT_LOCK_OUTER);
	plat_lock(f.fixture.plat, PLAT_LOCK_INNER);
	CHECK(pcpu_chunk_is_empty(pcpu, chunk));
	pcpu_chunk_retire(pcpu, chunk);
	plat_unlock(f.fixture.plat, PLAT_LOCK_INNER);
	pcpu_chunk_destroy(pcpu, chunk);
	plat_unlock(f.fixture.plat, PLAT_LOCK_OUTER);
}

static inline void one_record_left(void)
{
	later()->map.capacity = later()->map.used + 1;
}

static inline void one_reserved_record_left(void)
{
	f.fixture.pcpu->reserved.map.capacity = f.fixture.pcpu->reserved.map.used + 1;
}

static inline void zeroed_one_more(void)
{
	f.fixture.pcpu->stats.zeroed_bytes++;
}

/* The first chunk is full, and of a later one some pages. */

#endif
