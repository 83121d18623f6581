/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_fiber.c - deterministic concurrency: one thread, several stacks, a seed that decides who
 * runs.
 *
 *	fiber 0  --lock---A-----------B--unlock--|done
 *	fiber 1  . . . . . -A--(waits for lock) . . . . . --B-- done
 *	                   ^ switch points: entries of platform calls
 *
 * R1  A fiber is runnable unless it is done or wants a lock that is held.
 * R2  Who goes on depends on the seed (or the chooser) and on nothing else.
 * R3  No fiber runnable and some not done: a deadlock; their stacks are abandoned where they stand.
 *     So they are when an assertion fails in one; the program's own stack goes on with that.
 */
#include "harness/platform/sim/sim_plat.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_AGENT  UINT32_MAX
#define FNV_PRIME UINT64_C(0x100000001b3)
#define FNV_START UINT64_C(0xcbf29ce484222325)

/* Whose fibers run on this thread: an assertion has no platform to ask. */
static _Thread_local struct plat *running;

static bool is_runnable(const struct plat *plat, const struct sim_agent *agent)
{
	return !agent->done && !agent->yields &&
	       !(agent->waits && plat->locks[agent->wanted].held);
}

static uint32_t count_runnable(const struct plat *plat)
{
	uint32_t nr = 0;

	for (uint32_t i = 1; i <= plat->fibers.nr; i++)
		nr += is_runnable(plat, &plat->fibers.agents[i]);
	return nr;
}

/* The agent of the n-th runnable fiber, counted from 0. */
static uint32_t nth_runnable(const struct plat *plat, uint32_t n)
{
	for (uint32_t i = 1; i <= plat->fibers.nr; i++)
		if (is_runnable(plat, &plat->fibers.agents[i]) && n-- == 0)
			return i;
	return NO_AGENT;
}

static uint32_t fiber_pick(struct plat *plat)
{
	struct sim_fibers *fibers = &plat->fibers;
	uint32_t nr = count_runnable(plat);

	if (nr <= 1)
		return nth_runnable(plat, 0);
	if (fibers->chooser)
		return nth_runnable(plat, fibers->chooser(fibers->context, nr) % nr);
	return nth_runnable(plat, (uint32_t)(sim_random(&fibers->random) % nr));
}

static void switch_to(struct plat *plat, uint32_t next, bool ends)
{
	struct sim_fibers *fibers = &plat->fibers;
	uint32_t from = fibers->current;

	fibers->current = next;
	fibers->nr_switches++;
	fibers->hash = (fibers->hash ^ next) * FNV_PRIME;
	pcpu_here_switch(&fibers->agents[from].here, &fibers->agents[next].here);
	sim_stack_switch(fibers->agents[from].stack, fibers->agents[next].stack, ends);
}

/* The running fiber cannot go on: another does, or the program when none can. */
static void fiber_leave(struct plat *plat, bool ends)
{
	uint32_t next = fiber_pick(plat);

	switch_to(plat, next == NO_AGENT ? 0 : next, ends);
}

void sim_switch_point(struct plat *plat)
{
	struct sim_fibers *fibers = &plat->fibers;
	uint32_t next;

	if (!fibers->chooser && fibers->rate > 1 && sim_random(&fibers->random) % fibers->rate)
		return;
	next = fiber_pick(plat);
	if (next != fibers->current)
		switch_to(plat, next, false);
}

void sim_wait_lock(struct plat *plat, enum plat_lock lock)
{
	struct sim_agent *self = sim_self(plat);

	self->waits = true;
	self->wanted = lock;
	while (plat->locks[lock].held)
		fiber_leave(plat, false);
	self->waits = false;
}

/* A barrier: fibers take turns on one CPU. */
bool plat_cpus_barrier(struct plat *plat)
{
	sim_enter_sleeping(plat);
	return !plat->config.no_barrier;
}

/* Another fiber runs, whatever the seed says: this one waits for it. */
void plat_relax(struct plat *plat)
{
	struct sim_agent *self = sim_self(plat);
	uint32_t next;

	self->yields = true;
	next = fiber_pick(plat);
	self->yields = false;
	PCPU_ASSERT_SAYS(next != NO_AGENT, "a CPU is inside a call, and no fiber is to end it");
	switch_to(plat, next, false);
}

void plat_front_is(struct plat *plat, struct pcpu *pcpu)
{
}

uint32_t sim_current_fiber(struct plat *plat)
{
	return plat->fibers.current == 0 ? SIM_NO_FIBER : plat->fibers.current - 1;
}

uint32_t sim_failed_fiber(struct plat *plat)
{
	return plat->fibers.failed == 0 ? SIM_NO_FIBER : plat->fibers.failed - 1;
}

bool sim_fiber_runnable(struct plat *plat, uint32_t fiber)
{
	return fiber < plat->fibers.nr && is_runnable(plat, &plat->fibers.agents[fiber + 1]);
}

void sim_yield(struct plat *plat)
{
	sim_enter(plat);
}

void sim_fibers_abandon(void)
{
	if (!running || running->fibers.current == 0)
		return;
	running->fibers.failed = running->fibers.current;
	switch_to(running, 0, true);
}

static void fiber_main(void *argument)
{
	struct plat *plat = argument;
	struct sim_agent *self = sim_self(plat);

	self->function(self->argument);
	if (self->read_depth > 0 || plat_lock_held(plat, PLAT_LOCK_INNER) ||
	    plat_lock_held(plat, PLAT_LOCK_OUTER))
		sim_note(plat, SIM_FAULT_LOCK_LEFT);
	self->done = true;
	fiber_leave(plat, true);
}

static void fiber_prepare(struct plat *plat, uint32_t agent, sim_fiber_fn function, void *argument)
{
	struct sim_agent *fiber = &plat->fibers.agents[agent];
	struct sim_stack *stack = fiber->stack ? fiber->stack : sim_stack_create(true);

	*fiber = (struct sim_agent){.function = function, .argument = argument, .stack = stack};
	sim_stack_prepare(stack, fiber_main, plat);
}

static void make_room(struct sim_fibers *fibers, uint32_t nr)
{
	size_t bytes = (nr + 1) * sizeof(*fibers->agents);
	size_t had = fibers->agents ? (fibers->capacity + 1) * sizeof(*fibers->agents) : 0;

	if (bytes <= had)
		return;
	fibers->agents = sim_must(realloc(fibers->agents, bytes));
	memset((char *)fibers->agents + had, 0, bytes - had);
	fibers->capacity = nr;
}

/* --- reports --- */

static const char *const lock_names[] = {
	[PLAT_LOCK_OUTER] = "outer",
	[PLAT_LOCK_INNER] = "inner",
};

static size_t report_state(const struct plat *plat, const struct sim_agent *agent, char *to,
			   size_t capacity)
{
	const struct sim_lock *lock = &plat->locks[agent->wanted];

	if (agent->done)
		return (size_t)snprintf(to, capacity, "done");
	if (!agent->waits)
		return (size_t)snprintf(to, capacity, "ready");
	if (!lock->held || lock->owner == 0)
		return (size_t)snprintf(to, capacity, "waits for the %s lock",
					lock_names[agent->wanted]);
	return (size_t)snprintf(to, capacity, "waits for the %s lock, held by fiber %u",
				lock_names[agent->wanted], lock->owner - 1);
}

const char *sim_fiber_report(struct plat *plat)
{
	struct sim_fibers *fibers = &plat->fibers;
	size_t at = 0;

	fibers->report[0] = 0;
	for (uint32_t i = 1; i <= fibers->nr && at + 128 < sizeof(fibers->report); i++) {
		at += (size_t)snprintf(fibers->report + at, sizeof(fibers->report) - at,
				       "fiber %u: ", i - 1);
		at += report_state(plat, &fibers->agents[i], fibers->report + at,
				   sizeof(fibers->report) - at);
		at += (size_t)snprintf(fibers->report + at, sizeof(fibers->report) - at, "\n");
	}
	return fibers->report;
}

uint64_t sim_schedule_hash(struct plat *plat, uint64_t *nr_switches)
{
	if (nr_switches)
		*nr_switches = plat->fibers.nr_switches;
	return plat->fibers.hash;
}

/* --- the run --- */

bool sim_run_fibers(struct plat *plat, uint32_t nr, sim_fiber_fn functions[], void *arguments[],
		    uint64_t seed, uint32_t rate,
		    uint32_t (*chooser)(void *context, uint32_t nr_runnable), void *context)
{
	struct sim_fibers *fibers = &plat->fibers;

	PCPU_ASSERT(!fibers->running);
	make_room(fibers, nr);
	for (uint32_t i = 0; i < nr; i++)
		fiber_prepare(plat, i + 1, functions[i], arguments[i]);
	fibers->nr = nr;
	fibers->random = seed;
	fibers->rate = rate;
	fibers->chooser = chooser;
	fibers->context = context;
	fibers->nr_switches = 0;
	fibers->hash = FNV_START;
	fibers->running = true;
	running = plat;
	if (nr > 0)
		fiber_leave(plat, false); /* comes back when no fiber can go on */
	running = NULL;
	fibers->running = false;
	sim_rethrow();
	for (uint32_t i = 1; i <= nr; i++)
		if (!fibers->agents[i].done)
			return false;
	return true;
}

void sim_fibers_init(struct plat *plat)
{
	struct sim_fibers *fibers = &plat->fibers;

	make_room(fibers, 0);
	if (!fibers->agents[0].stack)
		fibers->agents[0].stack = sim_stack_create(false);
	fibers->agents[0].read_depth = 0;
	fibers->agents[0].atomic = false;
	fibers->current = fibers->failed = 0;
	fibers->nr = 0;
	fibers->running = false;
}

void sim_fibers_finish(struct plat *plat)
{
	struct sim_fibers *fibers = &plat->fibers;

	for (uint32_t i = 0; i <= fibers->capacity; i++)
		sim_stack_destroy(fibers->agents[i].stack);
	free(fibers->agents);
}
