/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_meta.c - metadata from the C library's heap, accounted, freed at once or after a grace
 * period.
 *
 *	block [ up to 63 bytes ][ header, 64 bytes ][ memory, aligned to 64 ... ]
 *
 * The block is calloc()'s: a large one comes zeroed from the kernel, and what of it is never used,
 * half of a map that has just grown, is never touched.
 */
#include <stdlib.h>

#include "hosted_plat.h"

#define ALIGN 64

struct header {
	struct hosted_deferred deferred;
	struct plat *plat;
	void *block;
	size_t bytes; /* of the memory behind */
};
_Static_assert(sizeof(struct header) <= ALIGN, "memory starts one alignment behind its header");

static struct header *header_of(void *memory)
{
	return (struct header *)(void *)((char *)memory - ALIGN);
}

/* Books bytes, unless that is over the limit. */
static bool meta_book(struct plat *plat, size_t bytes)
{
	uint64_t after = __atomic_add_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);

	if (plat->config.meta_limit_bytes == 0 || after <= plat->config.meta_limit_bytes)
		return true;
	__atomic_sub_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);
	return false;
}

void *plat_meta_alloc(struct plat *plat, size_t bytes)
{
	size_t whole = bytes + 2 * ALIGN - 1;
	struct header *header;
	void *block;

	PCPU_ASSERT(bytes > 0 && whole > bytes);
	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	if (hosted_is_to_fail(plat) || !meta_book(plat, bytes))
		return NULL;
	block = calloc(1, whole);
	if (!block) {
		__atomic_sub_fetch(&plat->meta_bytes, bytes, __ATOMIC_RELAXED);
		return NULL;
	}
	header = (struct header *)(uintptr_t)pcpu_align_up((uintptr_t)block, ALIGN);
	header->plat = plat;
	header->block = block;
	header->bytes = bytes;
	__atomic_add_fetch(&plat->meta_blocks, 1, __ATOMIC_RELAXED);
	return (char *)header + ALIGN;
}

static void release(struct hosted_deferred *deferred)
{
	struct header *header = (struct header *)(void *)deferred;

	__atomic_sub_fetch(&header->plat->meta_bytes, header->bytes, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&header->plat->meta_blocks, 1, __ATOMIC_RELEASE);
	free(header->block);
}

void plat_meta_free(struct plat *plat, void *memory, size_t bytes)
{
	if (!memory)
		return;
	PCPU_ASSERT(header_of(memory)->plat == plat && header_of(memory)->bytes == bytes);
	release(&header_of(memory)->deferred);
}

void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes)
{
	if (!memory)
		return;
	PCPU_ASSERT(header_of(memory)->plat == plat && header_of(memory)->bytes == bytes);
	hosted_defer(&header_of(memory)->deferred, release);
}

void plat_read_begin(struct plat *plat)
{
	hosted_read_begin();
}

void plat_read_end(struct plat *plat)
{
	hosted_read_end();
}
