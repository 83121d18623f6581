/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_check_places.c - the walker where chunks, groups and maps end: what touches is whole, what
   overlaps or is a byte off is not. */
#include "core/policy.h"
#include "harness/check/map_bytes.h"
#include "harness/test/walker/walker_rows.h"

/* The platform may put a later chunk where the first unit's tail was given back. */
TEST(a_chunk_in_the_first_units_tail_is_found)
{
	struct pcpu_chunk *chunk;
	struct test_fixture f;
	uintptr_t base;
	uint32_t offset;

	test_fixture_init(&f, "0");
	f.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	f.config.sizes.unit_bytes = 1 << 20;
	test_fixture_open(&f);
	while (test_fixture_place(&f, pcpu_alloc(f.pcpu, 4096, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	chunk = walker_later(&f);
	base = chunk->base;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, pcpu_index_remove(f.pcpu, chunk));
	chunk->base = f.pcpu->base + f.pcpu->layout.size_sum_bytes;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(f.pcpu, chunk)));
	CHECK(pcpu_find(f.pcpu,
			(struct pcpu_ptr){chunk->base - f.pcpu->base + TEST_STATIC_START + 8},
			&offset) == chunk);
	CHECK_EQ(offset, 8);
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, pcpu_index_remove(f.pcpu, chunk));
	chunk->base = base;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(f.pcpu, chunk)));
	test_fixture_close(&f);
}

/* The chunk's first atom leads to it, its last one does not. */
TEST(the_last_byte_of_a_chunk_is_looked_up_too)
{
	struct pcpu_layout *layout;
	struct pcpu_broken where;
	struct test_fixture f;

	test_fixture_init(&f, "0011");
	f.config.sizes.unit_bytes = 2 * 65536;
	test_fixture_open(&f);
	while (test_fixture_place(&f, pcpu_alloc(f.pcpu, 8192, 4, 0)).kind != PCPU_CHUNK_LATER)
		;
	layout = &f.pcpu->layout;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, pcpu_index_remove(f.pcpu, walker_later(&f)));
	layout->unit_bytes = 65536;
	WITH_LOCK(f.plat, PLAT_LOCK_OUTER, CHECK(pcpu_index_insert(f.pcpu, walker_later(&f))));
	layout->unit_bytes = 2 * 65536;
	CHECK_EQ(pcpu_check(f.pcpu, &where), PCPU_INV_LOOKUP);
	CHECK_EQ(where.offset, layout->unit_bytes - 1);
	sim_destroy(f.plat);
}

/* Groups may lie in any order, and touch. */
TEST(groups_that_touch_do_not_overlap)
{
	struct test_fixture f;
	struct pcpu_group *group;

	test_fixture_init(&f, "0011");
	f.sim.backwards = true;
	test_fixture_open(&f);
	group = f.pcpu->layout.group;
	CHECK(group[1].base_offset < group[0].base_offset);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	group[0].base_offset = group[1].base_offset + group[1].area_bytes;
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	group[0].base_offset -= PCPU_PAGE_BYTES;
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_INV_UNIT_OVERLAP);
	sim_destroy(f.plat);
}

/* By the CPU with page, by the group with embed; far ones and unknown pages are let pass. */
TEST(a_units_node_is_that_of_its_cpu_or_its_group)
{
	struct pcpu_broken where;
	struct test_fixture f;

	test_fixture_init(&f, "0011");
	f.config.choice = PCPU_CHOICE_PAGE;
	test_fixture_open(&f);
	f.pcpu->cpu_node[3] = 0;
	CHECK_EQ(pcpu_check(f.pcpu, &where), PCPU_INV_UNIT_NODE);
	CHECK_EQ(where.cpu, 3);
	pcpu_bit_set(f.pcpu->cpu_is_far, 3);
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	sim_destroy(f.plat);
	test_fixture_init(&f, "0011");
	f.sim.page_nodes_unknown = true;
	test_fixture_open(&f);
	f.pcpu->layout.group[1].node = 0;
	CHECK_EQ(pcpu_check(f.pcpu, NULL), PCPU_HOLDS);
	sim_destroy(f.plat);
}

TEST(a_map_that_is_all_used_has_its_skip_index_at_the_end)
{
	const struct pcpu_map_ops *engine = pcpu_engine_find("area")->map;
	struct pcpu_map map = {.ops = engine};
	int32_t memory[16] = {0};
	uint32_t at;

	engine->init(&map, memory, 16, 64, 64);
	map.skip_records = 1;
	map.skip_bytes = 60;
	CHECK_EQ(engine->check(&map, &at), PCPU_INV_MAP_SKIP);
	map.skip_bytes = 64;
	CHECK_EQ(engine->check(&map, &at), PCPU_HOLDS);
	map.skip_records = 2;
	CHECK_EQ(engine->check(&map, &at), PCPU_INV_MAP_SKIP);
	map.skip_records = 1;
	map.capacity = map.used;
	CHECK_EQ(engine->check(&map, &at), PCPU_HOLDS);
}

/* The lab's own map of single bytes, by one byte either way. */
TEST(the_map_of_bytes_checks_itself)
{
	static uint64_t memory[64];
	struct pcpu_map map = {.ops = &lab_map_bytes};
	struct pcpu_fit fit;
	uint32_t at;

	lab_map_bytes.init(&map, memory, 256, 64, 256);
	CHECK_EQ(lab_map_bytes.alloc(&map, 32, 4, NULL, &fit), PCPU_FIT_TAKEN);
	CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_HOLDS);
	for (int by = -1; by <= 1; by += 2) {
		map.free_bytes += (uint32_t)by;
		CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_INV_MAP_FREE_BYTES);
		map.free_bytes -= (uint32_t)by;
	}
	map.hint_bytes = 159;
	CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_INV_MAP_HINT);
	map.hint_bytes = 160;
	CHECK_EQ(lab_map_bytes.check(&map, &at), PCPU_HOLDS);
}
