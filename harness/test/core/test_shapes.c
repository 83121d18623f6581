/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_shapes.c - machines and sizes whose numbers do not fit where smaller ones do: a group over 4
 * GiB, few CPUs with high ids, chunks that differ in their highest address bits only.
 */
#include <string.h>

#include <pcpu/bits.h>
#include "core/chunk.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

static void write_byte(struct test_fixture *f, struct pcpu_ptr p, uint32_t cpu, uint8_t byte)
{
	plat_copy(f->plat, pcpu_address(f->pcpu, p, cpu), &byte, 1);
}

static uint8_t read_byte(struct test_fixture *f, struct pcpu_ptr p, uint32_t cpu)
{
	uint8_t byte;

	lab_read(f->plat, pcpu_address(f->pcpu, p, cpu), &byte, 1);
	return byte;
}

/* An object in a later chunk: its copies are apart, lead back, and are zero when its place is taken
   again. */
static void check_copies(struct test_fixture *f)
{
	uint32_t nr = f->topology.nr_cpu_ids, found;
	struct pcpu_ptr p, back;

	do
		p = pcpu_alloc(f->pcpu, 8192, 4, 0);
	while (test_fixture_place(f, p).kind != PCPU_CHUNK_LATER);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		write_byte(f, p, cpu, (uint8_t)(cpu + 1));
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		CHECK_EQ(read_byte(f, p, cpu), cpu + 1);
		CHECK(pcpu_from_address(f->pcpu, pcpu_address(f->pcpu, p, cpu), &back, &found));
		CHECK_EQ(back.value, p.value);
		CHECK_EQ(found, cpu);
	}
	pcpu_free(f->pcpu, p);
	CHECK_EQ(pcpu_alloc(f->pcpu, 8192, 4, 0).value, p.value);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		CHECK_EQ(read_byte(f, p, cpu), 0);
}

/* Five units of 1 GiB: the last one's offset, and the area's size, are over 2^32. */
static void large_group(enum pcpu_choice choice)
{
	const uint64_t gib = UINT64_C(1) << 30;
	struct test_fixture f;

	test_fixture_init(&f, "00000");
	f.config.choice = choice;
	f.config.sizes.unit_bytes = gib;
	test_fixture_open_plat(&f);
	CHECK_EQ(pcpu_create(&f.config, &f.pcpu), PCPU_OK);
	CHECK_EQ(pcpu_layout(f.pcpu)->group[0].area_bytes, 5 * gib);
	CHECK_EQ(pcpu_layout_span(pcpu_layout(f.pcpu)), 5 * gib);
	for (uint32_t cpu = 0; cpu < 5; cpu++)
		CHECK_EQ(pcpu_offsets(f.pcpu)[cpu], pcpu_offsets(f.pcpu)[0] + cpu * gib);
	CHECK_EQ(f.pcpu->span_bytes, 5 * gib);
	check_copies(&f);
	test_fixture_close(&f);
}

TEST(a_group_may_be_over_4_gib)
{
	large_group(PCPU_CHOICE_EMBED);
	large_group(PCPU_CHOICE_PAGE);
}

/* CPUs 0, 64, 65 and 129 on two nodes: three words of ids, one would do for the possible. */
TEST(bitmaps_are_as_long_as_the_ids)
{
	static const uint32_t cpus[4] = {0, 64, 65, 129};
	uint16_t cpu_node[130], node_id[2] = {0, 1};
	uint8_t distance[4] = {10, 20, 20, 10};
	struct test_fixture f;

	test_fixture_init(&f, "01");
	for (uint32_t cpu = 0; cpu < 130; cpu++)
		cpu_node[cpu] = PCPU_NO_NODE;
	for (uint32_t i = 0; i < 4; i++)
		cpu_node[cpus[i]] = (uint16_t)(i % 2);
	f.topology = (struct pcpu_topology){
		.nr_cpu_ids = 130, .nr_nodes = 2, .cpu_node = cpu_node, .node_id = node_id,
		.distance = distance,
	};
	test_fixture_open(&f);
	for (uint32_t node = 0; node < 2; node++)
		for (uint32_t cpu = 0; cpu < 192; cpu++)
			CHECK_EQ(pcpu_bit_test(pcpu_node_cpus(f.pcpu, node), cpu),
				 cpu < 130 && cpu_node[cpu] == node);
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		memset(pcpu_start_mask(f.pcpu, (enum pcpu_start_mask)mask), mask + 1, 3 * 8);
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		for (uint32_t i = 0; i < 3; i++)
			CHECK_EQ(pcpu_start_mask(f.pcpu, (enum pcpu_start_mask)mask)[i],
				 UINT64_C(0x0101010101010101) * (unsigned)(mask + 1));
	for (uint32_t node = 0; node < 2; node++)
		CHECK_EQ(pcpu_bits_count(pcpu_node_cpus(f.pcpu, node), 0, 192), 2);
	CHECK(!pcpu_bits_count(f.pcpu->cpu_is_far, 0, 192));
	test_fixture_close(&f);
}

/* Each chunk is found by its own addresses, though they differ in bits 45 and 46 alone. */
TEST(chunks_may_lie_2_to_the_45_apart)
{
	struct pcpu_ptr p[3];
	struct test_fixture f;
	uint32_t nr = 0;

	test_fixture_init(&f, "00");
	f.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	f.config.sizes.unit_bytes = 65536;
	f.sim.space_stride_bytes = UINT64_C(1) << 45;
	test_fixture_open(&f);
	while (nr < 3) {
		p[nr] = pcpu_alloc(f.pcpu, 32768, 4, 0);
		nr += test_fixture_place(&f, p[nr]).kind == PCPU_CHUNK_LATER &&
		      test_fixture_place(&f, p[nr]).offset == 0;
	}
	CHECK_EQ(p[1].value - p[0].value, UINT64_C(1) << 45);
	CHECK_EQ(p[2].value - p[1].value, UINT64_C(1) << 45);
	for (uint32_t i = 0; i < 3; i++) {
		struct pcpu_place place = test_fixture_place(&f, p[i]), other;

		CHECK_EQ(place.chunk_id, i + 1);
		CHECK(!pcpu_lookup(f.pcpu, (struct pcpu_ptr){p[i].value + (UINT64_C(1) << 42)},
				   &other));
	}
	test_fixture_check(&f);
	for (uint32_t i = 0; i < 3; i++)
		pcpu_free(f.pcpu, p[i]);
	pcpu_balance(f.pcpu);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* For keys of every size the tree has a level for each 6 bits of them, and for the rest. */
TEST(the_index_is_deep_enough_for_every_atom)
{
	for (uint32_t shift = PCPU_PAGE_SHIFT; shift <= 46; shift++) {
		uint32_t levels = pcpu_index_levels(shift);

		CHECK(levels * 6 >= PCPU_ADDRESS_BITS - shift);
		CHECK((levels - 1) * 6 < PCPU_ADDRESS_BITS - shift);
	}
}
