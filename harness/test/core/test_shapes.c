/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_shapes.c - machines and sizes whose numbers do not fit where smaller ones do: a group over 4
 * GiB, few CPUs with high ids, chunks that differ in their highest address bits only.
 */
#include <string.h>

#include <pcpu/bits.h>
#include "core/chunk.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_world.h"

static void write_byte(struct test_world *w, struct pcpu_ptr p, uint32_t cpu, uint8_t byte)
{
	plat_copy(w->plat, pcpu_address(w->pcpu, p, cpu), &byte, 1);
}

static uint8_t read_byte(struct test_world *w, struct pcpu_ptr p, uint32_t cpu)
{
	uint8_t byte;

	lab_read(w->plat, pcpu_address(w->pcpu, p, cpu), &byte, 1);
	return byte;
}

/* An object in a later chunk: its copies are apart, lead back, and are zero when its place is taken
   again. */
static void check_copies(struct test_world *w)
{
	uint32_t nr = w->topology.nr_cpu_ids, found;
	struct pcpu_ptr p, back;

	do
		p = pcpu_alloc(w->pcpu, 8192, 4, 0);
	while (test_world_place(w, p).kind != PCPU_CHUNK_LATER);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		write_byte(w, p, cpu, (uint8_t)(cpu + 1));
	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		CHECK_EQ(read_byte(w, p, cpu), cpu + 1);
		CHECK(pcpu_from_address(w->pcpu, pcpu_address(w->pcpu, p, cpu), &back, &found));
		CHECK_EQ(back.value, p.value);
		CHECK_EQ(found, cpu);
	}
	pcpu_free(w->pcpu, p);
	CHECK_EQ(pcpu_alloc(w->pcpu, 8192, 4, 0).value, p.value);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		CHECK_EQ(read_byte(w, p, cpu), 0);
}

/* Five units of 1 GiB: the last one's offset, and the area's size, are over 2^32. */
static void large_group(enum pcpu_choice choice)
{
	const uint64_t gib = UINT64_C(1) << 30;
	struct test_world w;

	test_world_init(&w, "00000");
	w.config.choice = choice;
	w.config.sizes.unit_bytes = gib;
	test_world_open_plat(&w);
	CHECK_EQ(pcpu_create(&w.config, &w.pcpu), PCPU_OK);
	CHECK_EQ(pcpu_layout(w.pcpu)->group[0].area_bytes, 5 * gib);
	CHECK_EQ(pcpu_layout_span(pcpu_layout(w.pcpu)), 5 * gib);
	for (uint32_t cpu = 0; cpu < 5; cpu++)
		CHECK_EQ(pcpu_offsets(w.pcpu)[cpu], pcpu_offsets(w.pcpu)[0] + cpu * gib);
	CHECK_EQ(w.pcpu->span_bytes, 5 * gib);
	check_copies(&w);
	test_world_close(&w);
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
	struct test_world w;

	test_world_init(&w, "01");
	for (uint32_t cpu = 0; cpu < 130; cpu++)
		cpu_node[cpu] = PCPU_NO_NODE;
	for (uint32_t i = 0; i < 4; i++)
		cpu_node[cpus[i]] = (uint16_t)(i % 2);
	w.topology = (struct pcpu_topology){
		.nr_cpu_ids = 130, .nr_nodes = 2, .cpu_node = cpu_node, .node_id = node_id,
		.distance = distance,
	};
	test_world_open(&w);
	for (uint32_t node = 0; node < 2; node++)
		for (uint32_t cpu = 0; cpu < 192; cpu++)
			CHECK_EQ(pcpu_bit_test(pcpu_node_cpus(w.pcpu, node), cpu),
				 cpu < 130 && cpu_node[cpu] == node);
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		memset(pcpu_start_mask(w.pcpu, (enum pcpu_start_mask)mask), mask + 1, 3 * 8);
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		for (uint32_t i = 0; i < 3; i++)
			CHECK_EQ(pcpu_start_mask(w.pcpu, (enum pcpu_start_mask)mask)[i],
				 UINT64_C(0x0101010101010101) * (unsigned)(mask + 1));
	for (uint32_t node = 0; node < 2; node++)
		CHECK_EQ(pcpu_bits_count(pcpu_node_cpus(w.pcpu, node), 0, 192), 2);
	CHECK(!pcpu_bits_count(w.pcpu->cpu_is_far, 0, 192));
	test_world_close(&w);
}

/* Each chunk is found by its own addresses, though they differ in bits 45 and 46 alone. */
TEST(chunks_may_lie_2_to_the_45_apart)
{
	struct pcpu_ptr p[3];
	struct test_world w;
	uint32_t nr = 0;

	test_world_init(&w, "00");
	w.config.sizes.atom_bytes = PCPU_PAGE_BYTES;
	w.config.sizes.unit_bytes = 65536;
	w.sim.space_stride_bytes = UINT64_C(1) << 45;
	test_world_open(&w);
	while (nr < 3) {
		p[nr] = pcpu_alloc(w.pcpu, 32768, 4, 0);
		nr += test_world_place(&w, p[nr]).kind == PCPU_CHUNK_LATER &&
		      test_world_place(&w, p[nr]).offset == 0;
	}
	CHECK_EQ(p[1].value - p[0].value, UINT64_C(1) << 45);
	CHECK_EQ(p[2].value - p[1].value, UINT64_C(1) << 45);
	for (uint32_t i = 0; i < 3; i++) {
		struct pcpu_place place = test_world_place(&w, p[i]), other;

		CHECK_EQ(place.chunk_id, i + 1);
		CHECK(!pcpu_lookup(w.pcpu, (struct pcpu_ptr){p[i].value + (UINT64_C(1) << 42)},
				   &other));
	}
	test_world_check(&w);
	for (uint32_t i = 0; i < 3; i++)
		pcpu_free(w.pcpu, p[i]);
	pcpu_balance(w.pcpu);
	test_world_check(&w);
	test_world_close(&w);
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
