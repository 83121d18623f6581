/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_world_end.c - how a world comes to be, and what it is held to when all is quiet.
 *
 *	open -> (steps) -> check -> free all, balance -> check -> empty? -> destroy -> lost?
 */
#include "harness/check/live/fiber_world.h"
#include "harness/check/live/guarded_map.h"

/* What static and reserved part may keep of a head too small to split. */
#define KEPT_BYTES (2 * 3u)

static const uint16_t cpu_node[] = {0, PCPU_NO_NODE, 0};
static const uint16_t node_id[] = {0};
static const struct pcpu_topology topology = {
	.nr_cpu_ids = 3, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id};

static void config_of(uint64_t address_seed, struct world_config *config)
{
	*config = (struct world_config){
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

struct plat *world_plat(void)
{
	struct world_config config;

	config_of(0, &config);
	return sim_create(&config.sim);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* Whatever is left of a world before; objects that were never used are not looked at. */
static void fiber_forget(struct world *world, struct plat *plat)
{
	world->plat = plat;
	world->pcpu = NULL;
	memset(world->slot, 0, world->nr_slots * sizeof(world->slot[0]));
	memset(world->step, 0, sizeof(world->step));
	world->nr_slots = 0;
	world->honour_kicks = world->may_fail = world->frozen = false;
	world->nr_in_steps = world->nr_allocating = world->nr_wrong_frees = 0;
	world->wrong = NULL;
	world->wrong_step = NULL;
	world->hash = UINT64_C(0xcbf29ce484222325);
	world->nr_refused = world->nr_refused_asleep = world->nr_atomic_taken = 0;
}

static void fill_first(struct world *world)
{
	size_t bytes = pcpu_layout(world->pcpu)->dyn_bytes;

	(void)live_alloc(&world->live, pcpu_min64(bytes, PCPU_MIN_UNIT_BYTES), 4, 0);
}

bool world_open(struct world *world, struct plat *plat, const struct world_config *config)
{
	struct pcpu_config pcpu = config->pcpu;

	fiber_forget(world, plat);
	sim_reset(plat, &config->sim);
	pcpu.plat = plat;
	pcpu.engine =
		guarded_map(pcpu.engine ? pcpu.engine : pcpu_engines[0], plat, &world->map_wrong);
	if (pcpu_create(&pcpu, &world->pcpu) != PCPU_OK) {
		if (sim_lost(plat))
			world_note(world, sim_lost(plat));
		return false;
	}
	live_init(&world->live, plat, world->pcpu);
	world->live.brief = true;
	world->honour_kicks = config->honour_kicks;
	if (config->fill_first)
		fill_first(world);
	return true;
}

bool world_begin(struct world *world, struct plat *plat, uint64_t address_seed)
{
	struct world_config config;

	config_of(address_seed, &config);
	if (world_open(world, plat, &config))
		return true;
	world_note(world, "no allocator");
	return false;
}

/* --- checks --------------------------------------------------------------------------------- */

static void check_counts(struct world *world)
{
	uint64_t nr_live = 0, bytes = 0;
	struct pcpu_stats stats;

	for (uint32_t i = 0; i < world->live.nr_entries; i++) {
		nr_live += world->live.object[i].pointer.value != 0;
		bytes += world->live.object[i].pointer.value ? world->live.object[i].size : 0;
	}
	pcpu_stats(world->pcpu, &stats);
	if (stats.nr_live != nr_live || stats.live_bytes < bytes)
		world_note(world, "the statistics count other objects than those that live");
}

void world_check(struct world *world)
{
	enum pcpu_invariant invariant = pcpu_check(world->pcpu, NULL);
	struct pcpu_report report;

	if (sim_fault(world->plat))
		world_note(world, sim_fault(world->plat));
	if (invariant != PCPU_HOLDS)
		world_note(world, pcpu_invariant_text(invariant));
	live_check(&world->live);
	if (world->live.wrong)
		world_note(world, world->live.wrong);
	if (lab_take_misuse(world->plat, &report))
		world_note(world, "a free of a live object was reported as misuse");
	check_counts(world);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* An emptied map is one free run, behind what is used from its start in the first chunk. */
static bool is_whole(void *context, const struct pcpu_chunk_view *view)
{
	struct world *world = context;
	struct pcpu_area area = {0};
	uint32_t nr_free = 0, nr_used = 0;

	while (view->map->ops->next(view->map, &area)) {
		nr_free += !area.used;
		nr_used += area.used;
		if (area.used && area.offset != 0)
			world_note(world, "everything is freed, but a map is in parts");
	}
	if (nr_free > 1 || nr_used > (view->kind != PCPU_CHUNK_LATER))
		world_note(world, "everything is freed, but a map is in parts");
	return true;
}

static void check_empty(struct world *world)
{
	struct pcpu_stats stats;

	pcpu_stats(world->pcpu, &stats);
	if (stats.nr_live != 0 || stats.live_bytes > KEPT_BYTES)
		world_note(world, "everything is freed, but something counts as live");
	if (stats.nr_chunks > 2)
		world_note(world, "everything is freed, but more than one later chunk remains");
	pcpu_visit(world->pcpu, is_whole, world);
}

void world_end(struct world *world)
{
	lab_fail_never(world->plat);
	if (world->wrong)
		return; /* what is broken is not touched again */
	world_check(world);
	pcpu_stats(world->pcpu, &world->stats);
	if (world->wrong)
		return;
	live_free_all(&world->live);
	pcpu_balance(world->pcpu);
	world_check(world);
	check_empty(world);
	if (world->wrong)
		return;
	pcpu_destroy(world->pcpu);
	if (sim_lost(world->plat))
		world_note(world, sim_lost(world->plat));
	if (sim_fault(world->plat))
		world_note(world, sim_fault(world->plat));
}
