/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * capacity.c - how much magazines may hold.
 *
 *	one magazine	8 objects; doubled by each miss up to 64, to 8 KiB, and to what a
 *			first-level cache holds of their copies
 *	all of them	a sixteenth of what spans have, at least 64 KiB; beyond that none grows
 *
 * So a class that is seldom used holds little, and so do all CPUs of a large machine together: 512
 * CPUs could hold 180 MB of each unit else. Balance cuts the magazines that did not miss since.
 */
#include "front_calls.h"

#define CAPACITY_LEAST (64u << 10) /* of a unit; of clean magazines, and of dirty ones */
#define CAPACITY_PART  16u

uint32_t pcpu_magazine_most(const struct pcpu *pcpu, uint32_t class)
{
	uint32_t bytes = pcpu_classes[class].bytes;
	uint64_t cached = PCPU_MAGAZINE_CACHE / ((uint64_t)bytes * pcpu->layout.nr_possible);

	cached = pcpu_max64(cached, PCPU_MAGAZINE_START);
	return (uint32_t)pcpu_min64(pcpu_min64(cached, PCPU_MAGAZINE_BYTES / bytes),
				    PCPU_MAGAZINE_MAX);
}

void pcpu_capacity_follow(struct pcpu_front *front)
{
	counter_set(&front->capacity_most,
		    (size_t)pcpu_max64(front->span_bytes / CAPACITY_PART, CAPACITY_LEAST));
}

void pcpu_capacity_add(struct pcpu_front *front, uint32_t class, uint32_t nr)
{
	counter_add(&front->capacity_bytes, (size_t)nr * pcpu_classes[class].bytes);
}

void pcpu_capacity_sub(struct pcpu_front *front, uint32_t class, uint32_t nr)
{
	counter_add(&front->capacity_bytes, -((size_t)nr * pcpu_classes[class].bytes));
}

/* Two CPUs that grow at once may both be refused what one could have had. */
static bool capacity_take(struct pcpu_front *front, uint32_t class, uint32_t nr)
{
	size_t bytes = (size_t)nr * pcpu_classes[class].bytes;

	if (counter_add(&front->capacity_bytes, bytes) <= counter_read(&front->capacity_most))
		return true;
	pcpu_capacity_sub(front, class, nr);
	return false;
}

void pcpu_magazine_grow(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class)
{
	uint32_t limit = (uint32_t)pcpu_min64(2 * magazine->limit, pcpu->front->most[class]);

	if (limit <= magazine->limit || magazine->room < magazine->limit ||
	    !capacity_take(pcpu->front, class, limit - magazine->limit))
		return;
	magazine->limit = limit;
	count_set(&magazine->room, limit);
}

void pcpu_magazine_cut(struct pcpu *pcpu, struct pcpu_magazine *magazine, uint32_t class)
{
	pcpu_capacity_sub(pcpu->front, class, magazine->limit - PCPU_MAGAZINE_START);
	magazine->limit = PCPU_MAGAZINE_START;
	count_set(&magazine->room, PCPU_MAGAZINE_START);
}
