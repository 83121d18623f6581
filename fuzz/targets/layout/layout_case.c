/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_case.c - build info against its naive oracle and set-up's rules; then whole set-ups.
 *
 *	topology, sizes -> layout (both rules) -> oracle, properties
 *			-> damaged layout      -> refused by the rule that was broken
 *			-> set-up (embed, page, auto), which layout_create.c and layout_first.c look
 *			at
 */
#include "fuzz/targets/layout/layout_case.h"
#include "harness/check/layout_oracle.h"
#include "fuzz/targets/layout/layout_run.h"
#include "fuzz/targets/outcome.h"
#include "harness/text/text.h"

#include <stdlib.h>

bool layout_expect(struct layout_run *run, bool holds, const char *place, const char *sentence)
{
	if (!run->broken && !fuzz_expect(run->outcome, holds, place, sentence))
		run->broken = sentence;
	return holds;
}

void layout_expect_of(struct layout_run *run, enum finding_by by, const char *place,
		      const char *sentence)
{
	if (!layout_expect(run, sentence == NULL, place, sentence) && run->broken == sentence)
		run->outcome->by = by;
}

void layout_mix(struct layout_run *run, uint64_t value)
{
	run->hash = (run->hash ^ value) * UINT64_C(0x100000001b3);
}

/* --- build info ------------------------------------------------------------------------------- */

static const struct {
	enum pcpu_status status, by_page;
} damage_due[NR_LAYOUT_DAMAGES] = {
#define X(id, status, page_status, words) [DAMAGE_##id] = {status, page_status},
#include "fuzz/targets/layout/layout_damages.def"
#undef X
};

enum pcpu_status layout_due(const struct layout_case *c, bool by_page)
{
	return by_page ? damage_due[c->damage].by_page : damage_due[c->damage].status;
}

/* Damage to a table that only a copy can have was done where the case was made. */
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
		sizes->static_bytes = sizes->reserved_bytes = sizes->dyn_bytes =
			PCPU_MAX_UNIT_BYTES;
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
	case DAMAGE_UNIT_BY_ATOM:
		sizes->atom_bytes = UINT64_C(1) << (PCPU_ADDRESS_BITS - 2);
		sizes->unit_bytes = 0;
		sizes->stride = PCPU_STRIDE_REFERENCE;
		break;
	case DAMAGE_UNIT_BY_STRIDE:
	case DAMAGE_UNIT_LARGEST:
		*sizes = (struct pcpu_sizes){
			.static_bytes = PCPU_MAX_UNIT_BYTES - PCPU_DYNAMIC_EARLY_BYTES,
			.atom_bytes = PCPU_PAGE_BYTES,
			.rule = sizes->rule,
			.stride = c->damage == DAMAGE_UNIT_LARGEST ? PCPU_STRIDE_REFERENCE :
								     PCPU_STRIDE_ODD,
		};
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

void layout_damage(const struct layout_case *c, struct pcpu_topology *t, struct pcpu_sizes *sizes)
{
	topology_damage(c, t);
	sizes_damage(c, sizes);
}

/* Returns whether a layout came out, which is then held against oracle and properties. */
static bool layout_build(struct layout_run *run, enum pcpu_rule rule, void *memory,
			 struct pcpu_layout *layout)
{
	static struct lab_layout_oracle oracle;
	static uint8_t seen[PCPU_MAX_CPUS];
	struct pcpu_topology t = run->c->topology;
	struct pcpu_sizes sizes = run->c->sizes;
	enum pcpu_status status;
	const char *wrong;

	sizes.rule = rule;
	layout_damage(run->c, &t, &sizes);
	status = pcpu_layout_build(&t, &sizes, memory, layout);
	layout_mix(run, status);
	if (!layout_expect(run, status == layout_due(run->c, false), "build info",
			   "tables are refused exactly when they are damaged, with the status that "
			   "is due"))
		return false;
	if (status != PCPU_OK)
		return false;
	layout_mix(run, (uint64_t)layout->unit_bytes << 32 | layout->upa);
	layout_mix(run, (uint64_t)layout->nr_units << 32 | layout->nr_groups);
	wrong = lab_layout_property(&t, layout, seen);
	if (!wrong && run->c->with_oracle)
		wrong = lab_layout_oracle(&oracle, &t, &sizes, layout);
	return layout_expect(run, wrong == NULL, "build info", wrong);
}

/* --- set-up's rules --------------------------------------------------------------------------- */

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
		l->unit_bytes = PCPU_MIN_UNIT_BYTES - PCPU_PAGE_BYTES;
		l->size_sum_bytes = l->unit_bytes - pcpu_layout_edge(l);
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
	case 14:
		l->skew_bytes += PCPU_SKEW_BYTES / 2;
		return PCPU_SETUP_SKEW;
	}
	return PCPU_NR_SETUP_RULES;
}

static void check_setup(struct layout_run *run, const struct pcpu_layout *built)
{
	struct pcpu_topology t = run->c->topology;
	struct pcpu_layout layout = *built;
	uintptr_t base = 0x200000;
	uint64_t value = 0;
	enum pcpu_setup_rule due = setup_damage(run->c, &layout, &t, &base);
	enum pcpu_setup_rule got = pcpu_setup_check(&layout, &t, base, 0x100000, true, &value);

	if (due != PCPU_SETUP_NO_GROUP && layout.static_bytes == 0) /* checked before all others */
		due = PCPU_SETUP_STATIC_EMPTY;
	layout_mix(run, got);
	layout_expect(run, got == due, "set-up",
		      "set-up names the rule that a damaged layout breaks");
}

/* --- all of it -------------------------------------------------------------------------------- */

static void set_up(struct layout_run *run, uint32_t nr_groups)
{
	layout_create_check(run, PCPU_CHOICE_EMBED, nr_groups);
	layout_create_check(run, PCPU_CHOICE_PAGE, nr_groups);
	if (run->c->space_bytes || run->c->auto_means_page)
		layout_create_check(run, PCPU_CHOICE_AUTO, nr_groups);
}

static void run_all(void *argument)
{
	struct layout_run *run = argument;
	const enum pcpu_rule first = run->c->sizes.rule;
	void *memory = calloc(1, pcpu_layout_memory(&run->c->topology));
	struct pcpu_layout layout;
	bool built;

	if (!memory)
		abort();
	layout_build(run,
		     first == PCPU_RULE_REFERENCE ? PCPU_RULE_FIRST_MEMBER : PCPU_RULE_REFERENCE,
		     memory, &layout);
	built = layout_build(run, first, memory, &layout);
	if (!run->broken && run->c->with_chunk)
		set_up(run, built ? layout.nr_groups : 0);
	if (built)
		check_setup(run, &layout);
	free(memory);
}

bool layout_case_run(struct layout_case *c, struct fuzz_outcome *outcome)
{
	static struct plat *plat; /* keeps memory for speed, and no state: sim_reset() */
	struct layout_run run = {.c = c, .outcome = outcome, .hash = LAB_FNV_START};
	const char *assertion;

	c->sim.topology = &c->topology;
	if (!plat)
		plat = sim_create(&c->sim);
	sim_reset(plat, &c->sim);
	run.plat = plat;
	assertion = sim_catch_assert(run_all, &run);
	if (assertion)
		layout_expect_of(&run, FINDING_ASSERTION, "an assertion", assertion);
	outcome->hash = run.hash;
	outcome->sentence = run.broken;
	return run.broken == NULL;
}
