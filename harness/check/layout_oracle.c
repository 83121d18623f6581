/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_oracle.c - a second, deliberately simple implementation of the layout rules.
 *
 * Written from the text (SPEC.md 2), not from layout.c: each CPU is compared with each member of
 * each group, and every candidate of the choice of upa is tried. Slow, but easy to check.
 */
#include "harness/check/layout_oracle.h"

#define NO_GROUP UINT32_MAX

/* --- groups, CPU by CPU ----------------------------------------------------------------------- */

static bool is_possible(const struct pcpu_topology *t, uint32_t cpu)
{
	return t->cpu_node[cpu] != PCPU_NO_NODE;
}

static uint32_t oracle_distance(const struct pcpu_topology *t, uint32_t cpu_a, uint32_t cpu_b)
{
	return t->distance[(size_t)t->cpu_node[cpu_a] * t->nr_nodes + t->cpu_node[cpu_b]];
}

/* Reference: returns whether no member is farther than LOCAL_DISTANCE, in either direction. */
static bool no_member_is_far(const struct lab_layout_oracle *o, const struct pcpu_topology *t,
			     uint32_t cpu, uint32_t group)
{
	for (uint32_t m = 0; m < cpu; m++)
		if (o->group_of[m] == group && (oracle_distance(t, cpu, m) > PCPU_LOCAL_DISTANCE ||
						oracle_distance(t, m, cpu) > PCPU_LOCAL_DISTANCE))
			return false;
	return true;
}

/* The later rule: exactly LOCAL_DISTANCE to and from the first member; later members do not
   count. */
static bool first_member_is_local(const struct lab_layout_oracle *o, const struct pcpu_topology *t,
				  uint32_t cpu, uint32_t group)
{
	uint32_t first = 0;

	while (o->group_of[first] != group)
		first++;
	return oracle_distance(t, cpu, first) == PCPU_LOCAL_DISTANCE &&
	       oracle_distance(t, first, cpu) == PCPU_LOCAL_DISTANCE;
}

static bool may_join(const struct lab_layout_oracle *o, const struct pcpu_topology *t,
		     enum pcpu_rule rule, uint32_t cpu, uint32_t group)
{
	if (!t->distance)
		return true;
	return rule == PCPU_RULE_REFERENCE ? no_member_is_far(o, t, cpu, group)
					   : first_member_is_local(o, t, cpu, group);
}

static uint32_t group_cpus(struct lab_layout_oracle *o, const struct pcpu_topology *t,
			   enum pcpu_rule rule)
{
	uint32_t nr_groups = 0;

	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		uint32_t group = 0;

		o->group_of[cpu] = NO_GROUP;
		if (!is_possible(t, cpu))
			continue;
		while (group < nr_groups && !may_join(o, t, rule, cpu, group))
			group++;
		if (group == nr_groups)
			o->nr_in_group[nr_groups++] = 0;
		o->group_of[cpu] = group;
		o->nr_in_group[group]++;
	}
	return nr_groups;
}

static uint32_t count_possible(const struct pcpu_topology *t)
{
	uint32_t n = 0;

	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		n += is_possible(t, cpu);
	return n;
}

/* --- units per allocation --------------------------------------------------------------------- */

static void count_units(const struct lab_layout_oracle *o, uint32_t nr_groups, uint64_t upa,
			uint64_t *allocs, uint64_t *wasted)
{
	*allocs = 0;
	*wasted = 0;
	for (uint32_t g = 0; g < nr_groups; g++) {
		uint64_t n = o->nr_in_group[g], whole = n / upa + (n % upa != 0);

		*allocs += whole;
		*wasted += whole * upa - n;
	}
}

static uint64_t choose_upa(const struct lab_layout_oracle *o, uint32_t nr_groups, uint32_t n,
			   uint64_t alloc_bytes, uint64_t min_unit, uint64_t page)
{
	uint64_t chosen = 0, last_allocs = UINT64_MAX, allocs, wasted;

	for (uint64_t upa = alloc_bytes / min_unit; upa >= 1; upa--) {
		if (alloc_bytes % upa != 0 || alloc_bytes / upa % page != 0)
			continue;
		count_units(o, nr_groups, upa, &allocs, &wasted);
		if (wasted > n / 3)
			continue;
		if (allocs > last_allocs)
			break;
		last_allocs = allocs;
		chosen = upa;
	}
	return chosen;
}

/* --- sizes ------------------------------------------------------------------------------------ */

static uint64_t page_of(const struct pcpu_sizes *s)
{
	return s->page_bytes != 0 ? s->page_bytes : PCPU_PAGE_BYTES;
}

static uint64_t whole_pages(uint64_t bytes, const struct pcpu_sizes *s)
{
	while (bytes % page_of(s) != 0)
		bytes++;
	return bytes;
}

static uint64_t sum_of(const struct pcpu_sizes *s)
{
	uint64_t early = s->dyn_early_bytes != 0 ? s->dyn_early_bytes : 12 * 1024;
	uint64_t dyn = s->dyn_bytes < early ? early : s->dyn_bytes;

	return whole_pages(s->static_bytes + s->reserved_bytes + dyn, s);
}

static uint64_t min_unit_of(const struct pcpu_sizes *s)
{
	uint64_t least = whole_pages(s->min_unit_bytes != 0 ? s->min_unit_bytes : 32 * 1024, s);
	uint64_t sum = sum_of(s), unit = sum < least ? least : sum;

	return s->stride == PCPU_STRIDE_SKEWED ? unit + page_of(s) : unit;
}

/* Returns the stride that `odd`, `skewed` or a forced unit requires; 0: it follows from the choice
   of upa. */
static uint64_t stride_of(const struct pcpu_sizes *s, uint64_t min_unit)
{
	uint64_t pages = min_unit / page_of(s);

	if (s->unit_bytes != 0)
		return s->unit_bytes;
	if (s->stride == PCPU_STRIDE_ODD || s->stride == PCPU_STRIDE_SKEWED)
		return (pages % 2 == 1 ? pages : pages + 1) * page_of(s);
	return 0;
}

static const char *sizes_wrong(const struct lab_layout_oracle *o, uint32_t nr_groups, uint32_t n,
			       const struct pcpu_sizes *s, const struct pcpu_layout *l)
{
	uint64_t sum = sum_of(s);
	uint64_t min_unit = min_unit_of(s);
	uint64_t alloc = (min_unit + s->atom_bytes - 1) / s->atom_bytes * s->atom_bytes;
	uint64_t stride = stride_of(s, min_unit), upa = 1;

	if (stride == 0) {
		upa = choose_upa(o, nr_groups, n, alloc, min_unit, page_of(s));
		stride = alloc / upa;
	}
	if (l->page_bytes != page_of(s))
		return "the page is the one of the sizes";
	if (l->static_bytes != s->static_bytes || l->reserved_bytes != s->reserved_bytes ||
	    l->size_sum_bytes != sum || l->atom_bytes != s->atom_bytes)
		return "sizes are those asked for, their sum rounded up to a page";
	if (l->dyn_bytes != sum - s->static_bytes - s->reserved_bytes)
		return "dyn absorbs the rounding";
	if (l->skew_bytes != (s->stride == PCPU_STRIDE_SKEWED ? 64 : 0))
		return "copies are skewed by a cache line a unit, where that is requested";
	if (l->upa != upa)
		return "upa is the last accepted";
	if (l->unit_bytes != stride || l->alloc_bytes != upa * stride)
		return "the unit is the allocation divided by upa";
	return NULL;
}

/* --- groups and units as they lie ------------------------------------------------------------- */

static const char *group_wrong(const struct lab_layout_oracle *o, const struct pcpu_topology *t,
			       const struct pcpu_layout *l, uint32_t g)
{
	const struct pcpu_group *group = &l->group[g];
	uint32_t unit = group->first_unit, end = group->first_unit + group->nr_units;
	bool is_first = true;

	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		if (o->group_of[cpu] != g)
			continue;
		if (is_first && group->node != t->cpu_node[cpu])
			return "a group's node is that of its first CPU";
		is_first = false;
		if (unit == end || l->cpu_map[unit++] != cpu)
			return "a group's units hold its CPUs in ascending order";
	}
	while (unit < end)
		if (l->cpu_map[unit++] != PCPU_NO_CPU)
			return "units behind a group's CPUs are unused";
	return NULL;
}

static const char *groups_wrong(const struct lab_layout_oracle *o, const struct pcpu_topology *t,
				uint32_t nr_groups, const struct pcpu_layout *l)
{
	uint32_t nr_units = 0;
	uint64_t offset = 0;

	if (l->nr_groups != nr_groups)
		return "CPUs form groups by the rule";
	for (uint32_t g = 0; g < nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];
		uint32_t n = o->nr_in_group[g];
		const char *wrong;

		if (group->nr_cpus != n || group->nr_units != (n + l->upa - 1) / l->upa * l->upa)
			return "a group's count of units is that of its CPUs rounded up to upa";
		if (group->first_unit != nr_units || group->base_offset != offset)
			return "groups lie back to back";
		wrong = group_wrong(o, t, l, g);
		if (wrong)
			return wrong;
		nr_units += group->nr_units;
		offset += group->area_bytes;
	}
	return nr_units == l->nr_units ? NULL : "the count of units is that of the groups";
}

const char *lab_layout_oracle(struct lab_layout_oracle *oracle,
			      const struct pcpu_topology *topology,
			      const struct pcpu_sizes *sizes, const struct pcpu_layout *layout)
{
	uint32_t nr_groups = group_cpus(oracle, topology, sizes->rule);
	uint32_t n = count_possible(topology);
	const char *wrong = sizes_wrong(oracle, nr_groups, n, sizes, layout);

	if (wrong)
		return wrong;
	if (layout->nr_possible != n || layout->nr_cpu_ids != topology->nr_cpu_ids)
		return "all possible CPUs are counted";
	return groups_wrong(oracle, topology, nr_groups, layout);
}

/* --- properties ------------------------------------------------------------------------------- */

static const char *cpus_wrong(const struct pcpu_topology *t, const struct pcpu_layout *l,
			      uint8_t seen[PCPU_MAX_CPUS])
{
	memset(seen, 0, PCPU_MAX_CPUS);
	for (uint32_t unit = 0; unit < l->nr_units; unit++) {
		uint32_t cpu = l->cpu_map[unit];

		if (cpu == PCPU_NO_CPU)
			continue;
		if (cpu >= t->nr_cpu_ids || !is_possible(t, cpu))
			return "only possible CPUs have units";
		if (seen[cpu]++)
			return "no CPU has two units";
	}
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		if (is_possible(t, cpu) && !seen[cpu])
			return "every possible CPU has a unit";
	return NULL;
}

/* Adds up unit by unit, so that no product can overflow. */
static uint64_t whole_atoms(uint32_t nr_units, const struct pcpu_layout *l)
{
	uint64_t bytes = 0;

	while (nr_units-- > 0)
		bytes += l->unit_bytes;
	return bytes % l->atom_bytes ? bytes + l->atom_bytes - bytes % l->atom_bytes : bytes;
}

static bool units_are_in_a_row(const struct pcpu_layout *l, uint32_t g)
{
	const struct pcpu_group *group = &l->group[g];
	uint64_t at = group->base_offset;

	for (uint32_t i = 0; i < group->nr_units; i++, at += l->unit_bytes)
		if (pcpu_layout_unit_offset(l, g, group->first_unit + i) != at)
			return false;
	return true;
}

/* Copies are in line, or each unit's a step behind those of the unit before, from 0 on; and none
   leaves its unit. Areas are back to back: the base unit is the first. */
static bool skews_are_in_a_row(const struct pcpu_layout *l)
{
	uint32_t due = 0;

	if (pcpu_layout_base_unit(l) != 0)
		return false;
	for (uint32_t unit = 0; unit < l->nr_units; unit++) {
		if (pcpu_layout_skew(l, 0, unit) != due ||
		    (uint64_t)due + pcpu_layout_covers(l) + l->guard_bytes > l->unit_bytes)
			return false;
		due = (due + l->skew_bytes) % l->page_bytes;
	}
	return true;
}

static const char *areas_wrong(const struct pcpu_layout *l)
{
	uint64_t end = 0;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];

		if (group->nr_cpus == 0 || group->nr_units % l->upa != 0)
			return "a group has CPUs, and units in multiples of upa";
		if (group->area_bytes != whole_atoms(group->nr_units, l))
			return "a group's area is its units', rounded up to atoms";
		if (group->base_offset != end)
			return "areas do not overlap";
		if (!units_are_in_a_row(l, g))
			return "a group's units lie one behind the other, from its start";
		end += group->area_bytes;
	}
	return end == pcpu_layout_span(l) ? NULL : "the span is that of all areas";
}

const char *lab_layout_property(const struct pcpu_topology *topology,
				const struct pcpu_layout *layout, uint8_t seen[PCPU_MAX_CPUS])
{
	const char *wrong = cpus_wrong(topology, layout, seen);

	if (wrong)
		return wrong;
	if (layout->nr_units - layout->nr_possible != layout->nr_wasted ||
	    layout->nr_wasted > layout->nr_possible / 3)
		return "at most a third as many units as CPUs are wasted";
	if (layout->page_bytes < 4096 || layout->page_bytes > 65536 ||
	    !pcpu_is_pow2(layout->page_bytes) || layout->size_sum_bytes % layout->page_bytes != 0)
		return "a page is 4 to 64 KiB, and the sum is whole pages";
	if (layout->unit_bytes % layout->page_bytes != 0 || layout->unit_bytes < 32768 ||
	    layout->unit_bytes < layout->size_sum_bytes)
		return "a unit is whole pages and holds static, reserved and dynamic parts";
	if (layout->static_bytes + layout->reserved_bytes + layout->dyn_bytes !=
		    layout->size_sum_bytes || layout->dyn_bytes < 12288)
		return "the dynamic part is the rest of the sum, at least 12 KiB";
	if (!skews_are_in_a_row(layout))
		return "each unit's copies lie a skew behind those of the unit before";
	return areas_wrong(layout);
}
