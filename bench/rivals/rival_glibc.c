/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* rival_glibc.c - the C library's malloc: calloc() where 16 bytes of alignment are enough, else
   aligned_alloc() and memset(). */
#include "bench/rivals/rival_malloc.h"

#include <malloc.h>
#include <string.h>

enum { OWN_ALIGN = 16 };

/*
 * Held: mallinfo2(), all arenas together. Its `arena` also contains memory that other code freed
 * before and that could not be returned. So held is the growth since the start of bytes in use,
 * plus the growth of free bytes, which are pieces of this heap that were not given back. Under a
 * sanitizer, which replaces malloc(), these counts stay 0.
 */
struct glibc_heap {
	struct malloc_heap malloc; /* first member: rival_malloc.h casts to it */
	uint64_t free_at_start;
};

static uint64_t in_use(const struct mallinfo2 *info)
{
	return info->uordblks + info->hblkhd;
}

static void *glibc_create(uint32_t nr_cpus, uint32_t pad_bytes)
{
	struct glibc_heap *heap = malloc(sizeof(*heap));
	struct mallinfo2 info;

	if (!heap)
		return NULL;
	malloc_trim(0);
	info = mallinfo2();
	heap->malloc = (struct malloc_heap){nr_cpus, pad_bytes, in_use(&info)};
	heap->free_at_start = info.fordblks;
	return heap;
}

static void *create_padded(uint32_t nr_cpus)
{
	return glibc_create(nr_cpus, RIVAL_LINE_BYTES);
}

static void *create_packed(uint32_t nr_cpus)
{
	return glibc_create(nr_cpus, 1);
}

static uintptr_t heap_alloc(void *of, size_t size_bytes, size_t align_bytes)
{
	struct malloc_heap *heap = of;
	size_t align = malloc_align(heap, align_bytes);
	size_t bytes = malloc_block(heap, size_bytes, align_bytes);
	void *block;

	if (align <= OWN_ALIGN)
		return (uintptr_t)calloc(1, bytes);
	block = aligned_alloc(align, (bytes + align - 1) & ~(align - 1));
	return block ? (uintptr_t)memset(block, 0, bytes) : 0;
}

static void heap_free(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes)
{
	free((void *)object);
}

static uint64_t heap_held(void *of)
{
	const struct glibc_heap *heap = of;
	struct mallinfo2 info = mallinfo2();
	uint64_t free_bytes = info.fordblks;

	if (free_bytes < heap->free_at_start)
		free_bytes = heap->free_at_start;
	return malloc_held(&heap->malloc, in_use(&info) + free_bytes - heap->free_at_start);
}

#define GLIBC                                                                                      \
	.destroy = free, .alloc = heap_alloc, .free = heap_free, .address = malloc_address,        \
	.held_bytes = heap_held

const struct rival rival_glibc_padded = {.name = "glibc-padded", .create = create_padded, GLIBC};
const struct rival rival_glibc_packed = {.name = "glibc-packed", .create = create_packed, GLIBC};
