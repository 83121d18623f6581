/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_model_chunk.c - creates and destroys chunks, and their initial maps (15.2). */
#include "harness/check/linux61/linux61_model_parts.h"

#include <stdlib.h>

/* Returns zeroed memory; ends the program when the host has none. */
void *lab_l61_memory(size_t nr, size_t bytes)
{
	void *memory = calloc(nr ? nr : 1, bytes);

	if (!memory)
		abort();
	return memory;
}

/* Creates a chunk whose managed bytes are [from_bytes, from_bytes + bytes) of the unit (M1). */
struct lab_l61_chunk *lab_l61_chunk_create(const struct lab_linux61 *m, uint32_t from_bytes,
					   uint32_t bytes)
{
	struct lab_l61_chunk *c = lab_l61_memory(1, sizeof(*c));
	uint32_t start = from_bytes / PCPU_PAGE_BYTES * PCPU_PAGE_BYTES;
	uint32_t end = (uint32_t)pcpu_round_up((uint64_t)from_bytes + bytes, PCPU_PAGE_BYTES);
	uint32_t front = (from_bytes - start) / LAB_L61_GRANULE;
	uint32_t back =
		(end - from_bytes - bytes) / LAB_L61_GRANULE; /* V4: a half granule is free */

	c->start_bytes = start;
	c->size = (end - start) / LAB_L61_GRANULE;
	c->nr_blocks = c->size / LAB_L61_BLOCK;
	c->from = front;
	c->to = c->size - back;
	c->free_bytes = bytes;
	c->list = LAB_L61_NOWHERE;
	c->used = lab_l61_memory(c->size, 1);
	c->edge = lab_l61_memory(c->size + 1, 1);
	c->populated = lab_l61_memory(c->nr_blocks, 1);
	c->nr_used = lab_l61_memory(c->nr_blocks, sizeof(*c->nr_used));
	c->block = lab_l61_memory(c->nr_blocks, sizeof(*c->block));
	for (uint32_t i = 0; i < c->nr_blocks; i++)
		c->block[i] = lab_l61_record_free(LAB_L61_BLOCK);
	c->record = lab_l61_record_free(c->size);
	c->repaired = m->config.repaired;
	lab_l61_shadows_create(m, c);
	if (front > 0) /* M2 */
		lab_l61_take(c, 0, front, m->config.exact);
	if (back > 0)
		lab_l61_take(c, c->size - back, back, m->config.exact);
	return c;
}

void lab_l61_chunk_destroy(struct lab_l61_chunk *c)
{
	if (!c)
		return;
	lab_l61_shadows_destroy(c);
	free(c->used);
	free(c->edge);
	free(c->populated);
	free(c->nr_used);
	free(c->block);
	free(c);
}

/* Gives it the next id and puts it at the head of its slot's list (S3). */
struct lab_l61_chunk *lab_l61_chunk_add(struct lab_linux61 *m, struct lab_l61_chunk *c)
{
	if (m->counts.nr_made == m->capacity) {
		m->capacity = 2 * m->capacity + 8;
		m->chunk = realloc(m->chunk, m->capacity * sizeof(struct lab_l61_chunk *));
		if (!m->chunk)
			abort();
	}
	c->id = m->counts.nr_made;
	m->chunk[m->counts.nr_made++] = c;
	m->counts.nr_chunks++;
	if (m->counts.nr_chunks > m->counts.nr_chunks_most)
		m->counts.nr_chunks_most = m->counts.nr_chunks;
	lab_l61_move(m, c, lab_l61_slot(m, c), true);
	return c;
}

/* N4, K3: a later chunk manages the whole unit; no page of it is populated. */
struct lab_l61_chunk *lab_l61_chunk_make(struct lab_linux61 *m)
{
	return lab_l61_chunk_add(m, lab_l61_chunk_create(m, 0, m->config.unit_bytes));
}

/* K1: depopulated and destroyed. */
void lab_l61_chunk_remove(struct lab_linux61 *m, struct lab_l61_chunk *c)
{
	PCPU_ASSERT(!c->immutable);
	for (uint32_t i = 0; i < c->nr_blocks; i++)
		if (c->populated[i])
			lab_l61_depopulate(m, c, i);
	lab_l61_move(m, c, LAB_L61_NOWHERE, true);
	m->chunk[c->id] = NULL;
	m->counts.nr_chunks--;
	lab_l61_chunk_destroy(c);
}
