/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_possible.c - the possible CPUs of a /sys, and the nodes of those that are on no node
 * yet.
 *
 *	cpu/possible 0-7	cpu/cpu2/node1 ->	cpu/cpu6/node0 ->
 *
 *	0 1 3	have their nodes			online CPUs
 *	2 6	node 1, node 0				offline: by their links
 *	4 5 7	node 0, node 1, node 0			absent: dealt
 *
 * There may be eleven times as many possible CPUs as real ones.
 */
#include "harness/platform/hosted/topology/topology_possible.h"

#include <stdio.h>

#include <pcpu/bits.h>

#define POSSIBLE "cpu/possible"
#define CPU_WORDS PCPU_BITS_WORDS(PCPU_MAX_CPUS)

static uint32_t next_bit(const uint64_t *bits, uint32_t from)
{
	return pcpu_bits_find(bits, from, PCPU_MAX_CPUS, true);
}

/* Returns a node's index; adds the node, without known memory, when it is not in the table. */
static uint32_t node_of(struct lab_topology *to, uint32_t id)
{
	uint32_t nr_before = to->table.nr_nodes, node = lab_topology_add_node(to, id);

	if (to->table.nr_nodes > nr_before)
		to->node_state[node] &= (uint8_t)~PCPU_NODE_MEMORY;
	return node;
}

static bool take_link(const struct sys_tree *tree, struct lab_topology *to, uint32_t cpu,
		      char error[256])
{
	uint64_t nodes[CPU_WORDS];
	char path[64];
	uint32_t id;

	snprintf(path, sizeof(path), "cpu/cpu%u", cpu);
	if (sys_tree_numbers(tree, path, "node", nodes, error) == SYS_BAD)
		return false;
	id = next_bit(nodes, 0);
	if (id == PCPU_MAX_CPUS)
		return true;
	if (id >= PCPU_MAX_NODES) {
		sys_tree_refuse(tree, path, "node ids from 0 to 1023", error);
		return false;
	}
	lab_topology_add_cpu(to, cpu, node_of(to, id));
	return true;
}

/* Adds those of these CPUs that are on no node and have a link. */
static bool take_links(const struct sys_tree *tree, struct lab_topology *to, const uint64_t *cpus,
		       char error[256])
{
	for (uint32_t cpu = next_bit(cpus, 0); cpu < PCPU_MAX_CPUS; cpu = next_bit(cpus, cpu + 1))
		if (to->cpu_node[cpu] == PCPU_NO_NODE && !take_link(tree, to, cpu, error))
			return false;
	return true;
}

/* Without the list, uses nodes, links and folders. */
static bool take_known(const struct sys_tree *tree, struct lab_topology *to, char error[256])
{
	uint64_t folders[CPU_WORDS];

	if (tree->fd < 0)
		return true;
	if (sys_tree_numbers(tree, "cpu", "cpu", folders, error) == SYS_BAD ||
	    !take_links(tree, to, folders, error))
		return false;
	if (to->table.nr_cpu_ids == 0)
		lab_topology_set_possible(to, folders, LAB_ABSENT_ROUND_ROBIN);
	return true;
}

bool hosted_take_possible(const struct sys_tree *tree, struct lab_topology *topology,
			  bool *is_hidden, char error[256])
{
	enum sys_read found = SYS_ABSENT;
	uint64_t possible[CPU_WORDS];

	if (tree->fd >= 0)
		found = sys_tree_list(tree, POSSIBLE, possible, error);
	*is_hidden = found == SYS_ABSENT;
	if (found == SYS_BAD)
		return false;
	if (found == SYS_ABSENT)
		return take_known(tree, topology, error);
	if (!take_links(tree, topology, possible, error))
		return false;
	lab_topology_set_possible(topology, possible, LAB_ABSENT_ROUND_ROBIN);
	return true;
}

void hosted_report_hidden(const struct sys_tree *tree)
{
	fprintf(stderr, "topology: /%s/" POSSIBLE " is not there: taking the CPUs that are known "
		"as all possible ones\n", tree->name);
}
