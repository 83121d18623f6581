/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_meta.c - metadata from the instance's arena, accounted, freed at once or after a grace
 * period.
 *
 *	block [ header, 64 bytes ][ memory, aligned to 64 ... ]
 *
 * A fresh block is zeroed by the kernel, so its unused part, half of a map that has just grown, is
 * never touched. AddressSanitizer faults on the header while its block is in use.
 */
#include "harness/platform/hosted/hosted_plat.h"
#include "harness/platform/hosted/hosted_poison.h"

#define ALIGN 64

struct header {
	struct hosted_deferred deferred;
	struct plat *plat;
	size_t bytes; /* of the memory that follows */
};
_Static_assert(sizeof(struct header) <= ALIGN, "memory starts one alignment behind its header");

/* Makes the header of a block accessible, to free the block. */
static struct header *header_open(struct plat *plat, void *memory, size_t bytes)
{
	struct header *header = (struct header *)(void *)((char *)memory - ALIGN);

	hosted_unpoison(header, ALIGN);
	PCPU_ASSERT(header->plat == plat && header->bytes == bytes);
	return header;
}

/* Books bytes. Returns false when that exceeds the limit. */
static bool meta_book(struct plat *plat, size_t bytes)
{
	uint64_t after = __atomic_add_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);

	if (plat->config.meta_limit_bytes == 0 || after <= plat->config.meta_limit_bytes)
		return true;
	__atomic_sub_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);
	return false;
}

static struct header *block_alloc(struct plat *plat, size_t bytes)
{
	struct header *header;

	hosted_lock_take(&plat->meta_lock);
	header = hosted_arena_alloc(&plat->arena, ALIGN + bytes);
	hosted_lock_give(&plat->meta_lock);
	return header;
}

/* Books again after releasing deferred blocks. */
static bool meta_book_again(struct plat *plat, size_t bytes)
{
	hosted_deferred_move(plat);
	return meta_book(plat, bytes);
}

void *plat_meta_alloc(struct plat *plat, size_t bytes)
{
	struct header *header;

	PCPU_ASSERT(bytes > 0 && bytes < SIZE_MAX - ALIGN);
	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	if (hosted_is_to_fail(plat))
		return NULL;
	if (!meta_book(plat, bytes) && !meta_book_again(plat, bytes))
		return NULL;
	header = block_alloc(plat, bytes);
	if (!header) {
		hosted_deferred_move(plat);
		header = block_alloc(plat, bytes);
	}
	if (!header) {
		__atomic_sub_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);
		return NULL;
	}
	header->plat = plat;
	header->bytes = bytes;
	hosted_poison(header, ALIGN);
	__atomic_add_fetch(&plat->meta_blocks, 1, __ATOMIC_RELAXED);
	return (char *)header + ALIGN;
}

static void meta_release(struct hosted_deferred *deferred)
{
	struct header *header = (struct header *)(void *)deferred;
	struct plat *plat = header->plat;
	size_t bytes = header->bytes;

	hosted_lock_take(&plat->meta_lock);
	hosted_arena_free(&plat->arena, header, ALIGN + bytes);
	hosted_lock_give(&plat->meta_lock);
	__atomic_sub_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&plat->meta_blocks, 1, __ATOMIC_RELEASE);
}

void plat_meta_free(struct plat *plat, void *memory, size_t bytes)
{
	if (memory)
		meta_release(&header_open(plat, memory, bytes)->deferred);
}

void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes)
{
	if (memory)
		hosted_defer(plat, &header_open(plat, memory, bytes)->deferred, meta_release);
}
