/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_case.c - build info against its naive oracle, then the first chunk against what it owes.
 *
 *	topology, sizes -> layout (both rules) -> oracle, properties
 *			-> damaged layout      -> refused by the rule that was broken
 *			-> first chunk (embed, page) -> walker, tables, pages, image -> destroyed: all back
 */
#include "layout_case.h"
#include "chunk.h"
#include "layout_oracle.h"
#include "text.h"

#include <stdlib.h>

struct run {
	struct layout_case *c;
	struct plat *plat;
	struct pcpu *pcpu;
	struct fuzz_outcome *outcome;
	const char *broken;
	uint64_t hash;
};

static bool expect(struct run *run, bool holds, const char *place, const char *sentence)
{
	if (!holds && !run->broken) {
		struct lab_text text;

		run->broken = sentence;
		lab_text_init(&text, run->outcome->place, sizeof(run->outcome->place));
		lab_put(&text, place);
	}
	return holds;
}

static void mix(struct run *run, uint64_t value)
{
	run->hash = (run->hash ^ value) * UINT64_C(0x100000001b3);
}

/* --- build info ------------------------------------------------------------------------------ */

static const enum pcpu_status damage_status[NR_LAYOUT_DAMAGES] = {
#define X(id, status, words) [DAMAGE_##id] = status,
#include "layout_damages.def"
#undef X
};

/* What is damaged by a table that only a copy can have is done where the case was made. */
static void sizes_damage(const struct layout_case *c, struct pcpu_sizes *sizes)
{
	static const uint64_t over = (uint64_t)PCPU_MAX_UNIT_BYTES + 1;

	switch (c->damage) {
	case DAMAGE_STATIC_HUGE:
		sizes->static_bytes = over;
		break;
	case DAMAGE_RESERVED_HUGE:
		sizes->reserved_bytes = over;
		break;
	case DAMAGE_DYN_HUGE:
		sizes->dyn_bytes = over;
		break;
	case DAMAGE_UNIT_HUGE:
		sizes->unit_bytes = over;
		break;
	case DAMAGE_ATOM_HUGE:
		sizes->atom_bytes = UINT64_C(1) << PCPU_ADDRESS_BITS;
		break;
	case DAMAGE_SUM_HUGE:
		sizes->static_bytes = sizes->reserved_bytes = sizes->dyn_bytes = PCPU_MAX_UNIT_BYTES;
		break;
	case DAMAGE_ATOM_SMALL:
		sizes->atom_bytes = PCPU_PAGE_BYTES / 2;
		break;
	case DAMAGE_ATOM_ODD:
		sizes->atom_bytes = 3 * PCPU_PAGE_BYTES;
		break;
	case DAMAGE_UNIT_SMALL:
		sizes->unit_bytes = PCPU_MIN_UNIT_BYTES - PCPU_PAGE_BYTES;
		break;
	case DAMAGE_UNIT_ODD:
		sizes->unit_bytes = (1 << 20) + 512;
		break;
	default:
		break;
	}
}

static void topology_damage(const struct layout_case *c, struct pcpu_topology *t)
{
	if (c->damage == DAMAGE_NO_CPU_IDS)
		t->nr_cpu_ids = 0;
	if (c->damage == DAMAGE_NO_NODES)
		t->nr_nodes = 0;
	if (c->damage == DAMAGE_TOO_MANY_CPUS)
		t->nr_cpu_ids = PCPU_MAX_CPUS + 1;
	if (c->damage == DAMAGE_TOO_MANY_NODES)
		t->nr_nodes = PCPU_MAX_NODES + 1;
}

/* Returns whether a layout came out, which is then held against oracle and properties. */
static bool build(struct run *run, enum pcpu_rule rule, void *memory, struct pcpu_layout *layout)
{
	static struct lab_layout_oracle oracle;
	static uint8_t seen[PCPU_MAX_CPUS];
	struct pcpu_topology t = run->c->topology;
	struct pcpu_sizes sizes = run->c->sizes;
	enum pcpu_status status;
	const char *wrong;

	sizes.rule = rule;
	sizes_damage(run->c, &sizes);
	topology_damage(run->c, &t);
	status = pcpu_layout_build(&t, &sizes, memory, layout);
	mix(run, status);
	if (!expect(run, status == damage_status[run->c->damage], "build info",
		    "tables are refused exactly when they are damaged, with the status that is due"))
		return false;
	if (status != PCPU_OK)
		return false;
	mix(run, (uint64_t)layout->unit_bytes << 32 | layout->upa);
	mix(run, (uint64_t)layout->nr_units << 32 | layout->nr_groups);
	wrong = lab_layout_property(&t, layout, seen);
	if (!wrong && run->c->with_oracle)
		wrong = lab_layout_oracle(&oracle, &t, &sizes, layout);
	return expect(run, wrong == NULL, "build info", wrong);
}

/* --- set-up's rules -------------------------------------------------------------------------- */

/* Damages a good layout; the rule that is broken by that alone, NR_SETUP_RULES: none. */
static enum pcpu_setup_rule setup_damage(const struct layout_case *c, struct pcpu_layout *l,
					 struct pcpu_topology *t, uintptr_t *base)
{
	uint32_t last = l->nr_units - 1;

	while (l->cpu_map[last] == PCPU_NO_CPU)
		last--;
	switch (c->setup_damage) {
	case 1:
		l->nr_groups = 0;
		return PCPU_SETUP_NO_GROUP;
	case 2:
		*base = 0;
		return PCPU_SETUP_BASE_NULL;
	case 3:
		*base += 64;
		return PCPU_SETUP_BASE_ALIGN;
	case 4:
		l->unit_bytes = l->size_sum_bytes - PCPU_PAGE_BYTES;
		return PCPU_SETUP_UNIT_SUM;
	case 5:
		l->unit_bytes += 512;
		return PCPU_SETUP_UNIT_PAGES;
	case 6:
		l->unit_bytes = l->size_sum_bytes = PCPU_MIN_UNIT_BYTES - PCPU_PAGE_BYTES;
		return PCPU_SETUP_UNIT_MIN;
	case 7:
		l->dyn_bytes = PCPU_DYNAMIC_EARLY_BYTES - 1;
		return PCPU_SETUP_DYN_MIN;
	case 8: /* SPEC.md 9, B5 */
		l->cpu_map[last] = t->nr_cpu_ids;
		return PCPU_SETUP_CPU_RANGE;
	case 9:
		t->nr_cpu_ids = PCPU_MAX_CPUS + 1;
		return PCPU_SETUP_CPU_RANGE;
	case 10:
		for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
			if (t->cpu_node[cpu] == PCPU_NO_NODE) {
				l->cpu_map[last] = cpu;
				return PCPU_SETUP_CPU_POSSIBLE;
			}
		break;
	case 11:
		if (l->nr_possible > 1) {
			l->cpu_map[last] = l->cpu_map[0];
			return PCPU_SETUP_CPU_TWICE;
		}
		break;
	case 12:
		l->cpu_map[last] = PCPU_NO_CPU;
		return PCPU_SETUP_CPU_UNMAPPED;
	case 13:
		l->static_bytes = 0;
		return PCPU_SETUP_STATIC_EMPTY;
	}
	return PCPU_NR_SETUP_RULES;
}

static void check_setup(struct run *run, const struct pcpu_layout *built)
{
	struct pcpu_topology t = run->c->topology;
	struct pcpu_layout layout = *built;
	uintptr_t base = 0x200000;
	uint64_t value = 0;
	enum pcpu_setup_rule due = setup_damage(run->c, &layout, &t, &base);
	enum pcpu_setup_rule got = pcpu_setup_check(&layout, &t, base, 0x100000, true, &value);

	if (due != PCPU_SETUP_NO_GROUP && layout.static_bytes == 0) /* asked before all others */
		due = PCPU_SETUP_STATIC_EMPTY;
	mix(run, got);
	expect(run, got == due, "set-up", "set-up names the rule that a damaged layout breaks");
}

/* --- the first chunk --------------------------------------------------------------------------- */

static const uint8_t *image_of(const struct layout_case *c)
{
	static uint8_t image[1 << 20];

	if (!c->with_image || c->sizes.static_bytes > sizeof(image))
		return NULL;
	if (image[1] == 0)
		for (size_t i = 0; i < sizeof(image); i++)
			image[i] = (uint8_t)(1 + i % 251);
	return image;
}

/* Where each CPU's copy is, counted from the groups' areas as set-up found them. */
static void check_tables(struct run *run, const struct pcpu_layout *l)
{
	const uintptr_t *offset = pcpu_offsets(run->pcpu);
	const uint8_t *image = image_of(run->c);
	uintptr_t lowest = UINTPTR_MAX, highest = 0;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];

		for (uint32_t i = 0; i < group->nr_cpus; i++) {
			uint32_t cpu = l->cpu_map[group->first_unit + i];
			uintptr_t at = pcpu_base(run->pcpu) + group->base_offset +
				       (uintptr_t)i * l->unit_bytes;

			mix(run, at);
			expect(run, offset[cpu] == at - run->c->static_start, "first chunk",
			       "a CPU's offset leads to its unit");
			expect(run, pcpu_cpu_node(run->pcpu, cpu) == run->c->topology.cpu_node[cpu],
			       "first chunk", "a CPU is on its node");
			if (run->c->own == PCPU_NO_VARIABLE)
				expect(run, lab_holds(run->plat, at, image, l->static_bytes),
				       "first chunk", "a unit's static part is the image");
			lowest = at < lowest ? at : lowest;
			highest = at > highest ? at : highest;
		}
	}
	expect(run, offset[pcpu_lowest_cpu(run->pcpu)] + run->c->static_start == lowest &&
			    offset[pcpu_highest_cpu(run->pcpu)] + run->c->static_start == highest,
	       "first chunk", "the lowest and the highest unit are known");
}

/* Each used unit keeps its three parts, tails and unused units go back. */
static void check_pages(struct run *run, const struct pcpu_layout *l)
{
	uint64_t due = (uint64_t)l->nr_possible * l->size_sum_bytes / PCPU_PAGE_BYTES;
	struct sim_ledger ledger;

	sim_ledger(run->plat, &ledger);
	expect(run, ledger.pages + ledger.area_pages == due, "first chunk",
	       "the first chunk keeps exactly the parts of used units");
}

/* With memory on every node, and enough of it, nothing is far from its CPU. */
static void check_nodes(struct run *run)
{
	struct sim_ledger ledger;

	sim_ledger(run->plat, &ledger);
	if (run->c->all_have_memory && run->c->sim.pages_per_node == 0)
		expect(run, ledger.nr_events[PCPU_EV_NODE_FAR] == 0, "first chunk",
		       "memory is taken from the node of the CPU that it is for");
}

/* Each CPU's own variable holds its offset. */
static void check_own(struct run *run)
{
	const uintptr_t *offset = pcpu_offsets(run->pcpu);

	for (uint32_t cpu = 0; cpu < run->c->topology.nr_cpu_ids; cpu++)
		if (run->c->own != PCPU_NO_VARIABLE && offset[cpu] != 0)
			expect(run,
			       lab_holds(run->plat,
					 offset[cpu] + run->c->static_start + run->c->own,
					 &offset[cpu], sizeof(offset[cpu])),
			       "first chunk", "a CPU's own offset is in its own variable");
}

static void check_span(struct run *run, const struct pcpu_layout *l, const struct pcpu_config *config)
{
	uint64_t lowest = UINT64_MAX, end = 0;

	if (config->space_bytes == 0 || config->no_page_allocator ||
	    pcpu_chosen(run->pcpu) != PCPU_CHOICE_EMBED)
		return;
	for (uint32_t g = 0; g < l->nr_groups; g++) {
		lowest = pcpu_min64(lowest, l->group[g].base_offset);
		end = pcpu_max64(end, l->group[g].base_offset + l->group[g].area_bytes);
	}
	expect(run, (end - lowest) * 4 <= config->space_bytes * 3, "first chunk",
	       "embed is taken only when its span is at most 75 % of the space");
}

static void check_chunk(struct run *run, const struct pcpu_config *config)
{
	const struct pcpu_layout *l = pcpu_layout(run->pcpu);
	enum pcpu_invariant broken = pcpu_check(run->pcpu, NULL);

	expect(run, broken == PCPU_HOLDS, "first chunk", pcpu_invariant_text(broken));
	check_tables(run, l);
	check_pages(run, l);
	check_nodes(run);
	check_own(run);
	check_span(run, l, config);
}

/* Must set-up accept it, going by the text? Only asked where no memory can be lacking. nr_groups: of the
   layout that it gets; page makes one group of all. */
static bool is_acceptable(const struct layout_case *c, uint32_t nr_groups)
{
	uint64_t own_end = (uint64_t)c->own + sizeof(uintptr_t);

	if (c->sizes.static_bytes == 0 && (!c->uniprocessor || c->static_start == 0))
		return false;
	if (c->static_start % PCPU_PAGE_BYTES != 0 || (c->km && nr_groups != 1))
		return false;
	return c->own == PCPU_NO_VARIABLE || own_end <= c->sizes.static_bytes;
}

static void check_create(struct run *run, enum pcpu_choice choice, uint32_t nr_groups)
{
	struct layout_case *c = run->c;
	struct pcpu_own_variables own = { c->own, PCPU_NO_VARIABLE, PCPU_NO_VARIABLE,
					  PCPU_NO_VARIABLE, 0 };
	struct pcpu_config config = {
		.plat = run->plat, .topology = &c->topology, .sizes = c->sizes, .choice = choice,
		.auto_means_page = c->auto_means_page,
		.backing = c->km ? PCPU_BACKING_KM : PCPU_BACKING_VM,
		.uniprocessor = c->uniprocessor, .no_page_allocator = c->no_page_allocator,
		.space_bytes = c->space_bytes, .static_start = c->static_start,
		.static_image = image_of(c), .own = c->own == PCPU_NO_VARIABLE ? NULL : &own,
	};
	bool spared = c->fails_at == UINT32_MAX && c->sim.pages_per_node == 0 &&
		      c->space_bytes == 0;
	enum pcpu_status status;

	c->sim.topology = &c->topology;
	sim_reset(run->plat, &c->sim);
	if (c->fails_at != UINT32_MAX)
		lab_fail_at(run->plat, c->fails_at, false);
	run->pcpu = NULL;
	status = pcpu_create(&config, &run->pcpu);
	lab_fail_never(run->plat);
	mix(run, status);
	expect(run, (status == PCPU_OK) == (run->pcpu != NULL), "set-up",
	       "an allocator comes with the status OK and with no other");
	if (spared && !c->no_page_allocator)
		expect(run, (status == PCPU_OK) == is_acceptable(c, nr_groups), "set-up",
		       "set-up accepts exactly what its rules allow");
	if (run->pcpu)
		check_chunk(run, &config);
	pcpu_destroy(run->pcpu);
	expect(run, sim_lost(run->plat) == NULL, "after destroy", sim_lost(run->plat));
	expect(run, sim_fault(run->plat) == NULL, "the seam's contract", sim_fault(run->plat));
}

/* --- all of it ------------------------------------------------------------------------------- */

static void run_all(void *argument)
{
	struct run *run = argument;
	const enum pcpu_rule first = run->c->sizes.rule;
	void *memory = calloc(1, pcpu_layout_memory(&run->c->topology));
	struct pcpu_layout layout;
	bool built;

	if (!memory)
		abort();
	build(run, first == PCPU_RULE_REFERENCE ? PCPU_RULE_FIRST_MEMBER : PCPU_RULE_REFERENCE,
	      memory, &layout);
	built = build(run, first, memory, &layout);
	if (built && run->c->with_chunk) {
		check_create(run, PCPU_CHOICE_EMBED, layout.nr_groups);
		check_create(run, PCPU_CHOICE_PAGE, 1);
		if (run->c->space_bytes || run->c->auto_means_page)
			check_create(run, PCPU_CHOICE_AUTO, 1);
	}
	if (built)
		check_setup(run, &layout);
	free(memory);
}

bool layout_case_run(struct layout_case *c, struct fuzz_outcome *outcome)
{
	static struct plat *plat; /* keeps memory for speed, and no state: sim_reset() */
	struct run run = { .c = c, .outcome = outcome, .hash = LAB_FNV_START };
	const char *assertion;

	c->sim.topology = &c->topology;
	if (!plat)
		plat = sim_create(&c->sim);
	sim_reset(plat, &c->sim);
	run.plat = plat;
	assertion = sim_catch_assert(run_all, &run);
	if (assertion)
		expect(&run, false, "an assertion", assertion);
	outcome->hash = run.hash;
	outcome->sentence = run.broken;
	return run.broken == NULL;
}
