/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* front_crew.c - see front_crew.h. */
#include <string.h>

#include "harness/test/lib/front_crew.h"
#include "harness/test/lib/test.h"

#define NR_STEPS 20000

void front_create(struct hosted_fixture *fixture, bool worker)
{
	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED,
							       .worker = worker,
							       .record_misuse = true,
							       .front = true},
			      fixture);
	CHECK(fixture->pcpu && pcpu_has_front(fixture->pcpu));
}

void front_check_quiet(struct hosted_fixture *fixture, uint64_t nr_live)
{
	struct pcpu_report report;
	struct pcpu_stats stats;

	hosted_worker_wait(fixture->plat);
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	CHECK(!hosted_take_misuse(fixture->plat, &report));
	pcpu_stats(fixture->pcpu, &stats);
	CHECK_EQ(stats.nr_live, nr_live);
}

static void object_write(struct shared *s, uintptr_t value, uint32_t bytes, uint8_t mark)
{
	const uintptr_t *offset = pcpu_offsets(s->fixture.pcpu);

	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++) {
		if (offset[cpu] == 0)
			continue;
		if (!lab_holds(s->fixture.plat, value + offset[cpu], NULL, bytes))
			s->wrong = true;
		memset((void *)(value + offset[cpu]), mark, bytes);
	}
}

static void object_verify(struct shared *s, uintptr_t value, uint32_t bytes, uint8_t mark)
{
	const uintptr_t *offset = pcpu_offsets(s->fixture.pcpu);

	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++)
		for (uint32_t i = 0; offset[cpu] && i < bytes; i++)
			if (((uint8_t *)(value + offset[cpu]))[i] != mark)
				s->wrong = true;
}

/* Fills an empty slot or empties a full one, whoever filled it. */
static void slot_turn(struct shared *s, uint32_t slot, uint32_t random)
{
	static const uint16_t sizes[] = {4, 8, 12, 24, 64, 100, 256, 700, 1100};

	pthread_mutex_lock(&s->lock[slot]);
	if (s->slot[slot].value) {
		object_verify(s, s->slot[slot].value, s->slot[slot].bytes, s->slot[slot].mark);
		pcpu_free(s->fixture.pcpu, (struct pcpu_ptr){s->slot[slot].value});
		s->slot[slot].value = 0;
	} else {
		s->slot[slot].bytes = sizes[random % 9];
		s->slot[slot].mark = (uint8_t)(random >> 8 | 1);
		s->slot[slot].value = pcpu_alloc(s->fixture.pcpu, s->slot[slot].bytes, 4,
						 random & 64 ? PCPU_ATOMIC : 0)
					      .value;
		if (s->slot[slot].value)
			object_write(s, s->slot[slot].value, s->slot[slot].bytes,
				     s->slot[slot].mark);
	}
	pthread_mutex_unlock(&s->lock[slot]);
}

void *crew_main(void *argument)
{
	struct crew *crew = argument;
	struct shared *s = crew->shared;
	uint64_t random = crew->cpu * 77u + 1;
	bool is_cpu = crew->cpu < HOSTED_FIXTURE_CPUS;

	if (is_cpu && !hosted_enter_cpu(s->fixture.plat, s->fixture.pcpu, crew->cpu))
		s->wrong = true;
	for (uint32_t i = 0; i < NR_STEPS; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		slot_turn(s, random >> 40 & (NR_SHARED - 1), (uint32_t)(random >> 20));
		if (i % 1999 == 7)
			pcpu_balance(s->fixture.pcpu);
		if (i % 7001 == 9)
			pcpu_drain(s->fixture.pcpu);
	}
	if (is_cpu)
		hosted_leave_cpu(s->fixture.plat);
	return NULL;
}
