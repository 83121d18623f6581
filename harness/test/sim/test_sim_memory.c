/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_sim_memory.c - metadata, contents, pages, nodes and addresses of the simulated platform. */
#include "harness/test/sim/test_sim.h"

/* --- metadata ---------------------------------------------------------------------------- */

TEST(meta_is_zeroed_aligned_and_counted)
{
	struct plat *plat = sim_create(&plain);
	static uint8_t *block[1000];
	struct sim_ledger ledger;

	for (size_t i = 0; i < 1000; i++) {
		block[i] = plat_meta_alloc(plat, i + 1);
		CHECK_EQ((uintptr_t)block[i] % 64, 0);
		for (size_t j = 0; j <= i; j++)
			CHECK_EQ(block[i][j], 0);
		memset(block[i], 0xff, i + 1);
	}
	sim_ledger(plat, &ledger);
	CHECK_EQ(ledger.meta_blocks, 1000);
	CHECK_EQ(ledger.meta_bytes, 1000 * 1001 / 2);
	CHECK_STR(sim_lost(plat), "metadata is still held");
	for (size_t i = 0; i < 1000; i++)
		plat_meta_free(plat, block[i], i + 1);
	plat_meta_free(plat, NULL, 5);
	CHECK_STR(sim_lost(plat), NULL);
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

TEST(meta_deferred_waits_for_every_reader)
{
	struct plat *plat = sim_create(&plain);
	uint8_t *block = plat_meta_alloc(plat, 16);

	block[0] = 7;
	plat_read_begin(plat);
	plat_read_begin(plat);
	plat_meta_free_deferred(plat, block, 16);
	plat_read_end(plat);
	CHECK_EQ(block[0], 7);
	CHECK_STR(sim_lost(plat), "metadata is still held");
	plat_read_end(plat);
	CHECK_STR(sim_lost(plat), NULL);
	block = plat_meta_alloc(plat, 16);
	plat_meta_free_deferred(plat, block, 16); /* nobody reads: at once */
	CHECK_STR(sim_lost(plat), NULL);
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

TEST(meta_deferred_twice_is_a_fault)
{
	struct plat *plat = sim_create(&plain);
	void *block = plat_meta_alloc(plat, 16);

	plat_read_begin(plat);
	plat_meta_free_deferred(plat, block, 16);
	plat_meta_free(plat, block, 16);
	CHECK_EQ(plat->fault, SIM_FAULT_META_UNKNOWN);
	sim_destroy(plat);
}

/* --- contents ---------------------------------------------------------------------------- */

static bool all_bytes(struct plat *plat, uintptr_t address, size_t bytes, uint8_t want)
{
	uint8_t byte;

	for (size_t i = 0; i < bytes; i++) {
		lab_read(plat, address + i, &byte, 1);
		if (byte != want)
			return false;
	}
	return true;
}

TEST(contents_are_poison_until_written)
{
	struct plat *plat = sim_create(&plain);
	uintptr_t area = take_area(plat, 3);
	uint8_t text[6];

	CHECK(all_bytes(plat, area, 3 * PAGE, SIM_POISON_BYTE));
	plat_zero(plat, area + 10, 2 * PAGE); /* part, whole, part */
	CHECK(all_bytes(plat, area, 10, SIM_POISON_BYTE));
	CHECK(all_bytes(plat, area + 10, 2 * PAGE, 0));
	CHECK(all_bytes(plat, area + 10 + 2 * PAGE, PAGE - 10, SIM_POISON_BYTE));
	plat_copy(plat, area + 2 * PAGE - 3, "abcdef", 6);
	lab_read(plat, area + 2 * PAGE - 3, text, 6);
	CHECK(memcmp(text, "abcdef", 6) == 0);
	CHECK(all_bytes(plat, area + PAGE, PAGE - 3, 0));
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

TEST(contents_die_with_their_page)
{
	struct plat *plat = sim_create(&plain);
	uintptr_t base = take_space(plat);

	CHECK_EQ(plat_pages_map(plat, 0, base, 1), 1);
	plat_tlb_flush(plat, base, PAGE);
	plat_copy(plat, base, "secret", 6);
	plat_pages_unmap(plat, base, 1);
	plat_tlb_flush(plat, base, PAGE);
	CHECK_EQ(plat_pages_map(plat, 0, base, 1), 1);
	plat_tlb_flush(plat, base, PAGE);
	CHECK(all_bytes(plat, base, PAGE, SIM_POISON_BYTE));
	sim_destroy(plat);
}

/* A slow and simple model beside the lazy one: 200 random writes over three pages. */
TEST(contents_equal_a_plain_array)
{
	static uint8_t want[3 * PCPU_PAGE_BYTES], got[sizeof(want)], bytes[sizeof(want)];
	struct plat *plat = sim_create(&plain);
	uintptr_t area = take_area(plat, 3);
	uint64_t random = 5;

	memset(want, SIM_POISON_BYTE, sizeof(want));
	for (int i = 0; i < 200; i++) {
		size_t from = sim_random(&random) % sizeof(want);
		size_t nr = sim_random(&random) % (sizeof(want) - from) + 1;

		if (i % 2) {
			memset(bytes, i, nr);
			memset(want + from, i, nr);
			plat_copy(plat, area + from, bytes, nr);
		} else {
			memset(want + from, 0, nr);
			plat_zero(plat, area + from, nr);
		}
		lab_read(plat, area, got, sizeof(got));
		CHECK(memcmp(want, got, sizeof(want)) == 0);
	}
	sim_destroy(plat);
}

/* --- pages, nodes, addresses -------------------------------------------------------------- */

TEST(flush_gives_pages_back)
{
	struct plat *plat = sim_create(&plain);
	uintptr_t base = take_space(plat);
	struct sim_ledger ledger;

	CHECK_EQ(plat_pages_map(plat, 0, base, 2), 2);
	plat_pages_unmap(plat, base, 2);
	CHECK_EQ(plat_pages_held(plat), 2);
	CHECK(!plat_page_backed(plat, base));
	plat_tlb_flush(plat, base + PAGE, PAGE);
	sim_ledger(plat, &ledger);
	CHECK_EQ(ledger.pages, 1);
	CHECK_EQ(ledger.pages_awaiting_flush, 1);
	CHECK_STR(sim_lost(plat), "unmapped pages still await a flush");
	plat_tlb_flush(plat, base, 5 * PAGE);
	plat_vm_release(plat, &layout, base);
	CHECK_STR(sim_lost(plat), NULL);
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

TEST(no_flush_needed_gives_pages_back_at_once)
{
	struct sim_config config = plain;
	struct plat *plat;
	uintptr_t base;

	config.flush_needed = false;
	plat = sim_create(&config);
	base = take_space(plat);
	plat_pages_map(plat, 0, base, 2);
	plat_pages_unmap(plat, base, 2);
	CHECK_EQ(plat_pages_held(plat), 0);
	sim_destroy(plat);
}

TEST(lost_names_what_is_held)
{
	struct plat *plat = sim_create(&plain);
	uintptr_t base = take_space(plat), area;

	CHECK_STR(sim_lost(plat), "address space is still held");
	plat_pages_map(plat, 0, base, 1);
	CHECK_STR(sim_lost(plat), "pages are still held");
	sim_reset(plat, &plain);
	area = take_area(plat, 4);
	plat_region_free(plat, area, 2 * PAGE);
	CHECK_STR(sim_lost(plat), "area memory is still held");
	plat_region_free(plat, area + 2 * PAGE, 2 * PAGE);
	CHECK_STR(sim_lost(plat), NULL);
	sim_destroy(plat);
}

TEST(nodes_of_pages_can_be_unknown)
{
	struct sim_config config = plain;
	struct plat *plat;
	uintptr_t area;
	bool local;

	config.page_nodes_unknown = true;
	plat = sim_create(&config);
	CHECK(plat_region_alloc(plat, 2, PAGE, PAGE, &area, &local));
	CHECK(local);
	CHECK(plat_page_backed(plat, area));
	CHECK_EQ(plat_page_node(plat, area), PCPU_NO_NODE);
	plat_region_free(plat, area, PAGE);
	sim_destroy(plat);
}

TEST(memory_is_near_its_cpu_while_there_is_some)
{
	struct sim_config config = plain;
	struct plat *plat;
	uintptr_t base, area;
	bool local;

	config.pages_per_node = 3;
	plat = sim_create(&config);
	base = take_space(plat);
	CHECK_EQ(plat_pages_map(plat, 2, base, 2), 2);
	CHECK_EQ(plat_page_node(plat, base), 1);
	CHECK(plat_region_alloc(plat, 2, 2 * PAGE, PAGE, &area, &local));
	CHECK(!local); /* one page is left on node 1 */
	CHECK_EQ(plat_page_node(plat, area), 0);
	CHECK(!plat_region_alloc(plat, 2, 2 * PAGE, PAGE, &area, &local));
	CHECK_EQ(plat_pages_map(plat, 2, base + 3 * PAGE, 2), 2); /* the last of each node */
	CHECK_EQ(plat_page_node(plat, base + 3 * PAGE), 1);
	CHECK_EQ(plat_page_node(plat, base + 4 * PAGE), 0);
	plat_pages_unmap(plat, base, 1);
	plat_tlb_flush(plat, base, PAGE);
	CHECK_EQ(plat_pages_map(plat, 0, base, 2), 1); /* a short count: its second is mapped */
	CHECK_EQ(plat->fault, SIM_FAULT_MAP_TWICE);
	sim_destroy(plat);
}

TEST(node_without_memory_gets_it_from_the_nearest)
{
	static const uint8_t state[] = {PCPU_NODE_ONLINE, 3, 3, PCPU_NODE_MEMORY};
	static const uint8_t distance[] = {10, 30, 20, 11, 30, 10, 30, 30,
					   20, 30, 10, 30, 11, 30, 30, 10};
	static const uint16_t nodes[] = {0, 1, 2, 3}, ids[] = {0, 1, 2, 3};
	struct pcpu_topology four = {.nr_cpu_ids = 4,
				     .nr_nodes = 4,
				     .cpu_node = nodes,
				     .node_id = ids,
				     .node_state = state,
				     .distance = distance};
	struct sim_config config = {.topology = &four};
	struct plat *plat = sim_create(&config);
	uintptr_t area;
	bool local;

	CHECK(plat_region_alloc(plat, 0, PAGE, PAGE, &area, &local));
	CHECK(!local);
	CHECK_EQ(plat_page_node(plat, area), 2);
	CHECK(plat_region_alloc(plat, 3, PAGE, PAGE, &area, &local));
	CHECK(!local); /* memory, but not online */
	sim_destroy(plat);
}

/* Eight areas of different sizes and alignments: aligned, apart, below 2^47. */
static void check_areas(const struct sim_config *config, uint64_t *start)
{
	struct plat *plat = sim_create(config);
	bool local;

	for (uint64_t i = 0; i < 8; i++) {
		uint64_t bytes = (i % 3 + 1) * 16 * PAGE, align = PAGE << (i % 4 * 3);

		CHECK(plat_region_alloc(plat, 0, bytes, align, &start[i], &local));
		CHECK_EQ(start[i] % align, 0);
		CHECK(start[i] + bytes <= SIM_ADDRESS_END);
		for (uint64_t j = 0; j < i; j++)
			CHECK(start[i] >=
				      start[j] + (j % 3 + 1) * 16 * PAGE + config->area_gap_bytes ||
			      start[j] >= start[i] + bytes + config->area_gap_bytes);
	}
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

static uint32_t count_ascents(const uint64_t *start)
{
	uint32_t nr = 0;

	for (int i = 1; i < 8; i++)
		nr += start[i] > start[i - 1];
	return nr;
}

TEST(areas_ascend_descend_or_neither)
{
	struct sim_config config = plain;
	uint64_t start[8];

	check_areas(&config, start);
	CHECK_EQ(count_ascents(start), 7);
	config.backwards = true;
	config.area_gap_bytes = UINT64_C(1) << 36;
	check_areas(&config, start);
	CHECK_EQ(count_ascents(start), 0);
	config.backwards = false;
	for (config.address_seed = 1; config.address_seed <= 50; config.address_seed++) {
		check_areas(&config, start);
		CHECK(count_ascents(start) < 7);
	}
}

TEST(area_gap_widens_the_span)
{
	struct sim_config config = plain;
	struct plat *plat;
	uintptr_t a, b;

	config.area_gap_bytes = UINT64_C(1) << 46;
	plat = sim_create(&config);
	a = take_area(plat, 1);
	b = take_area(plat, 1);
	CHECK(b - a > UINT64_C(1) << 46);
	CHECK(!take_area(plat, 1)); /* 2^47 is full: refused, no fault */
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

/* Spaces interleave: another's group may lie in the hole between two groups. */
TEST(spaces_never_overlap_and_their_addresses_return)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct sim_config config = plain;
		uintptr_t base[100];
		struct plat *plat;

		config.address_seed = seed;
		plat = sim_create(&config);
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < 100; i++) {
				base[i] = take_space(plat);
				CHECK(base[i] && base[i] + 5 * PAGE <= SIM_ADDRESS_END);
				CHECK_EQ(plat_pages_map(plat, 0, base[i], 2), 2);
				CHECK_EQ(plat_pages_map(plat, 2, base[i] + 3 * PAGE, 2), 2);
			}
			for (int i = 0; i < 100; i++) {
				plat_pages_unmap(plat, base[i], 2);
				plat_pages_unmap(plat, base[i] + 3 * PAGE, 2);
				plat_tlb_flush(plat, base[i], 5 * PAGE);
				plat_vm_release(plat, &layout, base[i]);
			}
		}
		CHECK_STR(sim_lost(plat), NULL);
		CHECK_STR(sim_fault(plat), NULL);
		sim_destroy(plat);
	}
}

TEST(phys_is_one_to_one)
{
	struct plat *plat = sim_create(&plain);
	uintptr_t area = take_area(plat, 2), base = take_space(plat);

	plat_pages_map(plat, 0, base, 1);
	CHECK_EQ(plat_phys(plat, area + PAGE + 5), plat_phys(plat, area) + PAGE + 5);
	CHECK(plat_phys(plat, base) != plat_phys(plat, area));
	CHECK_EQ(plat_phys(plat, NOWHERE), NOWHERE); /* nobody took it: ordinary memory */
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}
