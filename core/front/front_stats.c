/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front_stats.c - the engine counts spans; its users count objects.
 *
 *	taken = put into clean magazines - still there + taken without one
 *	freed = verified + still dirty + freed without a magazine
 */
#include "front_calls.h"

static void magazine_count(const struct pcpu_magazine *magazine, uint64_t *taken, uint64_t *freed)
{
	*taken += magazine->nr_loaded - magazine_nr(magazine);
	*freed += magazine->nr_verified + (magazine->limit - count_read(&magazine->room));
}

PCPU_REQUIRES(PLAT_INNER)
static void class_count(const struct pcpu *pcpu, uint32_t class, struct pcpu_stats *out)
{
	const struct pcpu_front *front = pcpu->front;
	uint64_t taken = front->nr_taken[class], freed = front->nr_freed[class];

	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++)
		magazine_count(front->cpu[cpu].magazine[class], &taken, &freed);
	out->nr_allocs += taken;
	out->nr_frees += freed;
	out->live_bytes += (taken - freed) * pcpu_classes[class].bytes;
}

void pcpu_front_stats(struct pcpu *pcpu, struct pcpu_stats *out)
{
	struct pcpu_front *front = pcpu->front;

	if (!front)
		return;
	out->nr_allocs -= front->nr_span_allocs;
	out->nr_frees -= front->nr_span_frees;
	out->live_bytes -= front->span_bytes;
	out->zeroed_bytes += counter_read(&front->cleared_bytes);
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++)
		class_count(pcpu, class, out);
	out->nr_live = out->nr_allocs - out->nr_frees;
	front->nr_live_max = pcpu_max64(front->nr_live_max, out->nr_live);
	out->nr_live_max = pcpu_max64(out->nr_live_max, front->nr_live_max);
}
