/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout.c - build info: sizes -> unit limits, nodes -> groups, groups -> units per allocation.
 *
 *	cpu:    0 1 2 3 4 5		 groups      waste at upa 2
 *	node:   0 0 1 0 1 1	->	 {0,1,3}     [0 1][3 -]
 *					 {2,4,5}     [2 4][5 -]
 *
 * R1  Distance is a property of nodes, and a node is near itself: all CPUs of a node join the group
 *     that its first CPU joined. No later member can change that: it was admitted by being near. So
 *     nodes are grouped, not CPUs, and the result is that of the rule applied CPU by CPU.
 * R2  A upa that is taken wastes at most n / 3 units, so cpu_map needs no more than n + n / 3.
 */
#include <pcpu/layout.h>

#define NO_GROUP UINT32_MAX

/* Scratch behind the results, in the caller's memory. */
struct scratch {
	uint32_t *node_group; /* [nr_nodes] NO_GROUP: no CPU of it seen yet */
	uint16_t *node_next;  /* [nr_nodes] a group's members, from its first; PCPU_NO_NODE ends */
};

static uint32_t units_max(uint32_t nr_cpus)
{
	return nr_cpus + nr_cpus / 3;
}

size_t pcpu_layout_memory(const struct pcpu_topology *topology)
{
	return topology->nr_nodes *
		       (sizeof(struct pcpu_group) + sizeof(uint32_t) + sizeof(uint16_t)) +
	       units_max(topology->nr_cpu_ids) * sizeof(uint32_t);
}

static void memory_cut(const struct pcpu_topology *t, void *mem, struct pcpu_layout *out,
		       struct scratch *scratch)
{
	out->group = mem;
	out->cpu_map = (uint32_t *)(void *)(out->group + t->nr_nodes);
	scratch->node_group = out->cpu_map + units_max(t->nr_cpu_ids);
	scratch->node_next = (uint16_t *)(void *)(scratch->node_group + t->nr_nodes);
}

static enum pcpu_status topology_check(const struct pcpu_topology *t)
{
	bool any = false;

	if (t->nr_cpu_ids == 0 || t->nr_nodes == 0)
		return PCPU_EINVAL;
	if (t->nr_cpu_ids > PCPU_MAX_CPUS || t->nr_nodes > PCPU_MAX_NODES)
		return PCPU_ELIMIT;
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		if (t->cpu_node[cpu] == PCPU_NO_NODE)
			continue;
		if (t->cpu_node[cpu] >= t->nr_nodes)
			return PCPU_EINVAL;
		any = true;
	}
	if (!any)
		return PCPU_EINVAL;
	if (!t->distance)
		return PCPU_OK;
	for (size_t i = 0; i < (size_t)t->nr_nodes * t->nr_nodes; i++)
		if (t->distance[i] < PCPU_LOCAL_DISTANCE)
			return PCPU_EINVAL;
	for (size_t node = 0; node < t->nr_nodes; node++)
		if (t->distance[node * t->nr_nodes + node] != PCPU_LOCAL_DISTANCE)
			return PCPU_EINVAL;
	return PCPU_OK;
}

/* --- sizes ------------------------------------------------------------------------------ */

static bool sizes_in_range(const struct pcpu_sizes *s)
{
	return s->static_bytes <= PCPU_MAX_UNIT_BYTES && s->reserved_bytes <= PCPU_MAX_UNIT_BYTES &&
	       s->dyn_bytes <= PCPU_MAX_UNIT_BYTES && s->unit_bytes <= PCPU_MAX_UNIT_BYTES &&
	       s->min_unit_bytes <= PCPU_MAX_UNIT_BYTES &&
	       s->dyn_early_bytes <= PCPU_MAX_UNIT_BYTES &&
	       s->guard_bytes <= PCPU_MAX_UNIT_BYTES &&
	       s->atom_bytes <= UINT64_C(1) << (PCPU_ADDRESS_BITS - 2);
}

/* Could a machine have this page, and a kernel on it these least sizes, this atom and guard? And
   are rule and stride of their enumerations? */
static bool sizes_legal(const struct pcpu_sizes *s, uint64_t page)
{
	return pcpu_is_pow2(page) && page >= 1u << PCPU_PAGE_SHIFT_MIN &&
	       page <= 1u << PCPU_PAGE_SHIFT_MAX &&
	       (s->min_unit_bytes == 0 || s->min_unit_bytes >= PCPU_MIN_UNIT_AT(1)) &&
	       pcpu_sizes_dyn_early(s) >= PCPU_DYNAMIC_EARLY_BYTES &&
	       pcpu_is_pow2(s->atom_bytes) && s->atom_bytes >= page && s->guard_bytes % page == 0 &&
	       (uint32_t)s->rule <= PCPU_RULE_FIRST_MEMBER &&
	       (uint32_t)s->stride <= PCPU_STRIDE_SKEWED;
}

/* Static, reserved and dynamic part; dyn absorbs the rounding of the sum. Least unit to
   *min_unit. */
static enum pcpu_status sizes_settle(const struct pcpu_sizes *s, struct pcpu_layout *out,
				     uint64_t *min_unit)
{
	uint64_t page = pcpu_sizes_page(s);
	uint64_t dyn = pcpu_max64(s->dyn_bytes, pcpu_sizes_dyn_early(s));
	uint64_t sum;

	if (!sizes_in_range(s))
		return PCPU_ELIMIT;
	if (!sizes_legal(s, page))
		return PCPU_EINVAL;
	sum = pcpu_align_up(s->static_bytes + s->reserved_bytes + dyn, page);
	if (sum > PCPU_MAX_UNIT_BYTES)
		return PCPU_ELIMIT;
	out->page_bytes = (uint32_t)page;
	out->static_bytes = (uint32_t)s->static_bytes;
	out->reserved_bytes = (uint32_t)s->reserved_bytes;
	out->dyn_bytes = (uint32_t)(sum - s->static_bytes - s->reserved_bytes);
	out->size_sum_bytes = (uint32_t)sum;
	out->atom_bytes = s->atom_bytes;
	out->guard_bytes = (uint32_t)s->guard_bytes;
	out->skew_bytes = s->stride == PCPU_STRIDE_SKEWED ? PCPU_SKEW_BYTES : 0;
	*min_unit = pcpu_max64(sum, pcpu_sizes_min_unit(s)) + s->guard_bytes +
		    pcpu_layout_edge(out);
	return PCPU_OK;
}

/* --- groups ----------------------------------------------------------------------------- */

static uint8_t layout_distance(const struct pcpu_topology *t, uint32_t from, uint32_t to)
{
	return t->distance[(size_t)from * t->nr_nodes + to];
}

static bool is_near(const struct pcpu_topology *t, uint32_t a, uint32_t b)
{
	return layout_distance(t, a, b) <= PCPU_LOCAL_DISTANCE &&
	       layout_distance(t, b, a) <= PCPU_LOCAL_DISTANCE;
}

/* May a node join the group of `first`? Distances are never below LOCAL_DISTANCE, so "near" is the
   later rule's "exactly" too; the rules differ in whose distances they read. */
static bool group_admits(const struct pcpu_topology *t, const struct scratch *scratch,
			 enum pcpu_rule rule, uint32_t first, uint32_t node)
{
	if (rule == PCPU_RULE_FIRST_MEMBER)
		return is_near(t, first, node);
	for (uint32_t m = first; m != PCPU_NO_NODE; m = scratch->node_next[m])
		if (!is_near(t, m, node))
			return false;
	return true;
}

/* The lowest group that admits the node, or a new one. O(nodes seen). */
static uint32_t node_join(const struct pcpu_topology *t, struct scratch *scratch,
			  enum pcpu_rule rule, struct pcpu_layout *out, uint16_t node)
{
	uint32_t g;

	scratch->node_next[node] = PCPU_NO_NODE;
	for (g = 0; g < out->nr_groups; g++) {
		uint32_t first = out->group[g].node;

		if (t->distance && !group_admits(t, scratch, rule, first, node))
			continue;
		scratch->node_next[node] = scratch->node_next[first];
		scratch->node_next[first] = node;
		return g;
	}
	out->group[g] = (struct pcpu_group){.node = node};
	out->nr_groups++;
	return g;
}

static void groups_form(const struct pcpu_topology *t, struct scratch *scratch, enum pcpu_rule rule,
			struct pcpu_layout *out)
{
	out->nr_groups = 0;
	out->nr_possible = 0;
	for (uint32_t node = 0; node < t->nr_nodes; node++)
		scratch->node_group[node] = NO_GROUP;
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		uint16_t node = t->cpu_node[cpu];

		if (node == PCPU_NO_NODE)
			continue;
		if (scratch->node_group[node] == NO_GROUP)
			scratch->node_group[node] = node_join(t, scratch, rule, out, node);
		out->group[scratch->node_group[node]].nr_cpus++;
		out->nr_possible++;
	}
}

/* --- units ------------------------------------------------------------------------------ */

static uint32_t allocs_at(const struct pcpu_layout *out, uint32_t upa)
{
	uint32_t allocs = 0;

	for (uint32_t g = 0; g < out->nr_groups; g++)
		allocs += (out->group[g].nr_cpus + upa - 1) / upa;
	return allocs;
}

/* Largest upa first; what wastes too much is skipped, more allocations than before end the search.
   A upa over n + n / 3 always wastes too much, so the search may start there. */
static uint32_t upa_choose(const struct pcpu_layout *out, uint64_t alloc_bytes, uint64_t min_unit)
{
	uint64_t alloc_pages = alloc_bytes / out->page_bytes;
	uint32_t upa = (uint32_t)pcpu_min64(alloc_bytes / min_unit, units_max(out->nr_possible));
	uint32_t best = 1, last_allocs = UINT32_MAX;

	for (; upa > 0; upa--) {
		uint32_t allocs;

		if (alloc_pages % upa)
			continue;
		allocs = allocs_at(out, upa);
		if (allocs * upa - out->nr_possible > out->nr_possible / 3)
			continue;
		if (allocs > last_allocs)
			break;
		last_allocs = allocs;
		best = upa;
	}
	return best;
}

/* The stride: forced, odd (for skewed copies too), or what the choice of upa leaves. */
static enum pcpu_status unit_settle(const struct pcpu_sizes *s, uint64_t min_unit,
				    struct pcpu_layout *out)
{
	uint64_t unit = s->unit_bytes, page = out->page_bytes;

	if (unit && (unit < min_unit || unit % page))
		return PCPU_EINVAL;
	if (!unit && s->stride != PCPU_STRIDE_REFERENCE)
		unit = min_unit / page % 2 ? min_unit : min_unit + page;
	out->upa = 1;
	out->alloc_bytes = unit;
	if (!unit) {
		out->alloc_bytes = pcpu_align_up(min_unit, s->atom_bytes);
		out->upa = upa_choose(out, out->alloc_bytes, min_unit);
		unit = out->alloc_bytes / out->upa;
	}
	if (unit > PCPU_MAX_UNIT_BYTES)
		return PCPU_ELIMIT;
	out->unit_bytes = (uint32_t)unit;
	return PCPU_OK;
}

/* Numbers units and areas, groups back to back. */
static void groups_place(struct pcpu_layout *out)
{
	uint64_t offset = 0;

	out->nr_units = 0;
	for (uint32_t g = 0; g < out->nr_groups; g++) {
		struct pcpu_group *group = &out->group[g];

		group->nr_units = (group->nr_cpus + out->upa - 1) / out->upa * out->upa;
		group->first_unit = out->nr_units;
		group->base_offset = offset;
		group->area_bytes =
			pcpu_align_up((uint64_t)group->nr_units * out->unit_bytes, out->atom_bytes);
		offset += group->area_bytes;
		out->nr_units += group->nr_units;
	}
	out->nr_wasted = out->nr_units - out->nr_possible;
}

static void cpus_place(const struct pcpu_topology *t, const struct scratch *scratch,
		       struct pcpu_layout *out)
{
	for (uint32_t unit = 0; unit < out->nr_units; unit++)
		out->cpu_map[unit] = PCPU_NO_CPU;
	for (uint32_t g = 0; g < out->nr_groups; g++)
		out->group[g].nr_cpus = 0;
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		struct pcpu_group *group;

		if (t->cpu_node[cpu] == PCPU_NO_NODE)
			continue;
		group = &out->group[scratch->node_group[t->cpu_node[cpu]]];
		out->cpu_map[group->first_unit + group->nr_cpus++] = cpu;
	}
}

enum pcpu_status pcpu_layout_build(const struct pcpu_topology *topology,
				   const struct pcpu_sizes *sizes, void *mem,
				   struct pcpu_layout *out)
{
	struct scratch scratch;
	uint64_t min_unit;
	enum pcpu_status status = topology_check(topology);

	if (status == PCPU_OK)
		status = sizes_settle(sizes, out, &min_unit);
	if (status != PCPU_OK)
		return status;
	memory_cut(topology, mem, out, &scratch);
	out->nr_cpu_ids = topology->nr_cpu_ids;
	groups_form(topology, &scratch, sizes->rule, out);
	status = unit_settle(sizes, min_unit, out);
	if (status != PCPU_OK)
		return status;
	groups_place(out);
	cpus_place(topology, &scratch, out);
	return PCPU_OK;
}

uint64_t pcpu_layout_span(const struct pcpu_layout *layout)
{
	uint64_t lowest = UINT64_MAX, end = 0;

	for (uint32_t g = 0; g < layout->nr_groups; g++) {
		const struct pcpu_group *group = &layout->group[g];

		lowest = pcpu_min64(lowest, group->base_offset);
		end = pcpu_max64(end, group->base_offset + group->area_bytes);
	}
	return end - lowest;
}

bool pcpu_span_fits(uint64_t span_bytes, uint64_t space_bytes)
{
	return span_bytes <= space_bytes / 4 * 3 + space_bytes % 4 * 3 / 4;
}

uint32_t pcpu_layout_base_unit(const struct pcpu_layout *layout)
{
	uint32_t lowest = 0;

	for (uint32_t g = 1; g < layout->nr_groups; g++)
		if (layout->group[g].base_offset < layout->group[lowest].base_offset)
			lowest = g;
	return layout->group[lowest].first_unit;
}

uint64_t pcpu_layout_unit_offset(const struct pcpu_layout *layout, uint32_t group, uint32_t unit)
{
	const struct pcpu_group *g = &layout->group[group];

	return g->base_offset + (uint64_t)(unit - g->first_unit) * layout->unit_bytes;
}
