/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_init.h - shared by the files of numa-init: the machine, allocators on it, threads that are
 * its CPUs, checks that return NULL or what is wrong.
 *
 *	hosted_topology_live()  ->  numa_fixture: platform + allocator	numa_fixture.c
 *	                                |
 *	one pinned thread per CPU  ->  alloc, first touch		numa_fixture.c
 *	                                |
 *	where does each page lie?  two system calls must agree		numa_checks.c
 *	how long does it take?						numa_bench.c
 */
#ifndef NUMA_INIT_H
#define NUMA_INIT_H

#include "harness/platform/hosted/hosted.h"
#include "harness/platform/hosted/hosted_topology.h"
#include "harness/platform/lab_plat.h"

enum { NUMA_MAX_CPUS = 64, NUMA_OBJECTS = 512 };

/* The machine, and what its builder states about it. */
struct numa_machine {
	struct lab_topology topology;
	bool no_mbind;			   /* the control: placement is switched off */
	const char *cpu_nodes, *distances; /* comma-separated; NULL: unknown */
	uint32_t nr_cpus, nr_nodes;	   /* 0: unknown */
};

struct numa_fixture {
	const struct numa_machine *machine;
	struct plat *plat;
	struct pcpu *pcpu;
	bool print_layout; /* the LAYOUT event goes to stdout as comment lines */
	struct pcpu_ptr object[NUMA_MAX_CPUS][NUMA_OBJECTS]; /* by the CPU that made them */
	uint32_t nr_objects[NUMA_MAX_CPUS];
};

/* Formats the result of a check: a sentence that is valid until the next call. */
const char *numa_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Creates a platform and an allocator of this machine. Returns NULL, or what is wrong. */
const char *numa_fixture_create(struct numa_fixture *fixture, const struct numa_machine *machine,
				enum pcpu_choice choice, bool print_layout);
void numa_fixture_destroy(struct numa_fixture *fixture);

/* Returns the first possible CPU of a node index (PCPU_NO_NODE: of all), or PCPU_NO_CPU. */
uint32_t numa_first_cpu(const struct pcpu_topology *topology, uint16_t node);

/* Calls work on a pinned thread of every possible CPU at once. Returns the first CPU's complaint,
   or NULL. work must return constant text. */
const char *numa_on_each_cpu(struct numa_fixture *fixture,
			     const char *(*work)(struct numa_fixture *fixture, uint32_t cpu));
/* Does the same on one CPU. */
const char *numa_on_cpu(struct numa_fixture *fixture, uint32_t cpu,
			const char *(*work)(struct numa_fixture *fixture, uint32_t cpu));

/* The checks. X(id, "name"): the names of checks that fail with placement off end in -local. */
#define X(id, name) const char *numa_check_##id(struct numa_machine *machine);
#include "harness/platform/hosted/numa/numa_checks.def"
#undef X

#endif
