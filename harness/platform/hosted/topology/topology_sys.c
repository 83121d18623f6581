/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_sys.c - reads a machine from a copy of its /sys, without hwloc.
 *
 *	node/nodeN/	a node: cpumap or cpulist, distance
 *	node/has_memory	the nodes with memory, where the kernel lists them
 *	cpu/possible, cpu/cpuN/nodeM
 *
 * R1  A CPU on several nodes belongs to the smallest id. For CPUs on none (offline), and for the
 *     list of CPUs: topology_possible.c.
 * R2  A kernel without NUMA has no node folders: one node 0.
 * R3  A row of distances has a column for each node, by ascending id; values are clamped to
 *     10..255, the diagonal is 10, as for this machine (topology_hwloc.c). When one node has no
 *     row, no distances are known: 10 and 20, and a line on stderr.
 */
#include "harness/platform/hosted/hosted_topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcpu/bits.h>
#include "harness/platform/hosted/topology/topology_possible.h"

#define CPU_WORDS PCPU_BITS_WORDS(PCPU_MAX_CPUS)

/* State while the tree is read. */
struct reader {
	struct sys_tree tree;
	struct lab_topology *to;
	uint64_t folders[CPU_WORDS]; /* ids of the nodes that have a folder */
	uint32_t rowless; /* id of a node without distances; PCPU_MAX_NODES: none */
	char *error;
};

/* --- nodes ------------------------------------------------------------------------------------ */

static uint32_t next_bit(const uint64_t *bits, uint32_t from)
{
	return pcpu_bits_find(bits, from, PCPU_MAX_CPUS, true);
}

/* Reads the ids of the nodes that have a folder. */
static bool read_folders(struct reader *reader)
{
	if (sys_tree_numbers(&reader->tree, "node", "node", reader->folders, reader->error) ==
	    SYS_BAD)
		return false;
	if (next_bit(reader->folders, PCPU_MAX_NODES) == PCPU_MAX_CPUS)
		return true;
	sys_tree_refuse(&reader->tree, "node", "node ids from 0 to 1023", reader->error);
	return false;
}

static enum sys_read read_cpus(struct reader *reader, uint32_t id, uint64_t *cpus)
{
	enum sys_read found;
	char path[64];

	snprintf(path, sizeof(path), "node/node%u/cpumap", id);
	found = sys_tree_mask(&reader->tree, path, cpus, reader->error);
	if (found != SYS_ABSENT)
		return found;
	snprintf(path, sizeof(path), "node/node%u/cpulist", id);
	found = sys_tree_list(&reader->tree, path, cpus, reader->error);
	if (found != SYS_ABSENT)
		return found;
	return sys_tree_refuse(&reader->tree, path, "this file, or cpumap beside it",
			       reader->error);
}

static bool take_node(struct reader *reader, uint32_t id)
{
	uint32_t node = lab_topology_add_node(reader->to, id);
	uint64_t cpus[CPU_WORDS];

	if (read_cpus(reader, id, cpus) != SYS_READ)
		return false;
	for (uint32_t cpu = next_bit(cpus, 0); cpu < PCPU_MAX_CPUS; cpu = next_bit(cpus, cpu + 1))
		lab_topology_add_cpu(reader->to, cpu, node);
	return true;
}

static bool take_nodes(struct reader *reader)
{
	if (!read_folders(reader))
		return false;
	for (uint32_t id = next_bit(reader->folders, 0); id < PCPU_MAX_NODES;
	     id = next_bit(reader->folders, id + 1))
		if (!take_node(reader, id))
			return false;
	if (reader->to->table.nr_nodes == 0)
		lab_topology_add_node(reader->to, 0);
	return true;
}

static bool take_memory(struct reader *reader)
{
	struct lab_topology *to = reader->to;
	uint64_t nodes[CPU_WORDS];
	enum sys_read found = sys_tree_list(&reader->tree, "node/has_memory", nodes, reader->error);

	for (uint32_t node = 0; found == SYS_READ && node < to->table.nr_nodes; node++)
		to->node_state[node] = PCPU_NODE_ONLINE |
			(pcpu_bit_test(nodes, to->node_id[node]) ? PCPU_NODE_MEMORY : 0);
	return found != SYS_BAD;
}

/* --- distances -------------------------------------------------------------------------------- */

static uint8_t sys_clamp(uint64_t distance)
{
	if (distance < PCPU_LOCAL_DISTANCE)
		return PCPU_LOCAL_DISTANCE;
	return distance > UINT8_MAX ? UINT8_MAX : (uint8_t)distance;
}

static bool parse_row(struct lab_topology *to, uint32_t from, const char *at)
{
	uint32_t nr_nodes = to->table.nr_nodes;
	const char *end = at + strlen(at), *word;
	uint64_t distance;
	size_t bytes;

	for (uint32_t node = 0; node < nr_nodes; node++) {
		if (!lab_next_word(&at, end, &word, &bytes) ||
		    !lab_parse_u64(word, bytes, UINT64_MAX, &distance))
			return false;
		if (node != from)
			to->distance[(size_t)from * nr_nodes + node] = sys_clamp(distance);
	}
	return !lab_next_word(&at, end, &word, &bytes);
}

static bool take_row(struct reader *reader, uint32_t node)
{
	uint32_t id = reader->to->node_id[node];
	enum sys_read found;
	char path[64], *text;

	snprintf(path, sizeof(path), "node/node%u/distance", id);
	found = sys_tree_text(&reader->tree, path, &text, reader->error);
	if (found == SYS_ABSENT)
		reader->rowless = id;
	if (found == SYS_READ && !parse_row(reader->to, node, text))
		found = sys_tree_refuse(&reader->tree, path, "a distance for each node",
					reader->error);
	free(text);
	return found != SYS_BAD;
}

/* Nodes that only links name have no row: they are checked first, so that no other row is checked
   against them. */
static bool has_all_rows(struct reader *reader)
{
	const struct pcpu_topology *table = &reader->to->table;

	for (uint32_t node = 0; node < table->nr_nodes; node++)
		if (!pcpu_bit_test(reader->folders, table->node_id[node]))
			reader->rowless = table->node_id[node];
	return reader->rowless == PCPU_MAX_NODES;
}

static bool take_distances(struct reader *reader)
{
	lab_topology_default_distances(reader->to);
	reader->rowless = PCPU_MAX_NODES;
	if (!has_all_rows(reader))
		return true;
	for (uint32_t node = 0; node < reader->to->table.nr_nodes; node++)
		if (!take_row(reader, node))
			return false;
	if (reader->rowless < PCPU_MAX_NODES)
		lab_topology_default_distances(reader->to);
	return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool take_tree(struct reader *reader)
{
	bool is_hidden;

	lab_topology_init(reader->to);
	if (!take_nodes(reader) ||
	    !hosted_take_possible(&reader->tree, reader->to, &is_hidden, reader->error) ||
	    !take_memory(reader) || !take_distances(reader))
		return false;
	if (reader->to->table.nr_cpu_ids == 0) {
		sys_tree_refuse(&reader->tree, "cpu", "at least one possible CPU", reader->error);
		return false;
	}
	if (is_hidden)
		hosted_report_hidden(&reader->tree);
	if (reader->rowless < PCPU_MAX_NODES && reader->to->table.nr_nodes > 1)
		fprintf(stderr, "topology: /%s/node/node%u/distance is not there: taking distances "
			"10 and 20\n", reader->tree.name, reader->rowless);
	return true;
}

bool hosted_topology_sys(const char *dir, struct lab_topology *topology, char error[256])
{
	struct reader reader = { .to = topology, .error = error };
	enum sys_read found = sys_tree_open(dir, &reader.tree, error);
	bool good = found == SYS_READ && take_tree(&reader);

	if (found == SYS_ABSENT)
		snprintf(error, 256, ": a /sys tree was expected: devices/system, or "
			 "sys/devices/system");
	sys_tree_close(&reader.tree);
	return good;
}
