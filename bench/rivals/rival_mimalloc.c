/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * rival_mimalloc.c - mimalloc by mi_zalloc_aligned().
 *
 * If linked, Debian's shared library would replace the program's malloc, and there is no archive.
 * So it is loaded with local names (RTLD_LOCAL), and called by address.
 */
#include "bench/rivals/rival_malloc.h"

#include <dlfcn.h>
#include <mimalloc.h>
#include <pthread.h>

#define LIBRARY "libmimalloc.so"

static struct {
	pthread_once_t once;
	__typeof__(&mi_zalloc_aligned) zalloc_aligned;
	__typeof__(&mi_free) free;
	__typeof__(&mi_collect) collect;
	__typeof__(&mi_heap_get_default) heap_get_default;
	__typeof__(&mi_heap_visit_blocks) heap_visit_blocks;
	bool loaded;
} mi = {.once = PTHREAD_ONCE_INIT};

/* Never closed: threads that end call into it. RTLD_DEEPBIND is not needed, since it calls its own
   mi_ names, and sanitizers refuse it. */
static void mimalloc_load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
	mi.zalloc_aligned = (__typeof__(mi.zalloc_aligned))dlsym(library, "mi_zalloc_aligned");
	mi.free = (__typeof__(mi.free))dlsym(library, "mi_free");
	mi.collect = (__typeof__(mi.collect))dlsym(library, "mi_collect");
	mi.heap_get_default =
		(__typeof__(mi.heap_get_default))dlsym(library, "mi_heap_get_default");
	mi.heap_visit_blocks =
		(__typeof__(mi.heap_visit_blocks))dlsym(library, "mi_heap_visit_blocks");
	mi.loaded = mi.zalloc_aligned && mi.free && mi.collect && mi.heap_get_default &&
		    mi.heap_visit_blocks;
}

static bool add_area(const mi_heap_t *heap, const mi_heap_area_t *area, void *block,
		     size_t block_bytes, void *sum)
{
	*(uint64_t *)sum += area->committed;
	return true;
}

/* Those of the start are the creator's; other threads begin with none. */
struct mimalloc_heap {
	struct malloc_heap malloc; /* first member: rival_malloc.h casts to it */
	pthread_t creator;
};

/* Returns the bytes of the calling thread's heap. */
static struct malloc_bytes mimalloc_bytes(void)
{
	struct malloc_bytes sum = {0};

	mi.heap_visit_blocks(mi.heap_get_default(), false, add_area, &sum.used);
	return sum;
}

static void mimalloc_give_back(void)
{
	mi.collect(true);
}

static void *mimalloc_create(uint32_t nr_cpus, uint32_t pad_bytes)
{
	struct mimalloc_heap *heap;

	pthread_once(&mi.once, mimalloc_load);
	if (!mi.loaded)
		return NULL;
	mimalloc_give_back();
	heap = malloc(sizeof(*heap));
	if (heap)
		*heap = (struct mimalloc_heap){{nr_cpus, pad_bytes, mimalloc_bytes()},
					       pthread_self()};
	return heap;
}

static void *create_padded(uint32_t nr_cpus)
{
	return mimalloc_create(nr_cpus, RIVAL_LINE_BYTES);
}

static void *create_packed(uint32_t nr_cpus)
{
	return mimalloc_create(nr_cpus, 1);
}

static uintptr_t heap_alloc(void *of, size_t size_bytes, size_t align_bytes)
{
	struct malloc_heap *heap = of;

	return (uintptr_t)mi.zalloc_aligned(malloc_block(heap, size_bytes, align_bytes),
					    malloc_align(heap, align_bytes));
}

static void heap_free(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes)
{
	mi.free((void *)object);
}

static uint64_t heap_held(void *of)
{
	const struct mimalloc_heap *heap = of;

	if (!pthread_equal(heap->creator, pthread_self()))
		return mimalloc_bytes().used;
	return malloc_held(&heap->malloc, mimalloc_bytes());
}

#define MIMALLOC                                                                                   \
	.library = LIBRARY " (Debian's libmimalloc-dev)",                                          \
	.destroy = free, .alloc = heap_alloc, .free = heap_free, .address = malloc_address,        \
	.held_bytes = heap_held, .held_by_thread = true, .give_back = mimalloc_give_back

const struct rival rival_mimalloc_padded = {
	.name = "mimalloc-padded",
	.create = create_padded,
	MIMALLOC,
};
const struct rival rival_mimalloc_packed = {
	.name = "mimalloc-packed",
	.create = create_packed,
	MIMALLOC,
};
