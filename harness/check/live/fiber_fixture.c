/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_fixture.c - the steps that fibers run on a shared fixture: see fiber_fixture.h.
 *
 *	step -> core calls, each platform call of them may switch -> the result is checked
 *	     |<------ other fibers' steps begin and end in between ------>|
 *
 * R1  There is no switch between reading the allocator's result and recording it.
 */
#include "harness/check/live/fiber_fixture.h"

/* ASan would map and unmap a fake stack for each fiber of each run, which takes most of its
   time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}

static uint32_t agent_of(const struct fiber_fixture *fixture)
{
	uint32_t fiber = sim_current_fiber(fixture->plat);

	return fiber < FIBER_FIXTURE_FIBERS ? fiber : FIBER_FIXTURE_FIBERS;
}

void fiber_fixture_note(struct fiber_fixture *fixture, const char *sentence)
{
	if (fixture->wrong)
		return;
	fixture->wrong = sentence;
	fixture->wrong_step = fixture->step[agent_of(fixture)];
}

static void fiber_mix(struct fiber_fixture *fixture, uint64_t n)
{
	fixture->hash = (fixture->hash ^ n) * UINT64_C(0x100000001b3);
}

/* --- allocations ---------------------------------------------------------------------------- */

struct before {
	uint64_t fingerprint, nr_switches;
};

/* Call it only when calls are made to fail: it costs as much as the call itself. */
static void record_before(struct fiber_fixture *fixture, struct before *before)
{
	if (!fixture->may_fail)
		return;
	sim_schedule_hash(fixture->plat, &before->nr_switches);
	before->fingerprint = live_fingerprint(fixture->pcpu);
}

/* Checks that a failed call changed nothing; skipped when another fiber ran meanwhile. */
static void record_after(struct fiber_fixture *fixture, const struct before *before)
{
	uint64_t fingerprint, nr_switches;

	if (!fixture->may_fail || pcpu_has_front(fixture->pcpu) || /* it gave back what it held */
	    !pcpu_engine_keeps(pcpu_engine_of(fixture->pcpu), PCPU_PROMISE_UNDO))
		return;
	fingerprint = live_fingerprint(fixture->pcpu);
	sim_schedule_hash(fixture->plat, &nr_switches);
	if (nr_switches == before->nr_switches && fingerprint != before->fingerprint)
		fiber_fixture_note(fixture, "a failed allocation changed something");
}

static uint32_t fiber_allocate(struct fiber_fixture *fixture, const struct step *step,
			       unsigned flags)
{
	struct before before = {0};
	uint32_t id;

	if (!(flags & PCPU_ATOMIC))
		record_before(fixture, &before);
	sim_set_atomic(fixture->plat, flags & PCPU_ATOMIC);
	id = live_alloc(&fixture->live, step->size, step->align ? step->align : 4, flags);
	sim_set_atomic(fixture->plat, false);
	if (id == LIVE_NONE && !(flags & PCPU_ATOMIC))
		record_after(fixture, &before);
	return id;
}

static void step_alloc(struct fiber_fixture *fixture, const struct step *step, unsigned flags)
{
	struct fiber_fixture_slot *slot = &fixture->slot[step->slot];
	uint32_t id;

	if (slot->ready || slot->busy || slot->nr_freeing > 0 || fixture->nr_wrong_frees > 0)
		return;
	slot->busy = true;
	fixture->nr_allocating++;
	id = fiber_allocate(fixture, step, flags);
	fixture->nr_allocating--;
	slot->busy = false;
	fiber_mix(fixture, id == LIVE_NONE ? 1 : fixture->live.object[id].pointer.value);
	if (id == LIVE_NONE) {
		fixture->nr_refused++;
		fixture->nr_refused_asleep += (flags & PCPU_ATOMIC) == 0;
		return;
	}
	fixture->nr_atomic_taken += (flags & PCPU_ATOMIC) != 0;
	slot->id = id;
	slot->ready = true;
}

/* --- frees, right and wrong ------------------------------------------------------------------ */

static void free_begins(struct fiber_fixture_slot *slot)
{
	slot->nr_freeing++;
}

/* Of several frees of one pointer exactly as many succeed as there were objects, in whichever
   order; the others are reported. The owner's free is a wrong one when another fiber freed its
   object first. */
static void free_ended(struct fiber_fixture *fixture, struct fiber_fixture_slot *slot)
{
	struct pcpu_report report;
	bool reported = lab_take_misuse(fixture->plat, &report);

	slot->nr_freeing--;
	fixture->nr_wrong_frees -= reported;
	fiber_mix(fixture, reported);
	if (reported && report.pointer != slot->dead.value)
		fiber_fixture_note(fixture, "the report of a wrong free names another pointer");
	if (!reported && slot->owed == 0)
		fiber_fixture_note(fixture, "a double free went unreported");
	if (!reported && slot->owed > 0)
		slot->owed--;
	if (slot->nr_freeing == 0 && slot->owed > 0) {
		fiber_fixture_note(fixture, "a free of a live object was reported as misuse");
		slot->owed = 0;
	}
}

static void step_free(struct fiber_fixture *fixture, uint32_t n)
{
	struct fiber_fixture_slot *slot = &fixture->slot[n];

	if (!slot->ready)
		return;
	slot->ready = false;
	slot->dead = fixture->live.object[slot->id].pointer;
	slot->owed = 1;
	free_begins(slot);
	sim_set_atomic(fixture->plat, true);
	live_free(&fixture->live, slot->id);
	sim_set_atomic(fixture->plat, false);
	free_ended(fixture, slot);
}

/* Returns whether no object is there or being freed there by another fiber. */
static bool is_nobodys(const struct fiber_fixture *fixture, uintptr_t pointer,
		       const struct fiber_fixture_slot *but)
{
	for (uint32_t i = 0; i < fixture->live.nr_entries; i++)
		if (fixture->live.object[i].pointer.value == pointer)
			return false;
	for (uint32_t i = 0; i < fixture->nr_slots; i++)
		if (&fixture->slot[i] != but && fixture->slot[i].nr_freeing > 0 &&
		    fixture->slot[i].dead.value == pointer)
			return false;
	return true;
}

static void free_wrong(struct fiber_fixture *fixture, uintptr_t pointer)
{
	struct pcpu_report report;

	pcpu_free(fixture->pcpu, (struct pcpu_ptr){pointer});
	if (!lab_take_misuse(fixture->plat, &report))
		fiber_fixture_note(fixture, "a free of a wrong pointer went unreported");
	else if (report.pointer != pointer)
		fiber_fixture_note(fixture, "the report of a wrong free names another pointer");
}

static void step_beyond(struct fiber_fixture *fixture, const struct fiber_fixture_slot *slot,
			uint32_t delta)
{
	uintptr_t pointer =
		slot->ready ? fixture->live.object[slot->id].pointer.value : slot->dead.value;

	if (!pointer || !is_nobodys(fixture, pointer + delta, NULL))
		return;
	fixture->nr_wrong_frees++;
	free_wrong(fixture, pointer + delta);
	fixture->nr_wrong_frees--;
}

/* Skips a pointer that a new object may get meanwhile (R2). */
static void step_again(struct fiber_fixture *fixture, const struct step *step)
{
	struct fiber_fixture_slot *slot = &fixture->slot[step->slot];

	if (fixture->nr_allocating > 0)
		return;
	sim_set_atomic(fixture->plat, true);
	if (step->size > 0) {
		step_beyond(fixture, slot, step->size);
	} else if (!slot->ready && !slot->busy && slot->dead.value &&
		   is_nobodys(fixture, slot->dead.value, slot)) {
		fixture->nr_wrong_frees++;
		free_begins(slot);
		pcpu_free(fixture->pcpu, slot->dead);
		free_ended(fixture, slot);
	}
	sim_set_atomic(fixture->plat, false);
}

/* --- lookups and writes --------------------------------------------------------------------- */

/* When the object lives during the whole lookup, the result must be its place; else it may be
   anything valid. */
static void step_lookup(struct fiber_fixture *fixture, uint32_t slot)
{
	const struct live_object *o = &fixture->live.object[fixture->slot[slot].id];
	struct live_object before = *o;
	struct pcpu_place place;
	uint32_t nr_allocs = fixture->live.nr_allocated;
	bool found;

	if (!fixture->slot[slot].ready)
		return;
	found = pcpu_lookup(fixture->pcpu, before.pointer, &place);
	if (found && place.offset >= pcpu_layout_covers(pcpu_layout(fixture->pcpu)))
		fiber_fixture_note(fixture, "a lookup led beyond a unit");
	if (o->pointer.value != before.pointer.value || fixture->live.nr_allocated != nr_allocs)
		return;
	if (!found || place.chunk_id != before.place.chunk_id ||
	    place.offset != before.place.offset)
		fiber_fixture_note(fixture, "a lookup of a live object led elsewhere");
}

static void step_write(struct fiber_fixture *fixture, uint32_t n)
{
	struct fiber_fixture_slot *slot = &fixture->slot[n];

	step_lookup(fixture, n);
	if (!slot->ready)
		return;
	slot->ready = false;
	slot->busy = true;
	live_write(&fixture->live, slot->id);
	slot->busy = false;
	slot->ready = true;
}

/* --- steps ------------------------------------------------------------------------------------ */

static void step_fail(struct fiber_fixture *fixture, uint32_t k, bool lasting)
{
	fixture->may_fail = true;
	lab_fail_at(fixture->plat, k, lasting);
}

static void step_check(struct fiber_fixture *fixture)
{
	if (fixture->nr_in_steps > 1)
		return;
	fixture->frozen = true;
	fiber_fixture_check(fixture);
	fixture->frozen = false;
}

static void step_do(struct fiber_fixture *fixture, const struct step *step)
{
	switch (step->kind) {
	case STEP_ALLOC:
		return step_alloc(fixture, step, 0);
	case STEP_ATOMIC:
		return step_alloc(fixture, step, PCPU_ATOMIC);
	case STEP_RESERVED:
		return step_alloc(fixture, step, PCPU_RESERVED);
	case STEP_RESERVED_ATOMIC:
		return step_alloc(fixture, step, PCPU_RESERVED | PCPU_ATOMIC);
	case STEP_FREE:
		return step_free(fixture, step->slot);
	case STEP_BALANCE:
		return pcpu_balance(fixture->pcpu);
	case STEP_AGAIN:
		return step_again(fixture, step);
	case STEP_LOOKUP:
		return step_lookup(fixture, step->slot);
	case STEP_WRITE:
		return step_write(fixture, step->slot);
	case STEP_FAIL:
	case STEP_FAIL_ALL:
		return step_fail(fixture, step->slot, step->kind == STEP_FAIL_ALL);
	case STEP_CHECK:
		return step_check(fixture);
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

void fiber_fixture_step(struct fiber_fixture *fixture, const struct step *step)
{
	uint32_t agent = agent_of(fixture);

	if (fixture->wrong)
		return;
	if (names_object(step->kind) && step->slot >= fixture->nr_slots)
		fixture->nr_slots = step->slot + 1;
	fixture->step[agent] = step;
	fixture->nr_in_steps++;
	step_do(fixture, step);
	if (fixture->honour_kicks && lab_take_kick(fixture->plat))
		pcpu_balance(fixture->pcpu);
	if (fixture->live.wrong)
		fiber_fixture_note(fixture, fixture->live.wrong);
	if (sim_fault(fixture->plat))
		fiber_fixture_note(fixture, sim_fault(fixture->plat));
	if (fixture->map_wrong)
		fiber_fixture_note(fixture, fixture->map_wrong);
	fixture->nr_in_steps--;
	fixture->step[agent] = NULL;
}

void fiber_fixture_enter(struct fiber_fixture *fixture)
{
	uint32_t n = agent_of(fixture), cpu = 0;

	if (!pcpu_has_front(fixture->pcpu) || n >= pcpu_layout(fixture->pcpu)->nr_possible)
		return;
	for (;; cpu++)
		if (pcpu_cpu_node(fixture->pcpu, cpu) != PCPU_NO_NODE && n-- == 0)
			break;
	pcpu_cpu_enter(fixture->pcpu, cpu);
}

void fiber_fixture_run(struct fiber_fixture *fixture, const struct step *program)
{
	fiber_fixture_enter(fixture);
	for (; program->kind != STEP_END; program++)
		fiber_fixture_step(fixture, program);
	pcpu_cpu_leave();
}

void fiber_program_main(void *argument)
{
	struct fiber_program *fiber = argument;

	fiber_fixture_run(fiber->fixture, fiber->program);
}
