/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits.c - see hits.h: the two CPUs, and what their calls touched. */
#include "bench/hits/hits.h"
#include "harness/platform/hosted/hosted.h"

#include <pcpu/front.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

enum { NR_CPUS_MAX = 1024, SMALL_CPUS = 8, NR_ROUNDS = 12, STACK_BYTES = 1 << 20 };

#define STATIC_START ((uintptr_t)1 << 46)

const struct hits_calls hits_calls_real = {(uintptr_t)pcpu_alloc, (uintptr_t)pcpu_free};

/* One of the two CPUs. */
struct worker {
	struct world *world;
	struct hits_cpu *out;
	uint32_t cpu;
	struct pcpu_here *here;
	struct pcpu_ptr object[HITS_OBJECTS_MAX];
	pthread_t thread;
	sem_t go, done;
	void (*job)(struct worker *self); /* NULL: leave */
	bool started, entered;
};

struct world {
	struct hits *hits;
	const struct hits_options *options;
	struct pcpu_topology topology;
	struct plat *plat;
	struct pcpu *pcpu;
	struct worker worker[2];
	struct step_trace trace;
};

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

static enum hits_group group_of(const struct worker *self, const struct step_touch *touch)
{
	if (touch->stack)
		return HITS_STACK;
	return hits_group_of(self->world->pcpu, self->cpu, self->here, touch->address);
}

static void touch_take(struct worker *self, struct hits_lines *lines,
		       const struct step_touch *touch, enum hits_group group)
{
	uintptr_t last = touch->address + (touch->bytes ? touch->bytes - 1u : 0);

	for (uintptr_t at = touch->address & -(uintptr_t)STEP_LINE_BYTES; at <= last;
	     at += STEP_LINE_BYTES)
		line_note(self->out, lines, at, group, touch->writes);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void hit_take(struct worker *self, struct hits_kind *kind, const struct step_trace *trace)
{
	struct hits_lines own = {0};
	uint32_t lines[HITS_NR_GROUPS] = {0};

	for (uint32_t i = 0; i < trace->nr_touches; i++) {
		const struct step_touch *touch = &trace->touch[i];
		enum hits_group group = group_of(self, touch);

		touch_take(self, &own, touch, group);
		touch_take(self, &self->out->hits, touch, group);
		if (group == HITS_STATE)
			states_note(self->out, touch);
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
static void miss_take(struct worker *self, const struct step_trace *trace, uintptr_t stack)
{
	self->out->nr_misses++;
	for (uint32_t i = 0; i < trace->nr_touches; i++) {
		const struct step_touch *touch = &trace->touch[i];

		if (touch->writes && touch->address - (stack - STACK_BYTES) >= 2 * STACK_BYTES)
			touch_take(self, &self->out->misses, touch, group_of(self, touch));
	}
}

static void call_take(struct worker *self, struct hits_kind *kind, const struct step_trace *trace)
{
	self->out->unknown |= trace->unknown;
	self->out->full |= trace->cut;
	if (trace->nr_instructions <= HITS_LONGEST)
		hit_take(self, kind, trace);
	else
		miss_take(self, trace, (uintptr_t)__builtin_frame_address(0));
}

static void step_alloc(struct worker *self, uint32_t i)
{
	const struct world *world = self->world;
	struct step_trace *trace = &self->world->trace;

	self->object[i].value =
		step_call(trace, world->options->calls.alloc, (uintptr_t)world->pcpu,
			  world->hits->bytes, world->hits->align, 0);
	call_take(self, &self->out->alloc, trace);
}

static void step_free(struct worker *self, uint32_t i)
{
	struct step_trace *trace = &self->world->trace;

	step_call(trace, self->world->options->calls.free, (uintptr_t)self->world->pcpu,
		  self->object[i].value, 0, 0);
	self->object[i].value = 0;
	call_take(self, &self->out->free, trace);
}

/* --- jobs ------------------------------------------------------------------------------------- */

static void job_enter(struct worker *self)
{
	self->entered = hosted_enter_cpu(self->world->plat, self->world->pcpu, self->cpu);
	self->here = &pcpu_here;
}

static void job_leave(struct worker *self)
{
	if (self->entered)
		hosted_leave_cpu(self->world->plat);
}

/* The first object that it has not. */
static void job_one(struct worker *self)
{
	const struct hits *hits = self->world->hits;
	uint32_t i = 0;

	while (self->object[i].value)
		i++;
	self->object[i] = pcpu_alloc(self->world->pcpu, hits->bytes, hits->align, 0);
}

static void job_free_all(struct worker *self)
{
	for (uint32_t i = 0; i < self->world->hits->nr_objects; i++) {
		pcpu_free(self->world->pcpu, self->object[i]);
		self->object[i].value = 0;
	}
}

static void job_step(struct worker *self)
{
	const struct hits *hits = self->world->hits;
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

static void *worker_main(void *argument)
{
	struct worker *self = argument;

	for (;;) {
		while (sem_wait(&self->go))
			;
		if (!self->job)
			return NULL;
		self->job(self);
		sem_post(&self->done);
	}
}

static void both_do(struct world *world, void (*job)(struct worker *self))
{
	for (uint32_t w = 0; w < 2; w++) {
		struct worker *worker = &world->worker[w];

		if (!worker->started)
			continue;
		worker->job = job;
		sem_post(&worker->go);
		while (job && sem_wait(&worker->done))
			;
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool machine_make(struct world *world, uint32_t nr_cpus)
{
	static const uint16_t cpu_node[NR_CPUS_MAX], node_id[1];
	static const uint8_t distance[1] = {PCPU_LOCAL_DISTANCE};
	struct hosted_config hosted = {.topology = &world->topology, .seed = 1};
	struct pcpu_config config = {
		.topology = &world->topology,
		.sizes = {.static_bytes = PCPU_PAGE_BYTES,
			  .dyn_bytes = 28672,
			  .atom_bytes = 64u << 10},
		.static_start = STATIC_START,
		.front = true,
	};

	world->topology = (struct pcpu_topology){.nr_cpu_ids = nr_cpus,
						 .nr_nodes = 1,
						 .cpu_node = cpu_node,
						 .node_id = node_id,
						 .distance = distance};
	world->plat = hosted_create(&hosted);
	config.plat = world->plat;
	return world->plat && pcpu_create(&config, &world->pcpu) == PCPU_OK;
}

static void machine_destroy(struct world *world)
{
	if (world->pcpu)
		pcpu_destroy(world->pcpu);
	if (world->plat)
		hosted_destroy(world->plat);
}

static bool workers_start(struct world *world)
{
	for (uint32_t w = 0; w < 2; w++) {
		struct worker *worker = &world->worker[w];

		worker->world = world;
		worker->out = &world->hits->cpu[w];
		worker->cpu = w == 0 ? 0 : world->hits->nr_cpus - 1;
		sem_init(&worker->go, 0, 0);
		sem_init(&worker->done, 0, 0);
		worker->started = !pthread_create(&worker->thread, NULL, worker_main, worker);
	}
	return world->worker[0].started && world->worker[1].started;
}

static void workers_end(struct world *world)
{
	both_do(world, job_leave);
	both_do(world, NULL);
	for (uint32_t w = 0; w < 2; w++)
		if (world->worker[w].started)
			pthread_join(world->worker[w].thread, NULL);
}

static uint32_t objects_of(const struct world *world)
{
	uint32_t most = hits_magazine_most(world->pcpu, world->options->bytes);

	if (most > world->options->nr_objects)
		most = world->options->nr_objects;
	return most < HITS_OBJECTS_MAX ? most : HITS_OBJECTS_MAX;
}

static const char *world_run(struct world *world)
{
	world->hits->nr_objects = objects_of(world);
	both_do(world, job_enter);
	if (!world->worker[0].entered || !world->worker[1].entered)
		return "a thread could not become a CPU";
	for (uint32_t round = 0; round < NR_ROUNDS; round++) {
		for (uint32_t i = 0; i < world->hits->nr_objects; i++)
			both_do(world, job_one);
		both_do(world, job_free_all);
	}
	both_do(world, job_step);
	return pcpu_check(world->pcpu, NULL) == PCPU_HOLDS ? NULL : "an invariant is broken";
}

static const char *world_make(struct world *world)
{
	const char *why = "no thread could be made";

	if (!machine_make(world, world->hits->nr_cpus))
		return "the allocator could not be made";
	if (workers_start(world))
		why = world_run(world);
	workers_end(world);
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
		*why = options->nr_cpus >= 2 && options->nr_cpus <= NR_CPUS_MAX ?
			       world_make(world) :
			       "2 to 1024 CPUs";
		machine_destroy(world);
	}
	if (!*why && !hits->cpu[0].alloc.most && !hits->cpu[0].nr_misses) {
		*skipped = true;
		*why = "this machine does not stop after each instruction";
	}
	free(world);
	return !*why;
}
