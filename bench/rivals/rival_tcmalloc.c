/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * rival_tcmalloc.c - gperftools' tcmalloc by tc_memalign(), memset() and the free that is given the
 * size.
 *
 * Its library defines malloc(), as mimalloc's does, and is loaded and called in the same way. Its
 * headers are in a package that replaces more than this needs: the few functions are declared here.
 *
 * One setting is not its default: it takes its memory by mmap() only. By default it moves the
 * program's break too, and the C library's malloc, which then finds it moved, takes the bytes in
 * between for its own and counts them as used.
 */
#include "bench/rivals/rival_malloc.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define LIBRARY "libtcmalloc_minimal.so.4"

static struct {
	pthread_once_t once;
	void *(*memalign)(size_t align_bytes, size_t size_bytes);
	void (*free_sized)(void *block, size_t size_bytes);
	int (*number)(const char *property, size_t *value); /* 0: there is no such property */
	void (*flush_thread)(void);
	void (*release)(void);
	bool loaded;
} tc = {.once = PTHREAD_ONCE_INIT};

/* Loads the library, which reads its environment meanwhile. */
static void *library_open(void)
{
	static const char no_break[] = "TCMALLOC_SKIP_SBRK";
	bool given = getenv(no_break) != NULL;
	void *library;

	if (!given)
		setenv(no_break, "1", 1);
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!given)
		unsetenv(no_break);
	return library;
}

/* Never closed: threads that end call into it. */
static void tcmalloc_load(void)
{
	void *library = library_open();

	if (!library)
		return;
	tc.memalign = (__typeof__(tc.memalign))dlsym(library, "tc_memalign");
	tc.free_sized = (__typeof__(tc.free_sized))dlsym(library, "tc_free_sized");
	tc.number =
		(__typeof__(tc.number))dlsym(library, "MallocExtension_GetNumericProperty");
	tc.flush_thread =
		(__typeof__(tc.flush_thread))dlsym(library, "MallocExtension_MarkThreadIdle");
	tc.release = (__typeof__(tc.release))dlsym(library, "MallocExtension_ReleaseFreeMemory");
	tc.loaded = tc.memalign && tc.free_sized && tc.number && tc.flush_thread && tc.release;
}

static size_t tcmalloc_number(const char *property)
{
	size_t value;

	if (!tc.number(property, &value))
		abort(); /* not the tcmalloc that this was written for */
	return value;
}

/* Free: what lies in caches of threads, of classes and between them. Free spans are left out: most
   were never touched. */
static struct malloc_bytes tcmalloc_bytes(void)
{
	return (struct malloc_bytes){
		.used = tcmalloc_number("generic.current_allocated_bytes"),
		.free = tcmalloc_number("tcmalloc.central_cache_free_bytes") +
			tcmalloc_number("tcmalloc.transfer_cache_free_bytes") +
			tcmalloc_number("tcmalloc.thread_cache_free_bytes"),
	};
}

static void tcmalloc_give_back(void)
{
	tc.flush_thread();
	tc.release();
}

static void *tcmalloc_create(uint32_t nr_cpus, uint32_t pad_bytes)
{
	pthread_once(&tc.once, tcmalloc_load);
	if (!tc.loaded)
		return NULL;
	tcmalloc_give_back();
	return malloc_heap_make(nr_cpus, pad_bytes, tcmalloc_bytes());
}

static void *create_padded(uint32_t nr_cpus)
{
	return tcmalloc_create(nr_cpus, RIVAL_LINE_BYTES);
}

static void *create_packed(uint32_t nr_cpus)
{
	return tcmalloc_create(nr_cpus, 1);
}

static uintptr_t heap_alloc(void *of, size_t size_bytes, size_t align_bytes)
{
	struct malloc_heap *heap = of;
	size_t bytes = malloc_block(heap, size_bytes, align_bytes);
	void *block = tc.memalign(malloc_align(heap, align_bytes), bytes);

	return block ? (uintptr_t)memset(block, 0, bytes) : 0;
}

/* A block is a multiple of its alignment, so that tc_memalign() has not made it larger. */
static void heap_free(void *of, uintptr_t object, size_t size_bytes, size_t align_bytes)
{
	tc.free_sized((void *)object, malloc_block(of, size_bytes, align_bytes));
}

static uint64_t heap_held(void *heap)
{
	return malloc_held(heap, tcmalloc_bytes());
}

#define TCMALLOC                                                                                   \
	.library = LIBRARY " (Debian's libtcmalloc-minimal4)",                                     \
	.destroy = free, .alloc = heap_alloc, .free = heap_free, .address = malloc_address,        \
	.held_bytes = heap_held, .give_back = tcmalloc_give_back

const struct rival rival_tcmalloc_padded = {
	.name = "tcmalloc-padded",
	.create = create_padded,
	TCMALLOC,
};
const struct rival rival_tcmalloc_packed = {
	.name = "tcmalloc-packed",
	.create = create_packed,
	TCMALLOC,
};
