/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* record_chunks.c - see record_chunks.h. */
#include "harness/cli/replay/record_chunks.h"

#include <glib.h>

struct chunk {
	uint32_t number; /* RECORD_NO_CHUNK: no object yet */
	uint64_t nr_live;
	bool known;
	bool marked; /* not known, and the trace says so: once is enough */
};

struct record_chunks {
	GHashTable *at;	     /* base address -> its chunk, owned */
	GPtrArray *numbered; /* by number: the chunk; NULL: destroyed */
	uint32_t nr_created;
};

struct record_chunks *record_chunks_create(void)
{
	struct record_chunks *chunks = g_new0(struct record_chunks, 1);

	chunks->at = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	chunks->numbered = g_ptr_array_new();
	return chunks;
}

void record_chunks_destroy(struct record_chunks *chunks)
{
	g_hash_table_destroy(chunks->at);
	g_ptr_array_free(chunks->numbered, TRUE);
	g_free(chunks);
}

static struct chunk *chunk_at(const struct record_chunks *chunks, uint64_t base)
{
	return g_hash_table_lookup(chunks->at, &base);
}

static struct chunk *chunk_add(struct record_chunks *chunks, uint64_t base, bool known)
{
	struct chunk *chunk = g_new0(struct chunk, 1);
	uint64_t *key = g_new(uint64_t, 1);

	*key = base;
	*chunk = (struct chunk){ .number = RECORD_NO_CHUNK, .known = known };
	g_hash_table_insert(chunks->at, key, chunk);
	return chunk;
}

void record_chunk_created(struct record_chunks *chunks, uint64_t base)
{
	struct chunk *old = chunk_at(chunks, base);
	bool known = !old || old->nr_live == 0;

	record_chunk_destroyed(chunks, base);
	chunk_add(chunks, base, known);
}

void record_chunk_destroyed(struct record_chunks *chunks, uint64_t base)
{
	struct chunk *chunk = chunk_at(chunks, base);

	if (chunk && chunk->number != RECORD_NO_CHUNK)
		chunks->numbered->pdata[chunk->number] = NULL;
	g_hash_table_remove(chunks->at, &base);
}

void record_chunks_forget(struct record_chunks *chunks)
{
	GHashTableIter all;
	void *chunk;

	g_hash_table_iter_init(&all, chunks->at);
	while (g_hash_table_iter_next(&all, NULL, &chunk))
		((struct chunk *)chunk)->known = false;
}

uint32_t record_chunk_alloc(struct record_chunks *chunks, uint64_t base, bool *unknown)
{
	struct chunk *chunk = chunk_at(chunks, base);

	if (!chunk)
		chunk = chunk_add(chunks, base, false);
	if (chunk->number == RECORD_NO_CHUNK) {
		chunk->number = chunks->numbered->len;
		g_ptr_array_add(chunks->numbered, chunk);
		chunks->nr_created += chunk->known;
	}
	*unknown = !chunk->known && !chunk->marked;
	chunk->marked = !chunk->known;
	chunk->nr_live++;
	return chunk->number;
}

void record_chunk_free(struct record_chunks *chunks, uint32_t number)
{
	struct chunk *chunk = number == RECORD_NO_CHUNK ? NULL : chunks->numbered->pdata[number];

	if (chunk)
		chunk->nr_live--;
}

void record_chunk_free_unknown(struct record_chunks *chunks, uint64_t base)
{
	struct chunk *chunk = chunk_at(chunks, base);

	if (chunk)
		chunk->known = false;
}

uint32_t record_chunks_count(const struct record_chunks *chunks, uint32_t *nr_created)
{
	*nr_created = chunks->nr_created;
	return chunks->numbered->len;
}
