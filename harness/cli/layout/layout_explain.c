/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_explain.c - repeats the search for units per allocation step by step, and computes the
 * memory that the first chunk takes, keeps and gives back.
 *
 *	upa 8  wastes too much	upa 4  taken	upa 2  taken	upa 1  more allocations: the end
 *
 *	a group's area: [kept|given back][kept|given back][ unit without a CPU: given back ]
 *
 * R1  Written from SPEC.md 2.4, not from layout.c: the caller checks that both make the same
 *     choice.
 */
#include "harness/cli/layout/layout_explain.h"

#include <inttypes.h>
#include <stdlib.h>

static uint32_t allocs_of(const struct pcpu_layout *l, uint32_t upa)
{
	uint32_t nr = 0;

	for (uint32_t g = 0; g < l->nr_groups; g++)
		nr += (l->group[g].nr_cpus + upa - 1) / upa;
	return nr;
}

static bool has_whole_pages(const struct explain *e, const struct pcpu_layout *l, uint32_t upa)
{
	return e->alloc_bytes % upa == 0 && e->alloc_bytes / upa % l->page_bytes == 0;
}

static struct explain_step step_of(const struct explain *e, const struct pcpu_layout *l,
				   uint32_t upa, uint32_t last_allocs)
{
	struct explain_step step = { .upa = upa, .last_upa = upa, .verdict = EXPLAIN_NO_PAGES };

	if (!has_whole_pages(e, l, upa))
		return step;
	step.nr_allocs = allocs_of(l, upa);
	step.nr_wasted = step.nr_allocs * upa - l->nr_possible;
	step.verdict = step.nr_wasted > e->max_wasted	? EXPLAIN_WASTE :
		       step.nr_allocs > last_allocs	? EXPLAIN_END :
							  EXPLAIN_TAKEN;
	return step;
}

/* Consecutive values whose parts are not whole pages are one step. */
static void step_add(struct explain *e, struct explain_step step)
{
	struct explain_step *last = e->nr_steps ? &e->steps[e->nr_steps - 1] : NULL;

	if (step.verdict == EXPLAIN_NO_PAGES && last && last->verdict == EXPLAIN_NO_PAGES)
		last->last_upa = step.upa;
	else
		e->steps[e->nr_steps++] = step;
}

static void explain_search(struct explain *e, const struct pcpu_layout *l)
{
	uint32_t last_allocs = UINT32_MAX;

	for (uint32_t upa = e->max_upa; upa >= 1; upa--) {
		struct explain_step step = step_of(e, l, upa, last_allocs);

		step_add(e, step);
		if (step.verdict == EXPLAIN_END)
			return;
		if (step.verdict != EXPLAIN_TAKEN)
			continue;
		last_allocs = step.nr_allocs;
		e->chosen = upa;
	}
}

/* Page takes only the pages that it keeps; embed takes areas as a whole. */
static struct explain_memory memory_of(const struct layout_report *report)
{
	const struct pcpu_layout *l = &report->layout;
	uint32_t cpu_kept = l->size_sum_bytes + pcpu_layout_edge(l);
	struct explain_memory m = { .kept = (uint64_t)l->nr_possible * cpu_kept,
				    .cpu_kept = cpu_kept };

	m.taken = m.kept;
	if (report->allocator == PCPU_CHOICE_PAGE)
		return m;
	m.cpu_given_back = l->unit_bytes - cpu_kept;
	m.taken = 0;
	for (uint32_t g = 0; g < l->nr_groups; g++)
		m.taken += l->group[g].area_bytes;
	m.given_back = m.taken - m.kept;
	return m;
}

bool explain_make(const struct layout_report *report, struct explain *e)
{
	const struct pcpu_layout *l = &report->layout;
	const struct pcpu_sizes *s = &report->sizes->sizes;
	uint64_t least = pcpu_max64(l->size_sum_bytes, pcpu_sizes_min_unit(s));

	*e = (struct explain){
		.searched = s->unit_bytes == 0 && s->stride == PCPU_STRIDE_REFERENCE,
		.alloc_bytes = pcpu_align_up(least, l->atom_bytes),
		.max_wasted = l->nr_possible / 3,
		.chosen = 1,
		.memory = memory_of(report),
	};
	if (!e->searched) {
		e->alloc_bytes = l->alloc_bytes;
		return true;
	}
	e->max_upa = (uint32_t)(e->alloc_bytes / least);
	e->steps = malloc(e->max_upa * sizeof(*e->steps));
	if (e->steps)
		explain_search(e, l);
	return e->steps != NULL;
}

void explain_free(struct explain *explain)
{
	free(explain->steps);
}

/* --- as a table ------------------------------------------------------------------------------ */

static const char *verdict_text(const struct explain *e, const struct explain_step *step,
				char capacity[96])
{
	switch (step->verdict) {
	case EXPLAIN_NO_PAGES:
		return "passed over: no whole pages";
	case EXPLAIN_WASTE:
		snprintf(capacity, 96,
			 "passed over: wastes %" PRIu32 " units, at most %" PRIu32 " may be",
			 step->nr_wasted, e->max_wasted);
		return capacity;
	case EXPLAIN_TAKEN:
		return step->upa == e->chosen ? "taken: the choice" :
						"taken, until a smaller one is";
	case EXPLAIN_END:
		return "passed over: more allocations than before, the search ends";
	}
	return "";
}

static void print_step(const struct explain *e, const struct explain_step *step)
{
	char capacity[96], upas[24];

	if (step->upa == step->last_upa)
		snprintf(upas, sizeof(upas), "%" PRIu32, step->upa);
	else
		snprintf(upas, sizeof(upas), "%" PRIu32 "-%" PRIu32, step->upa, step->last_upa);
	if (step->verdict == EXPLAIN_NO_PAGES)
		printf("%11s %12s %7s %7s %7s  ", upas, "-", "-", "-", "-");
	else
		printf("%11s %12" PRIu64 " %7" PRIu32 " %7" PRIu32 " %7" PRIu32 "  ", upas,
		       e->alloc_bytes / step->upa, step->nr_allocs, step->nr_allocs * step->upa,
		       step->nr_wasted);
	printf("%s\n", verdict_text(e, step, capacity));
}

static void print_memory(const struct explain_memory *m, const struct pcpu_layout *l)
{
	printf("\n%-11s %14s %14s %14s\n", "memory", "taken", "kept", "given back");
	printf("%-11s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", "a CPU",
	       m->cpu_kept + m->cpu_given_back, m->cpu_kept, m->cpu_given_back);
	if (l->nr_wasted && m->given_back)
		printf("%-11s %14" PRIu32 " %14u %14" PRIu32 "\n", "no CPU", l->unit_bytes, 0u,
		       l->unit_bytes);
	printf("%-11s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", "in all", m->taken, m->kept,
	       m->given_back);
}

void explain_print(const struct explain *e, const struct pcpu_layout *l)
{
	if (e->searched) {
		printf("\nunits to an allocation of %" PRIu64 " bytes: at most %" PRIu32
		       ", of at least %" PRIu64 " bytes\n\n", e->alloc_bytes, e->max_upa,
		       e->alloc_bytes / e->max_upa);
		printf("%11s %12s %7s %7s %7s\n", "upa", "unit_bytes", "allocs", "units",
		       "wasted");
		for (uint32_t i = 0; i < e->nr_steps; i++)
			print_step(e, &e->steps[i]);
	} else {
		printf("\nunits to an allocation: 1; the unit is forced or odd, no other is "
		       "tried\n");
	}
	print_memory(&e->memory, l);
}

/* --- as JSON --------------------------------------------------------------------------------- */

static json_t *explain_number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *step_json(const struct explain *e, const struct explain_step *step)
{
	static const char *const words[] = { "no whole pages", "wastes too much", "taken",
					     "more allocations" };
	bool counts = step->verdict != EXPLAIN_NO_PAGES;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:b}", "upa", explain_number(step->upa),
			 "last_upa", explain_number(step->last_upa), "unit_bytes",
			 counts ? explain_number(e->alloc_bytes / step->upa) : json_null(),
			 "nr_allocs", counts ? explain_number(step->nr_allocs) : json_null(),
			 "nr_wasted", counts ? explain_number(step->nr_wasted) : json_null(),
			 "verdict", words[step->verdict], "chosen",
			 step->verdict == EXPLAIN_TAKEN && step->upa == e->chosen);
}

json_t *explain_json(const struct explain *e)
{
	const struct explain_memory *m = &e->memory;
	json_t *steps = json_array();

	for (uint32_t i = 0; i < e->nr_steps; i++)
		json_array_append_new(steps, step_json(e, &e->steps[i]));
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:{s:o, s:o}}", "alloc_bytes",
		explain_number(e->alloc_bytes), "max_wasted", explain_number(e->max_wasted),
		"chosen_upa", explain_number(e->chosen), "tried", steps, "memory", "taken_bytes",
		explain_number(m->taken), "kept_bytes", explain_number(m->kept), "given_back_bytes",
		explain_number(m->given_back), "memory_of_a_cpu", "kept_bytes",
		explain_number(m->cpu_kept), "given_back_bytes", explain_number(m->cpu_given_back));
}
