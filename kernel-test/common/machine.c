/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * machine.c - gives the free memory to its nodes, and builds the topology.
 *
 *	RAM  and  a node's range  less  memory below the image's end, module, unmapped memory
 */
#include "kernel-test/common/machine.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/memory.h"

extern const char image_end[];

struct machine machine;

/* Gives [from, to) to its node, except for taken pieces. */
static void range_give(uint16_t node, uint64_t from, uint64_t to)
{
	uint64_t module = (uintptr_t)machine.module;
	const struct {
		uint64_t from, to;
	} taken[] = {{0, (uintptr_t)image_end},
		     {module, module + machine.module_bytes},
		     {ARCH_MAPPED_BYTES, UINT64_MAX}};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (taken[i].to <= from || taken[i].from >= to)
			continue;
		if (from < taken[i].from)
			range_give(node, from, taken[i].from);
		if (taken[i].to < to)
			range_give(node, taken[i].to, to);
		return;
	}
	from = pcpu_align_up(from, PCPU_PAGE_BYTES);
	to = to & ~(uint64_t)(PCPU_PAGE_BYTES - 1);
	if (from < to)
		memory_add(node, from, to - from);
}

void machine_ram_give(uint64_t start, uint64_t bytes)
{
	const struct machine_facts *facts = &machine.facts;
	uint64_t end = start + bytes;

	if (!facts->has_nodes)
		range_give(0, start, end);
	for (uint32_t i = 0; i < facts->nr_ranges; i++) {
		const struct machine_range *range = &facts->range[i];
		uint64_t from = pcpu_max64(start, range->start);
		uint64_t to = pcpu_min64(end, range->start + range->bytes);

		if (from < to)
			range_give(range->node, from, to);
	}
}

void machine_take_command_line(const char *from, size_t bytes)
{
	bytes = (size_t)pcpu_min64(bytes, sizeof(machine.command_line) - 1);
	memcpy(machine.command_line, from, bytes);
	machine.command_line[bytes] = 0;
}

void machine_boot_cpu_first(uint32_t own_id)
{
	struct machine_facts *facts = &machine.facts;
	uint32_t i = 0;

	while (i < facts->nr_cpus && facts->hw_id[i] != own_id)
		i++;
	if (i == facts->nr_cpus)
		machine_stop("the firmware does not list the boot CPU");
	for (; i > 0; i--) {
		uint32_t hw_id = facts->hw_id[i];
		uint16_t node = facts->cpu_node[i];

		facts->hw_id[i] = facts->hw_id[i - 1];
		facts->cpu_node[i] = facts->cpu_node[i - 1];
		facts->hw_id[i - 1] = hw_id;
		facts->cpu_node[i - 1] = node;
	}
}

/* Without nodes there are no distances, and all CPUs form one group. */
void machine_topology_fill(void)
{
	const struct machine_facts *facts = &machine.facts;

	for (uint32_t i = 0; i < facts->nr_nodes; i++)
		machine.node_state[i] =
			PCPU_NODE_ONLINE |
			(facts->node_memory[i] || !facts->has_nodes ? PCPU_NODE_MEMORY : 0);
	machine.topology = (struct pcpu_topology){
		.nr_cpu_ids = facts->nr_cpus + facts->nr_later,
		.nr_nodes = facts->nr_nodes,
		.cpu_node = facts->cpu_node,
		.node_id = facts->node_id,
		.node_state = machine.node_state,
		.distance = facts->has_nodes ? facts->distance : NULL,
	};
}

bool machine_option(const char *name, char *value, size_t capacity)
{
	const char *at = machine.command_line, *end = at, *word;
	size_t bytes, nr = 0;

	while (name[nr])
		nr++;
	while (*end)
		end++;
	while (lab_next_word(&at, end, &word, &bytes)) {
		if (bytes <= nr || word[nr] != '=' || memcmp(word, name, nr) != 0)
			continue;
		bytes = (size_t)pcpu_min64(bytes - nr - 1, capacity - 1);
		memcpy(value, word + nr + 1, bytes);
		value[bytes] = 0;
		return true;
	}
	return false;
}
