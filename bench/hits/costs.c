/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* costs.c - see costs.h. */
#include "bench/hits/costs.h"
#include "bench/hits/moved.h"
#include "bench/hits/step.h"
#include "bench/hits/two_cpus.h"

#include <pcpu/plat.h>
#include <stdlib.h>
#include <string.h>

/* The first lives are not stepped: they make what the later ones use, with all signals blocked at
   times, and a trap is a signal. */
enum { NR_LIVES_BEFORE = 200 };

static const uint32_t object_bytes[COSTS_OBJECTS] = {32, 8};

/* What is watched, by index. */
enum { WATCH_LOCK, WATCH_ATOMIC, WATCH_UNLOCK, NR_WATCHES };

struct world {
	struct costs *costs;
	struct two_cpus both;
	struct moved *moved;
	bool steps, counts; /* else these lives only lead to a steady state */
	bool failed, unknown, full;
	uint32_t turn[2];
	struct pcpu_ptr object[2][COSTS_ALIVE][COSTS_OBJECTS];
	struct step_trace trace;
};

/* --- one call --------------------------------------------------------------------------------- */

/* Which locks are held, as its marks go by. */
struct holding {
	const struct step_trace *trace;
	uint32_t next; /* mark */
	bool held[2];  /* by enum plat_lock */
};

static enum costs_place place_of(const struct holding *holding)
{
	if (holding->held[PLAT_LOCK_INNER])
		return COSTS_INNER;
	return holding->held[PLAT_LOCK_OUTER] ? COSTS_OUTER : COSTS_FREE;
}

/* Where the marks up to this instruction lead. Each hold is counted when it begins. */
static enum costs_place place_at(struct holding *holding, uint32_t instruction, uint64_t *nr_holds)
{
	const struct step_trace *trace = holding->trace;

	while (holding->next < trace->nr_marks &&
	       trace->mark[holding->next].instruction <= instruction) {
		const struct step_mark *mark = &trace->mark[holding->next++];
		bool inner = mark->watched == WATCH_ATOMIC || mark->argument == PLAT_LOCK_INNER;

		holding->held[inner ? PLAT_LOCK_INNER : PLAT_LOCK_OUTER] =
			mark->watched != WATCH_UNLOCK;
		if (mark->watched != WATCH_UNLOCK && nr_holds)
			nr_holds[inner ? COSTS_INNER : COSTS_OUTER]++;
	}
	return place_of(holding);
}

static void instructions_count(struct costs *costs, const struct step_trace *trace)
{
	struct holding holding = {.trace = trace};

	for (uint32_t i = 0; i < trace->nr_instructions; i++)
		costs->instructions[place_at(&holding, i, costs->nr_holds)]++;
}

static void touch_count(struct world *world, uint32_t cpu, const struct step_touch *touch,
			enum costs_place place)
{
	uintptr_t last = touch->address + (touch->bytes ? touch->bytes - 1u : 0);

	for (uintptr_t at = touch->address & -(uintptr_t)MOVED_LINE_BYTES; at <= last;
	     at += MOVED_LINE_BYTES) {
		bool moves = moved_touch(world->moved, cpu, at, touch->writes, &world->full);
		struct costs *costs = world->costs;

		if (moves && world->counts)
			(touch->reads ? costs->moved_reads : costs->moved_writes)[place]++;
	}
}

static void call_count(struct world *world, uint32_t cpu)
{
	const struct step_trace *trace = &world->trace;
	struct holding holding = {.trace = trace};

	world->unknown |= trace->unknown;
	world->full |= trace->cut;
	for (uint32_t i = 0; i < trace->nr_touches; i++)
		touch_count(world, cpu, &trace->touch[i],
			    place_at(&holding, trace->touch[i].instruction, NULL));
	if (!world->counts)
		return;
	instructions_count(world->costs, trace);
	world->costs->nr_locked += trace->nr_locked;
	world->costs->nr_lock_calls += trace->nr_marks > 0;
}

/* --- a life ----------------------------------------------------------------------------------- */

/* The CPU writes its own copy, as an owner does. */
static void copy_write(struct world *world, const struct two_cpus_worker *self,
		       struct pcpu_ptr pointer)
{
	uintptr_t address = pcpu_address(self->both->pcpu, pointer, self->cpu);

	*(volatile uint8_t *)address = 1;
	moved_touch(world->moved, self->index, address, true, &world->full);
}

static uintptr_t life_alloc(struct world *world, const struct two_cpus_worker *self, uint32_t bytes)
{
	struct pcpu *pcpu = self->both->pcpu;
	uintptr_t value;

	if (!world->steps)
		return pcpu_alloc(pcpu, bytes, 8, 0).value;
	value = step_call(&world->trace, (uintptr_t)pcpu_alloc, (uintptr_t)pcpu, bytes, 8, 0);
	call_count(world, self->index);
	return value;
}

static void life_free(struct world *world, const struct two_cpus_worker *self,
		      struct pcpu_ptr object)
{
	struct pcpu *pcpu = self->both->pcpu;

	if (!world->steps) {
		pcpu_free(pcpu, object);
	} else if (object.value) {
		step_call(&world->trace, (uintptr_t)pcpu_free, (uintptr_t)pcpu, object.value, 0, 0);
		call_count(world, self->index);
	}
}

static void job_life(struct two_cpus_worker *self)
{
	struct world *world = self->both->context;
	struct pcpu_ptr *object =
		world->object[self->index][world->turn[self->index]++ % COSTS_ALIVE];
	struct pcpu_ptr made[COSTS_OBJECTS];

	for (uint32_t i = 0; i < COSTS_OBJECTS; i++) {
		made[i].value = life_alloc(world, self, object_bytes[i]);
		if (!made[i].value) {
			world->failed = true;
			return;
		}
		copy_write(world, self, made[i]);
	}
	for (uint32_t i = 0; i < COSTS_OBJECTS; i++) {
		life_free(world, self, object[i]);
		object[i] = made[i];
	}
	world->costs->nr_lives += world->counts;
}

/* --- the whole -------------------------------------------------------------------------------- */

static const char *world_run(struct world *world, const struct costs_options *options)
{
	uint32_t nr;

	for (nr = 0; nr < NR_LIVES_BEFORE && !world->failed; nr++)
		two_cpus_do(&world->both, job_life);
	world->steps = true;
	for (nr = 0; nr < options->nr_lives && !world->failed; nr++)
		two_cpus_do(&world->both, job_life);
	world->counts = true;
	for (nr = 0; nr < options->nr_lives && !world->failed; nr++)
		two_cpus_do(&world->both, job_life);
	if (world->failed)
		return "an allocation failed";
	if (world->unknown)
		return "an instruction was not decoded";
	if (world->costs->instructions[COSTS_FREE] == 0)
		return "this machine does not stop after each instruction";
	return world->full ? "more lines than there is room for" : NULL;
}

const char *costs_count(struct costs *costs, const struct costs_options *options)
{
	static const uintptr_t watched[NR_WATCHES] = {
		(uintptr_t)plat_lock, (uintptr_t)plat_lock_atomic, (uintptr_t)plat_unlock};
	struct world *world = calloc(1, sizeof(*world));
	const char *why = "no memory";

	*costs = (struct costs){.nr_cpus = options->nr_cpus};
	if (world && (world->moved = moved_create()) != NULL) {
		world->costs = costs;
		memcpy(world->trace.watched, watched, sizeof(watched));
		world->trace.nr_watched = NR_WATCHES;
		why = two_cpus_create(&world->both, options->nr_cpus, options->engine,
				      options->front);
		if (!why) {
			world->both.context = world;
			why = world_run(world, options);
			two_cpus_destroy(&world->both);
		}
		moved_destroy(world->moved);
	}
	free(world);
	return why;
}
