/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* rival_malloc.h - shared by adapters of malloc-like allocators: one block holds all copies. */
#ifndef RIVAL_MALLOC_H
#define RIVAL_MALLOC_H

#include "bench/rivals/rival.h"

#include <stdlib.h>

#define RIVAL_LINE_BYTES 64u

/* What an allocator counts for the whole process. Free bytes: its caches, and pieces between used
   ones; 0 where used bytes are those of whole pages. */
struct malloc_bytes {
	uint64_t used, free;
};

struct malloc_heap {
	uint32_t nr_cpus;
	uint32_t pad_bytes; /* copies start at multiples of this */
	struct malloc_bytes start;
};

static inline void *malloc_heap_make(uint32_t nr_cpus, uint32_t pad_bytes,
				     struct malloc_bytes start)
{
	struct malloc_heap *heap = malloc(sizeof(*heap));

	if (heap)
		*heap = (struct malloc_heap){nr_cpus, pad_bytes, start};
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

/*
 * Returns the bytes that this heap holds now: the growth of used bytes and of free ones. What was
 * free at the start may be used now, so that fewer free bytes than then are no loss.
 */
static inline uint64_t malloc_held(const struct malloc_heap *heap, struct malloc_bytes now)
{
	uint64_t held = now.used > heap->start.used ? now.used - heap->start.used : 0;

	return held + (now.free > heap->start.free ? now.free - heap->start.free : 0);
}

#endif
