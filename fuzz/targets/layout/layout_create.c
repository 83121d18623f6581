/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_create.c - runs set-up once, and checks its result and events against the request (SPEC.md
 * 3, Choice and Setup).
 *
 *	asked: machine, sizes, choice, variables	answered: status, events, early arrays
 *	  over a limit ----------------------------------> ELIMIT, nothing taken
 *	  embed -> too wide, over a limit, no memory -> page     FALLBACK
 *	  neither ---------------------------------------> NO_FALLBACK
 *	  a rule broken ---------------------------------> EINVAL, SETUP_REFUSED
 */
#include "fuzz/targets/layout/layout_run.h"

static const char place[] = "set-up";

#define MAX_READY_BYTES (1u << 20) /* kept of all units together */

/* One set-up and what came of it. */
struct attempt {
	const struct pcpu_config *config;
	uint32_t nr_groups; /* that embed gets */
	enum pcpu_status status;
	struct sim_ledger ledger;
	struct pcpu_event last[PCPU_NR_EVENTS]; /* of each id, where ledger.nr_events counts one */
	enum pcpu_event_id end[3];		/* of the events: the newest last */
	bool page_only;				/* nothing but page may be tried */
	bool by_page; /* page was tried, with or without embed before it */
};

static uint64_t events_of(const struct attempt *a, enum pcpu_event_id id)
{
	return a->ledger.nr_events[id];
}

/* When memory may be short the result can be ENOMEM too. */
static bool may_fail(const struct layout_run *run, const struct attempt *a)
{
	return a->ledger.nr_failed > 0 || run->c->sim.pages_per_node > 0;
}

static bool is_over_limits(const struct layout_case *c)
{
	return c->damage == DAMAGE_TOO_MANY_CPUS || c->damage == DAMAGE_TOO_MANY_NODES;
}

static void attempt_read(struct layout_run *run, struct attempt *a)
{
	struct pcpu_event events[SIM_EVENTS_KEPT];
	uint32_t nr = sim_events(run->plat, events, SIM_EVENTS_KEPT);

	sim_ledger(run->plat, &a->ledger);
	for (uint32_t i = 0; i < nr; i++) {
		a->last[events[i].id] = events[i];
		if (i + 3 >= nr)
			a->end[i + 3 - nr] = events[i].id;
	}
	a->page_only = !a->config->no_page_allocator &&
		       (a->config->choice == PCPU_CHOICE_PAGE ||
			(a->config->choice == PCPU_CHOICE_AUTO && a->config->auto_means_page));
	a->by_page = a->page_only || events_of(a, PCPU_EV_FALLBACK) > 0;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* Would a pointer into static, reserved or dynamic space be NULL? */
static bool start_wraps(const struct layout_case *c, bool by_page)
{
	uint64_t dyn = by_page ? 0 : c->sizes.dyn_bytes, sum;

	dyn = dyn < PCPU_DYNAMIC_EARLY_BYTES ? PCPU_DYNAMIC_EARLY_BYTES : dyn;
	sum = c->sizes.static_bytes + c->sizes.reserved_bytes + dyn;
	return c->static_start && (sum - 1) / PCPU_PAGE_BYTES >= -c->static_start / PCPU_PAGE_BYTES;
}

/* The rule that refuses it, going by the text; page makes one group of all. */
static enum pcpu_setup_rule rule_due(const struct layout_case *c, uint32_t nr_groups, bool by_page)
{
	if (c->sizes.static_bytes == 0 && (!c->uniprocessor || c->static_start == 0))
		return PCPU_SETUP_STATIC_EMPTY;
	if (c->static_start % PCPU_PAGE_BYTES != 0)
		return PCPU_SETUP_STATIC_START;
	if (start_wraps(c, by_page))
		return PCPU_SETUP_STATIC_WRAP;
	if (!layout_variables_fit(&c->variables, c->sizes.static_bytes))
		return PCPU_SETUP_OWN_VARIABLES;
	return c->km && nr_groups != 1 ? PCPU_SETUP_KM_GROUPS : PCPU_NR_SETUP_RULES;
}

static void check_rule(struct layout_run *run, const struct attempt *a)
{
	enum pcpu_setup_rule due = rule_due(run->c, a->by_page ? 1 : a->nr_groups, a->by_page);
	bool is_refused = events_of(a, PCPU_EV_SETUP_REFUSED) > 0;

	if (!may_fail(run, a))
		layout_expect(run, is_refused == (due != PCPU_NR_SETUP_RULES), place,
			      "set-up accepts exactly what its rules allow");
	layout_expect(run, a->status != PCPU_OK || (due == PCPU_NR_SETUP_RULES && !is_refused),
		      place, "no allocator comes of what a rule forbids");
	if (is_refused)
		layout_expect(run,
			      a->status == PCPU_EINVAL &&
				      a->last[PCPU_EV_SETUP_REFUSED].a == (uint64_t)due,
			      place, "a refusal names the rule that is broken");
}

/* Returns whether a shortage ends set-up without another try. */
static bool must_fail(const struct layout_case *c, const struct attempt *a)
{
	return a->ledger.nr_failed > 0 &&
	       (c->fails_at == 0 || c->fails_on || a->page_only || a->config->no_page_allocator);
}

static void check_status(struct layout_run *run, const struct attempt *a)
{
	enum pcpu_status due = layout_due(run->c, a->by_page);
	bool may_end = may_fail(run, a) && a->status == PCPU_ENOMEM;

	if (due == PCPU_OK && !may_end)
		check_rule(run, a);
	else
		layout_expect(run, a->status == due || may_end, place,
			      "tables are refused with the status that is due");
	if (must_fail(run->c, a))
		layout_expect(run, a->status == PCPU_ENOMEM, place,
			      "a call that fails with nothing behind it ends set-up");
	if (is_over_limits(run->c))
		layout_expect(run, a->ledger.nr_calls == 0, place,
			      "over the limits nothing is taken");
}

/* --- the way to it ---------------------------------------------------------------------------- */

/* Embed gives way to page when it fails for anything but bad tables, and for nothing else. */
static void check_choice(struct layout_run *run, const struct attempt *a)
{
	const struct layout_case *c = run->c;
	bool may = !a->page_only && !a->config->no_page_allocator && !is_over_limits(c);
	bool must = events_of(a, PCPU_EV_SPAN_WIDE) > 0 || layout_due(c, false) == PCPU_ELIMIT;
	uint64_t nr = events_of(a, PCPU_EV_FALLBACK);

	layout_expect(run, nr <= (may && (must || may_fail(run, a))), place,
		      "page is tried after embed only when embed cannot be");
	if (may && must && !may_fail(run, a))
		layout_expect(run, nr == 1, place, "page is tried when embed cannot be");
	layout_expect(run,
		      events_of(a, PCPU_EV_CHOICE_UNKNOWN) ==
			      (a->config->choice == PCPU_CHOICE_PAGE &&
			       a->config->no_page_allocator && !is_over_limits(c) &&
			       c->fails_at != 0),
		      place,
		      "page is reported as unknown where it is not built in, and nowhere else");
	if (a->status == PCPU_OK)
		layout_expect(run,
			      pcpu_chosen(run->pcpu) ==
				      (a->by_page ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED),
			      place, "the choice is the one that was tried last");
}

/* a is more than 75 % of b. */
static bool is_wide(uint64_t a, uint64_t b)
{
	return a * 4 > b * 3;
}

static uint64_t span_of(const struct pcpu_layout *l)
{
	uint64_t lowest = UINT64_MAX, end = 0;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		lowest = pcpu_min64(lowest, l->group[g].base_offset);
		end = pcpu_max64(end, l->group[g].base_offset + l->group[g].area_bytes);
	}
	return end - lowest;
}

/* Told when it is too wide, and then embed only where there is no page allocator. */
static void check_span(struct layout_run *run, const struct attempt *a)
{
	const struct pcpu_event *wide = &a->last[PCPU_EV_SPAN_WIDE];
	uint64_t space = a->config->space_bytes, nr = events_of(a, PCPU_EV_SPAN_WIDE);

	if (wide->id == PCPU_EV_SPAN_WIDE)
		layout_expect(run, wide->b == space && is_wide(wide->a, space), place,
			      "a span that is reported as too wide is more than 75 % of the space");
	if (a->status != PCPU_OK || pcpu_chosen(run->pcpu) != PCPU_CHOICE_EMBED)
		return;
	layout_expect(run, nr == (space > 0 && is_wide(span_of(pcpu_layout(run->pcpu)), space)),
		      place, "embed warns of a span that is more than 75 % of the space");
	layout_expect(run, nr == 0 || a->config->no_page_allocator, place,
		      "embed is taken only when its span is at most 75 % of the space");
}

/* --- what was told ---------------------------------------------------------------------------- */

/* "Fatal and names all causes": of embed and of page, OK for what was not tried. */
static void check_causes(struct layout_run *run, const struct attempt *a)
{
	const struct pcpu_event *causes = &a->last[PCPU_EV_NO_FALLBACK];
	enum pcpu_status due = layout_due(run->c, a->by_page);
	uint64_t embed = events_of(a, PCPU_EV_FALLBACK) ? a->last[PCPU_EV_FALLBACK].b : PCPU_OK;

	if (!may_fail(run, a))
		layout_expect(run,
			      events_of(a, PCPU_EV_NO_FALLBACK) ==
				      (due != PCPU_OK && !is_over_limits(run->c)),
			      place, "the causes are reported when no choice can be");
	if (!events_of(a, PCPU_EV_NO_FALLBACK))
		return;
	if (a->by_page)
		layout_expect(run, causes->a == embed && causes->b == (uint64_t)a->status, place,
			      "the causes of embed and of page are reported");
	else
		layout_expect(run, causes->a == (uint64_t)a->status && causes->b == PCPU_OK, place,
			      "the cause of embed is reported, and that page was not tried");
}

static uint32_t node_ids_end(const struct pcpu_topology *t)
{
	uint32_t end = 0;

	for (uint32_t node = 0; node < t->nr_nodes; node++)
		end = t->node_id[node] >= end ? t->node_id[node] + 1u : end;
	return end;
}

/* The two lines and the dump. */
static void check_lines(struct layout_run *run, const struct attempt *a)
{
	const struct pcpu_layout *l = pcpu_layout(run->pcpu);
	enum pcpu_event_id second = a->by_page ? PCPU_EV_PAGED : PCPU_EV_EMBEDDED;
	const struct pcpu_event *ids = &a->last[PCPU_EV_IDS], *line = &a->last[second];
	uint32_t limit = a->config->nr_cpus_limit;

	layout_expect(
		run, a->end[0] == PCPU_EV_IDS && a->end[1] == second && a->end[2] == PCPU_EV_LAYOUT,
		place, "set-up ends with its two lines and the dump");
	layout_expect(run,
		      ids->a == (limit ? limit : PCPU_MAX_CPUS) &&
			      ids->b == run->c->topology.nr_cpu_ids &&
			      ids->c == node_ids_end(&run->c->topology),
		      place, "the first line has the limit, the CPU ids and the node ids");
	layout_expect(run,
		      line->a == l->size_sum_bytes / PCPU_PAGE_BYTES &&
			      line->b == pcpu_base(run->pcpu) && line->c == l->unit_bytes,
		      place, "the second line has pages, base and unit");
}

static void check_events(struct layout_run *run, const struct attempt *a)
{
	layout_expect(run, (a->status == PCPU_OK) == (run->pcpu != NULL), place,
		      "an allocator comes with the status OK and with no other");
	check_causes(run, a);
	if (a->status == PCPU_OK)
		check_lines(run, a);
	else
		layout_expect(run,
			      a->end[2] == PCPU_EV_CREATE_FAILED &&
				      events_of(a, PCPU_EV_CREATE_FAILED) == 1 &&
				      a->last[PCPU_EV_CREATE_FAILED].a == (uint64_t)a->status,
			      place, "a failed set-up ends with its status");
}

/* --- one set-up ------------------------------------------------------------------------------- */

static void attempt_run(struct layout_run *run, struct attempt *a)
{
	struct layout_case *c = run->c;

	c->sim.topology = &c->topology;
	c->sim.static_start = (uintptr_t)c->static_start;
	c->sim.ready_bytes = (uint32_t)pcpu_min64(
		c->sizes.static_bytes, MAX_READY_BYTES / pcpu_max64(c->topology.nr_cpu_ids, 1));
	sim_reset(run->plat, &c->sim);
	if (c->fails_at != UINT32_MAX)
		lab_fail_at(run->plat, c->fails_at, c->fails_on);
	run->pcpu = NULL;
	a->status = pcpu_create(a->config, &run->pcpu);
	lab_fail_never(run->plat);
	layout_mix(run, a->status);
	attempt_read(run, a);
}

static void attempt_check(struct layout_run *run, const struct attempt *a,
			  const struct layout_arrays *arrays)
{
	const char *wrong = layout_arrays_after(arrays, &run->c->variables, a->status == PCPU_OK);

	layout_expect(run, wrong == NULL, place, wrong);
	check_events(run, a);
	if (run->broken)
		return;
	check_status(run, a);
	check_choice(run, a);
	check_span(run, a);
	if (run->pcpu)
		layout_first_check(run, a->config, arrays);
}

static const struct pcpu_engine *engine_of(struct layout_run *run)
{
	const struct pcpu_engine *engine;

	if (!run->c->engine_named)
		return NULL;
	engine = pcpu_engine_find(run->c->engine->name);
	layout_expect(run,
		      engine == run->c->engine && !pcpu_engine_find("") &&
			      !pcpu_engine_find("no such engine"),
		      place, "an engine is found by its name, and none by others");
	return engine;
}

void layout_create_check(struct layout_run *run, enum pcpu_choice choice, uint32_t nr_groups)
{
	struct layout_case *c = run->c;
	struct pcpu_topology topology = c->topology;
	struct layout_arrays arrays;
	struct pcpu_config config = {
		.plat = run->plat,
		.topology = &topology,
		.sizes = c->sizes,
		.choice = choice,
		.auto_means_page = c->auto_means_page,
		.engine = engine_of(run),
		.backing = c->km ? PCPU_BACKING_KM : PCPU_BACKING_VM,
		.uniprocessor = c->uniprocessor,
		.space_bytes = c->space_bytes,
		.no_page_allocator = c->no_page_allocator,
		.nr_cpus_limit = c->nr_cpus_limit,
		.static_start = c->static_start,
		.static_image = layout_image(c),
		.own = c->variables.with_own ? &c->variables.own : NULL,
		.early_maps = arrays.map,
		.nr_early_maps = c->variables.nr_maps,
	};
	struct attempt attempt = {.config = &config, .nr_groups = nr_groups};

	layout_damage(c, &topology, &config.sizes);
	layout_arrays_init(&arrays, &c->variables, c->topology.nr_cpu_ids);
	attempt_run(run, &attempt);
	attempt_check(run, &attempt, &arrays);
	layout_arrays_finish(&arrays);
	pcpu_destroy(run->pcpu);
	layout_expect_of(run, FINDING_FAULT, "after destroy", sim_lost(run->plat));
	layout_expect_of(run, FINDING_FAULT, "the seam's contract", sim_fault(run->plat));
}
