/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_hwloc.c - from hwloc's objects to the project's table.
 *
 *	NUMANode 0 {PU 0, PU 1}		node 0: 0 1
 *	PU 2, PU 3 of complete nodeset {1}	node 1: 2 3, without memory
 *
 * R1  Nodes in ascending OS index. A CPU that several nodes list (memory-only tiers beside
 *     it) belongs to the first of them. Nodes without CPUs stay.
 * R2  The CPUs are hwloc's PUs, no more and no less; those that this process may not use (cgroups)
 *     are among them.
 * R3  hwloc has no object for a node without memory. Its CPUs list it in their complete nodeset,
 *     and belong to the lowest node there.
 * R4  Distances are those of the matrix that hwloc took from the operating system
 *     ("NUMALatency"): user-made or mixed matrices (v1 exports, groups, devices) need not be SLIT
 *     values. A pair that is missing there is 20 apart. Values are clamped to 10..255, the diagonal
 *     is 10.
 */
#include "harness/platform/hosted/topology/topology_hwloc.h"

#include <hwloc/distances.h>
#include <stdio.h>

static bool hwloc_refuse(char error[256], const char *expected)
{
	snprintf(error, 256, "%s", expected);
	return false;
}

/* --- nodes and their CPUs ----------------------------------------------------------------- */

static bool add_node(struct lab_topology *to, unsigned id, char error[256])
{
	if (id >= PCPU_MAX_NODES)
		return hwloc_refuse(error, "at most 1024 nodes, with ids from 0 to 1023");
	lab_topology_add_node(to, id);
	return true;
}

static bool take_nodes(hwloc_topology_t machine, struct lab_topology *to, char error[256])
{
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_NUMANODE, node)))
		if (!add_node(to, node->os_index, error))
			return false;
	return to->table.nr_nodes > 0 || hwloc_refuse(error, "at least one NUMA node");
}

/* Uses the nodes that are objects. */
static void take_node_cpus(hwloc_topology_t machine, struct lab_topology *to)
{
	for (uint32_t n = 0; n < to->table.nr_nodes; n++) {
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(machine, to->node_id[n]);
		hwloc_obj_t pu = NULL;

		while ((pu = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_PU, pu)))
			if (node->cpuset && hwloc_bitmap_isset(node->cpuset, pu->os_index))
				lab_topology_add_cpu(to, pu->os_index, n);
	}
}

/* Uses the complete nodeset (R3). Returns false when it is empty, or the node is beyond the
   limits. */
static bool take_memoryless(struct lab_topology *to, hwloc_obj_t pu)
{
	int id = pu->complete_nodeset ? hwloc_bitmap_first(pu->complete_nodeset) : -1;
	uint32_t nr_before = to->table.nr_nodes, node;

	if (id < 0 || id >= (int)PCPU_MAX_NODES)
		return false;
	node = lab_topology_add_node(to, (uint32_t)id);
	if (to->table.nr_nodes > nr_before)
		to->node_state[node] &= (uint8_t)~PCPU_NODE_MEMORY;
	lab_topology_add_cpu(to, pu->os_index, node);
	return true;
}

static bool check_ids(hwloc_topology_t machine, char error[256])
{
	hwloc_obj_t pu = NULL;

	while ((pu = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_PU, pu)))
		if (pu->os_index >= PCPU_MAX_CPUS)
			return hwloc_refuse(error, "CPU ids from 0 to 8191");
	return true;
}

bool hosted_take_machine(hwloc_topology_t machine, struct lab_topology *to, uint32_t *nr_homeless,
			 char error[256])
{
	hwloc_obj_t pu = NULL;

	lab_topology_init(to);
	*nr_homeless = 0;
	if (!check_ids(machine, error) || !take_nodes(machine, to, error))
		return false;
	take_node_cpus(machine, to);
	while ((pu = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_PU, pu)))
		if (to->cpu_node[pu->os_index] == PCPU_NO_NODE && !take_memoryless(to, pu))
			++*nr_homeless;
	return true;
}

/* --- distances -------------------------------------------------------------------------- */

static uint8_t hwloc_clamp(hwloc_uint64_t distance)
{
	if (distance < PCPU_LOCAL_DISTANCE)
		return PCPU_LOCAL_DISTANCE;
	return distance > UINT8_MAX ? UINT8_MAX : (uint8_t)distance;
}

static void take_matrix(struct lab_topology *to, const struct hwloc_distances_s *matrix)
{
	uint32_t nr_nodes = to->table.nr_nodes;

	for (unsigned i = 0; i < matrix->nbobjs; i++) {
		uint32_t from = lab_topology_find_node(to, matrix->objs[i]->os_index);

		for (unsigned j = 0; j < matrix->nbobjs; j++) {
			uint32_t other = lab_topology_find_node(to, matrix->objs[j]->os_index);

			if (from < nr_nodes && other < nr_nodes && from != other)
				to->distance[(size_t)from * nr_nodes + other] =
					hwloc_clamp(matrix->values[i * matrix->nbobjs + j]);
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

void hosted_take_distances(hwloc_topology_t machine, struct lab_topology *to)
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
