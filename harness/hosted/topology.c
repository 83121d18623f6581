/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology.c - machines by hwloc, brought into the project's table.
 *
 *	this machine, XML, "synthetic:..."  --hwloc-->  nodes, CPUs, SLIT  -->  lab_topology
 *
 * R1  Nodes in ascending OS index. A CPU that several nodes list (memory-only tiers beside
 *     it) belongs to the first of them. Nodes without CPUs stay.
 * R2  CPUs that this process may not use (cgroups) are part of the machine. Possible CPUs are
 *     what the kernel says; hwloc knows only those that are or were online. In an XML export or
 *     synthetic description the CPUs of the nodes are all there are.
 * R3  Distances are those of the matrix that hwloc took from the operating system
 *     ("NUMALatency"): user-made or mixed matrices (v1 exports, groups, devices) need not be SLIT
 *     values. A pair it does not tell is 20 apart. Values are clamped to 10..255, the diagonal is
 *     10.
 */
#include "hosted.h"

#include <hwloc.h>
#include <hwloc/distances.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology_guard.h"
#include "topology_possible.h"

#define SYNTHETIC "synthetic:"
#define SYNTHETIC_EXPECTED "an hwloc description like `numa:4 pu:8`"
#define XML_EXPECTED "an hwloc XML export"

static bool refuse(char error[256], const char *expected)
{
	snprintf(error, 256, "%s", expected);
	return false;
}

/* --- nodes and their CPUs ----------------------------------------------------------------- */

/* Ascending OS index (R1); hwloc's own order follows CPUs. */
static bool take_node_ids(hwloc_topology_t machine, struct lab_topology *to, char error[256])
{
	hwloc_obj_t node = NULL;
	struct pcpu_topology *table = &to->table;

	while ((node = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_NUMANODE, node))) {
		uint32_t at = table->nr_nodes;

		if (table->nr_nodes == PCPU_MAX_NODES || node->os_index >= PCPU_MAX_NODES)
			return refuse(error, "at most 1024 nodes, with ids from 0 to 1023");
		for (; at > 0 && to->node_id[at - 1] > node->os_index; at--)
			to->node_id[at] = to->node_id[at - 1];
		to->node_id[at] = (uint16_t)node->os_index;
		table->nr_nodes++;
	}
	if (table->nr_nodes == 0)
		return refuse(error, "at least one NUMA node");
	return true;
}

static uint32_t node_find(const struct pcpu_topology *table, unsigned os_index)
{
	uint32_t at = 0;

	while (at < table->nr_nodes && table->node_id[at] != os_index)
		at++;
	return at;
}

static bool take_cpu(struct lab_topology *to, unsigned cpu, uint32_t node, char error[256])
{
	if (cpu >= PCPU_MAX_CPUS)
		return refuse(error, "CPU ids from 0 to 8191");
	if (to->cpu_node[cpu] == PCPU_NO_NODE)
		to->cpu_node[cpu] = (uint16_t)node;
	if (cpu >= to->table.nr_cpu_ids)
		to->table.nr_cpu_ids = cpu + 1;
	return true;
}

static bool take_node_cpus(hwloc_topology_t machine, struct lab_topology *to, char error[256])
{
	for (uint32_t n = 0; n < to->table.nr_nodes; n++) {
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(machine, to->node_id[n]);
		unsigned cpu;

		if (!node || !node->cpuset || hwloc_bitmap_weight(node->cpuset) < 0)
			return refuse(error, "a finite set of CPUs for each node");
		hwloc_bitmap_foreach_begin(cpu, node->cpuset)
			if (!take_cpu(to, cpu, n, error))
				return false;
		hwloc_bitmap_foreach_end();
	}
	return true;
}

/* --- distances -------------------------------------------------------------------------- */

static uint8_t clamp(hwloc_uint64_t distance)
{
	if (distance < PCPU_LOCAL_DISTANCE)
		return PCPU_LOCAL_DISTANCE;
	return distance > UINT8_MAX ? UINT8_MAX : (uint8_t)distance;
}

static void take_matrix(struct lab_topology *to, const struct hwloc_distances_s *matrix)
{
	uint32_t nr_nodes = to->table.nr_nodes;

	for (unsigned i = 0; i < matrix->nbobjs; i++) {
		uint32_t from = node_find(&to->table, matrix->objs[i]->os_index);

		for (unsigned j = 0; j < matrix->nbobjs; j++) {
			uint32_t other = node_find(&to->table, matrix->objs[j]->os_index);

			if (from < nr_nodes && other < nr_nodes && from != other)
				to->distance[(size_t)from * nr_nodes + other] =
					clamp(matrix->values[i * matrix->nbobjs + j]);
		}
	}
}

static bool is_slit(const struct hwloc_distances_s *matrix)
{
	for (unsigned i = 0; i < matrix->nbobjs; i++)
		if (!matrix->objs[i] || matrix->objs[i]->type != HWLOC_OBJ_NUMANODE)
			return false;
	return matrix->kind & HWLOC_DISTANCES_KIND_MEANS_LATENCY;
}

static void take_distances(hwloc_topology_t machine, struct lab_topology *to)
{
	struct hwloc_distances_s *matrix;
	unsigned nr = 1;

	lab_topology_default_distances(to);
	if (hwloc_distances_get_by_name(machine, "NUMALatency", &nr, &matrix, 0) || nr == 0)
		return;
	if (is_slit(matrix))
		take_matrix(to, matrix);
	hwloc_distances_release(machine, matrix);
}

/* --- the whole -------------------------------------------------------------------------- */

static bool take_machine(hwloc_topology_t machine, struct lab_topology *to, char error[256])
{
	lab_topology_init(to);
	if (!take_node_ids(machine, to, error) || !take_node_cpus(machine, to, error))
		return false;
	take_distances(machine, to);
	return true;
}

static bool finish(struct lab_topology *to, char error[256])
{
	if (to->table.nr_cpu_ids == 0)
		return refuse(error, "at least one CPU on a node");
	return true;
}

/* Nodes without memory are told where hwloc knows (live): exports and descriptions often leave it
   out. */
static void take_memory(hwloc_topology_t machine, struct lab_topology *to)
{
	for (uint32_t n = 0; n < to->table.nr_nodes; n++) {
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(machine, to->node_id[n]);

		if (node->attr->numanode.local_memory == 0)
			to->node_state[n] &= (uint8_t)~PCPU_NODE_MEMORY;
	}
}

/* hwloc explains bad input on stderr by itself; we have one line for it. */
static bool machine_init(hwloc_topology_t *machine, char error[256])
{
	setenv("HWLOC_HIDE_ERRORS", "2", 0);
	if (hwloc_topology_init(machine))
		return refuse(error, "memory for a topology");
	hwloc_topology_set_flags(*machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	return true;
}

bool hosted_topology_live(struct lab_topology *topology, char error[256])
{
	hwloc_topology_t machine;
	bool good;

	if (!machine_init(&machine, error))
		return false;
	good = !hwloc_topology_load(machine) || refuse(error, "a machine that hwloc can read");
	good = good && take_machine(machine, topology, error) &&
	       hosted_take_possible(topology, error) && finish(topology, error);
	if (good)
		take_memory(machine, topology);
	hwloc_topology_destroy(machine);
	return good;
}

/* --- what strangers wrote: in a process of its own -------------------------------------------- */

static bool load_xml(const char *path, struct lab_topology *topology, char error[256])
{
	hwloc_topology_t machine;

	if (!machine_init(&machine, error))
		return false;
	if (hwloc_topology_set_xml(machine, path) || hwloc_topology_load(machine))
		return refuse(error, XML_EXPECTED);
	return take_machine(machine, topology, error) && finish(topology, error);
}

bool hosted_topology_xml(const char *path, struct lab_topology *topology, char error[256])
{
	return hosted_load_guarded(load_xml, path, XML_EXPECTED, topology, error);
}

static bool load_synthetic(const char *description, struct lab_topology *topology, char error[256])
{
	hwloc_topology_t machine;

	if (!machine_init(&machine, error))
		return false;
	if (hwloc_topology_set_synthetic(machine, description) || hwloc_topology_load(machine))
		return refuse(error, SYNTHETIC_EXPECTED);
	return take_machine(machine, topology, error) && finish(topology, error);
}

/* Does the description multiply up to more CPUs than there may be? hwloc would build them all
   first. Each word is TYPE:COUNT or COUNT; attributes in (...) and memory in [...] do not count. */
static bool is_too_large(const char *description)
{
	unsigned long long nr_cpus = 1, count;
	unsigned depth = 0;
	char *end;

	for (const char *at = description; *at && nr_cpus <= PCPU_MAX_CPUS; at++) {
		bool starts_count = at == description || at[-1] == ' ' || at[-1] == ':';

		depth += *at == '(' || *at == '[';
		depth -= depth > 0 && (*at == ')' || *at == ']');
		if (depth > 0 || !starts_count || *at < '0' || *at > '9')
			continue;
		count = strtoull(at, &end, 10);
		nr_cpus = count > PCPU_MAX_CPUS ? count : nr_cpus * (count ? count : 1);
		at = end - 1;
	}
	return nr_cpus > PCPU_MAX_CPUS;
}

bool hosted_topology_synthetic(const char *description, struct lab_topology *topology,
			       char error[256])
{
	if (strncmp(description, SYNTHETIC, strlen(SYNTHETIC)) == 0)
		description += strlen(SYNTHETIC);
	if (is_too_large(description))
		return refuse(error, "a description of at most 8192 CPUs");
	return hosted_load_guarded(load_synthetic, description, SYNTHETIC_EXPECTED, topology,
				   error);
}
