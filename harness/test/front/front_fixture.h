/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front_fixture.h - a test_fixture with the fast front, and what tests look at behind it.
 *
 *	front_open(&f, "00.11");	engine bitmap; the caller is no CPU yet
 *	front_be_cpu(&f, 3);		the caller is CPU 3 from now on
 *	front_close(&f);		no CPU any more; every invariant; nothing is lost
 */
#ifndef FRONT_FIXTURE_H
#define FRONT_FIXTURE_H

#include "core/front/front_calls.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

static inline void front_init(struct test_fixture *f, const char *nodes)
{
	pcpu_here = (struct pcpu_caller){0}; /* of a test that failed */
	test_fixture_init(f, nodes);
	f->config.front = true;
	f->config.engine = pcpu_engine_find("bitmap");
}

static inline void front_open(struct test_fixture *f, const char *nodes)
{
	front_init(f, nodes);
	test_fixture_open(f);
	CHECK(pcpu_has_front(f->pcpu));
}

static inline void front_be_cpu(struct test_fixture *f, uint32_t cpu)
{
	pcpu_cpu_leave();
	pcpu_cpu_enter(f->pcpu, cpu);
}

static inline void front_close(struct test_fixture *f)
{
	pcpu_cpu_leave();
	test_fixture_check(f);
	test_fixture_close(f);
}

static inline struct pcpu_stats front_stats(struct test_fixture *f)
{
	struct pcpu_stats stats;

	pcpu_stats(f->pcpu, &stats);
	return stats;
}

static inline struct pcpu_magazine *front_magazine(struct test_fixture *f, uint32_t cpu,
						   uint32_t bytes)
{
	return f->pcpu->front->cpu[cpu].magazine[pcpu_class_of[bytes]];
}

/* Objects that a CPU's magazine of this size holds. */
static inline uint32_t front_held(struct test_fixture *f, uint32_t cpu, uint32_t bytes)
{
	const struct pcpu_magazine *magazine = front_magazine(f, cpu, bytes);

	return magazine_nr_claimed(magazine) + magazine->limit - magazine->room;
}

static inline uint32_t front_dirty(struct test_fixture *f, uint32_t cpu, uint32_t bytes)
{
	return front_held(f, cpu, bytes) - magazine_nr_claimed(front_magazine(f, cpu, bytes));
}

static inline struct pcpu_ptr front_alloc(struct test_fixture *f, size_t bytes, unsigned flags)
{
	struct pcpu_ptr p = pcpu_alloc(f->pcpu, bytes, 4, flags);

	CHECK(p.value);
	return p;
}

/* Spans of other sizes have so much free that CPUs share those of 8 bytes. */
static inline void front_use_up_spare(struct test_fixture *f)
{
	for (uint32_t bytes = 104; bytes <= 1024; bytes += bytes / 7)
		front_alloc(f, bytes, 0);
	CHECK(f->pcpu->front->spare_bytes > 40 << 10);
}

/* The span that an object lies in. */
static inline struct pcpu_span *front_span_of(struct test_fixture *f, struct pcpu_ptr p)
{
	struct pcpu_chunk *chunk;
	uint32_t offset;

	plat_read_begin(f->plat);
	chunk = pcpu_find(f->pcpu, p, &offset);
	plat_read_end(f->plat);
	CHECK(chunk);
	return chunk->spans[offset / PCPU_PAGE_BYTES];
}

static inline uint64_t front_nr_misuses(struct test_fixture *f)
{
	struct sim_ledger ledger;

	sim_ledger(f->plat, &ledger);
	return ledger.nr_misuses;
}

/* Spans of a size. */
static inline uint32_t front_nr_spans(struct test_fixture *f, uint32_t bytes)
{
	struct pcpu_front *front = f->pcpu->front;
	struct pcpu_list *lists[] = {&front->partial[pcpu_class_of[bytes]],
				     &front->full[pcpu_class_of[bytes]]};
	uint32_t nr = 0;

	for (uint32_t i = 0; i < 2; i++)
		for (struct pcpu_list *at = lists[i]->next; at != lists[i]; at = at->next)
			nr++;
	return nr;
}

/* Writes or reads one byte of every copy. */
static inline void front_fill(struct test_fixture *f, struct pcpu_ptr p, uint32_t bytes, int mark)
{
	uint8_t byte = (uint8_t)mark;

	for (uint32_t cpu = 0; cpu < f->topology.nr_cpu_ids; cpu++)
		for (uint32_t i = 0; f->cpu_node[cpu] != PCPU_NO_NODE && i < bytes; i++)
			plat_copy(f->plat, pcpu_address(f->pcpu, p, cpu) + i, &byte, 1);
}

static inline bool front_is_zero(struct test_fixture *f, struct pcpu_ptr p, uint32_t bytes)
{
	for (uint32_t cpu = 0; cpu < f->topology.nr_cpu_ids; cpu++)
		if (f->cpu_node[cpu] != PCPU_NO_NODE &&
		    !lab_holds(f->plat, pcpu_address(f->pcpu, p, cpu), NULL, bytes))
			return false;
	return true;
}

#endif
