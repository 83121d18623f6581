/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * check.c - the walker: checks every sentence of invariants.def for every chunk, unit and counter.
 *
 * It only reads, trusts nothing that it has not checked before, and returns the first broken
 * sentence with its place. Each check is a function of its own that says PCPU_HOLDS or what is
 * broken. It takes no lock: its caller promises that no other call is under way (PCPU_SOLE_OWNER).
 */
#include "front/front_calls.h"
#include "policy.h"

/* What a walk over all chunks adds up. */
struct walk {
	struct pcpu *pcpu;
	struct pcpu_broken *where;
	uint32_t nr_chunks, nr_empty_pages;
	uint64_t nr_later_pages;  /* populated, per unit */
	uint64_t nr_backed_pages; /* over all units */
	uint64_t live_bytes;
};

const char *pcpu_invariant_text(enum pcpu_invariant invariant)
{
	static const char *const text[] = {
		"everything holds",
#define X(id, sentence) sentence,
#include <pcpu/invariants.def>
#undef X
	};

	PCPU_STATIC_ASSERT(sizeof(text) / sizeof(text[0]) == PCPU_NR_INVARIANTS, "a sentence each");
	return invariant < PCPU_NR_INVARIANTS ? text[invariant] : "no such invariant";
}

static enum pcpu_invariant walk_broken(struct walk *walk, enum pcpu_invariant invariant,
				       uint32_t offset, uint32_t cpu)
{
	walk->where->offset = offset;
	walk->where->cpu = cpu;
	return invariant;
}

/* --- one chunk ------------------------------------------------------------------------------- */

PCPU_SOLE_OWNER
static enum pcpu_invariant map_check(struct walk *walk, const struct pcpu_chunk *chunk)
{
	const struct pcpu *pcpu = walk->pcpu;
	uint32_t covers = pcpu_layout_covers(&pcpu->layout), at = 0;
	enum pcpu_invariant invariant = chunk->map.ops->check(&chunk->map, &at);
	struct pcpu_area area = {0};

	if (invariant != PCPU_HOLDS)
		return walk_broken(walk, invariant, at, PCPU_NO_CPU);
	if (chunk->kind == PCPU_CHUNK_FIRST)
		covers = pcpu->layout.size_sum_bytes;
	if (chunk->kind == PCPU_CHUNK_RESERVED)
		covers = pcpu_reserved_end(pcpu);
	if (chunk->map.covered_bytes != covers)
		return walk_broken(walk, PCPU_INV_FIRST_MAP, covers, PCPU_NO_CPU);
	/* What was there before us is used, in one area that may only have grown by a head. */
	if (chunk->start_bytes && (!chunk->map.ops->next(&chunk->map, &area) || !area.used ||
				   area.bytes < chunk->start_bytes))
		return walk_broken(walk, PCPU_INV_FIRST_MAP, 0, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

/* The list that the chunk is on is the one that its free size or hint demands, but for what the
   policy does: parked chunks are on list 0, isolated ones on one of the two beside the empty. */
PCPU_SOLE_OWNER
static bool slot_is_due(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	const struct pcpu_policy *policy = pcpu->policy;
	uint32_t slot = (uint32_t)chunk->slot, due = pcpu_chunk_slot(pcpu, chunk);

	if (chunk->isolated)
		return policy->sidelines &&
		       (slot + 1 == pcpu->empty_slot || slot == pcpu->empty_slot + 1);
	if (chunk->due_slot != due)
		return false;
	return slot == due || (policy->parks && slot == 0 && (due == 1 || due == 2));
}

PCPU_SOLE_OWNER
static enum pcpu_invariant slot_check(struct walk *walk, const struct pcpu_chunk *chunk,
				      uint32_t slot)
{
	if (chunk->kind == PCPU_CHUNK_RESERVED)
		return walk_broken(walk, PCPU_INV_RESERVED_SLOT, 0, PCPU_NO_CPU);
	if (chunk->slot != (int)slot || !slot_is_due(walk->pcpu, chunk))
		return walk_broken(walk, PCPU_INV_SLOT, slot, PCPU_NO_CPU);
	if (walk->pcpu->policy->by_age && slot > 0 &&
	    chunk->link.prev != &walk->pcpu->slots[slot] &&
	    PCPU_CHUNK_OF(chunk->link.prev)->id >= chunk->id)
		return walk_broken(walk, PCPU_INV_SLOT_ORDER, slot, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

/* Is this the page behind a populated one, and no such page itself, where copies are skewed? */
static bool page_is_edge(const struct walk *walk, const struct pcpu_chunk *chunk, uint32_t page)
{
	return walk->pcpu->layout.skew_bytes && page > 0 &&
	       pcpu_bit_test(chunk->populated, page - 1) &&
	       (page == chunk->nr_pages || !pcpu_bit_test(chunk->populated, page));
}

/* A page is backed on every used unit, or on none. */
static enum pcpu_invariant page_check(struct walk *walk, const struct pcpu_chunk *chunk,
				      uint32_t page, bool backed)
{
	struct pcpu *pcpu = walk->pcpu;

	PCPU_FOR_EACH_UNIT(cpu, pcpu) {
		uintptr_t at = chunk->base + (uintptr_t)pcpu_unit_start(pcpu, *cpu) +
			       (uintptr_t)page * PCPU_PAGE_BYTES;

		if (plat_page_backed(pcpu->plat, at) != backed)
			return walk_broken(walk, PCPU_INV_POPULATED_BACKED, page * PCPU_PAGE_BYTES,
					   *cpu);
	}
	return PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant pages_check(struct walk *walk, const struct pcpu_chunk *chunk)
{
	uint32_t populated = pcpu_bits_count(chunk->populated, 0, chunk->nr_pages), nr_edges = 0;
	uint32_t nr_pages = chunk->nr_pages + pcpu_edge_pages(walk->pcpu);
	enum pcpu_invariant invariant;

	if (populated != chunk->nr_populated)
		return walk_broken(walk, PCPU_INV_STATS, 0, PCPU_NO_CPU);
	if (chunk->kind != PCPU_CHUNK_LATER && populated != chunk->nr_pages)
		return walk_broken(walk, PCPU_INV_IMMUTABLE_POPULATED, 0, PCPU_NO_CPU);
	for (uint32_t page = 0; page < nr_pages; page++) {
		bool edge = page_is_edge(walk, chunk, page);

		nr_edges += edge;
		invariant = page_check(walk, chunk, page,
				       edge || (page < chunk->nr_pages &&
						pcpu_bit_test(chunk->populated, page)));
		if (invariant != PCPU_HOLDS)
			return invariant;
	}
	if (nr_edges != chunk->nr_edges)
		return walk_broken(walk, PCPU_INV_STATS, 0, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant areas_check(struct walk *walk, const struct pcpu_chunk *chunk)
{
	struct pcpu_area area = {0};

	while (chunk->map.ops->next(&chunk->map, &area)) {
		uint32_t from = area.offset / PCPU_PAGE_BYTES;
		uint32_t to = (area.offset + area.bytes - 1) / PCPU_PAGE_BYTES + 1;

		if (area.used && pcpu_bits_find(chunk->populated, from, to, false) != to)
			return walk_broken(walk, PCPU_INV_USED_POPULATED, area.offset, PCPU_NO_CPU);
	}
	if (chunk->kind != PCPU_CHUNK_RESERVED &&
	    chunk->nr_empty_pages != pcpu_chunk_count_empty(chunk))
		return walk_broken(walk, PCPU_INV_EMPTY_PAGES, 0, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

/* The chunk's first and last byte lead back to it, from every CPU's copy. */
PCPU_SOLE_OWNER
static enum pcpu_invariant lookup_check(struct walk *walk, struct pcpu_chunk *chunk)
{
	struct pcpu *pcpu = walk->pcpu;
	const uint32_t offsets[] = {chunk->start_bytes, chunk->map.covered_bytes - 1};

	for (int i = 0; i < 2; i++) {
		struct pcpu_ptr p = {chunk->base + offsets[i] - pcpu->base + pcpu->static_start};
		uint32_t offset;
		struct pcpu_chunk *found;

		plat_read_begin(pcpu->plat);
		found = pcpu_find(pcpu, p, &offset);
		plat_read_end(pcpu->plat);
		if (found != chunk || offset != offsets[i])
			return walk_broken(walk, PCPU_INV_LOOKUP, offsets[i], PCPU_NO_CPU);
		PCPU_FOR_EACH_UNIT(cpu, pcpu)
			if (pcpu_address(pcpu, p, *cpu) !=
			    chunk->base + (uintptr_t)pcpu->unit_offset[*cpu] + offset)
				return walk_broken(walk, PCPU_INV_LOOKUP, offset, *cpu);
	}
	return PCPU_HOLDS;
}

/* The pointer 0 belongs to no object, whether there is one now or not. */
PCPU_SOLE_OWNER
static enum pcpu_invariant null_check(struct walk *walk, const struct pcpu_chunk *chunk)
{
	uintptr_t null = walk->pcpu->base - walk->pcpu->static_start - chunk->base;

	if (null >= chunk->start_bytes && null < chunk->map.covered_bytes)
		return walk_broken(walk, PCPU_INV_NULL_OBJECT, (uint32_t)null, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant chunk_check(struct walk *walk, struct pcpu_chunk *chunk)
{
	enum pcpu_invariant invariant;

	walk->where->chunk_id = chunk->id;
	invariant = map_check(walk, chunk);
	if (invariant == PCPU_HOLDS)
		invariant = pages_check(walk, chunk);
	if (invariant == PCPU_HOLDS)
		invariant = areas_check(walk, chunk);
	if (invariant == PCPU_HOLDS)
		invariant = lookup_check(walk, chunk);
	if (invariant == PCPU_HOLDS)
		invariant = null_check(walk, chunk);
	if (invariant != PCPU_HOLDS)
		return invariant;
	walk->live_bytes += chunk->map.covered_bytes - chunk->start_bytes - chunk->map.free_bytes;
	if (chunk->kind == PCPU_CHUNK_RESERVED)
		return PCPU_HOLDS;
	walk->nr_chunks++;
	if (chunk->kind == PCPU_CHUNK_LATER)
		walk->nr_later_pages += chunk->nr_populated;
	if (!chunk->isolated)
		walk->nr_empty_pages += chunk->nr_empty_pages;
	/* A chunk that is backed as a whole has its unused units backed too, and no page given
	   back. */
	if (chunk->kind == PCPU_CHUNK_LATER && walk->pcpu->backing->all_populated)
		walk->nr_backed_pages += (walk->pcpu->layout.group[0].area_bytes -
					  (uint64_t)walk->pcpu->layout.group[0].nr_units *
						  walk->pcpu->layout.guard_bytes) /
					 PCPU_PAGE_BYTES;
	else
		walk->nr_backed_pages += (uint64_t)(chunk->nr_populated + chunk->nr_edges) *
					 walk->pcpu->layout.nr_possible;
	return PCPU_HOLDS;
}

/* --- all chunks ------------------------------------------------------------------------------- */

PCPU_SOLE_OWNER
static enum pcpu_invariant slots_check(struct walk *walk)
{
	struct pcpu *pcpu = walk->pcpu;

	for (uint32_t slot = 0; slot < pcpu->nr_slots; slot++) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &pcpu->slots[slot]) {
			enum pcpu_invariant invariant;

			walk->where->chunk_id = PCPU_CHUNK_OF(l)->id;
			if (next->prev != l || l->prev->next != l)
				return walk_broken(walk, PCPU_INV_SLOT_LINKS, slot, PCPU_NO_CPU);
			if (walk->nr_chunks >= pcpu->stats.nr_chunks)
				return walk_broken(walk, PCPU_INV_CHUNK_COUNT, slot, PCPU_NO_CPU);
			invariant = slot_check(walk, PCPU_CHUNK_OF(l), slot);
			if (invariant == PCPU_HOLDS)
				invariant = chunk_check(walk, PCPU_CHUNK_OF(l));
			if (invariant != PCPU_HOLDS)
				return invariant;
		}
		walk->where->chunk_id = PCPU_NO_CHUNK;
		if ((pcpu_slot_filled(pcpu, slot) == slot) == pcpu_list_empty(&pcpu->slots[slot]))
			return walk_broken(walk, PCPU_INV_SLOT_FILLED, slot, PCPU_NO_CPU);
	}
	if (walk->nr_chunks != pcpu->stats.nr_chunks)
		return walk_broken(walk, PCPU_INV_CHUNK_COUNT, 0, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant reserved_check(struct walk *walk)
{
	struct pcpu_chunk *reserved = &walk->pcpu->reserved;

	if (!pcpu_has_reserved(walk->pcpu))
		return PCPU_HOLDS;
	if (reserved->slot != PCPU_NO_SLOT || !pcpu_list_empty(&reserved->link))
		return walk_broken(walk, PCPU_INV_RESERVED_SLOT, 0, PCPU_NO_CPU);
	return chunk_check(walk, reserved);
}

PCPU_SOLE_OWNER
static enum pcpu_invariant totals_check(struct walk *walk)
{
	const struct pcpu *pcpu = walk->pcpu;
	const struct pcpu_stats *stats = &pcpu->stats;

	if (walk->nr_empty_pages != pcpu->nr_empty_pages)
		return walk_broken(walk, PCPU_INV_EMPTY_PAGES, 0, PCPU_NO_CPU);
	if (walk->nr_backed_pages != plat_pages_held(pcpu->plat))
		return walk_broken(walk, PCPU_INV_PAGES_CONSERVED, 0, PCPU_NO_CPU);
	if (walk->nr_later_pages !=
	    stats->nr_pages_populated - stats->nr_pages_depopulated)
		return walk_broken(walk, PCPU_INV_STATS, 0, PCPU_NO_CPU);
	if (walk->live_bytes != stats->live_bytes ||
	    stats->nr_live != stats->nr_allocs - stats->nr_frees ||
	    stats->nr_chunks != 1 + stats->nr_chunks_created - stats->nr_chunks_destroyed)
		return walk_broken(walk, PCPU_INV_STATS, 0, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

/* --- units ----------------------------------------------------------------------------------- */

/* The table from CPU to unit and the map from unit to CPU are each other's inverse. */
static enum pcpu_invariant units_check(struct walk *walk)
{
	const struct pcpu *pcpu = walk->pcpu;
	uint32_t nr = 0;

	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++) {
		uint32_t unit = pcpu->cpu_unit[cpu];

		if (unit == PCPU_NO_CPU)
			continue;
		nr++;
		if (unit >= pcpu->layout.nr_units || pcpu->layout.cpu_map[unit] != cpu)
			return walk_broken(walk, PCPU_INV_UNIT_EVERY_CPU, 0, cpu);
	}
	if (nr != pcpu->layout.nr_possible)
		return walk_broken(walk, PCPU_INV_UNIT_EVERY_CPU, 0, PCPU_NO_CPU);
	return PCPU_HOLDS;
}

/* A CPU's copies are its unit's start in the layout and its skew away from the base unit's. */
static enum pcpu_invariant offsets_check(struct walk *walk)
{
	const struct pcpu *pcpu = walk->pcpu;
	const struct pcpu_layout *l = &pcpu->layout;
	uint32_t base_unit = pcpu_layout_base_unit(l);

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		uint32_t first = l->group[g].first_unit;

		for (uint32_t unit = first; unit < first + l->group[g].nr_cpus; unit++) {
			uint32_t cpu = l->cpu_map[unit];
			uint64_t due = pcpu_layout_unit_offset(l, g, unit) +
				       pcpu_layout_skew(l, base_unit, unit);

			if (pcpu->unit_offset[cpu] != due ||
			    pcpu->offset[cpu] != pcpu->base - pcpu->static_start + (uintptr_t)due)
				return walk_broken(walk, PCPU_INV_OFFSETS, 0, cpu);
		}
	}
	return PCPU_HOLDS;
}

/* Groups must not overlap, nor units within one, nor leave their group's area. */
static enum pcpu_invariant overlap_check(struct walk *walk)
{
	const struct pcpu_layout *l = &walk->pcpu->layout;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *a = &l->group[g];

		if ((uint64_t)a->nr_units * l->unit_bytes > a->area_bytes)
			return walk_broken(walk, PCPU_INV_UNIT_OVERLAP, g, PCPU_NO_CPU);
		for (uint32_t h = 0; h < g; h++) {
			const struct pcpu_group *b = &l->group[h];

			if (a->base_offset < b->base_offset + b->area_bytes &&
			    b->base_offset < a->base_offset + a->area_bytes)
				return walk_broken(walk, PCPU_INV_UNIT_OVERLAP, g, PCPU_NO_CPU);
		}
	}
	return PCPU_HOLDS;
}

/* A unit of the first chunk: embed puts it on its group's node, page on its CPU's. */
static enum pcpu_invariant node_check(struct walk *walk, const struct pcpu_group *group,
				      uint32_t cpu)
{
	const struct pcpu *pcpu = walk->pcpu;
	uint32_t home = pcpu->chosen == PCPU_CHOICE_PAGE ? pcpu->cpu_node[cpu] : group->node;
	uint16_t node;

	if (pcpu_bit_test(pcpu->cpu_is_far, cpu))
		return PCPU_HOLDS;
	node = plat_page_node(pcpu->plat, pcpu->base + (uintptr_t)pcpu_unit_start(pcpu, cpu));
	if (node != PCPU_NO_NODE && node != home)
		return walk_broken(walk, PCPU_INV_UNIT_NODE, 0, cpu);
	return PCPU_HOLDS;
}

static enum pcpu_invariant nodes_check(struct walk *walk)
{
	const struct pcpu_layout *l = &walk->pcpu->layout;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];

		for (uint32_t unit = 0; unit < group->nr_cpus; unit++) {
			enum pcpu_invariant invariant =
				node_check(walk, group, l->cpu_map[group->first_unit + unit]);

			if (invariant != PCPU_HOLDS)
				return invariant;
		}
	}
	return PCPU_HOLDS;
}

static enum pcpu_invariant front_check(struct walk *walk)
{
	return pcpu_front_check(walk->pcpu, walk->where);
}

enum pcpu_invariant pcpu_check(struct pcpu *pcpu, struct pcpu_broken *where)
{
	static enum pcpu_invariant (*const checks[])(struct walk * walk) = {
		units_check, overlap_check, offsets_check, nodes_check, reserved_check, slots_check,
		totals_check, front_check,
	};
	struct pcpu_broken unwanted;
	struct walk walk = {.pcpu = pcpu, .where = where ? where : &unwanted};
	enum pcpu_invariant invariant = PCPU_HOLDS;

	*walk.where = (struct pcpu_broken){.chunk_id = PCPU_NO_CHUNK, .cpu = PCPU_NO_CPU};
	if (plat_lock_held(pcpu->plat, PLAT_LOCK_OUTER) ||
	    plat_lock_held(pcpu->plat, PLAT_LOCK_INNER))
		return PCPU_INV_LOCK_HELD;
	for (size_t i = 0; invariant == PCPU_HOLDS && i < sizeof(checks) / sizeof(checks[0]); i++)
		invariant = checks[i](&walk);
	return invariant;
}
