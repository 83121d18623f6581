/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* sim_event.c - reports of the core: events, misuse, kicks, and assertions that failed. */
#include "harness/platform/sim/sim_plat.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

void plat_event(struct plat *plat, const struct pcpu_event *event)
{
	struct pcpu_event *kept;

	if (plat_lock_held(plat, PLAT_LOCK_INNER))
		sim_note(plat, SIM_FAULT_EVENT_INNER);
	sim_enter(plat);
	plat->ledger.nr_events[event->id]++;
	kept = &plat->events[plat->nr_events++ % SIM_EVENTS_KEPT];
	*kept = *event;
	kept->layout = NULL; /* valid during the call only */
	kept->text = NULL;
	if (plat->config.on_event)
		plat->config.on_event(plat->config.event_context, event);
}

uint32_t sim_events(struct plat *plat, struct pcpu_event *events, uint32_t capacity)
{
	uint64_t nr = pcpu_min64(pcpu_min64(plat->nr_events, SIM_EVENTS_KEPT), capacity);

	for (uint64_t i = 0; i < nr; i++)
		events[i] = plat->events[(plat->nr_events - nr + i) % SIM_EVENTS_KEPT];
	return (uint32_t)nr;
}

void plat_panic(struct plat *plat, const struct pcpu_report *report)
{
	if (plat_lock_held(plat, PLAT_LOCK_INNER) || plat_lock_held(plat, PLAT_LOCK_OUTER))
		sim_note(plat, SIM_FAULT_PANIC_LOCKED);
	sim_enter(plat);
	plat->ledger.nr_misuses++;
	plat->misused = true;
	plat->misuse = *report;
}

bool lab_take_misuse(struct plat *plat, struct pcpu_report *report)
{
	bool misused = plat->misused;

	if (misused)
		*report = plat->misuse;
	plat->misused = false;
	return misused;
}

void plat_kick(struct plat *plat, struct pcpu *pcpu)
{
	sim_enter(plat);
	plat->kicked = true;
	plat->ledger.nr_kicks++;
}

bool lab_take_kick(struct plat *plat)
{
	bool kicked = plat->kicked;

	plat->kicked = false;
	return kicked;
}

uint64_t lab_clock_ns(void)
{
	return 0;
}

/* An assertion has no platform to ask, so who catches it is known per thread. */
static _Thread_local jmp_buf *catcher;
static _Thread_local const char *caught;

void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	if (catcher) {
		caught = what;
		sim_fibers_abandon();
		longjmp(*catcher, 1);
	}
	fprintf(stderr, "%s:%u: assertion failed: %s\n", file, (unsigned)line, what);
	abort();
}

void sim_rethrow(void)
{
	if (catcher && caught)
		longjmp(*catcher, 1);
}

const char *sim_catch_assert(void (*run)(void *argument), void *argument)
{
	jmp_buf here;

	caught = NULL;
	catcher = &here;
	if (setjmp(here) == 0)
		run(argument);
	catcher = NULL;
	return caught;
}
