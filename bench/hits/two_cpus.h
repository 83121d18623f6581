/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * two_cpus.h - an allocator on a machine of so many CPUs, and two threads that are the first and
 * the last of them. They do jobs in turns: one waits while the other works.
 */
#ifndef TWO_CPUS_H
#define TWO_CPUS_H

#include <pcpu/front.h>
#include <pthread.h>
#include <semaphore.h>

enum { TWO_CPUS_MOST = 1024 };

struct pcpu_engine;
struct two_cpus;

struct two_cpus_worker {
	struct two_cpus *both;
	uint32_t index, cpu;
	struct pcpu_caller *here; /* of its thread */
	/* inside */
	pthread_t thread;
	sem_t go, done;
	void (*job)(struct two_cpus_worker *self); /* NULL: leave */
	bool started, entered;
};

struct two_cpus {
	struct pcpu *pcpu;
	struct plat *plat;
	void *context; /* the jobs' */
	struct two_cpus_worker worker[2];
	/* inside */
	struct pcpu_topology topology;
};

/* On the engine, NULL: the default one; 2 to TWO_CPUS_MOST CPUs. Returns NULL, or why not; then
   nothing is left. */
const char *two_cpus_create(struct two_cpus *both, uint32_t nr_cpus,
			    const struct pcpu_engine *engine, bool front);
/* The first worker does the job, then the second. */
void two_cpus_do(struct two_cpus *both, void (*job)(struct two_cpus_worker *self));
/* Objects may live. */
void two_cpus_destroy(struct two_cpus *both);

#endif
