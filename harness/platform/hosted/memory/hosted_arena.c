/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_arena.c - blocks for metadata, in mappings of their own with guards around them.
 *
 *	extent	[ guard ][ block | block | block |   never touched yet   ][ guard ]
 *
 * Segregated free lists, after Standish (1980): sizes are rounded up to a class, four to a
 * doubling; a block is cut off the newest extent, zero from the kernel, and is put on its class's
 * list when it is freed. Blocks are neither split nor merged: the core frees a map's memory as it
 * grows, and the next chunk's map needs the same sizes. Pages of large free blocks are given back
 * to the kernel; a block above LARGE_BYTES has its own extent.
 */
#include <stdlib.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/platform/hosted/hosted_poison.h"

#define UNIT_BYTES	   64u
#define LARGE_BYTES	   (1u << 20)
#define TRIM_BYTES	   (128u << 10) /* free blocks from this size on give pages back */
#define EXTENT_BYTES_FIRST (UINT64_C(4) << 20)
#define EXTENT_BYTES_MAX   (UINT64_C(64) << 20)

struct hosted_extent {
	struct hosted_mapping mapping; /* first member: it may outlive the arena */
	struct hosted_extent *next;
	uint64_t used_bytes;
};

/* Header of a free block. Its bytes [clean_from, clean_to) are zero. */
struct free_block {
	struct free_block *next;
	char *clean_from, *clean_to;
};
_Static_assert(sizeof(struct free_block) <= UNIT_BYTES, "every block has room for it");

/* --- classes --------------------------------------------------------------------------------- */

/* Up to 8 units each number is a class; above, the top three bits determine the class. */
static uint32_t class_of(size_t bytes, size_t *class_bytes)
{
	uint32_t last = (uint32_t)((bytes - 1) / UNIT_BYTES), shift;

	if (last < 8) {
		*class_bytes = (last + 1) * (size_t)UNIT_BYTES;
		return last;
	}
	shift = 29u - (uint32_t)__builtin_clz(last);
	*class_bytes = (size_t)((last >> shift) + 1) * UNIT_BYTES << shift;
	return 8 + (shift - 1) * 4 + (last >> shift) - 4;
}

/* --- extents --------------------------------------------------------------------------------- */

static struct hosted_extent *extent_create(uint64_t bytes)
{
	struct hosted_extent *extent = calloc(1, sizeof(*extent));

	if (!extent)
		return NULL;
	if (hosted_reserve(bytes, PCPU_PAGE_BYTES, &extent->mapping)) {
		if (hosted_open(extent->mapping.start, bytes)) {
			hosted_poison((void *)extent->mapping.start, bytes);
			return extent;
		}
		if (!hosted_unreserve(&extent->mapping)) {
			hosted_keep(&extent->mapping);
			return NULL;
		}
	}
	free(extent);
	return NULL;
}

static void extent_destroy(struct hosted_extent *extent)
{
	hosted_unpoison((void *)extent->mapping.start, extent->mapping.bytes);
	if (hosted_unreserve(&extent->mapping))
		free(extent);
	else
		hosted_keep(&extent->mapping);
}

/* Cuts a new block off the newest extent; adds an extent when it is full. */
static void *block_cut(struct hosted_arena *arena, size_t bytes)
{
	struct hosted_extent *extent = arena->extents;
	uint64_t extent_bytes = extent ? extent->mapping.bytes : 0;

	if (!extent || extent_bytes - extent->used_bytes < bytes) {
		extent = extent_create(extent ? pcpu_min64(2 * extent_bytes, EXTENT_BYTES_MAX) :
						EXTENT_BYTES_FIRST);
		if (!extent)
			return NULL;
		extent->next = arena->extents;
		arena->extents = extent;
	}
	extent->used_bytes += bytes;
	return (void *)(extent->mapping.start + (uintptr_t)(extent->used_bytes - bytes));
}

/* --- large blocks ---------------------------------------------------------------------------- */

static void *large_alloc(struct hosted_arena *arena, size_t bytes)
{
	struct hosted_extent *extent = NULL;

	if (bytes < SIZE_MAX / 8)
		extent = extent_create(pcpu_align_up(bytes, PCPU_PAGE_BYTES));
	if (!extent)
		return NULL;
	extent->used_bytes = bytes;
	extent->next = arena->large;
	arena->large = extent;
	hosted_unpoison((void *)extent->mapping.start, bytes);
	return (void *)extent->mapping.start;
}

static void large_free(struct hosted_arena *arena, const void *memory)
{
	struct hosted_extent **at = &arena->large, *extent;

	while (*at && (*at)->mapping.start != (uintptr_t)memory)
		at = &(*at)->next;
	PCPU_ASSERT(*at);
	extent = *at;
	*at = extent->next;
	extent_destroy(extent);
}

/* --- blocks ---------------------------------------------------------------------------------- */

/* Takes the list's first block and zeroes it. */
static void *block_reuse(struct hosted_arena *arena, uint32_t class, size_t bytes)
{
	char *memory = arena->free[class], *end = memory + bytes, *from, *to;

	hosted_unpoison(memory, bytes);
	arena->free[class] = ((struct free_block *)(void *)memory)->next;
	from = ((struct free_block *)(void *)memory)->clean_from;
	to = ((struct free_block *)(void *)memory)->clean_to;
	memset(memory, 0, from < end ? (size_t)(from - memory) : bytes);
	if (to < end)
		memset(to, 0, (size_t)(end - to));
	return memory;
}

void *hosted_arena_alloc(struct hosted_arena *arena, size_t bytes)
{
	size_t class_bytes;
	uint32_t class;
	void *memory;

	PCPU_ASSERT(bytes >= UNIT_BYTES);
	if (bytes > LARGE_BYTES)
		return large_alloc(arena, bytes);
	class = class_of(bytes, &class_bytes);
	PCPU_ASSERT(class < HOSTED_ARENA_CLASSES && class_bytes >= bytes);
	if (arena->free[class])
		return block_reuse(arena, class, bytes);
	memory = block_cut(arena, class_bytes);
	if (memory)
		hosted_unpoison(memory, bytes);
	return memory;
}

/* Gives the whole pages behind the block's head back; pages that the kernel refuses stay dirty. */
static void block_trim(struct free_block *block, size_t class_bytes)
{
	uintptr_t end = (uintptr_t)block + class_bytes;
	uintptr_t from = pcpu_align_up((uintptr_t)(block + 1), PCPU_PAGE_BYTES);
	uintptr_t to = end & ~(uintptr_t)(PCPU_PAGE_BYTES - 1);

	block->clean_from = block->clean_to = (char *)end;
	if (class_bytes < TRIM_BYTES || !hosted_unback(from, to - from))
		return;
	block->clean_from = (char *)from;
	block->clean_to = (char *)to;
}

void hosted_arena_free(struct hosted_arena *arena, void *memory, size_t bytes)
{
	struct free_block *block = memory;
	size_t class_bytes;
	uint32_t class;

	if (bytes > LARGE_BYTES) {
		large_free(arena, memory);
		return;
	}
	class = class_of(bytes, &class_bytes);
	hosted_unpoison(memory, class_bytes);
	block_trim(block, class_bytes);
	block->next = arena->free[class];
	arena->free[class] = memory;
	hosted_poison(memory, class_bytes);
}

/* --- the whole ------------------------------------------------------------------------------- */

static void extents_destroy(struct hosted_extent *extent)
{
	while (extent) {
		struct hosted_extent *next = extent->next;

		extent_destroy(extent);
		extent = next;
	}
}

void hosted_arena_finish(struct hosted_arena *arena)
{
	extents_destroy(arena->extents);
	extents_destroy(arena->large);
}

static void extents_visit(const struct hosted_extent *extent,
			  void (*visit)(void *context, const void *memory, size_t bytes),
			  void *context)
{
	for (; extent; extent = extent->next)
		visit(context, (const void *)extent->mapping.start, extent->used_bytes);
}

void hosted_arena_visit(const struct hosted_arena *arena,
			void (*visit)(void *context, const void *memory, size_t bytes),
			void *context)
{
	extents_visit(arena->extents, visit, context);
	extents_visit(arena->large, visit, context);
}
