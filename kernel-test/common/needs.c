/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* needs.c - see needs.h. */
#include "kernel-test/common/needs.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include <pcpu/percpu.h>

/* Records, page tables, the heap's pieces: added to each request. */
enum { OVERHEAD_BYTES = 4 << 20, OVERHEAD_PART = 16, MB = 1 << 20 };

static struct {
	uint64_t at_set_up[MACHINE_MAX_NODES], at_tests[MACHINE_MAX_NODES];
} had;

static void needs_append(uint64_t bytes[MACHINE_MAX_NODES])
{
	for (uint16_t node = 0; node < machine.facts.nr_nodes; node++)
		bytes[node] = memory_free(node);
}

void needs_begin_set_up(void)
{
	needs_append(had.at_set_up);
}

void needs_begin_tests(void)
{
	needs_append(had.at_tests);
}

static void put_mb(struct lab_text *text, uint64_t bytes)
{
	lab_put_u64(text, (bytes + MB - 1) / MB);
	lab_put(text, " MB");
}

/* Returns "SKIP needs 700 MB, 500 MB are free"; node PCPU_NO_NODE: all nodes together. */
static const char *needs_missing(uint64_t bytes, uint64_t free_bytes, uint16_t node)
{
	static char text_memory[128];
	struct lab_text text;

	if (bytes <= free_bytes)
		return NULL;
	lab_text_init(&text, text_memory, sizeof(text_memory));
	lab_put(&text, "SKIP needs ");
	put_mb(&text, bytes);
	lab_put(&text, " of memory");
	if (node != PCPU_NO_NODE) {
		lab_put(&text, " on node ");
		lab_put_u64(&text, machine.facts.node_id[node]);
	}
	lab_put(&text, ", ");
	lab_put_u64(&text, free_bytes / MB);
	lab_put(&text, " MB are free");
	return text_memory;
}

const char *needs_memory(uint64_t bytes)
{
	uint64_t free_bytes = 0;

	for (uint16_t node = 0; node < machine.facts.nr_nodes; node++)
		free_bytes += had.at_tests[node];
	return needs_missing(bytes + bytes / OVERHEAD_PART + OVERHEAD_BYTES, free_bytes,
			     PCPU_NO_NODE);
}

const char *needs_each_cpu(uint64_t bytes)
{
	return needs_memory(bytes * machine.topology.nr_cpu_ids);
}

/* CPUs of a node without memory take it from any other node. */
static bool has_memory(uint16_t node)
{
	return machine.node_state[node] & PCPU_NODE_MEMORY;
}

const char *needs_near(uint64_t bytes)
{
	const struct machine_facts *facts = &machine.facts;

	for (uint16_t node = 0; node < facts->nr_nodes; node++) {
		uint64_t wanted = OVERHEAD_BYTES;
		const char *why;

		for (uint32_t cpu = 0; cpu < machine.topology.nr_cpu_ids; cpu++)
			wanted += facts->cpu_node[cpu] == node ? bytes : 0;
		why = has_memory(node) ? needs_missing(wanted, had.at_tests[node], node) : NULL;
		if (why)
			return why;
	}
	return needs_each_cpu(bytes);
}

/* Returns the bytes of the group's area: up to an atom is lost to alignment. */
static uint64_t area_bytes(const struct pcpu_layout *layout, uint32_t group)
{
	return layout->group[group].area_bytes + layout->atom_bytes;
}

static uint64_t first_bytes_on(uint16_t node)
{
	const struct pcpu_layout *layout = pcpu_layout(pcpu_default_instance);
	uint64_t bytes = 0;

	if (pcpu_chosen(pcpu_default_instance) == PCPU_CHOICE_PAGE) {
		for (uint32_t cpu = 0; cpu < layout->nr_cpu_ids; cpu++)
			bytes += machine.facts.cpu_node[cpu] == node ? layout->size_sum_bytes : 0;
		return bytes;
	}
	for (uint32_t i = 0; i < layout->nr_groups; i++)
		bytes += layout->group[i].node == node ? area_bytes(layout, i) : 0;
	return bytes;
}

const char *needs_first_near(void)
{
	for (uint16_t node = 0; node < machine.facts.nr_nodes; node++) {
		const char *why = NULL;

		if (has_memory(node))
			why = needs_missing(first_bytes_on(node), had.at_set_up[node], node);
		if (why)
			return why;
	}
	return NULL;
}

uint64_t needs_of_embed(const struct pcpu_sizes *sizes, uint32_t *unit_bytes)
{
	size_t memory_bytes = pcpu_layout_memory(&machine.topology);
	void *memory = heap_alloc(memory_bytes);
	struct pcpu_layout layout;
	uint64_t bytes = 0;

	if (!memory || pcpu_layout_build(&machine.topology, sizes, memory, &layout) != PCPU_OK)
		bytes = UINT64_MAX;
	for (uint32_t i = 0; bytes != UINT64_MAX && i < layout.nr_groups; i++)
		bytes += area_bytes(&layout, i);
	*unit_bytes = bytes == UINT64_MAX ? 0 : layout.unit_bytes;
	heap_free(memory, memory_bytes);
	return bytes;
}
