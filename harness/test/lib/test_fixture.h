/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_fixture.h - a small simulated machine with one allocator, for tests of the core.
 *
 *	struct test_fixture f;
 *	test_fixture_init(&f, "00.11");	CPUs 0,1 on node 0, 3,4 on node 1, no CPU 2
 *	f.config.choice = ...;		anything may be changed before
 *	test_fixture_open(&f);		creates platform and allocator, checks that they hold
 *	test_fixture_close(&f);		destroys both, checks that nothing is lost
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

#define TEST_FIXTURE_CPUS  64
#define TEST_FIXTURE_NODES 10
#define TEST_STATIC_START  UINT64_C(0x400000)

struct test_fixture {
	struct pcpu_topology topology;
	uint16_t cpu_node[TEST_FIXTURE_CPUS], node_id[TEST_FIXTURE_NODES];
	uint8_t distance[TEST_FIXTURE_NODES * TEST_FIXTURE_NODES];
	struct sim_config sim;
	struct pcpu_config config;
	struct plat *plat;
	struct pcpu *pcpu;
};

void test_fixture_init(struct test_fixture *f, const char *nodes);
/* Platform only; then pcpu_create() is the test's. */
void test_fixture_open_plat(struct test_fixture *f);
void test_fixture_open(struct test_fixture *f);
void test_fixture_close(struct test_fixture *f);
/* Every invariant, and every contract of the platform. */
void test_fixture_check(struct test_fixture *f);
/* How often this event was emitted. */
uint64_t test_fixture_reported(struct test_fixture *f, enum pcpu_event_id id);
/* The last event of this id; fails when there is none. */
struct pcpu_event test_fixture_event(struct test_fixture *f, enum pcpu_event_id id);
/* Where an object lies; fails for a pointer that leads nowhere. */
struct pcpu_place test_fixture_place(struct test_fixture *f, struct pcpu_ptr p);

#endif
