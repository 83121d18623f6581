/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * first.c - memory for the first chunk: embed, page, and the choice between them (SPEC.md 3).
 *
 *	embed	group areas, taken whole:  [unit][unit]......[unit][--]	tails are given back
 *	page	one address range, pages taken one by one near each CPU
 *
 * R1  Whatever fails gives back exactly what it took: nothing is lost and nothing is freed twice.
 * R2  Embed gives tails back only after the span was accepted.
 * R3  A unit keeps size_sum bytes, and the edge of a skewed layout.
 */
#include "chunk.h"

/* --- what both need ------------------------------------------------------------------------ */

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static enum pcpu_status layout_make(struct pcpu *pcpu, const struct pcpu_topology *topology,
				    const struct pcpu_sizes *sizes)
{
	enum pcpu_status status;

	struct pcpu_sizes guarded = *sizes;

	PCPU_DEBUG_ASSERT(!pcpu->layout_memory); /* what was tried before is dropped */
	guarded.guard_bytes = plat_guard_bytes(pcpu->plat);
	pcpu->layout_bytes = pcpu_layout_memory(topology);
	pcpu->layout_memory = pcpu_meta_alloc(pcpu, pcpu->layout_bytes);
	if (!pcpu->layout_memory)
		return PCPU_ENOMEM;
	status = pcpu_layout_build(topology, &guarded, pcpu->layout_memory, &pcpu->layout);
	if (status == PCPU_OK && !pcpu_setup_accept_page(pcpu))
		status = PCPU_EINVAL;
	return status;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void layout_drop(struct pcpu *pcpu)
{
	if (pcpu->layout_memory)
		pcpu_meta_free(pcpu, pcpu->layout_memory, pcpu->layout_bytes);
	pcpu->layout_memory = NULL;
}

/* The tables by CPU; base_offset of the groups is final by now. */
static void units_number(struct pcpu *pcpu)
{
	const struct pcpu_layout *layout = &pcpu->layout;
	uint32_t base_unit = pcpu_layout_base_unit(layout);

	for (uint32_t cpu = 0; cpu < layout->nr_cpu_ids; cpu++)
		pcpu->cpu_unit[cpu] = PCPU_NO_CPU;
	pcpu->align_max = pcpu_layout_align_max(layout);
	pcpu->lowest_cpu = pcpu->highest_cpu = layout->cpu_map[0];
	for (uint32_t g = 0; g < layout->nr_groups; g++) {
		uint32_t first = layout->group[g].first_unit;

		for (uint32_t unit = first; unit < first + layout->group[g].nr_units; unit++) {
			uint32_t cpu = layout->cpu_map[unit];

			if (cpu == PCPU_NO_CPU)
				continue;
			PCPU_DEBUG_ASSERT(cpu < layout->nr_cpu_ids);
			PCPU_DEBUG_ASSERT(pcpu->cpu_unit[cpu] == PCPU_NO_CPU);
			pcpu->cpu_unit[cpu] = unit;
			pcpu->unit_offset[cpu] = pcpu_layout_unit_offset(layout, g, unit) +
						 pcpu_layout_skew(layout, base_unit, unit);
			if (pcpu->unit_offset[cpu] < pcpu->unit_offset[pcpu->lowest_cpu])
				pcpu->lowest_cpu = cpu;
			if (pcpu->unit_offset[cpu] > pcpu->unit_offset[pcpu->highest_cpu])
				pcpu->highest_cpu = cpu;
		}
	}
	pcpu->span_bytes = pcpu_unit_start(pcpu, pcpu->highest_cpu) -
			   pcpu_unit_start(pcpu, pcpu->lowest_cpu) + layout->unit_bytes;
}

/* What a unit of the first chunk keeps. */
static uint32_t kept_bytes(const struct pcpu *pcpu)
{
	return pcpu->layout.size_sum_bytes + pcpu_layout_edge(&pcpu->layout);
}

static void node_far_report(struct pcpu *pcpu, const struct pcpu_topology *topology, uint32_t cpu,
			    uint32_t group)
{
	pcpu_event_emit(pcpu->plat, PCPU_EV_NODE_FAR, cpu,
			topology->node_id[topology->cpu_node[cpu]], group);
}

/* --- embed ----------------------------------------------------------------------------------- */

/* Gives back the areas of groups [0, nr). area: their addresses. */
static void regions_free(struct pcpu *pcpu, const uintptr_t *area, uint32_t nr)
{
	for (uint32_t g = 0; g < nr; g++)
		plat_region_free(pcpu->plat, area[g], pcpu->layout.group[g].area_bytes);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool regions_alloc(struct pcpu *pcpu, const struct pcpu_topology *topology, uintptr_t *area)
{
	const struct pcpu_layout *layout = &pcpu->layout;

	for (uint32_t g = 0; g < layout->nr_groups; g++) {
		const struct pcpu_group *group = &layout->group[g];
		uint32_t cpu = layout->cpu_map[group->first_unit];
		bool local = true;

		if (!plat_region_alloc(pcpu->plat, cpu, group->area_bytes, layout->atom_bytes,
				       &area[g], &local)) {
			regions_free(pcpu, area, g);
			return false;
		}
		PCPU_DEBUG_ASSERT(area[g] % layout->atom_bytes == 0);
		if (local)
			continue;
		node_far_report(pcpu, topology, cpu, g);
		for (uint32_t unit = 0; unit < group->nr_cpus; unit++)
			pcpu_bit_set(pcpu->cpu_is_far, layout->cpu_map[group->first_unit + unit]);
	}
	return true;
}

/* Makes base_offset the true distance from the lowest area. */
static void areas_number(struct pcpu *pcpu, const uintptr_t *area)
{
	pcpu->base = area[0];
	for (uint32_t g = 0; g < pcpu->layout.nr_groups; g++)
		pcpu->base = area[g] < pcpu->base ? area[g] : pcpu->base;
	for (uint32_t g = 0; g < pcpu->layout.nr_groups; g++)
		pcpu->layout.group[g].base_offset = area[g] - pcpu->base;
}

/* May embed use the span? A program without the page allocator has to; it is warned. */
static bool span_accept(struct pcpu *pcpu, const struct pcpu_config *config)
{
	uint64_t span = pcpu_layout_span(&pcpu->layout);

	if (config->space_bytes == 0 || pcpu_span_fits(span, config->space_bytes))
		return true;
	pcpu_event_emit(pcpu->plat, PCPU_EV_SPAN_WIDE, span, config->space_bytes, 0);
	return config->no_page_allocator;
}

/* What of a unit stays: kept_bytes() with a CPU, nothing without one. */
static void area_trim(struct pcpu *pcpu, const struct pcpu_group *group)
{
	const struct pcpu_layout *layout = &pcpu->layout;
	uintptr_t at = pcpu->base + (uintptr_t)group->base_offset;
	uintptr_t end = at + (uintptr_t)group->area_bytes;

	for (uint32_t unit = 0; unit < group->nr_cpus; unit++) {
		uintptr_t tail = at + kept_bytes(pcpu);

		at += layout->unit_bytes;
		PCPU_DEBUG_ASSERT(tail <= at && at <= end);
		if (tail < at)
			plat_region_free(pcpu->plat, tail, at - tail);
	}
	if (at < end)
		plat_region_free(pcpu->plat, at, end - at);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static enum pcpu_status embed_alloc(struct pcpu *pcpu, const struct pcpu_config *config)
{
	const struct pcpu_layout *layout = &pcpu->layout;
	enum pcpu_status status = PCPU_OK;
	size_t bytes;
	uintptr_t *area;

	bytes = layout->nr_groups * sizeof(*area);
	area = pcpu_meta_alloc(pcpu, bytes);
	if (!area)
		return PCPU_ENOMEM;
	if (!regions_alloc(pcpu, config->topology, area)) {
		status = PCPU_ENOMEM;
		goto free_table;
	}
	areas_number(pcpu, area);
	if (!span_accept(pcpu, config)) {
		regions_free(pcpu, area, layout->nr_groups);
		status = PCPU_ESPAN;
		goto free_table;
	}
	for (uint32_t g = 0; g < layout->nr_groups; g++)
		area_trim(pcpu, &layout->group[g]);
	pcpu->chosen = PCPU_CHOICE_EMBED;
free_table:
	pcpu_meta_free(pcpu, area, bytes);
	return status;
}

static void embed_free(struct pcpu *pcpu)
{
	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		plat_region_free(pcpu->plat, pcpu->base + (uintptr_t)pcpu_unit_start(pcpu, *cpu),
				 kept_bytes(pcpu));
}

/* --- page ------------------------------------------------------------------------------------ */

static void pages_far_report(struct pcpu *pcpu, const struct pcpu_topology *topology)
{
	PCPU_FOR_EACH_UNIT(cpu, pcpu) {
		uintptr_t unit = pcpu->base + (uintptr_t)pcpu_unit_start(pcpu, *cpu);
		uint16_t node = plat_page_node(pcpu->plat, unit);

		if (node == PCPU_NO_NODE || node == topology->cpu_node[*cpu])
			continue;
		pcpu_bit_set(pcpu->cpu_is_far, *cpu);
		node_far_report(pcpu, topology, *cpu, 0);
	}
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static enum pcpu_status page_alloc(struct pcpu *pcpu, const struct pcpu_config *config)
{
	uint32_t nr_pages = kept_bytes(pcpu) / PCPU_PAGE_BYTES;

	if (!plat_vm_reserve(pcpu->plat, &pcpu->layout, &pcpu->base))
		return PCPU_ENOMEM;
	PCPU_DEBUG_ASSERT(pcpu->layout.nr_groups == 1 && pcpu->base % PCPU_PAGE_BYTES == 0);
	units_number(pcpu);
	if (!pcpu_units_map(pcpu, pcpu->base, 0, nr_pages)) {
		plat_vm_release(pcpu->plat, &pcpu->layout, pcpu->base);
		return PCPU_ENOMEM;
	}
	pcpu_units_flush(pcpu, pcpu->base, 0, nr_pages);
	pages_far_report(pcpu, config->topology);
	pcpu->chosen = PCPU_CHOICE_PAGE;
	return PCPU_OK;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void page_free(struct pcpu *pcpu)
{
	pcpu_units_unmap(pcpu, pcpu->base, 0, kept_bytes(pcpu) / PCPU_PAGE_BYTES);
	plat_vm_release(pcpu->plat, &pcpu->layout, pcpu->base);
}

/* --- the choice ------------------------------------------------------------------------------ */

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static enum pcpu_status try_embed(struct pcpu *pcpu, const struct pcpu_config *config)
{
	enum pcpu_status status = layout_make(pcpu, config->topology, &config->sizes);

	if (status == PCPU_OK)
		status = embed_alloc(pcpu, config);
	if (status == PCPU_OK)
		units_number(pcpu);
	else
		layout_drop(pcpu);
	return status;
}

/* One group, whatever the distances; dyn as small as may be; pages are the atoms. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static enum pcpu_status try_page(struct pcpu *pcpu, const struct pcpu_config *config)
{
	struct pcpu_topology topology = *config->topology;
	struct pcpu_sizes sizes = pcpu_sizes_paged(&config->sizes);
	enum pcpu_status status;

	memset(pcpu->cpu_is_far, 0, PCPU_BITS_BYTES(topology.nr_cpu_ids));
	topology.distance = NULL;
	status = layout_make(pcpu, &topology, &sizes);
	if (status == PCPU_OK)
		status = page_alloc(pcpu, config);
	if (status != PCPU_OK)
		layout_drop(pcpu);
	return status;
}

enum pcpu_status pcpu_first_chunk_alloc(struct pcpu *pcpu, const struct pcpu_config *config)
{
	bool page_only = !config->no_page_allocator &&
			 (config->choice == PCPU_CHOICE_PAGE ||
			  (config->choice == PCPU_CHOICE_AUTO && config->auto_means_page));
	enum pcpu_status embed = PCPU_OK, page;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	if (config->choice == PCPU_CHOICE_PAGE && config->no_page_allocator)
		plat_event(pcpu->plat,
			   &(struct pcpu_event){.id = PCPU_EV_CHOICE_UNKNOWN, .text = "page"});
	if (!page_only) {
		embed = try_embed(pcpu, config);
		if (embed == PCPU_OK)
			return embed;
		/* Bad input is as bad for page. */
		if (embed == PCPU_EINVAL || config->no_page_allocator) {
			pcpu_event_emit(pcpu->plat, PCPU_EV_NO_FALLBACK, embed, PCPU_OK, 0);
			return embed;
		}
		pcpu_event_emit(pcpu->plat, PCPU_EV_FALLBACK, PCPU_CHOICE_EMBED, embed, 0);
	}
	page = try_page(pcpu, config);
	if (page != PCPU_OK)
		pcpu_event_emit(pcpu->plat, PCPU_EV_NO_FALLBACK, embed, page, 0);
	return page;
}

void pcpu_first_chunk_free(struct pcpu *pcpu)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	if (pcpu->chosen == PCPU_CHOICE_PAGE)
		page_free(pcpu);
	else
		embed_free(pcpu);
	layout_drop(pcpu);
}
