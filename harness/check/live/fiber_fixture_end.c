/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_fixture_end.c - opens a fixture, and checks it while no step is in progress.
 *
 *	open -> (steps) -> check -> free all, balance -> check -> empty? -> destroy -> lost?
 */
#include "harness/check/live/fiber_fixture.h"
#include "harness/check/live/guarded_map.h"

/* What static and reserved parts may keep of a head too small to split. */
#define KEPT_BYTES (2 * 3u)

static const uint16_t cpu_node[] = {0, PCPU_NO_NODE, 0};
static const uint16_t node_id[] = {0};
static const struct pcpu_topology topology = {
	.nr_cpu_ids = 3, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id};

static void config_of(uint64_t address_seed, struct fiber_fixture_config *config)
{
	*config = (struct fiber_fixture_config){
		.sim = {.topology = &topology, .address_seed = address_seed, .flush_needed = true},
		.pcpu =
			{
				.topology = &topology,
				.sizes = {.static_bytes = 100, .atom_bytes = 16 * PCPU_PAGE_BYTES},
				.choice = PCPU_CHOICE_EMBED,
				.static_start = 0x10000,
			},
	};
}

struct plat *fiber_fixture_plat(void)
{
	struct fiber_fixture_config config;

	config_of(0, &config);
	return sim_create(&config.sim);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* Clears the state of an earlier fixture; slots that were never used are skipped. */
static void fiber_forget(struct fiber_fixture *fixture, struct plat *plat)
{
	fixture->plat = plat;
	fixture->pcpu = NULL;
	memset(fixture->slot, 0, fixture->nr_slots * sizeof(fixture->slot[0]));
	memset(fixture->step, 0, sizeof(fixture->step));
	fixture->nr_slots = 0;
	fixture->honour_kicks = fixture->may_fail = fixture->frozen = false;
	fixture->nr_in_steps = fixture->nr_allocating = fixture->nr_wrong_frees = 0;
	fixture->wrong = NULL;
	fixture->wrong_step = NULL;
	fixture->hash = UINT64_C(0xcbf29ce484222325);
	fixture->nr_refused = fixture->nr_refused_asleep = fixture->nr_atomic_taken = 0;
}

static void fill_first(struct fiber_fixture *fixture)
{
	size_t bytes = pcpu_layout(fixture->pcpu)->dyn_bytes;

	(void)live_alloc(&fixture->live, pcpu_min64(bytes, PCPU_MIN_UNIT_BYTES), 4, 0);
}

bool fiber_fixture_open(struct fiber_fixture *fixture, struct plat *plat,
			const struct fiber_fixture_config *config)
{
	struct pcpu_config pcpu = config->pcpu;

	fiber_forget(fixture, plat);
	sim_reset(plat, &config->sim);
	pcpu.plat = plat;
	if (!pcpu.engine)
		pcpu.engine = &pcpu_engines[0];
	pcpu.engine = guarded_map(pcpu.engine, plat, &fixture->map_wrong);
	if (pcpu_create(&pcpu, &fixture->pcpu) != PCPU_OK) {
		if (sim_lost(plat))
			fiber_fixture_note(fixture, sim_lost(plat));
		return false;
	}
	live_init(&fixture->live, plat, fixture->pcpu);
	fixture->live.brief = true;
	fixture->honour_kicks = config->honour_kicks;
	if (config->fill_first)
		fill_first(fixture);
	return true;
}

bool fiber_fixture_begin(struct fiber_fixture *fixture, struct plat *plat, uint64_t address_seed)
{
	struct fiber_fixture_config config;

	config_of(address_seed, &config);
	config.pcpu.front = address_seed % 4 == 3;
	if (config.pcpu.front)
		config.pcpu.engine = pcpu_engine_find(PCPU_DEFAULT_ENGINE);
	if (fiber_fixture_open(fixture, plat, &config))
		return true;
	fiber_fixture_note(fixture, "no allocator");
	return false;
}

/* --- checks --------------------------------------------------------------------------------- */

static void check_counts(struct fiber_fixture *fixture)
{
	uint64_t nr_live = 0, bytes = 0;
	struct pcpu_stats stats;

	for (uint32_t i = 0; i < fixture->live.nr_entries; i++) {
		nr_live += fixture->live.object[i].pointer.value != 0;
		bytes += fixture->live.object[i].pointer.value ? fixture->live.object[i].size : 0;
	}
	pcpu_stats(fixture->pcpu, &stats);
	if (stats.nr_live != nr_live || stats.live_bytes < bytes)
		fiber_fixture_note(fixture,
				   "the statistics count other objects than those that live");
}

void fiber_fixture_check(struct fiber_fixture *fixture)
{
	enum pcpu_invariant invariant = pcpu_check(fixture->pcpu, NULL);
	struct pcpu_report report;

	if (sim_fault(fixture->plat))
		fiber_fixture_note(fixture, sim_fault(fixture->plat));
	if (invariant != PCPU_HOLDS)
		fiber_fixture_note(fixture, pcpu_invariant_text(invariant));
	live_check(&fixture->live);
	if (fixture->live.wrong)
		fiber_fixture_note(fixture, fixture->live.wrong);
	if (lab_take_misuse(fixture->plat, &report))
		fiber_fixture_note(fixture, "a free of a live object was reported as misuse");
	check_counts(fixture);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Returns whether an emptied map is one free run, which in the first chunk follows the set-up
   part. */
static bool is_whole(void *context, const struct pcpu_chunk_view *view)
{
	struct fiber_fixture *fixture = context;
	struct pcpu_area area = {0};
	uint32_t nr_free = 0, nr_used = 0;

	while (view->map->ops->next(view->map, &area)) {
		nr_free += !area.used;
		nr_used += area.used;
		if (area.used && area.offset != 0)
			fiber_fixture_note(fixture, "everything is freed, but a map is in parts");
	}
	if (nr_free > 1 || nr_used > (view->kind != PCPU_CHUNK_LATER))
		fiber_fixture_note(fixture, "everything is freed, but a map is in parts");
	return true;
}

static void check_empty(struct fiber_fixture *fixture)
{
	struct pcpu_stats stats;

	pcpu_stats(fixture->pcpu, &stats);
	if (stats.nr_live != 0 || stats.live_bytes > KEPT_BYTES)
		fiber_fixture_note(fixture, "everything is freed, but something counts as live");
	if (stats.nr_chunks > 2 &&
	    pcpu_engine_keeps(pcpu_engine_of(fixture->pcpu), PCPU_PROMISE_ONE_EMPTY))
		fiber_fixture_note(fixture,
				   "everything is freed, but more than one later chunk remains");
	pcpu_visit(fixture->pcpu, is_whole, fixture);
}

void fiber_fixture_end(struct fiber_fixture *fixture)
{
	lab_fail_never(fixture->plat);
	if (fixture->wrong)
		return; /* do not touch a broken allocator again */
	fiber_fixture_check(fixture);
	pcpu_stats(fixture->pcpu, &fixture->stats);
	if (fixture->wrong)
		return;
	live_free_all(&fixture->live);
	pcpu_balance(fixture->pcpu);
	fiber_fixture_check(fixture);
	pcpu_drain(fixture->pcpu);
	check_empty(fixture);
	if (fixture->wrong)
		return;
	pcpu_destroy(fixture->pcpu);
	if (sim_lost(fixture->plat))
		fiber_fixture_note(fixture, sim_lost(fixture->plat));
	if (sim_fault(fixture->plat))
		fiber_fixture_note(fixture, sim_fault(fixture->plat));
}
