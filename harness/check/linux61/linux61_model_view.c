/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_model_view.c - read access for tests. Call it with an existing chunk only. */
#include "harness/check/linux61/linux61_model_parts.h"

static const struct lab_l61_chunk *existing_chunk(const struct lab_linux61 *m, uint32_t chunk)
{
	PCPU_ASSERT(lab_linux61_exists(m, chunk));
	return chunk == LAB_LINUX61_RESERVED ? m->reserved : m->chunk[chunk];
}

bool lab_linux61_exists(const struct lab_linux61 *m, uint32_t chunk)
{
	if (chunk == LAB_LINUX61_RESERVED)
		return m->reserved != NULL;
	return chunk < m->counts.nr_made && m->chunk[chunk] != NULL;
}

const struct lab_linux61_record *lab_linux61_block(const struct lab_linux61 *m, uint32_t chunk,
						   uint32_t block)
{
	const struct lab_l61_chunk *c = existing_chunk(m, chunk);

	PCPU_ASSERT(block < c->nr_blocks);
	return &c->block[block];
}

const struct lab_linux61_record *lab_linux61_chunk(const struct lab_linux61 *m, uint32_t chunk)
{
	return &existing_chunk(m, chunk)->record;
}

uint32_t lab_linux61_nr_blocks(const struct lab_linux61 *m, uint32_t chunk)
{
	return existing_chunk(m, chunk)->nr_blocks;
}

uint32_t lab_linux61_free_bytes(const struct lab_linux61 *m, uint32_t chunk)
{
	return existing_chunk(m, chunk)->free_bytes;
}

uint32_t lab_linux61_start_bytes(const struct lab_linux61 *m, uint32_t chunk)
{
	return existing_chunk(m, chunk)->start_bytes;
}

const uint8_t *lab_linux61_used(const struct lab_linux61 *m, uint32_t chunk)
{
	return existing_chunk(m, chunk)->used;
}

bool lab_linux61_is_populated(const struct lab_linux61 *m, uint32_t chunk, uint32_t block)
{
	const struct lab_l61_chunk *c = existing_chunk(m, chunk);

	PCPU_ASSERT(block < c->nr_blocks);
	return c->populated[block];
}

uint32_t lab_linux61_nr_populated(const struct lab_linux61 *m, uint32_t chunk)
{
	const struct lab_l61_chunk *c = existing_chunk(m, chunk);
	uint32_t nr = 0;

	for (uint32_t i = 0; i < c->nr_blocks; i++)
		nr += c->populated[i];
	return nr;
}

bool lab_linux61_is_isolated(const struct lab_linux61 *m, uint32_t chunk)
{
	return existing_chunk(m, chunk)->isolated;
}

uint32_t lab_linux61_list_of(const struct lab_linux61 *m, uint32_t chunk)
{
	return existing_chunk(m, chunk)->list;
}

uint32_t lab_linux61_nr_lists(const struct lab_linux61 *m)
{
	return m->nr_lists;
}

uint32_t lab_linux61_list(const struct lab_linux61 *m, uint32_t list, uint32_t *chunks,
			  uint32_t capacity)
{
	for (uint32_t i = 0; i < m->list[list].nr && i < capacity; i++)
		chunks[i] = m->list[list].at[i]->id;
	return m->list[list].nr;
}

uint32_t lab_linux61_nr_empty_pages(const struct lab_linux61 *m)
{
	return lab_l61_total(m);
}

struct lab_linux61_counts lab_linux61_counts(const struct lab_linux61 *m)
{
	return m->counts;
}
