/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot_machines.c - the machines to boot on.
 *
 * The runner's expectations are computed from this table, never from the guest. Slow machines come
 * first, so that others run beside them.
 */
#include <string.h>

#include "kernel-test/host/boot.h"

const struct boot_machine boot_machines[] = {
	{ .name = "standard", .nr_cpus = 8, .nr_nodes = 4,
	  .golden = "8cpu_4node_2each",
	  .why = "two CPUs on each of four nodes, distances from the SLIT" },
	{ .name = "largest", .nr_cpus = 64, .nr_nodes = 8,
	  .why = "sixty-four CPUs on eight nodes" },
	{ .name = "single-step", .nr_cpus = 4, .nr_nodes = 2, .single_step = true,
	  .why = "each instruction by itself: interrupts come between any two" },
	{ .name = "large", .nr_cpus = 32, .nr_nodes = 4, .why = "thirty-two CPUs" },
	{ .name = "single", .nr_cpus = 1, .nr_nodes = 1, .no_slit = true, .quick = true,
	  .golden = "1cpu", .why = "one CPU: one unit fills the atom, nobody to interrupt" },
	{ .name = "pair", .nr_cpus = 2, .nr_nodes = 1, .no_slit = true,
	  .why = "one group, one area" },
	{ .name = "small", .nr_cpus = 4, .nr_nodes = 2,
	  .why = "two CPUs on each of two nodes: where --defects boots" },
	{ .name = "front", .nr_cpus = 4, .nr_nodes = 2, .front = true, .quick = true,
	  .why = "front=on: small objects of the default instance by magazines" },
	{ .name = "lopsided", .nr_cpus = 3, .nr_nodes = 2, .node_cpus = { 2, 1 }, .no_slit = true,
	  .golden = "3cpu_2node_2_1",
	  .why = "two CPUs and one: the smallest machine with an unused unit" },
	{ .name = "flat", .nr_cpus = 8, .nr_nodes = 1, .no_slit = true, .golden = "8cpu_1node",
	  .why = "eight CPUs on one node: eight units an atom" },
	{ .name = "sparse", .nr_cpus = 6, .nr_nodes = 2, .smp = "6,sockets=2,cores=3",
	  .apic_id = { 0, 1, 2, 4, 5, 6 },
	  .why = "APIC ids with holes, and nodes with three CPUs" },
	{ .name = "uneven", .nr_cpus = 8, .nr_nodes = 3, .node_cpus = { 5, 2, 1 },
	  .why = "groups of different sizes: units without a CPU" },
	{ .name = "interleaved", .nr_cpus = 8, .nr_nodes = 2, .no_slit = true,
	  .cpu_node = { 0, 1, 0, 1, 0, 1, 0, 1 }, .golden = "8cpu_2node_interleaved",
	  .why = "neighbours in number are on different nodes" },
	{ .name = "five-three", .nr_cpus = 8, .nr_nodes = 2, .node_cpus = { 5, 3 }, .no_slit = true,
	  .golden = "8cpu_2node_5_3", .why = "five CPUs and three: two units an atom, not four" },
	{ .name = "four-three-one", .nr_cpus = 8, .nr_nodes = 3, .node_cpus = { 4, 3, 1 },
	  .no_slit = true, .golden = "8cpu_3node_4_3_1", .why = "four CPUs, three and one" },
	{ .name = "nine-seven", .nr_cpus = 16, .nr_nodes = 2, .node_cpus = { 9, 7 },
	  .no_slit = true, .golden = "16cpu_2node_9_7",
	  .why = "sixteen CPUs: ids of two digits, and four unused units" },
	{ .name = "crowded", .nr_cpus = 16, .nr_nodes = 4, .node_cpus = { 13, 1, 1, 1 },
	  .no_slit = true, .golden = "16cpu_4node_13_1_1_1",
	  .why = "one node has nearly all of the CPUs" },
	{ .name = "may-come", .nr_cpus = 8, .nr_nodes = 4, .nr_possible = 12, .no_slit = true,
	  .cpu_node = { 0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2, 3 }, .golden = "8cpu_4node_possible12",
	  .why = "four more CPUs may come: they are possible, and have units" },
	{ .name = "many-may-come", .nr_cpus = 8, .nr_nodes = 4, .nr_possible = 24, .no_slit = true,
	  .cpu_node = { 0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3 },
	  .golden = "8cpu_4node_possible24",
	  .why = "two thirds of the possible CPUs are not there" },
	{ .name = "half-there", .nr_cpus = 6, .nr_nodes = 3, .nr_possible = 12, .no_slit = true,
	  .smp = "6,maxcpus=12,sockets=4,cores=3",
	  .apic_id = { 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14 },
	  .cpu_node = { 0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 2 }, .golden = "6of12_sparse_apic",
	  .quick = true,
	  .why = "APIC ids with holes, half of the CPUs, and a node whose CPUs may come" },
	{ .name = "no-numa", .nr_cpus = 8, .nr_nodes = 1, .no_numa = true, .golden = "8cpu_nonuma",
	  .why = "no SRAT and no SLIT: one node, no distances" },
	{ .name = "no-memory", .nr_cpus = 8, .nr_nodes = 4, .no_memory = 1 << 2, .quick = true,
	  .golden = "8cpu_4node_2each", .why = "a node with CPUs and no memory" },
	{ .name = "no-cpus", .nr_cpus = 6, .nr_nodes = 4, .node_cpus = { 2, 0, 2, 2 },
	  .why = "a node with memory and no CPUs" },
	{ .name = "fall-back", .nr_cpus = 8, .nr_nodes = 4, .fall_back = true,
	  .golden = "8cpu_4node_page", .why = "embed is refused an area: page takes its place" },
	{ .name = "wide", .nr_cpus = 16, .nr_nodes = 2, .no_slit = true,
	  .why = "eight CPUs a node, no SLIT: distances are 10 and 20" },
	{ .name = "page", .nr_cpus = 8, .nr_nodes = 4, .page = true, .quick = true,
	  .golden = "8cpu_4node_page",
	  .why = "percpu_alloc=page: the first chunk lies in page tables too" },
	{ .name = "clang", .nr_cpus = 8, .nr_nodes = 4, .image = BOOT_CLANG,
	  .golden = "8cpu_4node_2each", .why = "the standard machine, the image built by clang" },
	{ .name = "arm64", .nr_cpus = 8, .nr_nodes = 4, .image = BOOT_ARM64,
	  .golden = "8cpu_4node_2each", .why = "the standard machine, of AArch64 CPUs" },
	{ .name = "arm64-clusters", .nr_cpus = 18, .nr_nodes = 2, .no_slit = true,
	  .image = BOOT_ARM64, .quick = true,
	  .apic_id = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 256, 257 },
	  .why = "affinities of two levels: a CPU's number is not its id" },
	{ .name = "arm64-64k", .nr_cpus = 8, .nr_nodes = 4, .image = BOOT_ARM64_64K,
	  .page_bytes = 65536,
	  .why = "the same with pages of 64 KiB, tables of three levels" },
	{ .name = "arm64-front", .nr_cpus = 4, .nr_nodes = 2, .image = BOOT_ARM64, .front = true,
	  .why = "AArch64 CPUs, front=on" },
	{ .name = "arm64-64k-front", .nr_cpus = 4, .nr_nodes = 2, .image = BOOT_ARM64_64K,
	  .page_bytes = 65536, .front = true, .quick = true,
	  .why = "the same with pages of 64 KiB" },
	{ 0 },
};

bool boot_is_arm64(enum boot_image image)
{
	return image == BOOT_ARM64 || image == BOOT_ARM64_64K;
}

const struct boot_machine *boot_machine_find(const char *name)
{
	for (const struct boot_machine *m = boot_machines; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

uint32_t boot_nr_possible(const struct boot_machine *m)
{
	return m->nr_possible ? m->nr_possible : m->nr_cpus;
}

static bool is_placed(const struct boot_machine *m)
{
	for (uint32_t cpu = 0; cpu < boot_nr_possible(m); cpu++)
		if (m->cpu_node[cpu])
			return true;
	return false;
}

static uint32_t cpus_of_node(const struct boot_machine *m, uint32_t node)
{
	uint32_t rest = m->nr_cpus % m->nr_nodes;

	if (m->node_cpus[0])
		return m->node_cpus[node];
	return m->nr_cpus / m->nr_nodes + (node < rest);
}

uint32_t boot_cpu_node(const struct boot_machine *m, uint32_t cpu)
{
	uint32_t node = 0;

	if (is_placed(m))
		return m->cpu_node[cpu];
	while (cpu >= cpus_of_node(m, node))
		cpu -= cpus_of_node(m, node++);
	return node;
}

/* The tests that need most (kernel-test/common/bigs.h) use 2.25 MB for each CPU. */
uint32_t boot_memory_mb(const struct boot_machine *m)
{
	enum { LEAST_MB = 512, EACH_CPU_MB = 4 };
	uint32_t wanted = EACH_CPU_MB * boot_nr_possible(m);

	return wanted > LEAST_MB ? wanted : LEAST_MB;
}

uint32_t boot_distance(const struct boot_machine *m, uint32_t from, uint32_t to)
{
	uint32_t apart = from < to ? to - from : from - to;

	if (apart == 0)
		return 10;
	return m->no_slit ? 20 : 14 + 2 * apart;
}
