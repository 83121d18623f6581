/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_first.c - checks a new allocator: its first chunk, and the results of set-up (pcpu.h).
 *
 *	walker | where units lie | contents of their static parts | pages kept | nodes | masks
 */
#include <pcpu/bits.h>
#include "fuzz/targets/layout/layout_run.h"

static const char place[] = "first chunk";

const uint8_t *layout_image(const struct layout_case *c)
{
	static uint8_t image[1 << 20];

	if (!c->with_image || c->sizes.static_bytes > sizeof(image))
		return NULL;
	if (image[1] == 0)
		for (size_t i = 0; i < sizeof(image); i++)
			image[i] = (uint8_t)(1 + i % 251);
	return image;
}

/* --- units ------------------------------------------------------------------------------------ */

static bool has_variables(const struct layout_case *c)
{
	return c->variables.with_own || c->variables.nr_maps > 0;
}

/* The image, and the own and early variables in it. */
static void check_static(struct layout_run *run, const struct layout_arrays *arrays, uint32_t cpu,
			 uintptr_t at)
{
	const struct layout_variables *variables = &run->c->variables;
	const uint8_t *due = layout_image(run->c);

	if (has_variables(run->c))
		due = layout_static_of(variables, arrays, cpu, at, at - run->c->static_start);
	layout_expect(run, lab_holds(run->plat, at, due, run->c->sizes.static_bytes), place,
		      "a unit's static part is the image with its CPU's own and early variables");
}

/* The unit at the start of the lowest area, which is the base. */
static uint32_t base_unit(const struct pcpu_layout *l)
{
	for (uint32_t g = 0; g < l->nr_groups; g++)
		if (l->group[g].base_offset == 0)
			return l->group[g].first_unit;
	return UINT32_MAX;
}

/* How far copies lie behind the start of a unit, counted on from the base unit (SPEC.md 2). */
static uint32_t skew_due(const struct pcpu_layout *l, uint32_t unit)
{
	if (!l->skew_bytes)
		return 0;
	return (uint32_t)((64 * (unit + (uint64_t)PCPU_MAX_CPUS * PCPU_PAGE_BYTES -
				 base_unit(l))) % PCPU_PAGE_BYTES);
}

/* Computes where each CPU's copy is, from the groups' areas after set-up. */
static void check_tables(struct layout_run *run, const struct pcpu_layout *l,
			 const struct layout_arrays *arrays)
{
	const uintptr_t *offset = pcpu_offsets(run->pcpu);
	uintptr_t lowest = UINTPTR_MAX, highest = 0;

	if (has_variables(run->c))
		layout_static_begin(layout_image(run->c), l->static_bytes);
	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];

		for (uint32_t i = 0; i < group->nr_cpus; i++) {
			uint32_t cpu = l->cpu_map[group->first_unit + i];
			uintptr_t at = pcpu_base(run->pcpu) + group->base_offset +
				       (uintptr_t)i * l->unit_bytes +
				       skew_due(l, group->first_unit + i);

			layout_mix(run, at);
			layout_expect(run, offset[cpu] == at - run->c->static_start, place,
				      "a CPU's offset leads to its unit");
			check_static(run, arrays, cpu, at);
			lowest = at < lowest ? at : lowest;
			highest = at > highest ? at : highest;
		}
	}
	layout_expect(run,
		      offset[pcpu_lowest_cpu(run->pcpu)] + run->c->static_start == lowest &&
			      offset[pcpu_highest_cpu(run->pcpu)] + run->c->static_start == highest,
		      place, "the lowest and the highest unit are known");
}

/* Each used unit keeps its three parts, and what copies reach into behind them; tails and unused
   units go back. */
static void check_pages(struct layout_run *run, const struct pcpu_layout *l)
{
	uint32_t edge = l->skew_bytes ? PCPU_PAGE_BYTES : 0;
	uint64_t due = (uint64_t)l->nr_possible * (l->size_sum_bytes + edge) / PCPU_PAGE_BYTES;
	struct sim_ledger ledger;

	sim_ledger(run->plat, &ledger);
	layout_expect(run, ledger.pages + ledger.area_pages == due, place,
		      "the first chunk keeps exactly the parts of used units");
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* CPUs whose node has no memory to give. */
static uint64_t count_homeless(const struct pcpu_topology *t)
{
	uint64_t nr = 0;

	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		nr += t->cpu_node[cpu] != PCPU_NO_NODE &&
		      t->node_state[t->cpu_node[cpu]] != (PCPU_NODE_ONLINE | PCPU_NODE_MEMORY);
	return nr;
}

/* With enough memory on every node, each page is near its CPU. Page, when requested directly,
   reports exactly the CPUs of other nodes, or none when no page's node is known. */
static void check_far(struct layout_run *run, const struct pcpu_config *config)
{
	struct sim_ledger ledger;
	uint64_t nr_far;

	sim_ledger(run->plat, &ledger);
	nr_far = ledger.nr_events[PCPU_EV_NODE_FAR];
	if (run->c->sim.pages_per_node > 0)
		return;
	if (run->c->all_have_memory)
		layout_expect(run, nr_far == 0, place,
			      "memory is taken from the node of the CPU that it is for");
	if (config->choice == PCPU_CHOICE_PAGE && !config->no_page_allocator)
		layout_expect(run,
			      nr_far == (run->c->sim.page_nodes_unknown ?
						 0 :
						 count_homeless(&run->c->topology)),
			      place, "page reports which CPUs are far from their pages");
}

static void check_cpu(struct layout_run *run, uint32_t cpu)
{
	const struct pcpu_topology *t = &run->c->topology;

	layout_expect(run, pcpu_cpu_node(run->pcpu, cpu) == t->cpu_node[cpu], place,
		      "a CPU is on its node, and an impossible one on none");
	layout_expect(run, t->cpu_node[cpu] != PCPU_NO_NODE || pcpu_offsets(run->pcpu)[cpu] == 0,
		      place, "an impossible CPU has no offset");
}

/* The nodes' bitmaps have each possible CPU once, and zeroes behind the last id. */
static void check_node_cpus(struct layout_run *run)
{
	const struct pcpu_topology *t = &run->c->topology;
	uint32_t end = (uint32_t)pcpu_align_up(t->nr_cpu_ids, 64);

	for (uint32_t node = 0; node < t->nr_nodes; node++) {
		const uint64_t *cpus = pcpu_node_cpus(run->pcpu, node);
		bool agrees = true;

		for (uint32_t cpu = 0; cpu < end; cpu++)
			agrees &= pcpu_bit_test(cpus, cpu) ==
				  (cpu < t->nr_cpu_ids && t->cpu_node[cpu] == node);
		layout_expect(run, agrees, place, "a node's bitmap has its CPUs and no others");
	}
}

static void check_nodes(struct layout_run *run)
{
	uint32_t nr = run->c->topology.nr_cpu_ids;

	for (uint32_t cpu = 0; cpu < nr; cpu++)
		check_cpu(run, cpu);
	layout_expect(run,
		      pcpu_cpu_node(run->pcpu, nr) == PCPU_NO_NODE &&
			      pcpu_cpu_node(run->pcpu, UINT32_MAX) == PCPU_NO_NODE,
		      place, "an id that is no CPU's is on no node");
	check_node_cpus(run);
}

/* --- masks, engine ---------------------------------------------------------------------------- */

static bool mask_is(struct layout_run *run, enum pcpu_start_mask mask, uint64_t word)
{
	const uint64_t *words = pcpu_start_mask(run->pcpu, mask);

	for (size_t i = 0; i < PCPU_BITS_WORDS(run->c->topology.nr_cpu_ids); i++)
		if (words[i] != word)
			return false;
	return true;
}

/* Call it before checks that would hide which masks share memory. */
static void check_masks(struct layout_run *run)
{
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		layout_expect(run, mask_is(run, mask, 0), place, "a start-up mask is zeroed");
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		memset(pcpu_start_mask(run->pcpu, mask), mask + 1,
		       PCPU_BITS_BYTES(run->c->topology.nr_cpu_ids));
	for (int mask = 0; mask < PCPU_NR_MASKS; mask++)
		layout_expect(
			run,
			mask_is(run, mask, UINT64_C(0x0101010101010101) * (unsigned)(mask + 1)),
			place, "a start-up mask keeps what was written to it");
}

struct engine_due {
	const struct pcpu_map_ops *ops;
	bool is_other;
};

static bool note_engine(void *context, const struct pcpu_chunk_view *view)
{
	struct engine_due *due = context;

	due->is_other |= view->map->ops != due->ops;
	return true;
}

static void check_kinds(struct layout_run *run, const struct pcpu_config *config)
{
	const struct pcpu_engine *usual = pcpu_engine_find(PCPU_DEFAULT_ENGINE);
	struct engine_due due = {.ops = config->engine ? config->engine->map : usual->map};

	pcpu_visit(run->pcpu, note_engine, &due);
	layout_expect(run, !due.is_other, place, "every map is of the engine that was requested");
	layout_expect(run, pcpu_backing_of(run->pcpu) == config->backing, place,
		      "the backing is the one that was requested");
}

void layout_first_check(struct layout_run *run, const struct pcpu_config *config,
			const struct layout_arrays *arrays)
{
	const struct pcpu_layout *l = pcpu_layout(run->pcpu);
	enum pcpu_invariant broken;
	const char *wrong = NULL;

	check_masks(run);
	if (run->c->sim.ready_bytes > 0)
		wrong = sim_ready_wrong(run->plat, pcpu_offsets(run->pcpu));
	layout_expect(run, wrong == NULL, place, wrong);
	broken = pcpu_check(run->pcpu, NULL);
	layout_expect(run, broken == PCPU_HOLDS, place, pcpu_invariant_text(broken));
	check_tables(run, l, arrays);
	check_pages(run, l);
	check_far(run, config);
	check_nodes(run);
	check_kinds(run, config);
}
