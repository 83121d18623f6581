/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_front.c - runs with the fast front: operations move from CPU to CPU, and what the engine
 * counts is spans, so that the model judges objects alone.
 */
#include "harness/check/run/run_parts.h"

/* The n-th possible CPU. */
static uint32_t possible_cpu(const struct pcpu *pcpu, uint32_t n)
{
	uint32_t cpu = 0;

	for (;; cpu = (cpu + 1) % pcpu_layout(pcpu)->nr_cpu_ids) {
		if (pcpu_cpu_node(pcpu, cpu) == PCPU_NO_NODE)
			continue;
		if (n-- == 0)
			return cpu;
	}
}

/* Most objects are freed where they were allocated; every fourth by another CPU, every sixteenth by
   a thread that is none. */
void lab_run_cpu_enter(struct run *run, const struct lab_op *op)
{
	uint32_t nr = pcpu_layout(run->pcpu)->nr_possible, cpu;
	bool moves = op->kind != LAB_OP_ALLOC && op->id % 4 == 3;

	if (op->kind == LAB_OP_FREE && op->id % 16 == 5) {
		pcpu_cpu_leave();
		return;
	}
	cpu = possible_cpu(run->pcpu, (op->id / 2 + moves) % (nr < 3 ? nr : 3));
	if (pcpu_here.pcpu && pcpu_here.cpu == cpu)
		return;
	pcpu_cpu_leave();
	pcpu_cpu_enter(run->pcpu, cpu);
}

bool lab_run_check_front_stats(struct run *run)
{
	const struct pcpu_stats *due = &run->stats.due;
	struct pcpu_stats now;

	pcpu_stats(run->pcpu, &now);
	if (now.nr_allocs != due->nr_allocs || now.nr_frees != due->nr_frees ||
	    now.nr_live != due->nr_live)
		return lab_run_blame(run, "objects are counted exactly, whoever places them",
				     LAB_NO_ID, PCPU_NO_CPU);
	if (now.live_bytes < run->model.live_bytes ||
	    now.nr_failed[PCPU_CAUSE_ILLEGAL] != due->nr_failed[PCPU_CAUSE_ILLEGAL])
		return lab_run_blame(run, "live bytes and refusals are counted", LAB_NO_ID,
				     PCPU_NO_CPU);
	return true;
}
