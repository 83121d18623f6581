/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_meta.c - metadata: real memory of the exact size asked for, each block in a table of its own.
 *
 *	held -- free ----------------> poisoned, given to free()
 *	  \---- free deferred --> deferred -- last reader leaves --> the same
 *
 * R1  A block that is not in the table, or has another size, is a fault and is left alone.
 * R2  Deferred blocks count as held until they are gone.
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdlib.h>

#define META_ALIGN    64
#define FIRST_BUCKETS 64

void sim_meta_init(struct sim_meta *meta)
{
	TAILQ_INIT(&meta->held);
	TAILQ_INIT(&meta->deferred);
	meta->nr_buckets = FIRST_BUCKETS;
	meta->buckets = sim_must(calloc(FIRST_BUCKETS, sizeof(*meta->buckets)));
}

static struct sim_block **bucket_of(struct sim_meta *meta, const void *memory)
{
	uint64_t hash = (uintptr_t)memory / META_ALIGN * UINT64_C(0x9e3779b97f4a7c15);

	return &meta->buckets[hash >> 32 & (meta->nr_buckets - 1)];
}

/* The link that leads to the block of this memory; the link is NULL when there is none. */
static struct sim_block **link_to(struct sim_meta *meta, const void *memory)
{
	struct sim_block **link = bucket_of(meta, memory);

	while (*link && (*link)->memory != memory)
		link = &(*link)->next;
	return link;
}

static void meta_rehash(struct sim_meta *meta, const struct sim_blocks *blocks)
{
	struct sim_block *block;

	TAILQ_FOREACH(block, blocks, all)
	{
		struct sim_block **bucket = bucket_of(meta, block->memory);

		block->next = *bucket;
		*bucket = block;
	}
}

static void meta_widen(struct sim_meta *meta)
{
	meta->nr_buckets *= 2;
	free(meta->buckets);
	meta->buckets = sim_must(calloc(meta->nr_buckets, sizeof(*meta->buckets)));
	meta_rehash(meta, &meta->held);
	meta_rehash(meta, &meta->deferred);
}

static struct sim_block *block_create(struct sim_meta *meta)
{
	struct sim_block *block = meta->spare;

	if (block)
		meta->spare = block->next;
	else
		block = sim_must(malloc(sizeof(*block)));
	return block;
}

static void *memory_create(size_t bytes)
{
	void *memory = NULL;

	if (posix_memalign(&memory, META_ALIGN, bytes))
		memory = NULL;
	return memset(sim_must(memory), 0, bytes);
}

void *plat_meta_alloc(struct plat *plat, size_t bytes)
{
	struct sim_meta *meta = &plat->meta;
	struct sim_block *block, **bucket;

	sim_enter_sleeping(plat);
	if (bytes == 0)
		sim_note(plat, SIM_FAULT_META_EMPTY);
	if (sim_is_to_fail(plat) || bytes == 0)
		return NULL;
	if (plat->ledger.meta_blocks >= meta->nr_buckets)
		meta_widen(meta);
	block = block_create(meta);
	block->memory = memory_create(bytes);
	block->bytes = bytes;
	block->deferred = false;
	bucket = bucket_of(meta, block->memory);
	block->next = *bucket;
	*bucket = block;
	TAILQ_INSERT_TAIL(&meta->held, block, all);
	plat->ledger.meta_blocks++;
	plat->ledger.meta_bytes += bytes;
	meta->bytes_in_use += bytes;
	plat->ledger.meta_bytes_max =
		pcpu_max64(plat->ledger.meta_bytes_max, meta->bytes_in_use);
	return block->memory;
}

static void sim_meta_release(struct plat *plat, struct sim_blocks *from, struct sim_block *block)
{
	struct sim_meta *meta = &plat->meta;

	*link_to(meta, block->memory) = block->next;
	TAILQ_REMOVE(from, block, all);
	memset(block->memory, SIM_META_POISON_BYTE, block->bytes);
	free(block->memory);
	plat->ledger.meta_blocks--;
	plat->ledger.meta_bytes -= block->bytes;
	block->next = meta->spare;
	meta->spare = block;
}

/* The block that may be freed now, or NULL after noting why it may not. */
static struct sim_block *meta_is_freeable(struct plat *plat, const void *memory, size_t bytes)
{
	struct sim_block *block = *link_to(&plat->meta, memory);

	if (!block || block->deferred) {
		sim_note(plat, SIM_FAULT_META_UNKNOWN);
		return NULL;
	}
	if (block->bytes != bytes) {
		sim_note(plat, SIM_FAULT_META_BYTES);
		return NULL;
	}
	return block;
}

void plat_meta_free(struct plat *plat, void *memory, size_t bytes)
{
	struct sim_block *block;

	sim_enter(plat);
	if (!memory)
		return;
	block = meta_is_freeable(plat, memory, bytes);
	if (!block)
		return;
	plat->meta.bytes_in_use -= bytes;
	sim_meta_release(plat, &plat->meta.held, block);
}

void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes)
{
	struct sim_block *block;

	sim_enter(plat);
	if (!memory)
		return;
	block = meta_is_freeable(plat, memory, bytes);
	if (!block)
		return;
	block->deferred = true;
	plat->meta.bytes_in_use -= bytes;
	TAILQ_REMOVE(&plat->meta.held, block, all);
	TAILQ_INSERT_TAIL(&plat->meta.deferred, block, all);
	if (plat->meta.nr_readers == 0)
		sim_meta_release_deferred(plat);
}

static void release_all(struct plat *plat, struct sim_blocks *blocks)
{
	while (!TAILQ_EMPTY(blocks))
		sim_meta_release(plat, blocks, TAILQ_FIRST(blocks));
}

void sim_meta_release_deferred(struct plat *plat)
{
	release_all(plat, &plat->meta.deferred);
}

void sim_meta_reset(struct plat *plat)
{
	release_all(plat, &plat->meta.deferred);
	release_all(plat, &plat->meta.held);
	plat->meta.nr_readers = 0;
	plat->meta.bytes_in_use = 0;
}

void sim_meta_finish(struct plat *plat)
{
	struct sim_meta *meta = &plat->meta;

	sim_meta_reset(plat);
	while (meta->spare) {
		struct sim_block *block = meta->spare;

		meta->spare = block->next;
		free(block);
	}
	free(meta->buckets);
}
