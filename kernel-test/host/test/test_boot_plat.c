/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_plat.c - the boot image's platform: address space, pages, areas, metadata, and what is
 * put off until each CPU has answered, over the image's own memory.c and paging.c.
 *
 * Memory is below 4 GiB, where the image has it.
 */
#include "kernel-test/host/test/test_boot_cpu.h"

#include <string.h>
#include <sys/mman.h>

static void page_tables_written(void)
{
}

#include "kernel-test/common/memory.c"
#include "kernel-test/common/paging.c"
#include "kernel-test/common/bare_memory.c"

enum { NR_NODES = 2, NODE_PAGES = 1024, NR_SPACES = 40 };
#define NODE_BYTES ((uint64_t)NODE_PAGES * PCPU_PAGE_BYTES)

uint64_t boot_root[ENTRIES];
struct machine machine;
static struct plat plat;
static uint64_t start, span;
static uint16_t cpu_node[] = { 0, 1, 1, 0 };
static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % n);
}

uint64_t pcpu_layout_span(const struct pcpu_layout *layout)
{
	return span;
}

/* --- the other CPUs --------------------------------------------------------------------------- */

static struct {
	uint32_t nr_calls;
	uint64_t free_at_call;
	uintptr_t flushed;
	uint64_t flushed_bytes;
	uint32_t nr_flushes;
	bool everywhere;
} others;

static uint64_t all_free(void);

void smp_call_others(void (*function)(void *argument), void *argument)
{
	CHECK(!cpu_masked);
	function(argument);
	others.free_at_call = all_free();
	others.nr_calls++;
}

void arch_tlb_flush(uintptr_t address, uint64_t bytes, bool everywhere)
{
	others.flushed = address;
	others.flushed_bytes = bytes;
	others.everywhere = everywhere;
	others.nr_flushes++;
}

/* --- a machine -------------------------------------------------------------------------------- */

static void begin(void)
{
	static void *at = MAP_FAILED;

	if (at == MAP_FAILED)
		at = mmap((void *)0x10000000, (NR_NODES + 1) * NODE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED || (uintptr_t)at + (NR_NODES + 1) * NODE_BYTES > UINT64_C(1) << 32)
		SKIP("no memory below 4 GiB");
	start = pcpu_align_up((uintptr_t)at, 1 << 20);
	memset(boot_root, 0, sizeof(boot_root));
	memset(node_ranges, 0, sizeof(node_ranges));
	memset(area_pages, 0, sizeof(area_pages));
	memset(&others, 0, sizeof(others));
	memset(&plat, 0, sizeof(plat));
	heap_ranges = NULL;
	nr_owned = nr_spaces = 0;
	random_state = 4;
	machine.facts.nr_nodes = NR_NODES;
	machine.topology = (struct pcpu_topology){ .nr_cpu_ids = 4, .cpu_node = cpu_node };
	plat.config.topology = &machine.topology;
	for (uint16_t node = 0; node < NR_NODES; node++)
		memory_add(node, start + node * NODE_BYTES, NODE_BYTES);
}

static uint64_t all_free(void)
{
	uint64_t bytes = memory_free(0) + memory_free(1);

	for (const struct range *r = heap_ranges; r; r = r->next)
		bytes += r->bytes;
	return bytes;
}

/* --- address space ---------------------------------------------------------------------------- */

static struct {
	uint64_t at, bytes;
	bool taken;
} model[NR_SPACES];

static bool fits(uint64_t at, uint64_t bytes)
{
	for (uint32_t i = 0; i < NR_SPACES; i++)
		if (model[i].taken && at < model[i].at + model[i].bytes + PCPU_PAGE_BYTES &&
		    model[i].at < at + bytes + PCPU_PAGE_BYTES)
			return false;
	return at <= PAGING_END && PAGING_END - at >= bytes;
}

/* Returns the lowest place: at the start, or a page after a taken one. 0: none. */
static uint64_t place_due(uint64_t bytes, uint64_t align)
{
	uint64_t least = fits(PAGING_START, bytes) ? PAGING_START : 0;

	for (uint32_t i = 0; i < NR_SPACES; i++) {
		uint64_t end = model[i].at + model[i].bytes + PCPU_PAGE_BYTES;
		uint64_t at = (end + align - 1) / align * align;

		if (model[i].taken && fits(at, bytes) && (!least || at < least))
			least = at;
	}
	return least;
}

static void take_or_give(uint32_t i)
{
	struct pcpu_layout layout = { .atom_bytes = UINT64_C(1) << (12 + random_below(10)) };
	uintptr_t base = 1;
	uint64_t due;

	if (model[i].taken) {
		plat_vm_release(&plat, &layout, model[i].at);
		model[i].taken = false;
		return;
	}
	span = (1 + random_below(20)) * (uint64_t)PCPU_PAGE_BYTES;
	if (random_below(8) == 0)
		span = PAGING_BYTES / (3 + random_below(5));
	due = place_due(span, layout.atom_bytes);
	CHECK_EQ(plat_vm_reserve(&plat, &layout, &base), due != 0);
	if (!due)
		return;
	CHECK_EQ(base, due);
	model[i].at = due;
	model[i].bytes = span;
	model[i].taken = true;
}

TEST(spaces_are_the_lowest_and_a_page_apart)
{
	begin();
	memset(model, 0, sizeof(model));
	for (uint32_t step = 0; step < 4000; step++) {
		uint32_t nr_taken = 0;

		take_or_give(random_below(NR_SPACES));
		for (uint32_t i = 0; i < NR_SPACES; i++)
			nr_taken += model[i].taken;
		CHECK_EQ(plat.ledger.spaces, nr_taken);
		CHECK_EQ(nr_spaces, nr_taken);
		CHECK(!cpu_masked);
	}
}

TEST(the_last_space_ends_where_the_region_does)
{
	struct pcpu_layout layout = { .atom_bytes = PCPU_PAGE_BYTES };
	uintptr_t base;

	begin();
	span = PAGING_BYTES + PCPU_PAGE_BYTES;
	CHECK(!plat_vm_reserve(&plat, &layout, &base));
	span = PAGING_BYTES;
	CHECK(plat_vm_reserve(&plat, &layout, &base) && base == PAGING_START);
	span = PCPU_PAGE_BYTES;
	CHECK(!plat_vm_reserve(&plat, &layout, &base));
	plat_vm_release(&plat, &layout, PAGING_START);
	for (uint32_t i = 0; i < MAX_SPACES; i++)
		CHECK(plat_vm_reserve(&plat, &layout, &base));
	CHECK(!plat_vm_reserve(&plat, &layout, &base)); /* the table is full */
	CHECK_EQ(plat.ledger.spaces, MAX_SPACES);
}

/* --- pages ------------------------------------------------------------------------------------ */

/* Mapped near, counted, flushed as one range, and every page free again. */
TEST(pages_come_from_the_cpus_node_and_go_back)
{
	uintptr_t at = PAGING_START + 5 * (uintptr_t)PCPU_PAGE_BYTES;
	uint64_t tables, before;

	begin();
	CHECK_EQ(plat_pages_map(&plat, 1, at, 1), 1);
	plat_pages_unmap(&plat, at, 1);
	plat_tlb_flush(&plat, at, PCPU_PAGE_BYTES);
	CHECK_EQ(plat.ledger.pages, 0);
	before = all_free(); /* tables are kept */
	tables = 2 * NODE_BYTES - before;
	CHECK_EQ(tables, (LEVELS - 1) * (uint64_t)PCPU_PAGE_BYTES);
	CHECK_EQ(plat_pages_map(&plat, 1, at, 7), 7);
	CHECK_EQ(plat_pages_map(&plat, 3, at + 7 * PCPU_PAGE_BYTES, 1), 1);
	CHECK_EQ(plat.ledger.pages, 8);
	CHECK_EQ(all_free(), before - 8 * PCPU_PAGE_BYTES);
	for (uint32_t i = 0; i < 8; i++) {
		CHECK(plat_page_backed(&plat, at + i * (uintptr_t)PCPU_PAGE_BYTES));
		CHECK_EQ(plat_page_node(&plat, at + i * (uintptr_t)PCPU_PAGE_BYTES), i < 7);
	}
	CHECK(!plat_page_backed(&plat, at - 1));
	CHECK(!plat_page_backed(&plat, at + 8 * (uintptr_t)PCPU_PAGE_BYTES));
	plat_pages_unmap(&plat, at, 8);
	CHECK_EQ(all_free(), before - 8 * PCPU_PAGE_BYTES); /* others may still reach them */
	CHECK_EQ(plat.ledger.pages, 8);
	plat_tlb_flush(&plat, at, 8 * (uint64_t)PCPU_PAGE_BYTES);
	CHECK(others.flushed == at && others.flushed_bytes == 8 * (uint64_t)PCPU_PAGE_BYTES);
	CHECK(others.everywhere && others.nr_flushes == 2);
	CHECK_EQ(plat.ledger.nr_flushes, 2);
	CHECK_EQ(plat.ledger.pages, 0);
	CHECK_EQ(all_free(), before);
}

/* Refused on purpose, for want of a page, for want of a table: none is lost. */
TEST(refused_pages_are_not_lost)
{
	uintptr_t at = PAGING_START, far = at + ((uintptr_t)1 << 40);
	uint64_t before;

	begin();
	plat.fail_page = true;
	plat.fail_page_at = 3;
	CHECK_EQ(plat_pages_map(&plat, 0, at, 7), 3);
	CHECK_EQ(plat.ledger.pages, 3);
	CHECK_EQ(plat.ledger.nr_page_calls, 4);
	before = all_free();
	CHECK_EQ(plat_pages_map(&plat, 0, at + 3 * PCPU_PAGE_BYTES, 2), 2);
	CHECK_EQ(all_free(), before - 2 * PCPU_PAGE_BYTES);
	while (all_free() > 2 * PCPU_PAGE_BYTES) /* one for the page, one of its tables */
		CHECK(memory_take(0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES) ||
		      memory_take(1, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES));
	CHECK_EQ(plat_pages_map(&plat, 0, far, 1), 0);
	CHECK_EQ(plat.ledger.pages, 5);
	CHECK_EQ(all_free(), PCPU_PAGE_BYTES); /* the table is kept */
	CHECK_EQ(plat_pages_map(&plat, 0, at + 5 * PCPU_PAGE_BYTES, 2), 1);
	CHECK_EQ(plat.ledger.pages, 6);
	CHECK_EQ(all_free(), 0);
}

/* --- areas ------------------------------------------------------------------------------------ */

TEST(areas_are_near_while_there_is_memory)
{
	const uint64_t half = NODE_BYTES / 2;
	uintptr_t a, b, c;
	bool local = false;

	begin();
	CHECK(plat_region_alloc(&plat, 2, half, PCPU_PAGE_BYTES, &a, &local) && local);
	CHECK(a == start + NODE_BYTES && memory_node(a) == 1);
	CHECK_EQ(plat.ledger.pages, NODE_PAGES / 2);
	CHECK_EQ(plat_page_node(&plat, a), 1);
	CHECK(plat_region_alloc(&plat, 1, half, PCPU_PAGE_BYTES, &b, &local) && local);
	CHECK(plat_region_alloc(&plat, 1, half, PCPU_PAGE_BYTES, &c, &local) && !local);
	CHECK_EQ(memory_node(c), 0);
	CHECK(!plat_region_alloc(&plat, 1, NODE_BYTES, PCPU_PAGE_BYTES, &c, &local));
	CHECK(plat_page_backed(&plat, a) && plat_page_backed(&plat, a + half - 1));
	plat_region_free(&plat, a, half);
	CHECK(!plat_page_backed(&plat, a) && !plat_page_backed(&plat, a + half - 1));
	CHECK(plat_page_backed(&plat, b));
	CHECK_EQ(plat.ledger.pages, NODE_PAGES);
	CHECK_EQ(memory_free(1), half);
	plat.config.fail_area = 5; /* of those that were requested */
	CHECK(!plat_region_alloc(&plat, 1, half, PCPU_PAGE_BYTES, &a, &local));
	CHECK(plat_region_alloc(&plat, 1, half, PCPU_PAGE_BYTES, &a, &local) && local);
}

/* --- metadata --------------------------------------------------------------------------------- */

TEST(what_is_put_off_is_freed_behind_the_answers)
{
	uint64_t all, held;
	uint8_t *block[3];

	begin();
	all = all_free();
	bare_drain(&plat);
	CHECK_EQ(others.nr_calls, 0); /* nothing to wait for */
	for (uint32_t i = 0; i < 3; i++) {
		block[i] = plat_meta_alloc(&plat, 100 + i);
		CHECK(block[i]);
		memset(block[i], (int)i + 1, 100 + i);
	}
	CHECK_EQ(plat.ledger.meta_blocks, 3);
	CHECK_EQ(plat.ledger.meta_bytes, 303);
	for (uint32_t i = 0; i < 3; i++)
		plat_meta_free_deferred(&plat, block[i], 100 + i);
	plat_meta_free_deferred(&plat, NULL, 0);
	CHECK_EQ(plat.nr_deferred, 3);
	CHECK_EQ(plat.ledger.meta_blocks, 3);
	for (uint32_t i = 0; i < 3; i++)
		for (uint32_t j = 0; j < 100 + i; j++)
			CHECK_EQ(block[i][j], i + 1); /* readers may look at every byte */
	held = all_free();
	bare_drain(&plat);
	CHECK_EQ(others.nr_calls, 1);
	CHECK_EQ(others.free_at_call, held);
	CHECK_EQ(plat.ledger.meta_blocks, 0);
	CHECK_EQ(plat.ledger.meta_bytes, 0);
	CHECK_EQ(plat.nr_deferred, 0);
	CHECK_EQ(all_free(), all);
	bare_drain(&plat);
	CHECK_EQ(others.nr_calls, 1);
}

/* The k-th fallible call of any kind fails, once or from then on. */
TEST(calls_are_refused_by_number)
{
	struct pcpu_layout layout = { .atom_bytes = PCPU_PAGE_BYTES };
	uintptr_t at;
	bool local;

	begin();
	span = PCPU_PAGE_BYTES;
	plat.fail = true;
	plat.fail_at = 1;
	CHECK(plat_meta_alloc(&plat, 8));
	CHECK(!plat_meta_alloc(&plat, 8));
	CHECK_EQ(plat.ledger.meta_blocks, 1);
	CHECK(plat_meta_alloc(&plat, 8));
	plat.fail_at = plat.ledger.nr_calls + 1;
	plat.fail_lasting = true;
	CHECK(plat_meta_alloc(&plat, 8));
	CHECK(!plat_vm_reserve(&plat, &layout, &at));
	CHECK(!plat_region_alloc(&plat, 0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &at, &local));
	CHECK_EQ(plat_pages_map(&plat, 0, PAGING_START, 1), 0);
	CHECK(!plat_meta_alloc(&plat, 8));
	CHECK_EQ(plat.ledger.nr_calls, 8);
	CHECK_EQ(plat.ledger.pages + plat.ledger.spaces, 0);
}

/* Every byte of these copies, and of no others; what is zero, to the byte. */
TEST(copies_are_zeroed_and_looked_at)
{
	static const size_t copies[] = {512, 0, 768};
	static uint8_t units[1024];

	begin();
	for (size_t bytes = 1; bytes <= 100; bytes++) {
		memset(units, 0x77, sizeof(units));
		for (size_t i = 0; i < 3; i++)
			plat_zero(&plat, (uintptr_t)units + copies[i] + 5, bytes);
		for (size_t i = 0; i < sizeof(units); i++)
			CHECK_EQ(units[i], i / 256 != 1 && i % 256 - 5 < bytes ? 0 : 0x77);
		CHECK(plat_is_zero(&plat, (uintptr_t)units + 5, bytes));
		CHECK(!plat_is_zero(&plat, (uintptr_t)units + 4, bytes + 1));
		CHECK(!plat_is_zero(&plat, (uintptr_t)units + 5, bytes + 1));
	}
	CHECK(!plat_pages_zeroed(&plat));
}
