/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_placement.c - hosted_placement() counts on which node each backed page lies.
 */
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* Two CPUs on this machine's first node. */
static const uint16_t real_cpu_node[2] = {0, 0}, real_node_id[1] = {0};
static const struct pcpu_topology real_node = {
	.nr_cpu_ids = 2, .nr_nodes = 1, .cpu_node = real_cpu_node, .node_id = real_node_id,
};

static void placement_collect(bool bind_memory, enum pcpu_stride stride,
			      struct hosted_placement *seen, uint64_t *nr_pages)
{
	const struct hosted_config hosted = {.topology = &real_node, .bind_memory = bind_memory};
	struct pcpu_config config = {
		.topology = &real_node,
		.sizes = {.static_bytes = 14000, .dyn_bytes = 20480, .atom_bytes = 64 << 10,
			  .stride = stride},
		.static_start = 0x1000000,
	};
	struct pcpu *pcpu;
	struct pcpu_stats stats;

	config.plat = hosted_create(&hosted);
	CHECK(config.plat);
	CHECK_EQ(pcpu_create(&config, &pcpu), PCPU_OK);
	for (int i = 0; i < 5; i++)
		CHECK(pcpu_alloc(pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	pcpu_stats(pcpu, &stats);
	*nr_pages = stats.populated_bytes / PCPU_PAGE_BYTES * 2;
	hosted_placement(config.plat, pcpu, PCPU_NO_NODE, seen);
	pcpu_destroy(pcpu);
	hosted_destroy(config.plat);
}

static void every_page_is_read(enum pcpu_stride stride)
{
	struct hosted_placement seen;
	uint64_t nr_pages;

	placement_collect(true, stride, &seen, &nr_pages);
	CHECK_EQ(seen.nr_pages, nr_pages);
	if (seen.nr_known == 0)
		SKIP("move_pages() answers nothing here");
	CHECK_EQ(seen.nr_known, nr_pages);
	CHECK(seen.nr_there <= seen.nr_known);
	CHECK(hosted_placement_percent(&seen) <= 100);
}

TEST(placement_reads_every_backed_page)
{
	every_page_is_read(PCPU_STRIDE_REFERENCE);
}

TEST(placement_reads_the_edges_of_skewed_units)
{
	every_page_is_read(PCPU_STRIDE_SKEWED);
}

TEST(placement_is_not_known_where_memory_is_not_bound)
{
	struct hosted_placement seen;
	uint64_t nr_pages;

	placement_collect(false, PCPU_STRIDE_REFERENCE, &seen, &nr_pages);
	CHECK_EQ(seen.nr_pages, nr_pages);
	CHECK_EQ(seen.nr_known, 0);
	CHECK(hosted_placement_percent(&seen) < 0);
}
