/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * setup.c - what set-up demands of a layout before it relies on it (setup_rules.def).
 *
 * The layout normally comes from pcpu_layout_build() and passes; one that was damaged, or made by
 * other hands, is refused by the first rule it breaks, and dumped.
 */
#include "chunk.h"

static enum pcpu_setup_rule sizes_check(const struct pcpu_layout *l, uintptr_t base,
					uintptr_t static_start, bool smp, uint64_t *value)
{
	uintptr_t null = (uintptr_t)0 - static_start; /* its distance from the base */
	const struct {
		bool broken;
		enum pcpu_setup_rule rule;
		uint64_t value;
	} rules[] = {
		{l->nr_groups == 0, PCPU_SETUP_NO_GROUP, 0},
		{l->page_bytes != PCPU_PAGE_BYTES, PCPU_SETUP_PAGE, l->page_bytes},
		/* Linked at 0, offset 0 is NULL: it must not be a dynamic object. */
		{l->static_bytes == 0 && (smp || static_start == 0), PCPU_SETUP_STATIC_EMPTY, 0},
		{static_start % PCPU_PAGE_BYTES != 0, PCPU_SETUP_STATIC_START, static_start},
		{static_start != 0 && null < l->size_sum_bytes, PCPU_SETUP_STATIC_WRAP,
		 static_start},
		{base == 0, PCPU_SETUP_BASE_NULL, 0},
		{base % PCPU_PAGE_BYTES != 0, PCPU_SETUP_BASE_ALIGN, base},
		{l->skew_bytes != 0 && l->skew_bytes != PCPU_SKEW_BYTES, PCPU_SETUP_SKEW,
		 l->skew_bytes},
		{l->unit_bytes < (uint64_t)l->size_sum_bytes + pcpu_layout_edge(l),
		 PCPU_SETUP_UNIT_SUM, l->unit_bytes},
		{l->unit_bytes % PCPU_PAGE_BYTES != 0, PCPU_SETUP_UNIT_PAGES, l->unit_bytes},
		{l->unit_bytes < PCPU_MIN_UNIT_BYTES, PCPU_SETUP_UNIT_MIN, l->unit_bytes},
		{l->dyn_bytes < PCPU_DYNAMIC_EARLY_BYTES, PCPU_SETUP_DYN_MIN, l->dyn_bytes},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!rules[i].broken)
			continue;
		*value = rules[i].value;
		return rules[i].rule;
	}
	return PCPU_NR_SETUP_RULES;
}

/* The tables by CPU are never left: ids are compared with the limit before anything else. */
static enum pcpu_setup_rule cpus_check(const struct pcpu_layout *l, const struct pcpu_topology *t,
				       uint64_t *value)
{
	uint64_t seen[PCPU_BITS_WORDS(PCPU_MAX_CPUS)] = {0};

	*value = t->nr_cpu_ids;
	if (t->nr_cpu_ids > PCPU_MAX_CPUS)
		return PCPU_SETUP_CPU_RANGE;
	for (uint32_t unit = 0; unit < l->nr_units; unit++) {
		uint32_t cpu = l->cpu_map[unit];

		if (cpu == PCPU_NO_CPU)
			continue;
		*value = cpu;
		if (cpu >= t->nr_cpu_ids)
			return PCPU_SETUP_CPU_RANGE;
		if (t->cpu_node[cpu] == PCPU_NO_NODE)
			return PCPU_SETUP_CPU_POSSIBLE;
		if (pcpu_bit_test(seen, cpu))
			return PCPU_SETUP_CPU_TWICE;
		pcpu_bit_set(seen, cpu);
	}
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		if (t->cpu_node[cpu] == PCPU_NO_NODE || pcpu_bit_test(seen, cpu))
			continue;
		*value = cpu;
		return PCPU_SETUP_CPU_UNMAPPED;
	}
	return PCPU_NR_SETUP_RULES;
}

enum pcpu_setup_rule pcpu_setup_check(const struct pcpu_layout *layout,
				      const struct pcpu_topology *topology, uintptr_t base,
				      uintptr_t static_start, bool smp, uint64_t *value)
{
	enum pcpu_setup_rule rule = sizes_check(layout, base, static_start, smp, value);

	if (rule != PCPU_NR_SETUP_RULES)
		return rule;
	return cpus_check(layout, topology, value);
}

/* Does [offset, offset + bytes) lie in the static part? PCPU_NO_VARIABLE always does. */
static bool variable_fits(const struct pcpu_layout *l, uint32_t offset, uint64_t bytes)
{
	return offset == PCPU_NO_VARIABLE || offset + bytes <= l->static_bytes;
}

static bool own_fit(const struct pcpu_layout *l, const struct pcpu_own_variables *own)
{
	if (!variable_fits(l, own->this_cpu_off, sizeof(uintptr_t)) ||
	    !variable_fits(l, own->cpu_number, sizeof(uint32_t)) ||
	    !variable_fits(l, own->irq_stack_top, sizeof(uintptr_t)))
		return false;
	return own->irq_stack_top == PCPU_NO_VARIABLE ||
	       (own->irq_stack != PCPU_NO_VARIABLE && own->irq_stack_bytes >= PCPU_STACK_TOP_GAP &&
		variable_fits(l, own->irq_stack, own->irq_stack_bytes));
}

static bool variables_fit(const struct pcpu_layout *l, const struct pcpu_config *config)
{
	for (uint32_t i = 0; i < config->nr_early_maps; i++)
		if (!variable_fits(l, config->early_maps[i].static_offset,
				   config->early_maps[i].element_bytes))
			return false;
	return !config->own || own_fit(l, config->own);
}

/* The rule, then the layout. */
static void setup_refuse(struct pcpu *pcpu, enum pcpu_setup_rule rule, uint64_t value)
{
	plat_event(pcpu->plat,
		   &(struct pcpu_event){.id = PCPU_EV_SETUP_REFUSED, .a = rule, .b = value});
	plat_event(pcpu->plat, &(struct pcpu_event){.id = PCPU_EV_LAYOUT, .layout = &pcpu->layout});
}

bool pcpu_setup_values_accept(const struct pcpu_config *config)
{
	uint32_t choice = (uint32_t)config->choice, backing = (uint32_t)config->backing;

	if (choice > PCPU_CHOICE_PAGE)
		pcpu_event_emit(config->plat, PCPU_EV_SETUP_REFUSED, PCPU_SETUP_CHOICE, choice, 0);
	else if (backing > PCPU_BACKING_KM)
		pcpu_event_emit(config->plat, PCPU_EV_SETUP_REFUSED, PCPU_SETUP_BACKING, backing,
				0);
	else
		return true;
	return false;
}

bool pcpu_setup_accept(struct pcpu *pcpu, const struct pcpu_config *config)
{
	uint64_t value = 0;
	enum pcpu_setup_rule rule =
		pcpu_setup_check(&pcpu->layout, config->topology, pcpu->base, pcpu->static_start,
				 !config->uniprocessor, &value);

	if (rule == PCPU_NR_SETUP_RULES && !variables_fit(&pcpu->layout, config)) {
		rule = PCPU_SETUP_OWN_VARIABLES;
		value = pcpu->layout.static_bytes;
	}
	if (rule == PCPU_NR_SETUP_RULES &&
	    config->static_align_bytes > pcpu_layout_align_max(&pcpu->layout)) {
		rule = PCPU_SETUP_STATIC_ALIGN;
		value = config->static_align_bytes;
	}
	if (rule == PCPU_NR_SETUP_RULES && config->backing == PCPU_BACKING_KM &&
	    pcpu->layout.nr_groups != 1) {
		rule = PCPU_SETUP_KM_GROUPS;
		value = pcpu->layout.nr_groups;
	}
	if (rule == PCPU_NR_SETUP_RULES)
		return true;
	setup_refuse(pcpu, rule, value);
	return false;
}

bool pcpu_setup_accept_page(struct pcpu *pcpu)
{
	if (pcpu->layout.page_bytes == PCPU_PAGE_BYTES)
		return true;
	setup_refuse(pcpu, PCPU_SETUP_PAGE, pcpu->layout.page_bytes);
	return false;
}
