/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* rival_malloc.h - shared by adapters of malloc-like allocators: one block holds all copies. */
#ifndef RIVAL_MALLOC_H
#define RIVAL_MALLOC_H

#include "bench/rivals/rival.h"

#include <stdlib.h>

#define RIVAL_LINE_BYTES 64u

struct malloc_heap {
	uint32_t nr_cpus;
	uint32_t pad_bytes;	/* copies start at multiples of this */
	uint64_t held_at_start; /* bytes of the allocator's process-wide count at the start */
};

static inline void *malloc_heap_make(uint32_t nr_cpus, uint32_t pad_bytes, uint64_t held_at_start)
{
	struct malloc_heap *heap = malloc(sizeof(*heap));

	if (heap)
		*heap = (struct malloc_heap){nr_cpus, pad_bytes, held_at_start};
	return heap;
}

static inline size_t malloc_align(const struct malloc_heap *heap, size_t align_bytes)
{
	return align_bytes > heap->pad_bytes ? align_bytes : heap->pad_bytes;
}

/* Returns the distance between two CPUs' copies. */
static inline size_t malloc_stride(const struct malloc_heap *heap, size_t size_bytes,
				   size_t align_bytes)
{
	size_t align = malloc_align(heap, align_bytes);

	return (size_bytes + align - 1) & ~(align - 1);
}

static inline size_t malloc_block(const struct malloc_heap *heap, size_t size_bytes,
				  size_t align_bytes)
{
	return heap->nr_cpus * malloc_stride(heap, size_bytes, align_bytes);
}

static inline uintptr_t malloc_address(void *of, uintptr_t object, size_t size_bytes,
				       size_t align_bytes, uint32_t cpu)
{
	return object + cpu * malloc_stride(of, size_bytes, align_bytes);
}

/* Returns bytes held now and not at the start; the counts are process-wide, so the difference is
   this heap's. */
static inline uint64_t malloc_held(const struct malloc_heap *heap, uint64_t held_now)
{
	return held_now > heap->held_at_start ? held_now - heap->held_at_start : 0;
}

#endif
