/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_machine.c - reads the PVH start info and parses ACPI. */
#include "harness/firmware/acpi.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/x86/x86_power.h"

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

static struct acpi_facts acpi;

static void facts_take(void)
{
	struct machine_facts *facts = &machine.facts;

	_Static_assert(ACPI_MAX_CPUS == MACHINE_MAX_CPUS && ACPI_MAX_NODES == MACHINE_MAX_NODES &&
			       ACPI_MAX_RANGES == MACHINE_MAX_RANGES,
		       "the tables below are of one size");
	x86_local_apic = acpi.local_apic;
	facts->nr_cpus = acpi.nr_cpus;
	facts->nr_later = acpi.nr_later;
	facts->nr_nodes = acpi.nr_nodes;
	facts->nr_ranges = acpi.nr_ranges;
	facts->has_nodes = acpi.has_srat;
	memcpy(facts->hw_id, acpi.apic_id, sizeof(facts->hw_id));
	memcpy(facts->cpu_node, acpi.cpu_node, sizeof(facts->cpu_node));
	memcpy(facts->node_id, acpi.node_id, sizeof(facts->node_id));
	memcpy(facts->node_memory, acpi.node_memory, sizeof(facts->node_memory));
	memcpy(facts->distance, acpi.distance, sizeof(facts->distance));
	for (uint32_t i = 0; i < acpi.nr_ranges; i++)
		facts->range[i] = (struct machine_range){acpi.range[i].start, acpi.range[i].bytes,
							 acpi.range[i].node};
}

static void command_line_take(uint64_t address)
{
	const char *from = (const char *)address;
	size_t nr = 0;

	while (from && nr < sizeof(machine.command_line) && from[nr])
		nr++;
	machine_take_command_line(from, nr);
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
			machine_ram_give(ranges[i].start, ranges[i].bytes);
}

/* Before the APIC is on: of 32 bits from leaf 0Bh where there is one, else of 8 bits (Intel SDM
   vol. 3, 11.4.6, and vol. 2, CPUID). */
static uint32_t own_apic_id(void)
{
	uint32_t leaf[4];

	x86_cpuid(0, leaf);
	if (leaf[0] >= 0xb) {
		x86_cpuid(0xb, leaf);
		if (leaf[1])
			return leaf[3];
	}
	x86_cpuid(1, leaf);
	return leaf[1] >> 24;
}

void machine_init(uintptr_t start_info)
{
	const struct start_info *info = (const struct start_info *)start_info;
	/* The first page is never ours to read as a null pointer; tables may lie anywhere else. */
	const struct acpi_memory memory = {(const uint8_t *)PCPU_PAGE_BYTES, PCPU_PAGE_BYTES,
					   ARCH_MAPPED_BYTES - PCPU_PAGE_BYTES};
	const char *wrong;

	if (info->magic != START_MAGIC || info->version < 1)
		machine_stop("the start info is not PVH version 1");
	command_line_take(info->command_line);
	x86_power_init(&memory, info->rsdp);
	wrong = acpi_parse(&memory, info->rsdp, &acpi);
	if (wrong)
		machine_stop(wrong);
	facts_take();
	machine_boot_cpu_first(own_apic_id());
	machine_topology_fill();
	if (info->nr_modules) {
		const struct start_module *module = (const struct start_module *)info->modules;

		machine.module = (const char *)module->address;
		machine.module_bytes = module->bytes;
	}
	memory_give_all(info);
}
