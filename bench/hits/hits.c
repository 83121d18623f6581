/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits.c - see hits.h: the two CPUs, and what their calls touched. */
#include "bench/hits/hits.h"
#include "bench/hits/two_cpus.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_CPUS = 8, NR_ROUNDS = 12, STACK_BYTES = 1 << 20 };

const struct hits_calls hits_calls_real = {(uintptr_t)pcpu_alloc, (uintptr_t)pcpu_free};

struct world {
	struct hits *hits;
	const struct hits_options *options;
	struct two_cpus both;
	struct pcpu_ptr object[2][HITS_OBJECTS_MAX]; /* of each worker */
	struct step_trace trace;
};

static struct world *world_of(const struct two_cpus_worker *self)
{
	return self->both->context;
}

static struct hits_cpu *cpu_of(const struct two_cpus_worker *self)
{
	return &world_of(self)->hits->cpu[self->index];
}

/* --- lines ------------------------------------------------------------------------------------ */

static void line_note(struct hits_cpu *cpu, struct hits_lines *lines, uintptr_t line,
		      enum hits_group group, bool written)
{
	for (uint32_t i = 0; i < lines->nr; i++) {
		if (lines->line[i].line == line) {
			lines->line[i].written |= written;
			return;
		}
	}
	if (lines->nr == HITS_LINES_MAX)
		cpu->full = true;
	else
		lines->line[lines->nr++] = (struct hits_line){line, group, written};
}

static void states_note(struct hits_cpu *cpu, const struct step_touch *touch)
{
	for (uint32_t byte = 0; byte < touch->bytes; byte++) {
		uint32_t i = 0;

		while (i < cpu->nr_states && cpu->state[i] != touch->address + byte)
			i++;
		if (i < cpu->nr_states)
			continue;
		if (i == HITS_STATES_MAX)
			cpu->full = true;
		else
			cpu->state[cpu->nr_states++] = touch->address + byte;
	}
}

static enum hits_group group_of(const struct two_cpus_worker *self, const struct step_touch *touch)
{
	if (touch->stack)
		return HITS_STACK;
	return hits_group_of(self->both->pcpu, self->cpu, self->here, touch->address);
}

static void touch_take(struct two_cpus_worker *self, struct hits_lines *lines,
		       const struct step_touch *touch, enum hits_group group)
{
	uintptr_t last = touch->address + (touch->bytes ? touch->bytes - 1u : 0);

	for (uintptr_t at = touch->address & -(uintptr_t)STEP_LINE_BYTES; at <= last;
	     at += STEP_LINE_BYTES)
		line_note(cpu_of(self), lines, at, group, touch->writes);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void hit_take(struct two_cpus_worker *self, struct hits_kind *kind,
		     const struct step_trace *trace)
{
	struct hits_lines own = {0};
	uint32_t lines[HITS_NR_GROUPS] = {0};

	for (uint32_t i = 0; i < trace->nr_touches; i++) {
		const struct step_touch *touch = &trace->touch[i];
		enum hits_group group = group_of(self, touch);

		touch_take(self, &own, touch, group);
		touch_take(self, &cpu_of(self)->hits, touch, group);
		if (group == HITS_STATE)
			states_note(cpu_of(self), touch);
		if (i < sizeof(kind->group) / sizeof(kind->group[0]))
			kind->group[i] = group;
	}
	for (uint32_t i = 0; i < own.nr; i++)
		lines[own.line[i].group]++;
	for (uint32_t g = 0; g < HITS_NR_GROUPS; g++)
		if (lines[g] > kind->lines[g])
			kind->lines[g] = lines[g];
	if (!kind->nr++ || trace->nr_instructions < kind->least)
		kind->least = trace->nr_instructions;
	if (trace->nr_instructions > kind->most)
		kind->most = trace->nr_instructions;
	kind->nr_locked += trace->nr_locked;
	kind->last = *trace;
}

/* A miss works on its own stack, and beside it: what lies in the thread's stack is nobody
   else's. */
static void miss_take(struct two_cpus_worker *self, const struct step_trace *trace, uintptr_t stack)
{
	cpu_of(self)->nr_misses++;
	for (uint32_t i = 0; i < trace->nr_touches; i++) {
		const struct step_touch *touch = &trace->touch[i];

		if (touch->writes && touch->address - (stack - STACK_BYTES) >= 2 * STACK_BYTES)
			touch_take(self, &cpu_of(self)->misses, touch, group_of(self, touch));
	}
}

static void call_take(struct two_cpus_worker *self, struct hits_kind *kind,
		      const struct step_trace *trace)
{
	cpu_of(self)->unknown |= trace->unknown;
	cpu_of(self)->full |= trace->cut;
	if (trace->nr_instructions <= HITS_LONGEST)
		hit_take(self, kind, trace);
	else
		miss_take(self, trace, (uintptr_t)__builtin_frame_address(0));
}

static void step_alloc(struct two_cpus_worker *self, uint32_t i)
{
	struct world *world = world_of(self);
	struct step_trace *trace = &world->trace;

	world->object[self->index][i].value =
		step_call(trace, world->options->calls.alloc, (uintptr_t)self->both->pcpu,
			  world->hits->bytes, world->hits->align, 0);
	call_take(self, &cpu_of(self)->alloc, trace);
}

static void step_free(struct two_cpus_worker *self, uint32_t i)
{
	struct world *world = world_of(self);
	struct step_trace *trace = &world->trace;
	struct pcpu_ptr *object = &world->object[self->index][i];

	step_call(trace, world->options->calls.free, (uintptr_t)self->both->pcpu, object->value, 0,
		  0);
	object->value = 0;
	call_take(self, &cpu_of(self)->free, trace);
}

/* --- jobs ------------------------------------------------------------------------------------- */

/* The first object that it has not. */
static void job_one(struct two_cpus_worker *self)
{
	struct world *world = world_of(self);
	struct pcpu_ptr *object = world->object[self->index];

	while (object->value)
		object++;
	*object = pcpu_alloc(self->both->pcpu, world->hits->bytes, world->hits->align, 0);
}

static void job_free_all(struct two_cpus_worker *self)
{
	struct world *world = world_of(self);

	for (uint32_t i = 0; i < world->hits->nr_objects; i++) {
		pcpu_free(self->both->pcpu, world->object[self->index][i]);
		world->object[self->index][i].value = 0;
	}
}

static void job_step(struct two_cpus_worker *self)
{
	const struct hits *hits = world_of(self)->hits;
	uint32_t i = 0;

	if (hits->nr_cpus > SMALL_CPUS) {
		job_one(self); /* the miss */
		i = 1;
	}
	for (; i < hits->nr_objects; i++)
		step_alloc(self, i);
	for (i = 0; i < hits->nr_objects; i++)
		step_free(self, i);
}

/* --- the whole -------------------------------------------------------------------------------- */

static uint32_t objects_of(const struct world *world)
{
	uint32_t most = hits_magazine_most(world->both.pcpu, world->options->bytes);

	if (most > world->options->nr_objects)
		most = world->options->nr_objects;
	return most < HITS_OBJECTS_MAX ? most : HITS_OBJECTS_MAX;
}

static const char *world_run(struct world *world)
{
	const char *why = two_cpus_create(&world->both, world->options->nr_cpus, NULL, true);

	if (why)
		return why;
	world->both.context = world;
	world->hits->nr_objects = objects_of(world);
	for (uint32_t round = 0; round < NR_ROUNDS; round++) {
		for (uint32_t i = 0; i < world->hits->nr_objects; i++)
			two_cpus_do(&world->both, job_one);
		two_cpus_do(&world->both, job_free_all);
	}
	two_cpus_do(&world->both, job_step);
	if (pcpu_check(world->both.pcpu, NULL) != PCPU_HOLDS)
		why = "an invariant is broken";
	two_cpus_destroy(&world->both);
	return why;
}

bool hits_measure(struct hits *hits, const struct hits_options *options, bool *skipped,
		  const char **why)
{
	struct world *world = calloc(1, sizeof(*world));

	*skipped = false;
	memset(hits, 0, sizeof(*hits));
	hits->nr_cpus = options->nr_cpus;
	hits->bytes = options->bytes;
	hits->align = options->bytes < 8 ? options->bytes : 8;
	*why = "no memory";
	if (world) {
		world->hits = hits;
		world->options = options;
		*why = world_run(world);
	}
	if (!*why && !hits->cpu[0].alloc.most && !hits->cpu[0].nr_misses) {
		*skipped = true;
		*why = "this machine does not stop after each instruction";
	}
	free(world);
	return !*why;
}
