/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* two_cpus.c - see two_cpus.h. */
#include "bench/hits/two_cpus.h"
#include "harness/platform/hosted/hosted.h"

#include <string.h>

/* As in the benchmarks (bench_fixture.c): below what mmap() hands out. */
#define STATIC_START ((uintptr_t)1 << 46)

static bool machine_make(struct two_cpus *both, uint32_t nr_cpus, const struct pcpu_engine *engine,
			 bool front)
{
	static const uint16_t cpu_node[TWO_CPUS_MOST], node_id[1];
	static const uint8_t distance[1] = {PCPU_LOCAL_DISTANCE};
	struct hosted_config hosted = {.topology = &both->topology, .seed = 1};
	struct pcpu_config config = {
		.topology = &both->topology,
		.engine = engine,
		.sizes = {.static_bytes = PCPU_PAGE_BYTES,
			  .dyn_bytes = 28672,
			  .atom_bytes = 64u << 10},
		.static_start = STATIC_START,
		.front = front,
	};

	both->topology = (struct pcpu_topology){.nr_cpu_ids = nr_cpus,
						.nr_nodes = 1,
						.cpu_node = cpu_node,
						.node_id = node_id,
						.distance = distance};
	both->plat = hosted_create(&hosted);
	config.plat = both->plat;
	return both->plat && pcpu_create(&config, &both->pcpu) == PCPU_OK;
}

static void *worker_main(void *argument)
{
	struct two_cpus_worker *self = argument;

	for (;;) {
		while (sem_wait(&self->go))
			;
		if (!self->job)
			return NULL;
		self->job(self);
		sem_post(&self->done);
	}
}

void two_cpus_do(struct two_cpus *both, void (*job)(struct two_cpus_worker *self))
{
	for (uint32_t w = 0; w < 2; w++) {
		struct two_cpus_worker *worker = &both->worker[w];

		if (!worker->started)
			continue;
		worker->job = job;
		sem_post(&worker->go);
		while (job && sem_wait(&worker->done))
			;
	}
}

static void worker_enter(struct two_cpus_worker *self)
{
	self->entered = hosted_enter_cpu(self->both->plat, self->both->pcpu, self->cpu);
	self->here = &pcpu_here;
}

static void worker_leave(struct two_cpus_worker *self)
{
	if (self->entered)
		hosted_leave_cpu(self->both->plat);
}

static const char *workers_start(struct two_cpus *both, uint32_t nr_cpus)
{
	for (uint32_t w = 0; w < 2; w++) {
		struct two_cpus_worker *worker = &both->worker[w];

		worker->both = both;
		worker->index = w;
		worker->cpu = w == 0 ? 0 : nr_cpus - 1;
		sem_init(&worker->go, 0, 0);
		sem_init(&worker->done, 0, 0);
		worker->started = !pthread_create(&worker->thread, NULL, worker_main, worker);
		if (!worker->started)
			return "no thread could be made";
	}
	two_cpus_do(both, worker_enter);
	return both->worker[0].entered && both->worker[1].entered ?
		       NULL :
		       "a thread could not become a CPU";
}

const char *two_cpus_create(struct two_cpus *both, uint32_t nr_cpus,
			    const struct pcpu_engine *engine, bool front)
{
	const char *why = "the allocator could not be made";

	memset(both, 0, sizeof(*both));
	if (nr_cpus < 2 || nr_cpus > TWO_CPUS_MOST)
		return "2 to 1024 CPUs";
	if (machine_make(both, nr_cpus, engine, front))
		why = workers_start(both, nr_cpus);
	if (why)
		two_cpus_destroy(both);
	return why;
}

void two_cpus_destroy(struct two_cpus *both)
{
	two_cpus_do(both, worker_leave);
	two_cpus_do(both, NULL);
	for (uint32_t w = 0; w < 2; w++)
		if (both->worker[w].started)
			pthread_join(both->worker[w].thread, NULL);
	if (both->pcpu)
		pcpu_destroy(both->pcpu);
	if (both->plat)
		hosted_destroy(both->plat);
}
