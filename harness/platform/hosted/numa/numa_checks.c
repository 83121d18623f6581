/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_checks.c - checks that the pages of each unit lie on the node of its CPU.
 *
 *	first touch by			checked by				how
 *	the platform, on any CPU	the allocator's records, page by page	move_pages
 *	requested memory		each CPU for its own copies		get_mempolicy
 *
 * The CPU that allocates is usually not the one whose unit is populated: without mbind(2) before
 * the first touch most pages lie on the wrong node.
 */
#include "harness/platform/hosted/numa/numa_init.h"

#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct numa_fixture fixture; /* one at a time */

/* --- the machine ------------------------------------------------------------------------------ */

/* Returns the next number of "0,0,1"; UINT32_MAX when there is none. */
static uint32_t next_number(const char **list)
{
	char *end;
	unsigned long n = strtoul(*list, &end, 10);

	if (end == *list)
		return UINT32_MAX;
	*list = end + (*end == ',');
	return (uint32_t)n;
}

const char *numa_check_machine(struct numa_machine *machine)
{
	const struct pcpu_topology *t = &machine->topology.table;
	const char *cpu_nodes = machine->cpu_nodes, *distances = machine->distances;

	if (!machine->nr_cpus || !cpu_nodes || !distances)
		return "SKIP nobody says what the machine is";
	if (t->nr_nodes != machine->nr_nodes || t->nr_cpu_ids != machine->nr_cpus)
		return numa_say("%u nodes and %u CPUs (found %u and %u)", machine->nr_nodes,
				machine->nr_cpus, t->nr_nodes, t->nr_cpu_ids);
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		if (t->cpu_node[cpu] != next_number(&cpu_nodes))
			return numa_say("CPU %u is on its node (found %u)", cpu, t->cpu_node[cpu]);
	for (uint32_t i = 0; i < t->nr_nodes * t->nr_nodes; i++)
		if (t->distance[i] != next_number(&distances))
			return numa_say("nodes %u and %u have their distance (found %u)",
					i / t->nr_nodes, i % t->nr_nodes, t->distance[i]);
	return NULL;
}

static const char *am_there(struct numa_fixture *w, uint32_t cpu)
{
	const struct pcpu_topology *t = &w->machine->topology.table;
	unsigned real_cpu, real_node;

	if (getcpu(&real_cpu, &real_node))
		return "getcpu() works";
	if (real_cpu != cpu)
		return "each thread runs on the CPU that it is";
	if (real_node != t->node_id[t->cpu_node[cpu]])
		return "the kernel and the topology agree on each CPU's node";
	return NULL;
}

/* On many machines not all possible CPUs are online: then a virtual CPU is pinned to another real
   one. */
static bool all_cpus_usable(const struct pcpu_topology *t)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		if (t->cpu_node[cpu] != PCPU_NO_NODE && !CPU_ISSET(cpu, &set))
			return false;
	return true;
}

const char *numa_check_threads(struct numa_machine *machine)
{
	const char *wrong;

	if (!all_cpus_usable(&machine->topology.table))
		return "SKIP not every possible CPU is ours to run on";
	wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_EMBED, false);
	if (!wrong)
		wrong = numa_on_each_cpu(&fixture, am_there);
	numa_fixture_destroy(&fixture);
	return wrong;
}

/* --- where pages lie -------------------------------------------------------------------------- */

/* Checks one page by a system call that the platform does not use. */
static const char *page_is_here(uintptr_t address, uint32_t node_id)
{
	int node;

	if (get_mempolicy(&node, NULL, 0, (void *)address, MPOL_F_NODE | MPOL_F_ADDR))
		return "get_mempolicy() answers the node of a page";
	return (uint32_t)node == node_id ? NULL :
					   "each CPU's copy of every object lies on its node";
}

/* Checks all pages of this CPU's copies of all objects; writes each first, as a user would. */
static const char *copies_are_here(struct numa_fixture *w, uint32_t cpu)
{
	const struct pcpu_topology *t = &w->machine->topology.table;
	uint32_t id = t->node_id[t->cpu_node[cpu]];

	for (uint32_t maker = 0; maker < t->nr_cpu_ids; maker++)
		for (uint32_t i = 0; i < w->nr_objects[maker]; i++) {
			uintptr_t copy = pcpu_address(w->pcpu, w->object[maker][i], cpu);
			const char *wrong;

			*(volatile uint32_t *)copy = cpu + 1;
			wrong = page_is_here(copy, id);
			if (wrong)
				return wrong;
		}
	return NULL;
}

/* "# placement NAME 52 of 52 unit pages", then each node. */
static void print_placement(const char *name, const struct hosted_placement *all)
{
	const struct pcpu_topology *t = &fixture.machine->topology.table;
	struct hosted_placement seen;

	printf("# placement %s %llu of %llu unit pages on their node, %.1f %%\n", name,
	       (unsigned long long)all->nr_there, (unsigned long long)all->nr_pages,
	       hosted_placement_percent(all));
	for (uint32_t node = 0; node < t->nr_nodes; node++) {
		hosted_placement(fixture.plat, fixture.pcpu, (uint16_t)node, &seen);
		printf("#   node %u: %llu of %llu\n", t->node_id[node],
		       (unsigned long long)seen.nr_there, (unsigned long long)seen.nr_pages);
	}
}

/* Checks placement with both calls, and runs the walker. */
static const char *placed_well(const char *name)
{
	struct hosted_placement seen;
	enum pcpu_invariant broken;
	const char *wrong;

	hosted_placement(fixture.plat, fixture.pcpu, PCPU_NO_NODE, &seen);
	print_placement(name, &seen);
	if (seen.nr_known == 0)
		return "SKIP move_pages() answers nothing here";
	if (seen.nr_known != seen.nr_pages)
		return numa_say("the kernel knows where all of %llu pages are (it knew of %llu)",
				(unsigned long long)seen.nr_pages,
				(unsigned long long)seen.nr_known);
	if (seen.nr_there != seen.nr_pages)
		return numa_say("%llu unit pages lie on their node (%llu do)",
				(unsigned long long)seen.nr_pages,
				(unsigned long long)seen.nr_there);
	wrong = numa_on_each_cpu(&fixture, copies_are_here);
	if (wrong)
		return wrong;
	broken = pcpu_check(fixture.pcpu, NULL);
	return broken == PCPU_HOLDS ? NULL : pcpu_invariant_text(broken);
}

/* --- life ------------------------------------------------------------------------------------- */

enum { CHUNKS_WANTED = 4 };

/* One CPU's part: allocates small and large objects until there are several chunks. */
static const char *numa_allocate(struct numa_fixture *w, uint32_t cpu)
{
	static const uint32_t sizes[] = {8, 200, 4096, PCPU_MIN_UNIT_BYTES};
	struct pcpu_stats stats;

	for (uint32_t i = 0; i < NUMA_OBJECTS; i++) {
		struct pcpu_ptr p = pcpu_alloc(w->pcpu, sizes[i % 4], 8, 0);

		if (!p.value)
			return "there is memory for the objects";
		w->object[cpu][w->nr_objects[cpu]++] = p;
		pcpu_stats(w->pcpu, &stats);
		if (i >= 8 && stats.nr_chunks > CHUNKS_WANTED)
			return NULL;
	}
	return "several chunks were made";
}

/* Allocates a chunk and a half. */
static const char *allocate_some(struct numa_fixture *w, uint32_t cpu)
{
	for (uint32_t i = 0; i < 48; i++) {
		struct pcpu_ptr p = pcpu_alloc(w->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);

		if (!p.value)
			return "there is memory for the objects";
		w->object[cpu][w->nr_objects[cpu]++] = p;
	}
	return NULL;
}

/* Frees the next CPU's objects: an object is seldom freed by the CPU that allocated it. */
static const char *free_neighbours(struct numa_fixture *w, uint32_t cpu)
{
	uint32_t maker = (cpu + 1) % w->machine->topology.table.nr_cpu_ids;

	for (uint32_t i = 0; i < w->nr_objects[maker]; i++)
		pcpu_free(w->pcpu, w->object[maker][i]);
	w->nr_objects[maker] = 0;
	return NULL;
}

static const char *free_all(void)
{
	struct pcpu_stats stats;

	for (uint32_t cpu = 0; cpu < fixture.machine->topology.table.nr_cpu_ids; cpu++)
		free_neighbours(&fixture, cpu);
	pcpu_balance(fixture.pcpu);
	pcpu_stats(fixture.pcpu, &stats);
	return stats.nr_live ? "nothing lives after everything was freed" : NULL;
}

const char *numa_check_first_chunk(struct numa_machine *machine)
{
	const char *wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_EMBED, true);

	if (!wrong)
		wrong = placed_well("first-chunk-local");
	numa_fixture_destroy(&fixture);
	return wrong;
}

const char *numa_check_later_chunks(struct numa_machine *machine)
{
	const char *wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_EMBED, false);

	if (!wrong)
		wrong = numa_on_each_cpu(&fixture, numa_allocate);
	if (!wrong)
		wrong = placed_well("later-chunks-local");
	numa_fixture_destroy(&fixture);
	return wrong;
}

/* Checks that pages or whole chunks were given back. */
static const char *memory_went(void)
{
	struct pcpu_stats stats;

	pcpu_stats(fixture.pcpu, &stats);
	return stats.nr_pages_depopulated || stats.nr_chunks_destroyed ? NULL
								       : "memory was given back";
}

/* Checks pages that were given back and taken again, this time by the first and the last CPU
   alone. */
const char *numa_check_refilled(struct numa_machine *machine)
{
	const char *wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_EMBED, false);

	if (!wrong)
		wrong = numa_on_each_cpu(&fixture, numa_allocate);
	if (!wrong)
		wrong = numa_on_each_cpu(&fixture, free_neighbours);
	if (!wrong)
		wrong = free_all();
	if (!wrong)
		wrong = memory_went();
	if (!wrong)
		wrong = numa_on_cpu(&fixture,
				    numa_first_cpu(&machine->topology.table, PCPU_NO_NODE),
				    allocate_some);
	if (!wrong)
		wrong = numa_on_cpu(&fixture, machine->topology.table.nr_cpu_ids - 1,
				    numa_allocate);
	if (!wrong)
		wrong = placed_well("refilled-chunks-local");
	numa_fixture_destroy(&fixture);
	return wrong;
}

const char *numa_check_paged(struct numa_machine *machine)
{
	const char *wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_PAGE, false);

	if (!wrong)
		wrong = numa_on_each_cpu(&fixture, numa_allocate);
	if (!wrong)
		wrong = placed_well("paged-chunks-local");
	numa_fixture_destroy(&fixture);
	return wrong;
}

/* --- use -------------------------------------------------------------------------------------- */

enum { ADDS = 100000 };
static struct pcpu_ptr counter;

static const char *count_here(struct numa_fixture *w, uint32_t cpu)
{
	volatile uint64_t *mine = (uint64_t *)pcpu_address(w->pcpu, counter, cpu);

	for (uint32_t i = 0; i < ADDS; i++)
		*mine += 1;
	return NULL;
}

const char *numa_check_counters(struct numa_machine *machine)
{
	const char *wrong = numa_fixture_create(&fixture, machine, PCPU_CHOICE_EMBED, false);
	uint64_t sum = 0, nr = 0;

	if (!wrong) {
		counter = pcpu_alloc(fixture.pcpu, sizeof(uint64_t), 8, 0);
		wrong = counter.value ? numa_on_each_cpu(&fixture, count_here) :
					"there is memory for a counter";
	}
	for (uint32_t cpu = 0; !wrong && cpu < machine->topology.table.nr_cpu_ids; cpu++) {
		if (pcpu_cpu_node(fixture.pcpu, cpu) == PCPU_NO_NODE)
			continue;
		sum += *(uint64_t *)pcpu_address(fixture.pcpu, counter, cpu);
		nr++;
	}
	if (!wrong && sum != nr * ADDS)
		wrong = "the sum of all counters is what all CPUs added";
	numa_fixture_destroy(&fixture);
	return wrong;
}
