/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fiber_world.c - a small allocator that fibers share: see fiber_world.h. */
#include "fiber_world.h"

static const uint16_t cpu_node[] = {0, PCPU_NO_NODE, 0};
static const uint16_t node_id[] = {0};
static const struct pcpu_topology topology = {
	.nr_cpu_ids = 3, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id};

static void config_of(uint64_t address_seed, struct sim_config *config)
{
	*config = (struct sim_config){
		.topology = &topology, .address_seed = address_seed, .flush_needed = true};
}

struct plat *world_plat(void)
{
	struct sim_config config;

	config_of(0, &config);
	return sim_create(&config);
}

static void note(struct world *world, const char *sentence)
{
	if (!world->wrong)
		world->wrong = sentence;
}

bool world_begin(struct world *world, struct plat *plat, uint64_t address_seed)
{
	struct pcpu_config config = {
		.plat = plat,
		.topology = &topology,
		.sizes = {.static_bytes = 100, .atom_bytes = 16 * PCPU_PAGE_BYTES},
		.choice = PCPU_CHOICE_EMBED,
		.static_start = 0x10000,
	};
	struct sim_config sim;

	memset(world, 0, sizeof(*world));
	config_of(address_seed, &sim);
	sim_reset(plat, &sim);
	world->plat = plat;
	if (pcpu_create(&config, &world->pcpu) != PCPU_OK) {
		note(world, "no allocator");
		return false;
	}
	live_init(&world->live, plat, world->pcpu);
	world->live.brief = true;
	return true;
}

/* --- steps ----------------------------------------------------------------------------------- */

static void step_alloc(struct world *world, const struct step *step, unsigned flags)
{
	uint32_t id;

	if (world->slot[step->slot].ready || world->slot[step->slot].busy)
		return;
	world->slot[step->slot].busy = true;
	sim_set_atomic(world->plat, flags & PCPU_ATOMIC);
	id = live_alloc(&world->live, step->size, step->align ? step->align : 4, flags);
	sim_set_atomic(world->plat, false);
	world->slot[step->slot].busy = false;
	if (id == LIVE_NONE) {
		world->nr_refused++;
		world->nr_refused_asleep += (flags & PCPU_ATOMIC) == 0;
		return;
	}
	world->nr_atomic_taken += (flags & PCPU_ATOMIC) != 0;
	world->slot[step->slot].id = id;
	world->slot[step->slot].ready = true;
}

static void step_free(struct world *world, uint32_t slot)
{
	if (!world->slot[slot].ready)
		return;
	world->slot[slot].ready = false;
	world->slot[slot].dead = world->live.object[world->slot[slot].id].pointer;
	sim_set_atomic(world->plat, true);
	live_free(&world->live, world->slot[slot].id);
	sim_set_atomic(world->plat, false);
}

/* Only where no other object can have been born at the same place meanwhile. The report is due, no
   more. */
static void step_again(struct world *world, uint32_t slot)
{
	struct pcpu_report report;

	if (world->slot[slot].ready || !world->slot[slot].dead.value)
		return;
	pcpu_free(world->pcpu, world->slot[slot].dead);
	if (!lab_take_misuse(world->plat, &report))
		note(world, "a double free went unreported");
}

/* When the object lives all the while, the answer is its place; else it is anything that can be. */
static void step_lookup(struct world *world, uint32_t slot)
{
	const struct live_object *o = &world->live.object[world->slot[slot].id];
	struct live_object before = *o;
	struct pcpu_place place;
	uint32_t born = world->live.nr_born;
	bool found;

	if (!world->slot[slot].ready)
		return;
	found = pcpu_lookup(world->pcpu, before.pointer, &place);
	if (found && place.offset >= pcpu_layout(world->pcpu)->unit_bytes)
		note(world, "a lookup led beyond a unit");
	if (o->pointer.value != before.pointer.value || world->live.nr_born != born)
		return;
	if (!found || place.chunk_id != before.place.chunk_id ||
	    place.offset != before.place.offset)
		note(world, "a lookup of a live object led elsewhere");
}

void world_step(struct world *world, const struct step *step)
{
	switch (step->kind) {
	case STEP_END:
		break;
	case STEP_ALLOC:
		step_alloc(world, step, 0);
		break;
	case STEP_ATOMIC:
		step_alloc(world, step, PCPU_ATOMIC);
		break;
	case STEP_FREE:
		step_free(world, step->slot);
		break;
	case STEP_BALANCE:
		pcpu_balance(world->pcpu);
		break;
	case STEP_AGAIN:
		step_again(world, step->slot);
		break;
	case STEP_LOOKUP:
		step_lookup(world, step->slot);
		break;
	}
}

void world_run(struct world *world, const struct step *program)
{
	for (; program->kind != STEP_END; program++)
		world_step(world, program);
}

void world_fiber_main(void *argument)
{
	struct world_fiber *fiber = argument;

	world_run(fiber->world, fiber->program);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void check_all(struct world *world)
{
	enum pcpu_invariant invariant = pcpu_check(world->pcpu, NULL);
	struct pcpu_report report;

	if (sim_fault(world->plat))
		note(world, sim_fault(world->plat));
	if (invariant != PCPU_HOLDS)
		note(world, pcpu_invariant_text(invariant));
	live_check(&world->live);
	if (world->live.wrong)
		note(world, world->live.wrong);
	if (lab_take_misuse(world->plat, &report))
		note(world, "a free of a live object was reported as misuse");
}

static void check_empty(struct world *world)
{
	struct pcpu_stats stats;

	pcpu_stats(world->pcpu, &stats);
	if (stats.nr_live != 0 || stats.live_bytes != 0)
		note(world, "everything is freed, but something counts as live");
	if (stats.nr_chunks > 2)
		note(world, "everything is freed, but more than one later chunk remains");
}

void world_end(struct world *world)
{
	lab_fail_never(world->plat);
	check_all(world);
	pcpu_stats(world->pcpu, &world->stats);
	if (world->wrong)
		return; /* what is broken is not touched again */
	live_free_all(&world->live);
	pcpu_balance(world->pcpu);
	check_all(world);
	check_empty(world);
	pcpu_destroy(world->pcpu);
	if (sim_lost(world->plat))
		note(world, sim_lost(world->plat));
	if (sim_fault(world->plat))
		note(world, sim_fault(world->plat));
}
