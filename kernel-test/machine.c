/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * machine.c - reads the PVH start info, parses ACPI, and hands out what memory is left.
 *
 *	RAM of the memory map  and  a node's range of the SRAT  less  first MiB, image, module
 */
#include "machine.h"
#include "console.h"
#include "cpu.h"
#include "memory.h"

/* The PVH start of day ("x86/HVM direct boot ABI"): layouts and the magic number. */
struct start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_entries, reserved;
};

struct start_module {
	uint64_t address, bytes, command_line, reserved;
};

struct start_range {
	uint64_t start, bytes;
	uint32_t type, reserved;
};

enum { START_MAGIC = 0x336ec578, RANGE_RAM = 1, MAX_START_RANGES = 128 };
#define MAPPED_BYTES (UINT64_C(4) << 30) /* start.S */
#define LOW_BYTES    (UINT64_C(1) << 20) /* firmware, and the start-up page of the APs */

extern const char image_end[];

struct machine machine;

/* Gives [from, to) to its node, piece by piece around what is taken. */
static void range_give(uint16_t node, uint64_t from, uint64_t to)
{
	uint64_t module = (uintptr_t)machine.module;
	const struct {
		uint64_t from, to;
	} taken[] = {{0, LOW_BYTES},
		     {LOW_BYTES, (uintptr_t)image_end},
		     {module, module + machine.module_bytes},
		     {MAPPED_BYTES, UINT64_MAX}};

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

static void ram_give(const struct start_range *ram)
{
	const struct acpi_facts *facts = &machine.facts;
	uint64_t end = ram->start + ram->bytes;

	if (!facts->has_srat)
		range_give(0, ram->start, end);
	for (uint32_t i = 0; i < facts->nr_ranges; i++) {
		const struct acpi_range *range = &facts->range[i];
		uint64_t from = pcpu_max64(ram->start, range->start);
		uint64_t to = pcpu_min64(end, range->start + range->bytes);

		if (from < to)
			range_give(range->node, from, to);
	}
}

static void command_line_copy(uint64_t address)
{
	const char *from = (const char *)address;
	size_t nr = 0;

	while (from && from[nr] && nr + 1 < sizeof(machine.command_line))
		nr++;
	memcpy(machine.command_line, from, nr);
	machine.command_line[nr] = 0;
}

/* CPU 0 is the one that runs this (Intel SDM vol. 3, 11.4.6: CPUID leaf 1, EBX 31-24). */
static void boot_cpu_first(struct acpi_facts *facts)
{
	uint32_t leaf[4], i = 0;

	cpuid(1, leaf);
	while (i < facts->nr_cpus && facts->apic_id[i] != leaf[1] >> 24)
		i++;
	if (i == facts->nr_cpus)
		machine_stop("the boot CPU is not in the MADT");
	for (; i > 0; i--) {
		uint32_t apic_id = facts->apic_id[i];
		uint16_t node = facts->cpu_node[i];

		facts->apic_id[i] = facts->apic_id[i - 1];
		facts->cpu_node[i] = facts->cpu_node[i - 1];
		facts->apic_id[i - 1] = apic_id;
		facts->cpu_node[i - 1] = node;
	}
}

/* No SLIT and no SRAT: nothing is known of distances, all CPUs form one group. */
static void topology_fill(void)
{
	const struct acpi_facts *facts = &machine.facts;

	for (uint32_t i = 0; i < facts->nr_nodes; i++)
		machine.node_state[i] =
			PCPU_NODE_ONLINE |
			(facts->node_memory[i] || !facts->has_srat ? PCPU_NODE_MEMORY : 0);
	machine.topology = (struct pcpu_topology){
		.nr_cpu_ids = facts->nr_cpus,
		.nr_nodes = facts->nr_nodes,
		.cpu_node = facts->cpu_node,
		.node_id = facts->node_id,
		.node_state = machine.node_state,
		.distance = facts->has_srat ? facts->distance : NULL,
	};
}

/* Copies the memory map first: it may itself lie in the memory that is about to be handed out. */
static void memory_give_all(const struct start_info *info)
{
	struct start_range ranges[MAX_START_RANGES];
	uint32_t nr = info->memory_map_entries;

	if (nr > MAX_START_RANGES)
		machine_stop("the memory map has more than 128 ranges");
	memcpy(ranges, (const void *)info->memory_map, nr * sizeof(ranges[0]));
	for (uint32_t i = 0; i < nr; i++)
		if (ranges[i].type == RANGE_RAM)
			ram_give(&ranges[i]);
}

void machine_init(uint32_t start_info)
{
	const struct start_info *info = (const struct start_info *)(uintptr_t)start_info;
	/* The first page is never ours to read as a null pointer; tables may lie anywhere else. */
	const struct acpi_memory memory = {(const uint8_t *)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES,
					   MAPPED_BYTES - PCPU_PAGE_BYTES};
	const char *wrong;

	if (info->magic != START_MAGIC || info->version < 1)
		machine_stop("the start info is not PVH version 1");
	command_line_copy(info->command_line);
	wrong = acpi_parse(&memory, info->rsdp, &machine.facts);
	if (wrong)
		machine_stop(wrong);
	boot_cpu_first(&machine.facts);
	topology_fill();
	if (info->nr_modules) {
		const struct start_module *module = (const struct start_module *)info->modules;

		machine.module = (const char *)module->address;
		machine.module_bytes = module->bytes;
	}
	memory_give_all(info);
}

bool machine_option(const char *name, char *value, size_t room)
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
		bytes = (size_t)pcpu_min64(bytes - nr - 1, room - 1);
		memcpy(value, word + nr + 1, bytes);
		value[bytes] = 0;
		return true;
	}
	return false;
}
