/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_world.c - the steps that fibers do in a world they share: see fiber_world.h.
 *
 *	step -> core calls, each platform call of them may switch -> what came of it is checked
 *	     |<------ other fibers' steps begin and end in between ------>|
 *
 * R1  Between reading the allocator's answer and noting it there is no switch.
 */
#include "harness/check/live/fiber_world.h"

/* ASan would map and unmap a fake stack for each fiber of each run: most of the time it takes. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}

static uint32_t agent_of(const struct world *world)
{
	uint32_t fiber = sim_current_fiber(world->plat);

	return fiber < WORLD_FIBERS ? fiber : WORLD_FIBERS;
}

void world_note(struct world *world, const char *sentence)
{
	if (world->wrong)
		return;
	world->wrong = sentence;
	world->wrong_step = world->step[agent_of(world)];
}

static void fiber_mix(struct world *world, uint64_t n)
{
	world->hash = (world->hash ^ n) * UINT64_C(0x100000001b3);
}

/* --- allocations ---------------------------------------------------------------------------- */

struct before {
	uint64_t fingerprint, nr_switches;
};

/* Only where calls are made to fail: it costs as much as the call itself. */
static void record_before(struct world *world, struct before *before)
{
	if (!world->may_fail)
		return;
	sim_schedule_hash(world->plat, &before->nr_switches);
	before->fingerprint = live_fingerprint(world->pcpu);
}

/* A failed call changes nothing; nothing can be said when another fiber ran meanwhile. */
static void record_after(struct world *world, const struct before *before)
{
	uint64_t fingerprint, nr_switches;

	if (!world->may_fail)
		return;
	fingerprint = live_fingerprint(world->pcpu);
	sim_schedule_hash(world->plat, &nr_switches);
	if (nr_switches == before->nr_switches && fingerprint != before->fingerprint)
		world_note(world, "a failed allocation changed something");
}

static uint32_t fiber_allocate(struct world *world, const struct step *step, unsigned flags)
{
	struct before before = {0};
	uint32_t id;

	if (!(flags & PCPU_ATOMIC))
		record_before(world, &before);
	sim_set_atomic(world->plat, flags & PCPU_ATOMIC);
	id = live_alloc(&world->live, step->size, step->align ? step->align : 4, flags);
	sim_set_atomic(world->plat, false);
	if (id == LIVE_NONE && !(flags & PCPU_ATOMIC))
		record_after(world, &before);
	return id;
}

static void step_alloc(struct world *world, const struct step *step, unsigned flags)
{
	struct world_slot *slot = &world->slot[step->slot];
	uint32_t id;

	if (slot->ready || slot->busy || slot->nr_freeing > 0 || world->nr_wrong_frees > 0)
		return;
	slot->busy = true;
	world->nr_allocating++;
	id = fiber_allocate(world, step, flags);
	world->nr_allocating--;
	slot->busy = false;
	fiber_mix(world, id == LIVE_NONE ? 1 : world->live.object[id].pointer.value);
	if (id == LIVE_NONE) {
		world->nr_refused++;
		world->nr_refused_asleep += (flags & PCPU_ATOMIC) == 0;
		return;
	}
	world->nr_atomic_taken += (flags & PCPU_ATOMIC) != 0;
	slot->id = id;
	slot->ready = true;
}

/* --- frees, right and wrong ------------------------------------------------------------------ */

static void free_begins(struct world_slot *slot)
{
	slot->nr_freeing++;
}

/* Of several frees of one pointer exactly as many succeed as there were objects, whoever comes
   first; the others are reported. The right free is a wrong one once another took its object. */
static void free_ended(struct world *world, struct world_slot *slot)
{
	struct pcpu_report report;
	bool reported = lab_take_misuse(world->plat, &report);

	slot->nr_freeing--;
	world->nr_wrong_frees -= reported;
	fiber_mix(world, reported);
	if (reported && report.pointer != slot->dead.value)
		world_note(world, "the report of a wrong free names another pointer");
	if (!reported && slot->owed == 0)
		world_note(world, "a double free went unreported");
	if (!reported && slot->owed > 0)
		slot->owed--;
	if (slot->nr_freeing == 0 && slot->owed > 0) {
		world_note(world, "a free of a live object was reported as misuse");
		slot->owed = 0;
	}
}

static void step_free(struct world *world, uint32_t n)
{
	struct world_slot *slot = &world->slot[n];

	if (!slot->ready)
		return;
	slot->ready = false;
	slot->dead = world->live.object[slot->id].pointer;
	slot->owed = 1;
	free_begins(slot);
	sim_set_atomic(world->plat, true);
	live_free(&world->live, slot->id);
	sim_set_atomic(world->plat, false);
	free_ended(world, slot);
}

/* Is no object there, nor being freed there by another? */
static bool is_nobodys(const struct world *world, uintptr_t pointer, const struct world_slot *but)
{
	for (uint32_t i = 0; i < world->live.nr_entries; i++)
		if (world->live.object[i].pointer.value == pointer)
			return false;
	for (uint32_t i = 0; i < world->nr_slots; i++)
		if (&world->slot[i] != but && world->slot[i].nr_freeing > 0 &&
		    world->slot[i].dead.value == pointer)
			return false;
	return true;
}

static void free_wrong(struct world *world, uintptr_t pointer)
{
	struct pcpu_report report;

	pcpu_free(world->pcpu, (struct pcpu_ptr){pointer});
	if (!lab_take_misuse(world->plat, &report))
		world_note(world, "a free of a wrong pointer went unreported");
	else if (report.pointer != pointer)
		world_note(world, "the report of a wrong free names another pointer");
}

static void step_beyond(struct world *world, const struct world_slot *slot, uint32_t delta)
{
	uintptr_t pointer =
		slot->ready ? world->live.object[slot->id].pointer.value : slot->dead.value;

	if (!pointer || !is_nobodys(world, pointer + delta, NULL))
		return;
	world->nr_wrong_frees++;
	free_wrong(world, pointer + delta);
	world->nr_wrong_frees--;
}

/* A pointer that may become a newborn's meanwhile is left alone (R2). */
static void step_again(struct world *world, const struct step *step)
{
	struct world_slot *slot = &world->slot[step->slot];

	if (world->nr_allocating > 0)
		return;
	sim_set_atomic(world->plat, true);
	if (step->size > 0) {
		step_beyond(world, slot, step->size);
	} else if (!slot->ready && !slot->busy && slot->dead.value &&
		   is_nobodys(world, slot->dead.value, slot)) {
		world->nr_wrong_frees++;
		free_begins(slot);
		pcpu_free(world->pcpu, slot->dead);
		free_ended(world, slot);
	}
	sim_set_atomic(world->plat, false);
}

/* --- lookups and writes --------------------------------------------------------------------- */

/* When the object lives all the while, the answer is its place; else it is anything that can be. */
static void step_lookup(struct world *world, uint32_t slot)
{
	const struct live_object *o = &world->live.object[world->slot[slot].id];
	struct live_object before = *o;
	struct pcpu_place place;
	uint32_t nr_allocs = world->live.nr_allocated;
	bool found;

	if (!world->slot[slot].ready)
		return;
	found = pcpu_lookup(world->pcpu, before.pointer, &place);
	if (found && place.offset >= pcpu_layout(world->pcpu)->unit_bytes)
		world_note(world, "a lookup led beyond a unit");
	if (o->pointer.value != before.pointer.value || world->live.nr_allocated != nr_allocs)
		return;
	if (!found || place.chunk_id != before.place.chunk_id ||
	    place.offset != before.place.offset)
		world_note(world, "a lookup of a live object led elsewhere");
}

static void step_write(struct world *world, uint32_t n)
{
	struct world_slot *slot = &world->slot[n];

	step_lookup(world, n);
	if (!slot->ready)
		return;
	slot->ready = false;
	slot->busy = true;
	live_write(&world->live, slot->id);
	slot->busy = false;
	slot->ready = true;
}

/* --- steps ------------------------------------------------------------------------------------ */

static void step_fail(struct world *world, uint32_t k, bool lasting)
{
	world->may_fail = true;
	lab_fail_at(world->plat, k, lasting);
}

static void step_check(struct world *world)
{
	if (world->nr_in_steps > 1)
		return;
	world->frozen = true;
	world_check(world);
	world->frozen = false;
}

static void step_do(struct world *world, const struct step *step)
{
	switch (step->kind) {
	case STEP_ALLOC:
		return step_alloc(world, step, 0);
	case STEP_ATOMIC:
		return step_alloc(world, step, PCPU_ATOMIC);
	case STEP_RESERVED:
		return step_alloc(world, step, PCPU_RESERVED);
	case STEP_RESERVED_ATOMIC:
		return step_alloc(world, step, PCPU_RESERVED | PCPU_ATOMIC);
	case STEP_FREE:
		return step_free(world, step->slot);
	case STEP_BALANCE:
		return pcpu_balance(world->pcpu);
	case STEP_AGAIN:
		return step_again(world, step);
	case STEP_LOOKUP:
		return step_lookup(world, step->slot);
	case STEP_WRITE:
		return step_write(world, step->slot);
	case STEP_FAIL:
	case STEP_FAIL_ALL:
		return step_fail(world, step->slot, step->kind == STEP_FAIL_ALL);
	case STEP_CHECK:
		return step_check(world);
	case STEP_END:
	case STEP_NR_KINDS:
		return;
	}
}

static bool names_object(enum step_kind kind)
{
	return kind != STEP_BALANCE && kind != STEP_FAIL && kind != STEP_FAIL_ALL &&
	       kind != STEP_CHECK;
}

void world_step(struct world *world, const struct step *step)
{
	uint32_t agent = agent_of(world);

	if (world->wrong)
		return;
	if (names_object(step->kind) && step->slot >= world->nr_slots)
		world->nr_slots = step->slot + 1;
	world->step[agent] = step;
	world->nr_in_steps++;
	step_do(world, step);
	if (world->honour_kicks && lab_take_kick(world->plat))
		pcpu_balance(world->pcpu);
	if (world->live.wrong)
		world_note(world, world->live.wrong);
	if (sim_fault(world->plat))
		world_note(world, sim_fault(world->plat));
	if (world->map_wrong)
		world_note(world, world->map_wrong);
	world->nr_in_steps--;
	world->step[agent] = NULL;
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
