/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_paging.c - the boot image's page tables, read by the test's own walk and compared with
 * a list of mappings.
 *
 *	entry	empty -> present -> retired -> empty		tables as many as the addresses need
 *
 * Compiled for pages of 4 KiB (four levels) and of 64 KiB (three).
 */
#include "kernel-test/host/test/test_boot_cpu.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint32_t nr_written; /* page_tables_written() */

static void page_tables_written(void)
{
	nr_written++;
}

#include "kernel-test/common/memory.c"
#include "kernel-test/common/paging.c"

enum { NR_NODES = 2, NODE_PAGES = 640, MAX_MAPPED = 300 };
#define NODE_BYTES ((uint64_t)NODE_PAGES * PCPU_PAGE_BYTES)
#define TABLE_SPAN (UINT64_C(1) << (PCPU_PAGE_SHIFT + LEVEL_BITS)) /* of a last table */

uint64_t boot_root[ENTRIES];
static uint64_t start;

/* The model's state of an address. */
enum state { EMPTY, PRESENT, GONE };
static struct {
	uintptr_t address;
	uint64_t physical;
	enum state state;
} mapped[MAX_MAPPED];
static uint32_t nr_addresses;
static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % n);
}

static void begin(void)
{
	static void *at;

	if (!at)
		at = mmap(NULL, (NR_NODES + 1) * NODE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(at != MAP_FAILED);
	start = pcpu_align_up((uintptr_t)at, 1 << PCPU_PAGE_SHIFT_MAX);
	memset((void *)start, 0xff, NR_NODES * NODE_BYTES); /* tables are made of it */
	memset(boot_root, 0, sizeof(boot_root));
	memset(node_ranges, 0, sizeof(node_ranges));
	nr_owned = nr_written = nr_addresses = 0;
	random_state = 5;
	for (uint16_t node = 0; node < NR_NODES; node++)
		memory_add(node, start + node * NODE_BYTES, NODE_BYTES);
}

static uint64_t all_free(void)
{
	CHECK(!cpu_masked);
	return memory_free(0) + memory_free(1);
}

/* Walks as a processor does, by the manuals: 0 when an entry is not present. */
static uint64_t walk(uintptr_t address)
{
	const uint64_t *table = boot_root;
	int bits = PCPU_PAGE_SHIFT - 3, levels = PCPU_PAGE_SHIFT == 12 ? 4 : 3;

	for (int level = levels - 1;; level--) {
		uintptr_t place = address >> (PCPU_PAGE_SHIFT + bits * level);
		uint64_t entry = table[place & ((1u << bits) - 1)];

		if (!(entry & 1))
			return 0;
		if (level == 0)
			return (entry & UINT64_C(0xfffffffff000)) + address % PCPU_PAGE_BYTES;
		table = (const uint64_t *)(uintptr_t)(entry & UINT64_C(0xfffffffff000));
	}
}

static void check_address(uint32_t i)
{
	uint64_t due = mapped[i].state == PRESENT ? mapped[i].physical : 0;
	uintptr_t last = mapped[i].address + PCPU_PAGE_BYTES - 1;

	CHECK_EQ(walk(mapped[i].address), due);
	CHECK_EQ(paging_translate(mapped[i].address), due);
	CHECK_EQ(paging_translate(mapped[i].address + 1), due ? due + 1 : 0);
	CHECK_EQ(paging_translate(last), due ? due + PCPU_PAGE_BYTES - 1 : 0);
	CHECK_EQ(walk(last), paging_translate(last));
}

static void map(uint32_t i)
{
	uint64_t physical = memory_take(1, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
	uint32_t before = nr_written;

	CHECK(physical);
	CHECK(paging_map(mapped[i].address, physical));
	CHECK(nr_written > before); /* R2 */
	mapped[i].physical = physical;
	mapped[i].state = PRESENT;
}

static uint32_t add_address(uintptr_t address)
{
	CHECK(nr_addresses < MAX_MAPPED);
	mapped[nr_addresses].address = address;
	mapped[nr_addresses].state = EMPTY;
	return nr_addresses++;
}

/* Checks that retired entries of a range become empty and their pages free, and no others
   change. */
static void reap(uintptr_t address, uint64_t bytes)
{
	uint64_t before = all_free(), due = 0;

	for (uint32_t i = 0; i < nr_addresses; i++) {
		if (mapped[i].state != GONE || mapped[i].address - address >= bytes)
			continue;
		mapped[i].state = EMPTY;
		due++;
	}
	CHECK_EQ(paging_reap(address, bytes), due);
	CHECK_EQ(all_free(), before + due * PCPU_PAGE_BYTES);
	CHECK(!cpu_masked);
}

/* Neighbours on both sides of where a table of each level ends. */
static void add_borders(void)
{
	uintptr_t border = PAGING_START;

	for (int level = 1; level < LEVELS; level++) {
		uint64_t span = UINT64_C(1) << (PCPU_PAGE_SHIFT + LEVEL_BITS * level);

		border = pcpu_align_up(border + 1, span);
		for (int i = -2; i < 2; i++)
			add_address(border + (uintptr_t)(i * (int64_t)PCPU_PAGE_BYTES));
	}
}

TEST(entries_are_what_was_mapped_last)
{
	begin();
	for (uint32_t i = 0; i < 40; i++)
		add_address(PAGING_START + (uintptr_t)i * PCPU_PAGE_BYTES);
	for (uint32_t i = 0; i < 12; i++)
		add_address(PAGING_START + 3 * TABLE_SPAN + i * 7 * (uintptr_t)PCPU_PAGE_BYTES);
	add_borders();
	add_address(PAGING_END - PCPU_PAGE_BYTES);
	for (uint32_t step = 0; step < 3000; step++) {
		uint32_t i = random_below(nr_addresses);

		if (mapped[i].state == EMPTY) {
			map(i);
		} else if (mapped[i].state == PRESENT) {
			paging_retire(mapped[i].address);
			mapped[i].state = GONE;
		} else {
			reap(mapped[i].address - random_below(4) * (uintptr_t)PCPU_PAGE_BYTES,
			     (4 + random_below(4)) * (uint64_t)PCPU_PAGE_BYTES);
		}
		CHECK(!cpu_masked);
		for (uint32_t j = 0; j < nr_addresses; j++)
			check_address(j);
	}
}

/* Over all of the region, and from within a hole: the entry behind it is not passed over. */
TEST(a_hole_is_passed_over_and_nothing_behind_it)
{
	uintptr_t from = PAGING_START + 3 * (uintptr_t)PCPU_PAGE_BYTES;

	begin();
	for (uint32_t i = 1; i < 5; i++)
		add_address(PAGING_START + i * 5 * TABLE_SPAN);
	add_borders();
	for (uint32_t i = 0; i < nr_addresses; i++) {
		uint64_t held;

		map(i);
		paging_retire(mapped[i].address);
		mapped[i].state = GONE;
		held = nr_masked;
		reap(from, mapped[i].address + PCPU_PAGE_BYTES - from);
		/* Walks single entries only where there is a last table. */
		CHECK(nr_masked - held < (nr_addresses + LEVELS) * (uint64_t)ENTRIES * LEVELS);
		CHECK_EQ(mapped[i].state, EMPTY);
		check_address(i);
	}
}

/* The ends of a range: its first page and its last, and none beside them. */
TEST(a_range_is_reaped_from_end_to_end)
{
	begin();
	for (uint32_t i = 0; i < 6; i++) {
		map(add_address(PAGING_START + i * (uintptr_t)PCPU_PAGE_BYTES));
		paging_retire(mapped[i].address);
		mapped[i].state = GONE;
	}
	reap(mapped[1].address, 4 * (uint64_t)PCPU_PAGE_BYTES);
	CHECK(mapped[0].state == GONE && mapped[5].state == GONE);
	for (uint32_t i = 1; i < 5; i++) {
		CHECK_EQ(mapped[i].state, EMPTY);
		map(i); /* paging_map() demands an empty entry */
	}
	reap(PAGING_START, 6 * (uint64_t)PCPU_PAGE_BYTES);
	for (uint32_t i = 0; i < 6; i++)
		check_address(i);
	CHECK(mapped[1].state == PRESENT && mapped[0].state == EMPTY);
}

TEST(below_the_region_memory_is_mapped_to_itself)
{
	begin();
	CHECK_EQ(paging_translate(0x1234567), 0x1234567);
	CHECK_EQ(paging_translate(PAGING_START - 1), PAGING_START - 1);
	CHECK_EQ(paging_translate(PAGING_START), 0);
	CHECK_EQ(paging_translate(PAGING_END - 1), 0);
}

/* Tables come from any node, are whole pages, and are kept; without memory nothing is mapped. */
TEST(without_memory_for_tables_nothing_is_mapped)
{
	uintptr_t address = PAGING_START + TABLE_SPAN * 9;
	uint64_t physical, before;

	begin();
	physical = memory_take(1, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);
	CHECK_EQ(memory_take(0, NODE_BYTES, PCPU_PAGE_BYTES), start);
	before = memory_free(1);
	CHECK(paging_map(address, physical));
	CHECK_EQ(memory_free(1), before - (LEVELS - 1) * (uint64_t)PCPU_PAGE_BYTES);
	CHECK_EQ(walk(address), physical);
	CHECK_EQ(walk(address + PCPU_PAGE_BYTES), 0); /* a new table is empty */
	paging_retire(address);
	CHECK_EQ(paging_reap(address, PCPU_PAGE_BYTES), 1);
	CHECK_EQ(memory_free(1), before - (LEVELS - 2) * (uint64_t)PCPU_PAGE_BYTES);
	while (memory_take(1, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES))
		;
	CHECK(paging_map(address, physical)); /* its tables were kept */
	CHECK(!paging_map(address + TABLE_SPAN, start));
	CHECK(!cpu_masked);
	CHECK_EQ(walk(address), physical);
	CHECK_EQ(paging_translate(address + TABLE_SPAN), 0);
}
