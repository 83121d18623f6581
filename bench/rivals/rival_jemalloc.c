/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * rival_jemalloc.c - jemalloc by mallocx(), which zeroes and aligns by itself.
 *
 * Debian's jemalloc defines malloc(), and dlopen() cannot load it either: its thread-local
 * data do not fit into what a running process has left for them ("cannot allocate memory in static
 * TLS block", by dlopen() and dlmopen() alike). So its archive is linked into one object in which
 * every name but four is local (bench/meson.build): the program's malloc stays the C library's.
 */
#include "bench/rivals/rival_malloc.h"

#include <jemalloc/jemalloc.h>
#include <stdio.h>

/* Returns active pages, which contain an object. Dirty pages are cached by jemalloc and not
   counted. */
static struct malloc_bytes jemalloc_bytes(void)
{
	uint64_t epoch = 1;
	size_t bytes = 0, capacity = sizeof(bytes);

	if (mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) ||
	    mallctl("stats.active", &bytes, &capacity, NULL, 0))
		abort(); /* the archive was built without statistics */
	return (struct malloc_bytes){.used = bytes};
}

static void jemalloc_give_back(void)
{
	char purge[32];

	snprintf(purge, sizeof(purge), "arena.%u.purge", (unsigned)MALLCTL_ARENAS_ALL);
	if (mallctl("thread.tcache.flush", NULL, NULL, NULL, 0) ||
	    mallctl(purge, NULL, NULL, NULL, 0))
		abort(); /* no such names: not the jemalloc that this was written for */
}

static void *jemalloc_create(uint32_t nr_cpus, uint32_t pad_bytes)
{
	jemalloc_give_back();
	return malloc_heap_make(nr_cpus, pad_bytes, jemalloc_bytes());
}

static void *create_padded(uint32_t nr_cpus)
{
	return jemalloc_create(nr_cpus, RIVAL_LINE_BYTES);
}

static void *create_packed(uint32_t nr_cpus)
{
	return jemalloc_create(nr_cpus, 1);
}

static uintptr_t heap_alloc(void *of, size_t size_bytes, size_t align_bytes)
{
	struct malloc_heap *heap = of;

	return (uintptr_t)mallocx(malloc_block(heap, size_bytes, align_bytes),
				  MALLOCX_ALIGN(malloc_align(heap, align_bytes)) | MALLOCX_ZERO);
}

static void heap_free(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes)
{
	sdallocx((void *)object, malloc_block(heap, size_bytes, align_bytes),
		 MALLOCX_ALIGN(malloc_align(heap, align_bytes)));
}

static uint64_t heap_held(void *heap)
{
	return malloc_held(heap, jemalloc_bytes());
}

#define JEMALLOC                                                                                   \
	.destroy = free, .alloc = heap_alloc, .free = heap_free, .address = malloc_address,        \
	.held_bytes = heap_held, .give_back = jemalloc_give_back

const struct rival rival_jemalloc_padded = {
	.name = "jemalloc-padded",
	.create = create_padded,
	JEMALLOC,
};
const struct rival rival_jemalloc_packed = {
	.name = "jemalloc-packed",
	.create = create_packed,
	JEMALLOC,
};
