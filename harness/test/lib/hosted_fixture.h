/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_fixture.h - what tests of the hosted platform share: a small machine, allocators on it,
   threads that are CPUs. */
#ifndef HOSTED_FIXTURE_H
#define HOSTED_FIXTURE_H

#include "harness/platform/hosted/hosted.h"
#include "harness/platform/lab_plat.h"

/* CPUs 0-3 on node 0, 4 is not possible, 5-7 on node 1; distances 10 and 20. Memory is not
   bound. */
extern const struct pcpu_topology hosted_fixture_topology;
#define HOSTED_FIXTURE_CPUS 8u

/* How to make an allocator of it. */
struct hosted_fixture_options {
	enum pcpu_choice choice;
	enum pcpu_backing_kind backing; /* KM: one node */
	bool worker, record_misuse, unit_guards, front;
	uint64_t meta_limit_bytes, page_limit;
	uint64_t reserved_bytes;
	uint64_t unit_bytes; /* 0: 64 KiB with a tail */
	enum pcpu_stride stride;
	uint64_t seed;	     /* of places */
	uintptr_t static_start; /* 0: 0x1000000 */
};

struct hosted_fixture {
	struct plat *plat;
	struct pcpu *pcpu; /* NULL: status says why */
	enum pcpu_status status;
	uint32_t nr_events[PCPU_NR_EVENTS];
};

void hosted_fixture_create(const struct hosted_fixture_options *want,
			   struct hosted_fixture *fixture);
/* Stops the worker, destroys both; hosted_destroy() aborts when something is lost. */
void hosted_fixture_destroy(struct hosted_fixture *fixture);

#endif
