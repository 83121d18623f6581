/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_bench.c - a short pinned bench: one object allocated and freed, and a counter added to on
 * this CPU's node and on each of the others.
 *
 * An emulated machine has no far memory: its numbers only show that the code works. On a real
 * machine the ratios matter.
 */
#include "harness/platform/hosted/numa/numa_init.h"

#include <stdio.h>
#include <time.h>

enum { PAIRS = 5000, ADDS = 500000 };

static struct numa_fixture fixture;

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Keeps another object: an otherwise empty allocator is a special case. */
static const char *bench_pair(struct numa_fixture *w, uint32_t cpu)
{
	struct pcpu_ptr neighbour = pcpu_alloc(w->pcpu, 8, 8, 0);
	double started = now_ns();
	struct pcpu_stats stats;

	for (uint32_t i = 0; i < PAIRS; i++) {
		struct pcpu_ptr p = pcpu_alloc(w->pcpu, 8, 8, 0);

		if (!p.value)
			return "there is memory for one object";
		pcpu_free(w->pcpu, p);
	}
	printf("# bench pair_ns %.1f\n", (now_ns() - started) / PAIRS);
	pcpu_stats(w->pcpu, &stats);
	if (stats.nr_live != 1 || stats.nr_allocs != PAIRS + 1)
		return "one object lives after as many pairs as were requested";
	pcpu_free(w->pcpu, neighbour);
	return NULL;
}

static double add_ns(volatile uint64_t *counter)
{
	double started = now_ns();

	for (uint32_t i = 0; i < ADDS; i++)
		*counter += 1;
	return (now_ns() - started) / ADDS;
}

static const char *bench_add(struct numa_fixture *w, uint32_t cpu)
{
	const struct pcpu_topology *t = &w->machine->topology.table;
	struct pcpu_ptr p = pcpu_alloc(w->pcpu, sizeof(uint64_t), 8, 0);

	if (!p.value)
		return "there is memory for a counter";
	for (uint32_t node = 0; node < t->nr_nodes; node++) {
		uint32_t far = numa_first_cpu(t, (uint16_t)node);
		uint64_t *counter;

		if (far == PCPU_NO_CPU)
			continue;
		counter = (uint64_t *)pcpu_address(w->pcpu, p, far);
		printf("# bench add_ns_distance_%u_node_%u %.2f\n",
		       t->distance[t->cpu_node[cpu] * t->nr_nodes + node], t->node_id[node],
		       add_ns(counter));
		if (*counter != ADDS)
			return "a counter holds what was added to it";
	}
	pcpu_free(w->pcpu, p);
	return NULL;
}

const char *numa_check_bench(struct numa_machine *machine)
{
	const char *wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_EMBED, false);
	uint32_t cpu = numa_first_cpu(&machine->topology.table, PCPU_NO_NODE);

	if (!wrong)
		wrong = numa_on_cpu(&fixture, cpu, bench_pair);
	if (!wrong)
		wrong = numa_on_cpu(&fixture, cpu, bench_add);
	numa_fixture_destroy(&fixture);
	return wrong;
}
