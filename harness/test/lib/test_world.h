/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_world.h - a small machine, its simulated platform and one allocator, for tests of the core.
 *
 *	struct test_world w;
 *	test_world_init(&w, "00.11");	CPUs 0,1 on node 0, 3,4 on node 1, no CPU 2
 *	w.config.choice = ...;		anything may be changed before
 *	test_world_open(&w);		creates platform and allocator, checks that they hold
 *	test_world_close(&w);		destroys both, checks that nothing is lost
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

#define TEST_WORLD_CPUS	  64
#define TEST_WORLD_NODES  10
#define TEST_STATIC_START UINT64_C(0x400000)

struct test_world {
	struct pcpu_topology topology;
	uint16_t cpu_node[TEST_WORLD_CPUS], node_id[TEST_WORLD_NODES];
	uint8_t distance[TEST_WORLD_NODES * TEST_WORLD_NODES];
	struct sim_config sim;
	struct pcpu_config config;
	struct plat *plat;
	struct pcpu *pcpu;
};

void test_world_init(struct test_world *w, const char *nodes);
/* Platform only; then pcpu_create() is the test's. */
void test_world_open_plat(struct test_world *w);
void test_world_open(struct test_world *w);
void test_world_close(struct test_world *w);
/* Every invariant, and every contract of the platform. */
void test_world_check(struct test_world *w);
/* How often this event was told. */
uint64_t test_world_reported(struct test_world *w, enum pcpu_event_id id);
/* The last event of this id; fails when there is none. */
struct pcpu_event test_world_event(struct test_world *w, enum pcpu_event_id id);
/* Where an object lies; fails for a pointer that leads nowhere. */
struct pcpu_place test_world_place(struct test_world *w, struct pcpu_ptr p);

#endif
