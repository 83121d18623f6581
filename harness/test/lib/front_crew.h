/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* front_crew.h - threads that allocate and free objects of one table, each whatever another
   made. */
#ifndef FRONT_CREW_H
#define FRONT_CREW_H

#include <pcpu/front.h>
#include <pthread.h>

#include "harness/test/lib/hosted_fixture.h"

#define NR_SHARED 256

struct shared {
	struct hosted_fixture fixture;
	struct {
		uintptr_t value;
		uint32_t bytes;
		uint8_t mark;
	} slot[NR_SHARED];
	pthread_mutex_t lock[NR_SHARED];
	bool wrong;
};

struct crew {
	struct shared *shared;
	uint32_t cpu; /* not one of the fixture's: the thread is no CPU */
	pthread_t thread;
};

/* An allocator with a front. */
void front_create(struct hosted_fixture *fixture, bool worker);
/* Once the worker is done: every invariant, no report, so many live objects. */
void front_check_quiet(struct hosted_fixture *fixture, uint64_t nr_live);
/* pthread_create()'s: 20,000 steps of a struct crew. */
void *crew_main(void *argument);

#endif
