/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_arena.c - the blocks of metadata: zeroed, apart from each other, reused, given back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/refuse.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"
#include "harness/platform/lab_plat.h"

struct block {
	unsigned char *memory;
	size_t bytes;
};

static void block_take(struct hosted_arena *arena, struct block *block, size_t bytes)
{
	block->memory = hosted_arena_alloc(arena, bytes);
	block->bytes = bytes;
	CHECK(block->memory);
	CHECK_EQ((uintptr_t)block->memory % 64, 0);
	CHECK(lab_memory_is_zero(block->memory, bytes));
}

static void block_drop(struct hosted_arena *arena, struct block *block)
{
	hosted_arena_free(arena, block->memory, block->bytes);
	block->memory = NULL;
}

/* The sizes around every class, and beyond the largest. */
static size_t size_of(uint32_t i)
{
	size_t power = (size_t)64 << i / 12;
	size_t quarters = power / 4 * (4 + i % 12 / 3);

	return quarters + i % 3 - 1 < 64 ? 64 : quarters + i % 3 - 1;
}

#define NR_SIZES (12 * 15)

TEST(blocks_are_zero_and_apart)
{
	static struct block blocks[NR_SIZES];
	struct hosted_arena arena = {0};

	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < NR_SIZES; i++) {
			block_take(&arena, &blocks[i], size_of(i));
			memset(blocks[i].memory, (int)i | 1, blocks[i].bytes);
		}
		for (uint32_t i = 0; i < NR_SIZES; i++) {
			unsigned char mark = (unsigned char)(i | 1);

			CHECK_EQ(blocks[i].memory[0], mark);
			CHECK_EQ(blocks[i].memory[blocks[i].bytes - 1], mark);
			CHECK(!memcmp(blocks[i].memory, blocks[i].memory + 1, blocks[i].bytes - 1));
		}
		for (uint32_t i = 0; i < NR_SIZES; i++)
			block_drop(&arena, &blocks[(i * 7 + (uint32_t)round) % NR_SIZES]);
	}
	hosted_arena_finish(&arena);
}

/* A freed block is the next one of its class, whatever was written, and whether its pages went back
   or the kernel refused. */
TEST(blocks_are_used_again)
{
	static const size_t sizes[] = {64, 66, 4096, 70000, 131072, 200000, 1 << 20};
	struct hosted_arena arena = {0};

	for (int refused = 0; refused < 2; refused++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct block block, again;

			block_take(&arena, &block, sizes[i]);
			again = block;
			memset(block.memory, 0x5a, sizes[i]);
			refuse(REFUSE_DONTNEED, 0, refused, ENOMEM);
			block_drop(&arena, &block);
			refuse_nothing();
			block_take(&arena, &block, sizes[i]);
			CHECK(block.memory == again.memory);
			block_drop(&arena, &block);
			/* One that is a little shorter is of the same class. */
			block_take(&arena, &block, sizes[i] == 64 ? 64 : sizes[i] - 1);
			CHECK(block.memory == again.memory);
			block_drop(&arena, &block);
		}
	}
	hosted_arena_finish(&arena);
}

/* Pages of large free blocks go back; what of a fresh block is not used is not there. */
TEST(free_and_unused_memory_is_not_resident)
{
	struct hosted_arena arena = {0};
	struct block block;
	uintptr_t at;

	block_take(&arena, &block, 512 << 10);
	at = (uintptr_t)block.memory;
	block_drop(&arena, &block);
	CHECK(maps_resident_bytes(at & ~4095ul, at + (512 << 10)) <= 2 * PCPU_PAGE_BYTES);
	at = (uintptr_t)hosted_arena_alloc(&arena, 900 << 10);
	*(char *)at = 1;
	CHECK(maps_resident_bytes((at & ~4095ul) + PCPU_PAGE_BYTES, at + (900 << 10)) <=
	      PCPU_PAGE_BYTES);
	hosted_arena_finish(&arena);
}

struct seen {
	uintptr_t from[8];
	size_t bytes[8];
	uint32_t nr;
};

static void extent_note(void *context, const void *memory, size_t bytes)
{
	struct seen *seen = context;

	CHECK(seen->nr < 8);
	seen->from[seen->nr] = (uintptr_t)memory;
	seen->bytes[seen->nr++] = bytes;
}

/* Every extent is between guards; all of it goes when the arena does. */
TEST(extents_have_guards_and_are_given_back)
{
	struct hosted_arena arena = {0};
	struct maps_count before;
	struct seen seen = {.nr = 0};
	struct block large;
	size_t sum = 0;

	maps_count(&before);
	for (int i = 0; i < 12; i++) /* more than the first extent has */
		CHECK(hosted_arena_alloc(&arena, 1 << 20));
	block_take(&arena, &large, (5 << 20) + 1);
	hosted_arena_visit(&arena, extent_note, &seen);
	CHECK_EQ(seen.nr, 3);
	for (uint32_t i = 0; i < seen.nr; i++) {
		uintptr_t end = pcpu_align_up(seen.from[i] + seen.bytes[i], PCPU_PAGE_BYTES);

		CHECK(maps_are(seen.from[i] - HOSTED_GUARD_BYTES, seen.from[i], false));
		CHECK(maps_are(seen.from[i], end, true));
		sum += seen.bytes[i];
	}
	CHECK_EQ(sum, (12 << 20) + (5 << 20) + 1);
	CHECK(maps_are(pcpu_align_up((uintptr_t)large.memory + large.bytes, PCPU_PAGE_BYTES),
		       pcpu_align_up((uintptr_t)large.memory + large.bytes, PCPU_PAGE_BYTES) +
			       HOSTED_GUARD_BYTES, false));
	block_drop(&arena, &large);
	block_take(&arena, &large, 6 << 20);
	hosted_arena_finish(&arena);
	maps_check_equal(&before);
}

/* No mapping, or no access to it: no block, and nothing is left. */
TEST(refusals_are_no_memory)
{
	static const unsigned calls[] = {REFUSE_MMAP, REFUSE_OPEN, REFUSE_OPEN | REFUSE_MUNMAP};
	struct maps_count before;

	maps_count(&before);
	for (int i = 0; i < 3; i++) {
		struct hosted_arena arena = {0};

		refuse(calls[i], 0, true, ENOMEM);
		CHECK(!hosted_arena_alloc(&arena, 64));
		CHECK(!hosted_arena_alloc(&arena, 2 << 20));
		refuse_nothing();
		CHECK_EQ(hosted_kept_bytes() > 0, i == 2);
		CHECK(hosted_arena_alloc(&arena, 64));
		CHECK(!hosted_arena_alloc(&arena, SIZE_MAX / 4));
		hosted_arena_finish(&arena);
		hosted_kept_retry();
		CHECK_EQ(hosted_kept_bytes(), 0);
	}
	maps_check_equal(&before);
}

/* --- with AddressSanitizer ------------------------------------------------------------------- */

void __asan_init(void) __attribute__((weak));

static struct hosted_arena child_arena;

static void write_beyond(void *argument)
{
	char *memory = hosted_arena_alloc(&child_arena, 100);

	hosted_arena_alloc(&child_arena, 100);
	*(volatile char *)(memory + *(int *)argument) = 1;
}

static void write_freed(void *argument)
{
	char *memory = hosted_arena_alloc(&child_arena, 100);

	hosted_arena_free(&child_arena, memory, 100);
	*(volatile char *)(memory + *(int *)argument) = 1;
}

static bool sanitizer_ends(void (*function)(void *argument), int at)
{
	struct test_child child;

	test_child_run(function, &at, &child);
	return strstr(child.text, "use-after-poison") != NULL;
}

TEST(a_sanitizer_knows_whose_bytes_are_whose)
{
	if (!__asan_init)
		SKIP("a build without AddressSanitizer");
	CHECK(!sanitizer_ends(write_beyond, 99));
	CHECK(sanitizer_ends(write_beyond, 100));
	CHECK(sanitizer_ends(write_beyond, 127));
	CHECK(sanitizer_ends(write_freed, 0));
	CHECK(sanitizer_ends(write_freed, 50));
}
