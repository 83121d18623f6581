/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* rival_glibc.c - the C library's malloc: calloc() where its 16 bytes of alignment do, else
   aligned_alloc() and memset(). */
#include "rival_malloc.h"

#include <malloc.h>
#include <string.h>

enum { OWN_ALIGN = 16 };

/* Under a sanitizer malloc() is another one, and these counts stay 0. */

/* In use, and free pieces that were not given back. */
static uint64_t held(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.arena + info.hblkhd;
}

/* What others have freed is still in `arena`, and would be used first: only what is in use is
   not this heap's. */
static uint64_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void *create_padded(uint32_t nr_cpus)
{
	malloc_trim(0);
	return malloc_heap_make(nr_cpus, RIVAL_LINE_BYTES, in_use());
}

static void *create_packed(uint32_t nr_cpus)
{
	malloc_trim(0);
	return malloc_heap_make(nr_cpus, 1, in_use());
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
	return malloc_held(heap, held());
}

#define GLIBC                                                                                      \
	.destroy = free, .alloc = heap_alloc, .free = heap_free, .address = malloc_address,        \
	.held_bytes = heap_held

const struct rival rival_glibc_padded = {.name = "glibc-padded", .create = create_padded, GLIBC};
const struct rival rival_glibc_packed = {.name = "glibc-packed", .create = create_packed, GLIBC};
