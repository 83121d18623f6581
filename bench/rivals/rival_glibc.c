/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* rival_glibc.c - the C library's malloc: calloc() where 16 bytes of alignment are enough, else
   aligned_alloc() and memset(). */
#include "bench/rivals/rival_malloc.h"

#include <malloc.h>
#include <string.h>

enum { OWN_ALIGN = 16 };

/*
 * mallinfo2(), all arenas together. Its `arena` also contains memory that other code freed before
 * and that could not be returned. Under a sanitizer, which replaces malloc(), these counts stay 0.
 */
static struct malloc_bytes glibc_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return (struct malloc_bytes){.used = info.uordblks + info.hblkhd, .free = info.fordblks};
}

static void glibc_give_back(void)
{
	malloc_trim(0);
}

static void *glibc_create(uint32_t nr_cpus, uint32_t pad_bytes)
{
	void *heap;

	glibc_give_back();
	heap = malloc_heap_make(nr_cpus, pad_bytes, (struct malloc_bytes){0});
	if (heap)
		((struct malloc_heap *)heap)->start = glibc_bytes();
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

static uint64_t heap_held(void *heap)
{
	return malloc_held(heap, glibc_bytes());
}

#define GLIBC                                                                                      \
	.moves_break = true, .destroy = free, .alloc = heap_alloc, .free = heap_free,              \
	.address = malloc_address, .held_bytes = heap_held, .give_back = glibc_give_back

const struct rival rival_glibc_padded = {.name = "glibc-padded", .create = create_padded, GLIBC};
const struct rival rival_glibc_packed = {.name = "glibc-packed", .create = create_packed, GLIBC};
