/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_boot_needs.c - when the boot image's tests are skipped for memory, to the byte, and their
   messages. */
#include <stdlib.h>
#include <string.h>

#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/needs.h"
#include <pcpu/percpu.h>

#undef CHECK /* the image's tests have their own */
#undef SKIP
#include "harness/test/lib/test.h"

struct machine machine;
struct pcpu *pcpu_default_instance;
static uint64_t free_bytes[MACHINE_MAX_NODES];
static struct pcpu_layout layout;
static struct pcpu_group groups[3];
static enum pcpu_choice chosen;

uint64_t memory_free(uint16_t node)
{
	return free_bytes[node];
}

void *heap_alloc(size_t bytes)
{
	return NULL;
}

void heap_free(void *memory, size_t bytes)
{
	CHECK(!memory);
}

const struct pcpu_layout *pcpu_layout(const struct pcpu *pcpu)
{
	return &layout;
}

enum pcpu_choice pcpu_chosen(const struct pcpu *pcpu)
{
	return chosen;
}

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

enum { MB = 1 << 20, OVERHEAD = 4 * MB };

/* Five CPUs on three nodes, one of which has no memory. */
static void begin(uint64_t a, uint64_t b)
{
	static const uint16_t nodes[] = { 0, 1, 1, 0, 2 };

	memset(&machine, 0, sizeof(machine));
	memcpy(machine.facts.cpu_node, nodes, sizeof(nodes));
	machine.facts.nr_nodes = 3;
	machine.topology.nr_cpu_ids = 5;
	for (uint16_t i = 0; i < 3; i++)
		machine.facts.node_id[i] = (uint16_t)(10 * i);
	machine.node_state[0] = machine.node_state[1] = PCPU_NODE_ONLINE | PCPU_NODE_MEMORY;
	machine.node_state[2] = PCPU_NODE_ONLINE;
	free_bytes[0] = a;
	free_bytes[1] = b;
	free_bytes[2] = 0;
	needs_begin_tests();
	free_bytes[0] = free_bytes[1] = 0; /* a test that lost memory must not skip the next one */
}

TEST(all_nodes_together)
{
	uint64_t wanted = 160 * (uint64_t)MB, all = wanted + wanted / 16 + OVERHEAD;

	begin(all - MB, MB);
	CHECK(!needs_memory(wanted));
	begin(all - MB, MB - 1);
	CHECK_STR(needs_memory(wanted), "SKIP needs 174 MB of memory, 173 MB are free");
	begin(all, 0);
	CHECK(!needs_each_cpu(32 * MB));
	begin(all - 1, 0);
	CHECK_STR(needs_each_cpu(32 * MB), "SKIP needs 174 MB of memory, 173 MB are free");
}

/* Two CPUs on each node with memory; the fifth CPU's node has none, and does not count. */
TEST(each_node_by_itself)
{
	uint64_t least = 20 * (uint64_t)MB + OVERHEAD, much = 4000 * (uint64_t)MB;

	begin(least, much);
	CHECK(!needs_near(10 * MB));
	begin(much, least);
	CHECK(!needs_near(10 * MB));
	begin(least - 1, much);
	CHECK_STR(needs_near(10 * MB), "SKIP needs 24 MB of memory on node 0, 23 MB are free");
	begin(much, least - 1);
	CHECK_STR(needs_near(10 * MB), "SKIP needs 24 MB of memory on node 10, 23 MB are free");
	begin(least, least); /* but all five take more */
	CHECK_STR(needs_near(10 * MB), "SKIP needs 58 MB of memory, 48 MB are free");
}

static const char *first_near(uint64_t a, uint64_t b)
{
	begin(0, 0);
	free_bytes[0] = a;
	free_bytes[1] = b;
	needs_begin_set_up();
	return needs_first_near();
}

TEST(the_first_chunk_by_node)
{
	layout = (struct pcpu_layout){ .group = groups, .nr_groups = 3, .nr_cpu_ids = 5,
				       .atom_bytes = 2 * MB, .size_sum_bytes = MB };
	groups[0] = (struct pcpu_group){ .node = 0, .area_bytes = 4 * MB };
	groups[1] = (struct pcpu_group){ .node = 1, .area_bytes = 6 * MB };
	groups[2] = (struct pcpu_group){ .node = 2, .area_bytes = 64 * MB };
	chosen = PCPU_CHOICE_EMBED; /* areas, and up to an atom in front of each */
	CHECK(!first_near(6 * MB, 8 * MB));
	CHECK_STR(first_near(6 * MB - 1, 8 * MB),
		  "SKIP needs 6 MB of memory on node 0, 5 MB are free");
	CHECK_STR(first_near(6 * MB, 8 * MB - 1),
		  "SKIP needs 8 MB of memory on node 10, 7 MB are free");
	chosen = PCPU_CHOICE_PAGE; /* pages, of each CPU */
	CHECK(!first_near(2 * MB, 2 * MB));
	CHECK_STR(first_near(2 * MB, 2 * MB - 1),
		  "SKIP needs 2 MB of memory on node 10, 1 MB are free");
}
