/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_lock.c - the two locks, read sections, and which call is allowed where.
 *
 *	free to sleep:  nothing held, or only the outer lock
 *	may not sleep:  inner lock held, inside a read section, in atomic context
 *
 * A switch to another fiber happens on entry of a call, before a lock is taken and after it is
 * released: never while the caller holds the inner lock, whose holder keeps interrupts off.
 */
#include "harness/platform/sim/sim_plat.h"

#include <string.h>

struct sim_agent *sim_self(struct plat *plat)
{
	return &plat->fibers.agents[plat->fibers.current];
}

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	return plat->locks[lock].held && plat->locks[lock].owner == plat->fibers.current;
}

bool sim_lock_is_held(struct plat *plat, enum plat_lock lock)
{
	return plat->locks[lock].held;
}

uint64_t sim_lock_holds(struct plat *plat, enum plat_lock lock)
{
	return plat->locks[lock].nr_holds;
}

uint64_t sim_my_holds(struct plat *plat)
{
	return sim_self(plat)->nr_holds;
}

void sim_enter(struct plat *plat)
{
	if (plat->calls_left > 0 && --plat->calls_left == 0)
		plat_assert_failed("it ends within the bound of platform calls", __FILE__,
				   __LINE__);
	if (plat->fibers.running && !plat_lock_held(plat, PLAT_LOCK_INNER))
		sim_switch_point(plat);
}

static void check_may_sleep(struct plat *plat)
{
	const struct sim_agent *self = sim_self(plat);

	if (plat_lock_held(plat, PLAT_LOCK_INNER))
		sim_note(plat, SIM_FAULT_SLEEP_INNER);
	if (self->read_depth > 0)
		sim_note(plat, SIM_FAULT_SLEEP_READER);
	if (self->atomic)
		sim_note(plat, SIM_FAULT_SLEEP_ATOMIC);
}

void sim_enter_sleeping(struct plat *plat)
{
	check_may_sleep(plat);
	sim_enter(plat);
}

void sim_set_atomic(struct plat *plat, bool atomic)
{
	sim_self(plat)->atomic = atomic;
}

/* Noted as well, for those who catch the assertion. */
static void check_reentry(struct plat *plat, enum plat_lock lock)
{
	bool inner = plat_lock_held(plat, PLAT_LOCK_INNER), same = plat_lock_held(plat, lock);

	if (same)
		sim_note(plat, SIM_FAULT_LOCK_TWICE);
	else if (inner)
		sim_note(plat, SIM_FAULT_LOCK_ORDER);
	PCPU_ASSERT_SAYS(!inner, PLAT_REENTRY_INNER);
	PCPU_ASSERT_SAYS(!same, PLAT_REENTRY_OUTER);
}

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	struct sim_lock *l = &plat->locks[lock];

	check_reentry(plat, lock);
	if (lock == PLAT_LOCK_OUTER)
		check_may_sleep(plat);
	sim_enter(plat);
	if (l->held)
		sim_wait_lock(plat, lock);
	*l = (struct sim_lock){
		.held = true, .owner = plat->fibers.current, .nr_holds = l->nr_holds + 1};
	sim_self(plat)->nr_holds += lock == PLAT_LOCK_INNER;
}

/* What is put off again waits for the next time. */
static void later_run(struct sim_later *later)
{
	uint32_t left = later->nr;

	if (later->runs)
		return;
	later->runs = true;
	for (; left > 0; left--) {
		struct pcpu *pcpu = later->pcpu[0];
		struct pcpu_ptr pointer = {later->pointer[0]};

		later->nr--;
		memmove(later->pcpu, later->pcpu + 1, later->nr * sizeof(*later->pcpu));
		memmove(later->pointer, later->pointer + 1, later->nr * sizeof(*later->pointer));
		pcpu_free(pcpu, pointer);
	}
	later->runs = false;
}

void plat_free_now(struct plat *plat)
{
	later_run(&plat->later);
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	if (!plat_lock_held(plat, lock)) {
		sim_note(plat, SIM_FAULT_LOCK_OWNER);
		return;
	}
	plat->locks[lock].held = false;
	sim_enter(plat);
	if (plat->later.nr > 0 && lock == PLAT_LOCK_INNER)
		later_run(&plat->later);
}

/* Handlers of this machine run when no lock is held. */
bool plat_lock_atomic(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	return true;
}

/* Until the inner lock is released next. Nobody's claims are interrupted here, so only a test that
   says they are gets here. */
void plat_free_later(struct plat *plat, struct pcpu *pcpu, uintptr_t pointer)
{
	struct sim_later *later = &plat->later;

	PCPU_ASSERT(later->nr < SIM_FREES_LATER);
	later->pcpu[later->nr] = pcpu;
	later->pointer[later->nr++] = pointer;
}

void plat_read_begin(struct plat *plat)
{
	sim_self(plat)->read_depth++;
	plat->meta.nr_readers++;
	sim_enter(plat);
}

void plat_read_end(struct plat *plat)
{
	struct sim_agent *self;

	sim_enter(plat);
	self = sim_self(plat);
	if (self->read_depth == 0) {
		sim_note(plat, SIM_FAULT_READ_END);
		return;
	}
	self->read_depth--;
	if (--plat->meta.nr_readers == 0)
		sim_meta_release_deferred(plat);
}
