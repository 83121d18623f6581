/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* walker_rows.c - see walker_rows.h. */
#include "harness/test/walker/walker_rows.h"

const struct walker_row *const walker_groups[] = {walker_maps, walker_chunks, walker_units,
						  walker_front, NULL};

struct pcpu_chunk *walker_later(struct test_fixture *f)
{
	for (uint32_t slot = 0; slot < f->pcpu->nr_slots; slot++) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &f->pcpu->slots[slot])
			if (PCPU_CHUNK_OF(l)->kind == PCPU_CHUNK_LATER)
				return PCPU_CHUNK_OF(l);
	}
	FAIL("the fixture has no later chunk");
}

int32_t *walker_records(struct pcpu_chunk *chunk)
{
	return chunk->map.memory;
}

void walker_open(struct test_fixture *f)
{
	struct pcpu_ptr p;

	test_fixture_init(f, "0011");
	f->config.engine = pcpu_engine_find("area");
	f->config.sizes.dyn_bytes = 5 * PCPU_PAGE_BYTES; /* several pages in every chunk */
	f->config.sizes.atom_bytes = 16 * PCPU_PAGE_BYTES;
	test_fixture_open(f);
	do
		p = pcpu_alloc(f->pcpu, 8192, 4, 0);
	while (test_fixture_place(f, p).kind != PCPU_CHUNK_LATER);
	/* The first chunk's rest takes some of the small ones before two lie behind the large
	   one. */
	while (test_fixture_place(f, pcpu_alloc(f->pcpu, 16, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	CHECK_EQ(test_fixture_place(f, pcpu_alloc(f->pcpu, 16, 4, 0)).offset, 8192 + 16);
	test_fixture_check(f);
}
