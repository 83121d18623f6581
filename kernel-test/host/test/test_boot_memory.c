/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_memory.c - the boot image's memory of nodes and its heap, against a map with a byte for
 * each page and for each grain.
 *
 *	node 0	[free][taken][free]....[free]	node 1 begins where node 0 ends: never merged
 *	model	 .     #      .    ....  .	the lowest place that fits must be chosen
 */
#include "kernel-test/host/test/test_boot_cpu.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel-test/common/memory.c"

enum { NR_NODES = 3, NODE_PAGES = 1024, NR_PAGES = NR_NODES * NODE_PAGES, MAX_BLOCKS = 200 };

static uint64_t start; /* of all */
static bool taken[NR_PAGES];

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % n);
}

/* --- the lists themselves --------------------------------------------------------------------- */

/* Ranges ascend and do not touch: they would be one. */
static uint64_t sum_of(const struct range *head, uint64_t from, uint64_t to)
{
	uint64_t sum = 0, end = from;

	for (const struct range *r = head; r; r = r->next) {
		uint64_t at = (uintptr_t)r;

		CHECK(at >= from && r->bytes > 0 && r->bytes <= to - at);
		CHECK(sum == 0 || at > end);
		end = at + r->bytes;
		sum += r->bytes;
	}
	return sum;
}

static uint64_t node_start(uint32_t node)
{
	return start + (uint64_t)node * NODE_PAGES * PCPU_PAGE_BYTES;
}

/* Checks that exactly the free pages of the model are in ranges. */
static void check_node(uint32_t node)
{
	const struct range *r = node_ranges[node];
	uint64_t nr_free = 0;

	CHECK(!cpu_masked);
	for (uint32_t i = 0; i < NODE_PAGES; i++) {
		uint64_t at = node_start(node) + (uint64_t)i * PCPU_PAGE_BYTES;
		bool is_free;

		while (r && (uintptr_t)r + r->bytes <= at)
			r = r->next;
		is_free = r && (uintptr_t)r <= at;
		CHECK_EQ(is_free, !taken[node * NODE_PAGES + i]);
		nr_free += is_free;
	}
	CHECK_EQ(sum_of(node_ranges[node], node_start(node), node_start(node + 1)),
		 nr_free * PCPU_PAGE_BYTES);
	CHECK_EQ(memory_free((uint16_t)node), nr_free * PCPU_PAGE_BYTES);
	CHECK(!cpu_masked);
}

static void begin(void)
{
	uint64_t bytes = (uint64_t)NR_PAGES * PCPU_PAGE_BYTES, align = 1 << 20;
	void *at = mmap(NULL, bytes + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	CHECK(at != MAP_FAILED);
	start = pcpu_align_up((uintptr_t)at, align);
	memset(taken, 0, sizeof(taken));
	memset(node_ranges, 0, sizeof(node_ranges));
	heap_ranges = NULL;
	nr_owned = 0;
	random_state = 12;
	for (uint16_t node = 0; node < NR_NODES; node++)
		memory_add(node, node_start(node), (uint64_t)NODE_PAGES * PCPU_PAGE_BYTES);
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Returns the lowest place in the node for so many pages; NR_PAGES: none. */
static uint32_t place_due(uint32_t node, uint32_t nr, uint32_t align)
{
	uint32_t first = node * NODE_PAGES;

	for (uint32_t i = first; i + nr <= first + NODE_PAGES; i++) {
		uint32_t run = 0;

		if ((start / PCPU_PAGE_BYTES + i) % align)
			continue;
		while (run < nr && !taken[i + run])
			run++;
		if (run == nr)
			return i;
	}
	return NR_PAGES;
}

struct block {
	uint32_t page, nr;
};

static void mark(const struct block *b, bool value)
{
	for (uint32_t i = 0; i < b->nr; i++)
		taken[b->page + i] = value;
}

static bool take_some(uint32_t node, struct block *b)
{
	uint32_t align = 1u << random_below(6), due;
	uint64_t at;

	b->nr = random_below(4) ? 1 + random_below(8) : 1 + random_below(90);
	due = place_due(node, b->nr, align);
	at = memory_take((uint16_t)node, (uint64_t)b->nr * PCPU_PAGE_BYTES,
			 (uint64_t)align * PCPU_PAGE_BYTES);
	CHECK_EQ(at, due == NR_PAGES ? 0 : start + (uint64_t)due * PCPU_PAGE_BYTES);
	if (!at)
		return false;
	b->page = due;
	mark(b, true);
	memset((void *)at, 0xa5, (size_t)b->nr * PCPU_PAGE_BYTES); /* ours to write */
	return true;
}

TEST(nodes_give_the_lowest_place_and_take_back_every_page)
{
	struct block blocks[MAX_BLOCKS];
	uint32_t nr = 0;

	begin();
	for (uint32_t step = 0; step < 4000; step++) {
		uint32_t node = random_below(NR_NODES);

		if (nr < MAX_BLOCKS && random_below(100) < 55) {
			nr += take_some(node, &blocks[nr]);
		} else if (nr > 0) {
			uint32_t i = random_below(nr);

			memory_give(start + (uint64_t)blocks[i].page * PCPU_PAGE_BYTES,
				    (uint64_t)blocks[i].nr * PCPU_PAGE_BYTES);
			mark(&blocks[i], false);
			node = blocks[i].page / NODE_PAGES;
			blocks[i] = blocks[--nr];
		}
		check_node(node);
	}
	while (nr-- > 0)
		memory_give(start + (uint64_t)blocks[nr].page * PCPU_PAGE_BYTES,
			    (uint64_t)blocks[nr].nr * PCPU_PAGE_BYTES);
	for (uint32_t node = 0; node < NR_NODES; node++) {
		CHECK(node_ranges[node] && !node_ranges[node]->next);
		CHECK_EQ(memory_free((uint16_t)node), (uint64_t)NODE_PAGES * PCPU_PAGE_BYTES);
	}
}

/* A start that no range contains at its alignment, though one is long enough without. */
TEST(an_aligned_start_beyond_a_range_is_none)
{
	begin();
	CHECK_EQ(memory_take(0, (uint64_t)NODE_PAGES * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES), start);
	memory_give(start + PCPU_PAGE_BYTES, 2 * PCPU_PAGE_BYTES); /* pages 1 and 2 */
	CHECK_EQ(memory_take(0, PCPU_PAGE_BYTES, UINT64_C(16) * PCPU_PAGE_BYTES), 0);
	CHECK_EQ(memory_take(0, PCPU_PAGE_BYTES, UINT64_C(4) * PCPU_PAGE_BYTES), 0);
	CHECK_EQ(memory_take(0, PCPU_PAGE_BYTES, UINT64_C(2) * PCPU_PAGE_BYTES),
		 start + 2 * PCPU_PAGE_BYTES);
	CHECK_EQ(memory_take(0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES), start + PCPU_PAGE_BYTES);
	CHECK_EQ(memory_take(0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES), 0);
	CHECK_EQ(memory_free(1), (uint64_t)NODE_PAGES * PCPU_PAGE_BYTES);
}

TEST(each_byte_has_the_node_that_it_was_added_with)
{
	begin();
	CHECK_EQ(memory_node(start - 1), PCPU_NO_NODE);
	for (uint32_t node = 0; node < NR_NODES; node++) {
		CHECK_EQ(memory_node(node_start(node)), node);
		CHECK_EQ(memory_node(node_start(node + 1) - 1), node);
	}
	CHECK_EQ(memory_node(node_start(NR_NODES)), PCPU_NO_NODE);
	CHECK_EQ(memory_node(0), PCPU_NO_NODE);
	CHECK_EQ(memory_node(UINT64_MAX), PCPU_NO_NODE);
	(void)memory_take(1, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
	CHECK_EQ(memory_node(node_start(1)), 1); /* taken or not */
}

static bool give_is_refused(uint64_t page, uint64_t nr)
{
	assert_is_due = true;
	if (!setjmp(asserted))
		memory_give(start + page * PCPU_PAGE_BYTES, nr * PCPU_PAGE_BYTES);
	cpu_masked = false;
	memory_lock = (struct spin){0};
	return !assert_is_due;
}

/* Memory that is free already, in part or completely, and memory of no node. */
TEST(what_is_free_is_not_given_again)
{
	begin();
	CHECK_EQ(memory_take(0, 20 * (uint64_t)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES), start);
	memory_give(start + 8 * (uint64_t)PCPU_PAGE_BYTES, 2 * (uint64_t)PCPU_PAGE_BYTES);
	CHECK(give_is_refused(8, 1));
	CHECK(give_is_refused(9, 1));
	CHECK(give_is_refused(9, 4));
	CHECK(give_is_refused(5, 4));
	CHECK(give_is_refused(5, 10));
	CHECK(give_is_refused(30, 1));
	CHECK(give_is_refused((uint64_t)NR_PAGES, 1));
	memory_give(start + 5 * (uint64_t)PCPU_PAGE_BYTES, 3 * (uint64_t)PCPU_PAGE_BYTES);
	memory_give(start + 10 * (uint64_t)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
}

/* A node whose memory is in pieces, added in any order; the gaps belong to no node. */
TEST(pieces_of_a_node_may_come_in_any_order)
{
	static const uint32_t pages[][2] = { { 40, 10 }, { 0, 10 }, { 20, 10 }, { 10, 10 } };

	begin();
	memset(node_ranges, 0, sizeof(node_ranges));
	nr_owned = 0;
	for (size_t i = 0; i < 4; i++)
		memory_add(7, start + (uint64_t)pages[i][0] * PCPU_PAGE_BYTES,
			   (uint64_t)pages[i][1] * PCPU_PAGE_BYTES);
	CHECK_EQ(memory_free(7), 40 * (uint64_t)PCPU_PAGE_BYTES);
	CHECK_EQ(sum_of(node_ranges[7], start, node_start(1)), 40 * (uint64_t)PCPU_PAGE_BYTES);
	CHECK_EQ(memory_node(start + 30 * (uint64_t)PCPU_PAGE_BYTES), PCPU_NO_NODE);
	CHECK_EQ(memory_take(7, 31 * (uint64_t)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES), 0);
	CHECK_EQ(memory_take(7, 30 * (uint64_t)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES), start);
	CHECK_EQ(memory_take(7, 10 * (uint64_t)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES),
		 start + 40 * (uint64_t)PCPU_PAGE_BYTES);
}

/* More pieces than the table holds: memory without an owner is not allocated. */
TEST(pieces_beyond_the_table_are_left_out)
{
	const uint32_t most = sizeof(owned) / sizeof(owned[0]);

	begin();
	memset(node_ranges, 0, sizeof(node_ranges));
	nr_owned = 0;
	for (uint32_t i = 0; i < most + 3; i++)
		memory_add(0, start + (uint64_t)i * 2 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
	CHECK_EQ(memory_free(0), (uint64_t)most * PCPU_PAGE_BYTES);
	CHECK_EQ(memory_node(start + (uint64_t)(most - 1) * 2 * PCPU_PAGE_BYTES), 0);
	CHECK_EQ(memory_node(start + (uint64_t)most * 2 * PCPU_PAGE_BYTES), PCPU_NO_NODE);
}

/* --- heap ------------------------------------------------------------------------------------- */

struct piece {
	uint8_t *at;
	size_t bytes;
	uint8_t fill;
};

static uint64_t grains_of(size_t bytes)
{
	return ((bytes ? bytes : 1) + 63) / 64 * 64;
}

static uint64_t heap_free_bytes(void)
{
	CHECK(!cpu_masked);
	return sum_of(heap_ranges, start, node_start(NR_NODES));
}

static uint64_t all_free(void)
{
	uint64_t bytes = heap_free_bytes();

	for (uint16_t node = 0; node < NR_NODES; node++)
		bytes += memory_free(node);
	return bytes;
}

static void piece_check(const struct piece *p)
{
	for (size_t i = 0; i < p->bytes; i++)
		CHECK_EQ(p->at[i], p->fill);
}

static size_t random_size(void)
{
	switch (random_below(4)) {
	case 0:
		return random_below(65);
	case 1:
		return 64 * random_below(20) + random_below(3);
	case 2:
		return random_below(9000);
	default:
		return random_below(200);
	}
}

/* Zeroed, at a multiple of 64, not in another block; every byte is returned. */
TEST(the_heap_gives_zeroes_and_forgets_nothing)
{
	struct piece pieces[MAX_BLOCKS];
	uint64_t all, live = 0;
	uint32_t nr = 0;

	begin();
	all = all_free();
	for (uint32_t step = 0; step < 6000; step++) {
		if (nr < MAX_BLOCKS && random_below(100) < 52) {
			struct piece *p = &pieces[nr++];

			*p = (struct piece){ .bytes = random_size(), .fill = (uint8_t)(step | 1) };
			p->at = heap_alloc(p->bytes);
			CHECK(p->at && (uintptr_t)p->at % 64 == 0);
			for (uint64_t i = 0; i < grains_of(p->bytes); i++)
				CHECK_EQ(p->at[i], 0);
			memset(p->at, p->fill, p->bytes);
			live += grains_of(p->bytes);
		} else if (nr > 0) {
			struct piece *p = &pieces[random_below(nr)];

			piece_check(p);
			memset(p->at, 0xee, p->bytes);
			heap_free(p->at, p->bytes);
			live -= grains_of(p->bytes);
			*p = pieces[--nr];
		}
		CHECK_EQ(all_free(), all - live);
	}
	while (nr-- > 0) {
		piece_check(&pieces[nr]);
		heap_free(pieces[nr].at, pieces[nr].bytes);
	}
	CHECK_EQ(all_free(), all);
	heap_free(NULL, 100);
	CHECK_EQ(all_free(), all);
}

/* The heap grows by whole pieces: from the first node that has one, then from the next. */
TEST(the_heap_grows_from_each_node_in_turn)
{
	uint64_t all;
	uint32_t nr = 0;

	begin();
	all = all_free();
	for (void *at; (at = heap_alloc(HEAP_GROWTH_BYTES)) != NULL; nr++)
		CHECK_EQ((uintptr_t)at, start + (uint64_t)nr * HEAP_GROWTH_BYTES);
	CHECK_EQ(nr, all / HEAP_GROWTH_BYTES);
	CHECK_EQ(all_free(), all - (uint64_t)nr * HEAP_GROWTH_BYTES);
	CHECK(!heap_alloc(1));
	CHECK(!cpu_masked);
	heap_free((void *)start, HEAP_GROWTH_BYTES);
	CHECK_EQ((uintptr_t)heap_alloc(64), start);
	CHECK_EQ((uintptr_t)heap_alloc(1), start + 64);
	CHECK_EQ((uintptr_t)heap_alloc(65), start + 128);
	CHECK_EQ((uintptr_t)heap_alloc(0), start + 256);
}

/* A piece larger than the growth, when the heap has some free already. */
TEST(the_heap_grows_by_what_is_wanted)
{
	uint64_t all;
	void *large;

	begin();
	all = all_free();
	CHECK_EQ((uintptr_t)heap_alloc(64), start);
	large = heap_alloc(HEAP_GROWTH_BYTES + 1);
	CHECK_EQ((uintptr_t)large, start + 64);
	CHECK_EQ(all_free(), all - 64 - HEAP_GROWTH_BYTES - 64);
	CHECK_EQ(memory_free(0), (uint64_t)NODE_PAGES * PCPU_PAGE_BYTES - 3 * HEAP_GROWTH_BYTES);
	CHECK_EQ(memory_free(1), (uint64_t)NODE_PAGES * PCPU_PAGE_BYTES);
}
